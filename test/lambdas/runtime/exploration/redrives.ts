import { consumer } from '../../../../lambdas/runtime/consumer';
import { discardLetter } from '../../../../cli/dead-letters/discard-letter';
import {
  ENDS,
  letterPlace,
  parkedFolder,
  type AmendFate,
  type RedriveAnswer,
} from '../../../../lambdas/runtime/contract';
import { putDeadLetter } from '../../../../lambdas/runtime/dead-letters/letter';
import { json } from '../../../../lambdas/runtime/event/decode';
import { headerText } from '../../../../lambdas/runtime/event/event';
import type { KafkaMessage } from '../../../../lambdas/runtime/event/message';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import { update } from '../../../../lambdas/runtime/idempotency/operations';
import type { KafkaPort } from '../../../../lambdas/runtime/kafka/port';
import { amend, redrive, type RedriveDeps } from '../../../../lambdas/runtime/redrive';
import { againRecord } from '../../../../lambdas/runtime/redrive/again-record';
import { silent } from '../../../../lambdas/runtime/watching/log';
import { CLUSTER, environment, kafkaEvent, reported, type Given } from '../simulation';
import { producerEnvironment } from '../simulation/scripted-producer';
import { exploreTrials, type Explored, type Run } from './explorer';
import { World } from './world';

/** One parked event, two redrives of it, and a consumer beside them. */
export interface RedriveScenario {
  readonly name: string;
  readonly effect: 'write' | 'call';
  /** Whether a second redrive of all letters runs beside the first, or after it, or none. */
  readonly second: 'beside' | 'after' | 'none';
  /** Corrections of the event, each another, that are made meanwhile. @default - none */
  readonly amends?: 1 | 2;
  /** Whether a second letter sends the event again: of one that is parked, or that no delivery has settled. @default - no such letter */
  readonly again?: 'parked' | 'not settled';
  /** Whether somebody discards all letters meanwhile. @default false */
  readonly discards?: boolean;
  /** What the consumer is handed meanwhile: the record of the letter once more, or what has come into the log by then. */
  readonly consumes: 'the record' | 'copies' | 'nothing';
  /** It has so many steps that one fault less strikes in a run. @default false */
  readonly isLong?: boolean;
  /** Whether the handler fails meanwhile; in the end it is a good one. */
  readonly fails: boolean;
}

const KINDS = ['write', 'call'] as const;
export const REDRIVE_SCENARIOS: readonly RedriveScenario[] = KINDS.flatMap((effect) => [
  { name: `${effect}: two at once`, effect, second: 'beside', consumes: 'nothing', fails: false },
  { name: `${effect}: an older delivery beside it`, effect, second: 'after', consumes: 'the record', fails: false },
  { name: `${effect}: an older delivery that fails`, effect, second: 'after', consumes: 'the record', fails: true },
  { name: `${effect}: its copy is applied`, effect, second: 'after', consumes: 'copies', fails: false },
  {
    name: `${effect}: its copy fails, and all is sent again`,
    effect,
    second: 'after',
    consumes: 'copies',
    fails: true,
  },
]);

export const AMEND_SCENARIOS: readonly RedriveScenario[] = KINDS.flatMap((effect) => [
  { name: `${effect}: amended beside a redrive`, effect, second: 'none', amends: 1, consumes: 'nothing', fails: false },
  { name: `${effect}: amended beside a redrive whose copy is applied`, effect, second: 'none', amends: 1, consumes: 'copies', fails: false },
  { name: `${effect}: amended beside a redrive, all copies fail`, effect, second: 'none', amends: 1, consumes: 'copies', fails: true },
  { name: `${effect}: amended beside a redrive and an older delivery`, effect, second: 'none', amends: 1, consumes: 'the record', fails: false },
  { name: `${effect}: two corrections at once`, effect, second: 'none', amends: 2, consumes: 'nothing', fails: false },
]); // prettier-ignore

/** Where an event has two letters: what is meant for one comes between what is meant for the other. */
export const AGAIN_SCENARIOS: readonly RedriveScenario[] = [
  ...KINDS.flatMap((effect): RedriveScenario[] => [
    { name: `${effect}: sent again beside its first delivery`, effect, again: 'not settled', second: 'after', consumes: 'the record', fails: false },
    { name: `${effect}: sent again beside its first delivery, which fails`, effect, again: 'not settled', second: 'after', consumes: 'the record', fails: true },
    { name: `${effect}: one letter amended, all sent`, effect, isLong: true, again: 'parked', second: 'none', amends: 1, consumes: 'nothing', fails: false },
  ]),
  { name: 'write: sent from both letters, by two at once', effect: 'write', isLong: true, again: 'parked', second: 'beside', consumes: 'nothing', fails: false },
  { name: 'write: each letter amended otherwise, all sent', effect: 'write', isLong: true, again: 'parked', second: 'none', amends: 2, consumes: 'nothing', fails: false },
  { name: 'write: amended where it is sent again and delivered, which fails', effect: 'write', isLong: true, again: 'not settled', second: 'none', amends: 1, consumes: 'the record', fails: true },
  { name: 'write: both discarded, all sent', effect: 'write', isLong: true, again: 'parked', discards: true, second: 'none', consumes: 'nothing', fails: false },
  { name: 'write: discarded where it is sent again and delivered, which fails', effect: 'write', isLong: true, again: 'not settled', discards: true, second: 'none', consumes: 'the record', fails: true },
]; // prettier-ignore

/** Changes what a redrive asks of its stores and of Kafka: a planted fault. */
export type RedrivePlant = (deps: RedriveDeps, world: World) => RedriveDeps;

interface ExploredRedrives extends Explored {
  /** Runs in which a copy was delivered while redrives were under way. */
  readonly withCopies: number;
}

export async function exploreRedrives(
  scenario: RedriveScenario,
  { faults, plant = (deps) => deps }: { faults: number; plant?: RedrivePlant },
): Promise<ExploredRedrives> {
  let withCopies = 0;
  const explored = await exploreTrials(
    () => new Trial(scenario, faults, plant),
    ({ delivered }) => {
      if (delivered > 0) withCopies++;
    },
  );
  return { ...explored, withCopies };
}

/** How often the consumer looks whether a copy has come, and milliseconds between two looks. */
const LOOKS = 100;
const LOOK_MS = 10;
const EVENT: Given = { offset: 1, id: 'e1', key: 'k' };
const FOLDER = parkedFolder(CLUSTER, environment.group, 'orders');
const OF = { topic: 'orders', group: environment.group, table: environment.table };
const calm: Parameters<Run>[0] = (enabled) => enabled.find(({ isFault }) => !isFault);

class Trial {
  private readonly world: World;
  private readonly log: KafkaMessage[] = [];
  private readonly calls: string[] = [];
  /** Offsets of records that are settled and will not be handed out again. */
  private readonly committed = new Set<number>();
  private isFailing = true;
  /** The letters of the event: the one in which it is parked, then the one that sends it again. */
  private parked: readonly string[] = [];
  /** Copies that the consumer was handed while redrives were under way. */
  delivered = 0;

  constructor(
    private readonly scenario: RedriveScenario,
    faults: number,
    private readonly plant: RedrivePlant,
  ) {
    this.world = new World(faults, (item) => !item.startsWith('ledger/'));
  }

  /** The corrections, by the process that makes each. */
  private get amendments(): string[] {
    return ['A0', 'A1'].slice(0, this.scenario.amends ?? 0);
  }

  async play(choose: Parameters<Run>[0]): Promise<void> {
    const { second, consumes, fails, again, discards } = this.scenario;
    if (again !== 'not settled') await this.world.run({ P: () => this.deliver('P', [EVENT]) }, calm);
    this.parked = this.letters();
    if (again !== undefined) this.parked = [...this.parked, await this.putAgain()];
    this.isFailing = fails;
    this.committed.clear();
    const { clock } = this.world.parts('S');
    await this.world.run(
      {
        F: () => this.redrive('F'),
        ...Object.fromEntries(this.amendments.map((name) => [name, () => this.amend(name, name)])),
        ...(discards === true ? { X: () => this.discard('X') } : {}),
        ...(second === 'beside' ? { S: () => this.redrive('S') } : {}),
        ...(consumes === 'the record' ? { C: () => this.deliver('C', [EVENT]) } : {}),
        ...(consumes === 'copies' ? { C: () => this.deliverCopies('C') } : {}),
        ...(second === 'after' ? { S: () => clock.sleep(2 * LOOKS * LOOK_MS).then(() => this.redrive('S')) } : {}),
      },
      choose,
    );
  }

  /** The handler is a good one; all is sent and delivered, until no letter is left. */
  async verdict(): Promise<string[]> {
    this.isFailing = false;
    for (let round = 0; round < 4; round++) {
      await this.world.run({ [`D${round}`]: () => this.deliverAll(`D${round}`) }, calm);
      // Whoever amends does so again, until it is ended or refused.
      for (const name of this.amendments) {
        const process = `M${round}${name}`;
        await this.world.run({ [process]: () => this.amend(process, name) }, calm);
      }
      if (this.scenario.discards === true) await this.world.run({ [`Y${round}`]: () => this.discard(`Y${round}`) }, calm); // prettier-ignore
      await this.world.run({ [`R${round}`]: () => this.redrive(`R${round}`) }, calm);
    }
    const ends = this.states().sort().join();
    // Everything once more, as after a commit that was lost.
    await this.world.run({ E: () => this.deliver('E', [EVENT, ...this.copies()]) }, calm);
    const times = this.world.tables.items('orders').reduce((sum, { n }) => sum + Number(n), 0);
    const left = this.letters();
    const { effect, amends, discards = false } = this.scenario;
    const isDiscarded = discards && ends === 'discarded';
    const notes = this.world.objects.names('dead-letters', ENDS).length;
    return [
      // The event as it was or the one in its place, and never both; or none, where somebody ended it.
      ...(ends === 'done' || (amends && ends === 'amended,done') || isDiscarded ? [] : [`P1: it ends ${ends}`]),
      ...(effect === 'write' && times !== (isDiscarded ? 0 : 1) ? [`P2: it takes effect ${times} times`] : []),
      ...(effect === 'call' && this.calls.length === 0 && !isDiscarded ? ['P1: it is never called'] : []),
      ...(effect === 'call' && this.calls.length > 0 && isDiscarded ? ['P1: it is called, and was discarded'] : []),
      ...(notes === (ends === 'done' ? 0 : 1) ? [] : [`P8: ${notes} notes of how it ended`]),
      ...(effect === 'call' && new Set(this.calls).size > 1 ? ['P1: it is called as it was and as it is amended'] : []),
      ...(left.length > 0 ? [`${left.length} letters are left`] : []),
      ...this.world.changes.filter((change) => !/turns parked into (redriven|amended|discarded)/.test(change)),
    ];
  }

  private states = (): unknown[] =>
    this.world.tables
      .items('idempotency')
      .filter(({ key }) => !String(key).startsWith('ledger/'))
      .map(({ state }) => state);

  private letters = (): string[] => this.world.objects.names('dead-letters', FOLDER);

  private deps(process: string): RedriveDeps {
    const { clock, transactions, objects: store } = this.world.parts(process);
    const variables = {
      LOSSLESS_REPLAY_O: JSON.stringify({ cluster: CLUSTER, topic: 'orders', spill: 's', deadLetters: 'dead-letters' }),
      LOSSLESS_PRODUCER_O: JSON.stringify({ ...producerEnvironment, cluster: CLUSTER }),
    };
    const deleting = (bucket: string, name: string) =>
      this.world.reach(process, name, () => void this.world.objects.content.delete(`${bucket}/${name}`));
    const deps: RedriveDeps = {
      ...{ clock, transactions, variables, log: silent, port: () => this.port(process) },
      reader: () => {
        throw new Error('no topic is read');
      },
      store: {
        ...store,
        delete: deleting,
        ...(this.scenario.again && this.scenario.amends !== 2 && { get: this.getting(process) }),
      },
    };
    return this.plant(deps, this.world);
  }

  /** Between what a table says and a look for the letter it names, much may come to pass. */
  private getting(process: string): RedriveDeps['store']['get'] {
    return async (bucket, name) => {
      let text: string | undefined;
      await this.world.reach(process, name, () => void (text = this.world.objects.content.get(`${bucket}/${name}`)));
      return text;
    };
  }

  private async putAgain(): Promise<string> {
    const [record] = [...recordBatch(kafkaEvent(EVENT)).partitions.values()].flat();
    const found = againRecord(record!, { cluster: CLUSTER, ...OF, before: 0, nowMs: 0 });
    if (found.kind === 'refused') throw new Error(found.detail);
    return putDeadLetter(this.world.objects, 'dead-letters', found.letter);
  }

  /** The command, on a person's machine. */
  private async discard(process: string): Promise<void> {
    const { store, transactions, clock } = this.deps(process);
    const versions = {
      of: (bucket: string, name: string) => Promise.resolve(this.world.objects.content.has(`${bucket}/${name}`) ? ['null'] : []),
      remove: (bucket: string, name: string) => store.delete(bucket, name),
    };
    for (const name of this.letters()) {
      const listed = { name, bytes: 0, ...letterPlace(name)!, place: { deadLetters: 'dead-letters', table: environment.table } };
      await discardLetter(listed, { by: 'Ann', why: 'asked to' }, { store, transactions, clock, versions });
    }
  } // prettier-ignore

  private async redrive(process: string): Promise<RedriveAnswer | undefined> {
    const objects = this.letters();
    if (objects.length === 0) return undefined;
    return redrive(this.deps(process))({ redrive: { ...OF, objects, maxRedrives: 9 } }, this.world.context(process));
  }

  private amend(process: string, correction: string): Promise<AmendFate> {
    const object = this.parked[this.amendments.indexOf(correction)] ?? this.parked[0] ?? '';
    const value = Buffer.from(JSON.stringify({ correction })).toString('base64');
    return amend(this.deps(process))({ amend: { ...OF, object, by: 'Ann', value } }, this.world.context(process));
  }

  private port(process: string): KafkaPort {
    return {
      describe: () => Promise.resolve({ partitions: 1 }),
      send: async (_topic, _partition, records) => {
        let first = 0;
        try {
          await this.world.reach(process, 'log', () => void (first = this.log.push(...records) - records.length));
          return { kind: 'acked', offsets: records.map((_, index) => first + index) };
        } catch {
          return { kind: 'unknown', message: 'the answer was lost' };
        }
      },
      close: () => Promise.resolve(),
    };
  }

  private deliverCopies = async (process: string): Promise<void> => {
    const { clock } = this.world.parts(process);
    for (let looks = 0; looks < LOOKS && this.log.length === 0; looks++) await clock.sleep(LOOK_MS);
    this.delivered = this.log.length;
    await this.deliver(process, this.copies());
  };

  /** What the mapping still hands out: no record whose offset is committed. */
  private deliverAll = (process: string) =>
    this.deliver(
      process,
      [...(this.scenario.consumes === 'the record' ? [EVENT] : []), ...this.copies()].filter(
        ({ offset }) => !this.committed.has(offset),
      ),
    );

  /** As records behind the one that was parked. */
  private copies(): Given[] {
    return this.log.map(({ headers, value }, index) => ({
      ...EVENT,
      ...{ offset: 100 + index, id: headerText(headers, 'ce_id'), value: Buffer.from(value ?? []).toString() },
      headers: headers.flatMap(([name, value]) => (name.startsWith('ce_') ? [] : [[name, Buffer.from(value ?? []).toString()] as const])), // prettier-ignore
    }));
  }

  private async deliver(process: string, given: readonly Given[]): Promise<void> {
    if (given.length === 0) return;
    const fail = (): void => {
      if (this.isFailing) throw new Error('handler');
    };
    const base = { decode: json(), attempts: 1, deps: this.world.parts(process) };
    const to = (id: string) => ({ TableName: 'orders', Key: { id }, UpdateExpression: 'ADD n :one', ExpressionAttributeValues: { ':one': 1 } }); // prettier-ignore
    const handler =
      this.scenario.effect === 'write'
        ? consumer({ ...base, write: (_, { event }) => (fail(), [update(to(event.id))]) })
        : consumer({
            ...base,
            call: async (_, { event }) => {
              fail();
              await this.world.reach(process, 'call', () => void this.calls.push(event.id));
            },
          });
    const left = reported(await handler(kafkaEvent(...given), this.world.context(process)));
    for (const { offset } of given) if (!left.includes(`0@${offset}`)) this.committed.add(offset);
  }
}
