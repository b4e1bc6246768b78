import { consumer, type ConsumerOptions, type ConsumerDeps } from '../../../../lambdas/runtime/consumer';
import { recordBatch, type ConsumerRecord } from '../../../../lambdas/runtime/event/records';
import { ledgerKey } from '../../../../lambdas/runtime/contract';
import { json } from '../../../../lambdas/runtime/event/decode';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { update } from '../../../../lambdas/runtime/idempotency/operations';
import { environment, kafkaEvent, reported, type Given } from '../simulation';
import { exploreTrials, type Explored, type Run } from './explorer';
import { World } from './world';

/** Two invocations that are handed the same events of one key. */
export interface Scenario {
  readonly name: string;
  readonly effect: 'write' | 'call';
  /** What each of the two is handed, in offset order. */
  readonly given: readonly [a: readonly Given[], b: readonly Given[]];
  /** Ids on which the handler always throws. */
  readonly fails: readonly string[];
  /** Only in this process: then the event may end done or parked, but never change from one to the other. */
  readonly failsIn?: string;
  /** Redrive that the first event waits for. */
  readonly redriven?: number;
  /** The first event is claimed by an invocation that was killed. */
  readonly claimed?: true;
  readonly attempts: number;
  /** Handed out beside each other, as no mapping does for one key: then no order is promised. */
  readonly unordered?: boolean;
  /** Whether the partition's ledger is explored as well; else its requests are carried out at once. */
  readonly ledger?: boolean;
}

const FIRST: Given = { offset: 1, id: 'e1', key: 'k' };
const SECOND: Given = { offset: 2, id: 'e2', key: 'k' };
const REDRIVEN: Given = { ...FIRST, offset: 3, headers: [['lossless-redrive', 'billing:1']] };
const both = [FIRST, SECOND];

const ofEffect = (effect: Scenario['effect']): Scenario[] => [
  { name: `${effect}: two events`, effect, given: [both, both], fails: [], attempts: 5 },
  { name: `${effect}: one that fails`, effect, given: [[FIRST], [FIRST]], fails: ['e1'], attempts: 1 },
  {
    name: `${effect}: one that fails here and not there`,
    effect,
    given: [[FIRST], [FIRST]],
    fails: ['e1'],
    failsIn: 'A',
    attempts: 1,
  },
  { name: `${effect}: redriven`, effect, given: [[FIRST], [REDRIVEN]], fails: [], attempts: 5, redriven: 1 },
  {
    name: `${effect}: redriven, and parked again`,
    effect,
    given: [[FIRST], [REDRIVEN]],
    fails: ['e1'],
    attempts: 1,
    redriven: 1,
  },
];

/** A claim that a deploy that made calls has left behind. Two that wait for it a second at a time have too many orders. */
const LEFT: Pick<Scenario, 'effect' | 'given' | 'claimed'> = { effect: 'write', given: [[FIRST], []], claimed: true };

export const SCENARIOS: readonly Scenario[] = [
  ...ofEffect('write'),
  { ...LEFT, name: 'write: claimed by one that was killed', fails: [], attempts: 5 },
  { ...LEFT, name: 'write: claimed by one that was killed, and it fails', fails: ['e1'], attempts: 1 },
  {
    ...LEFT,
    name: 'write: claimed by one that was killed, and redriven',
    given: [[REDRIVEN], []],
    fails: ['e1'],
    attempts: 1,
    redriven: 1,
  },
  ...ofEffect('call'),
  { name: 'ledger: one event', effect: 'write', given: [[FIRST], [FIRST]], fails: [], attempts: 5, ledger: true },
  {
    name: 'ledger: two events beside each other',
    effect: 'write',
    given: [[FIRST], [SECOND]],
    fails: [],
    attempts: 5,
    unordered: true,
    ledger: true,
  },
];

/** Changes what a consumer asks of its stores: a planted fault of the protocol. */
export type Plant = (parts: ConsumerDeps) => ConsumerDeps;

/** Runs the scenario under every schedule with at most `faults` faults, until a promise is broken. */
export async function explore(
  scenario: Scenario,
  { faults, plant = (parts) => parts }: { faults: number; plant?: Plant },
): Promise<Explored> {
  return exploreTrials(() => new Trial(scenario, faults, plant));
}

class Trial {
  private readonly world: World;
  private readonly reached: string[] = [];
  private readonly broken: string[] = [];

  constructor(
    private readonly scenario: Scenario,
    faults: number,
    private readonly plant: Plant,
  ) {
    this.world = new World(faults, (item) => scenario.ledger === true || !item.startsWith('ledger/'));
    const { claimed, redriven } = scenario;
    if (claimed === undefined && redriven === undefined) return;
    const { key, content } = deliveryFor(FIRST);
    this.world.tables.write('idempotency', {
      ...{ key, content, state: claimed ? 'claimed' : 'redriven' },
      ...(claimed && { owner: 'dead', beat: 3 }),
      ...(redriven !== undefined && { generation: redriven, object: 'o' }),
    });
  }

  async play(choose: Parameters<Run>[0]): Promise<void> {
    const [a, b] = this.scenario.given;
    await this.world.run({ A: () => this.deliver('A', a), B: () => this.deliver('B', b) }, choose);
  }

  /** As a mapping does: everything once more, until nothing is reported. Then each promise is looked at. */
  async verdict(): Promise<string[]> {
    const all = [...new Map(this.scenario.given.flat().map((each) => [each.offset, each])).values()];
    let left = all.length;
    for (let round = 0; left > 0 && round < 8; round++) {
      const process = `C${round}`;
      const redelivery = async () => void (left = (await this.deliver(process, all)).length);
      await this.world.run({ [process]: redelivery }, (enabled) => enabled.find(({ isFault }) => !isFault));
    }
    if (left > 0) this.broken.push(`P6: ${left} records are not settled after eight quiet deliveries`);
    this.judge(all);
    return [...this.broken, ...this.world.changes];
  }

  private async deliver(process: string, given: readonly Given[]): Promise<string[]> {
    const handler = consumer({ ...this.handler(process), deps: this.plant(this.world.parts(process)) });
    const failed = reported(await handler(kafkaEvent(...given), this.world.context(process)));
    for (const each of given.filter(({ offset }) => !failed.includes(`orders-0@${offset}`))) {
      const state = this.stateOf(each);
      // An older delivery of a redriven event may leave it to the redrive's own delivery, wherever that is.
      const carriedOn = this.scenario.redriven !== undefined && each !== REDRIVEN;
      const settled = state === 'done' || state === 'parked' || carriedOn;
      if (!settled) this.broken.push(`P3: ${process} commits ${each.id} past, which is ${String(state)}`);
    }
    return failed;
  }

  private handler(process: string): ConsumerOptions<unknown> {
    const { effect, fails, failsIn, attempts } = this.scenario;
    const isFailing = (id: string) => fails.includes(id) && (failsIn ?? process) === process;
    const base = { decode: json(), attempts };
    if (effect === 'write') {
      const write = (_: unknown, { event }: { event: { id: string } }) => {
        if (isFailing(event.id)) throw new Error('handler');
        const to = (TableName: string, id: string, UpdateExpression: string, values: Record<string, unknown>) =>
          update({ TableName, Key: { id }, UpdateExpression, ExpressionAttributeValues: values });
        const append = 'SET applied = list_append(if_not_exists(applied, :none), :this)';
        return [
          to('orders', event.id, 'ADD n :one', { ':one': 1 }),
          to('customers', 'k', append, { ':none': [], ':this': [event.id] }),
        ];
      };
      return { ...base, write };
    }
    const call = async (_: unknown, { event: { id } }: { event: { id: string } }) => {
      if (isFailing(id)) throw new Error('handler');
      await this.world.reach(process, `call ${id}`, () => void this.reached.push(id));
    };
    return { ...base, call };
  }

  private stateOf = (given: Given): unknown => this.itemOf(deliveryFor(given).key)?.['state'];
  private itemOf = (key: string) => this.world.tables.items('idempotency').find((item) => item['key'] === key);

  private judge(all: readonly Given[]): void {
    const { effect, fails, failsIn, redriven } = this.scenario;
    const ids = [...new Set(all.map(({ id }) => id!))];
    const times = (id: string): number =>
      effect === 'call'
        ? this.reached.filter((each) => each === id).length
        : Number(this.world.tables.items('orders').find((item) => item['id'] === id)?.['n'] ?? 0);
    for (const id of ids) {
      const state = this.stateOf(all.find((each) => each.id === id)!);
      const wanted = fails.includes(id) ? 'parked' : 'done';
      const either = failsIn !== undefined && (state === 'done' || state === 'parked');
      if (state !== wanted && !either) this.broken.push(`P1: ${id} ends ${String(state)}, want ${wanted}`);
      if (state === 'done' && times(id) === 0) this.broken.push(`P1: ${id} is done and had no effect`);
      if (state === 'parked' && effect === 'write' && times(id) > 0)
        this.broken.push(`P1: ${id} is parked and applied`);
      if (effect === 'write' && times(id) > 1) this.broken.push(`P2: ${id} is applied ${times(id)} times`);
    }
    const order =
      effect === 'call'
        ? this.reached
        : ((this.world.tables.items('customers')[0]?.['applied'] as string[] | undefined) ?? []);
    const first = [...new Set(order)];
    if (!this.scenario.unordered && first.join() !== [...first].sort().join())
      this.broken.push(`P4: applied in the order ${first.join()}`);
    if (redriven === undefined) this.judgeLedger(all.length);
  }

  private judgeLedger(records: number): void {
    const { applied, duplicate, parked } = (this.itemOf(ledgerKey({ ...environment, partition: 0 })) ?? {}) as Record<
      string,
      number
    >;
    const counted = [applied, duplicate, parked].reduce<number>((sum, each) => sum + (each ?? NaN), 0);
    if (counted !== records) this.broken.push(`P8: ${counted} records are counted, want ${records}`);
  }
}

const deliveryFor = (given: Given) =>
  deliveryOf([...recordBatch(kafkaEvent(given)).partitions.values()].flat()[0] as ConsumerRecord, environment);
