import fc from 'fast-check';
import { consumer, type KafkaHandler } from '../../../../lambdas/runtime/consumer';
import type { KafkaBatchResponse } from '../../../../lambdas/runtime/consumer/response';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { deadLetterName } from '../../../../lambdas/runtime/dead-letters/letter';
import { invoke, simulation } from '../simulation';
import { clocksOf } from '../../../../simulation/time/sandbox-clock';
import {
  eventOf,
  handlerOf,
  isOther,
  isParked,
  NO_KEY,
  plans,
  recordsOf,
  scriptOf,
  type Plan,
  type Planned,
} from './plans';

jest.setTimeout(3_600_000);

/** One turn of the event loop is for what waits for no timer, one for the transaction that gathers meanwhile. */
const TURNS = 2;

/** A plan on its way: what is delivered, what has reached the other system, and which promises are broken. */
class Trial {
  readonly broken: string[] = [];
  private readonly reached: string[] = [];
  private readonly all: ReturnType<typeof simulation>;
  private readonly given: readonly Planned[];

  constructor(private readonly plan: Plan) {
    const { latencies, updates, storeFails } = plan;
    let requests = 0;
    let puts = 0;
    this.all = simulation({ latencyMs: () => latencies[requests++ % latencies.length] ?? 1, turns: TURNS });
    this.all.tables.script = scriptOf(plan);
    this.all.tables.updateScript = (_, call) => {
      const answer = updates[call] ?? 'ok';
      return answer === 'ok' ? undefined : answer === 'lost' ? 'lost' : { kind: answer, detail: 'scripted' };
    };
    this.all.objects.failing = (call) => call === 'put' && (storeFails[puts++] ?? false);
    this.given = recordsOf(plan);
  }

  /** As a mapping does: what an answer reports is delivered again, until nothing is left. */
  async play(): Promise<readonly string[]> {
    const { clock, parts } = this.all;
    const user = handlerOf(this.plan, (id) => this.reached.push(id));
    const [handler, other] = this.plan.walls.map((wall) =>
      consumer({ ...user, deps: { ...parts, clock: { ...clock, ...clocksOf(clock, wall) } } }),
    ) as [KafkaHandler, KafkaHandler];
    let pending = this.given;
    for (let round = 0; pending.length > 0 && round < 60; round++) {
      const event = eventOf(pending, round < this.plan.strangers);
      const timeout = this.plan.timeouts[round] ?? 60_000;
      const deliver = (to: KafkaHandler) => invoke(clock, to, event, timeout).catch(failed);
      const [answer] = await clock.run(Promise.all([deliver(handler), ...(this.plan.twice ? [deliver(other)] : [])]));
      if (answer !== 'failed') pending = this.afterCommit(pending, answer);
    }
    if (pending.length > 0) this.broken.push('P6: no end after 60 deliveries');
    // What an answered invocation left under way may still happen.
    await clock.run(clock.sleep(600_000));
    this.judgeEvents();
    this.judgeOrder();
    this.judgeCounts();
    return this.broken;
  }

  /** What the answer leaves to be delivered again. P3: everything else is committed past, so it must be settled. */
  private afterCommit(pending: readonly Planned[], { batchItemFailures }: KafkaBatchResponse): readonly Planned[] {
    const failures = batchItemFailures.map(({ itemIdentifier: { partition, offset } }) => `${partition}@${offset}`);
    const isLeft = ({ partition, offset }: Planned) => failures.includes(`orders-${partition}@${offset}`);
    const left = pending.filter(isLeft);
    const settled = new Set(this.all.entries().flatMap(({ id, state }) => (state === 'parked' ? [id] : [])));
    for (const { id } of this.doneIds()) settled.add(id);
    for (const { id, partition, offset } of pending.filter((each) => !isLeft(each))) {
      if (!settled.has(id)) this.broken.push(`P3: ${id} is committed past and not settled`);
      const isBehind = left.some((each) => each.partition === partition && each.offset < offset);
      if (isBehind) this.broken.push(`P3: ${id} is not reported and an earlier one is`);
    }
    return left;
  }

  /** P1 and P2: applied or parked, never neither, never both, once where it is a write; and which is the event's own doing. */
  private judgeEvents(): void {
    const counted = new Map(this.all.tables.items('orders').map(({ id, n }) => [id, Number(n)]));
    const isConflict = (record: Record<string, unknown>) => record['reason'] === 'id-conflict';
    const all = this.all.records('parked');
    const parked = new Map(all.filter((record) => !isConflict(record)).map((record) => [record['id'], record]));
    const conflicts = new Set(all.filter(isConflict).map((record) => String(record['id'])));
    const done = new Set(this.doneIds().map(({ id }) => id));
    const letters = new Map(this.all.letters().map((letter) => [deadLetterName(letter), letter]));
    for (const { id } of this.given.filter(isOther)) {
      if (!conflicts.has(id)) this.broken.push(`P1: the other content of ${id} is not parked`);
    }
    for (const planned of this.given.filter((each) => !isOther(each))) {
      const { id } = planned;
      if (conflicts.has(id) && !this.given.some((each) => each.id === id && isOther(each)))
        this.broken.push(`P1: ${id} is parked beside itself`);
      const isCall = this.plan.effect === 'call';
      const times = isCall ? this.reached.filter((each) => each === id).length : (counted.get(id) ?? 0);
      const ends = `${done.has(id) ? 'done' : ''}${parked.has(id) ? 'parked' : ''} ${times}`;
      const isRight = isParked(planned) ? ends === 'parked 0' : isCall ? /^done [^0]/.test(ends) : ends === 'done 1';
      if (!isRight) this.broken.push(`P1, P2: ${id} (${planned.kind}) ends ${ends}`);
      const letter = letters.get(String(parked.get(id)?.['object']));
      if (isParked(planned) && !letter) this.broken.push(`P1: ${id} is parked without its dead letter`);
      if ((letter?.raw !== undefined) !== (planned.kind === 'unreadable' && isParked(planned)))
        this.broken.push(`P5: ${id} is kept ${letter?.raw === undefined ? 'without' : 'with'} its raw record`);
    }
  }

  /** P4: by key in offset order; a null key has none. Of a call, first applications. */
  private judgeOrder(): void {
    const called = new Map<string, number[]>();
    for (const id of new Set(this.reached)) {
      const { partition, key, offset } = this.given.find((each) => each.id === id)!;
      const name = key === null ? id : `${partition}-${key}`;
      called.set(name, [...(called.get(name) ?? []), offset]);
    }
    const written = this.all.tables
      .items('customers')
      .filter(({ id }) => !String(id).endsWith(`-${NO_KEY}`))
      .map(({ applied }) => applied as number[]);
    for (const order of [...called.values(), ...written]) {
      if (order.some((offset, i) => offset < (order[i - 1] ?? 0))) this.broken.push(`P4: applied ${order.join()}`);
    }
  }

  /** P8: each partition's ledger says what happened to each of its records, whatever was lost or delivered twice. */
  private judgeCounts(): void {
    for (const partition of new Set(this.given.map((each) => each.partition))) {
      const records = this.given.filter((each) => each.partition === partition);
      const events = [...new Map(records.map((each) => [contentOf(each), each])).values()];
      const parked = events.filter(isParked).length;
      const want = `${events.length - parked} ${records.length - events.length} ${parked}`;
      const { applied, duplicate, parked: counted } = this.all.ledger(partition) ?? {};
      const got = [applied, duplicate, counted].map(String).join(' ');
      if (got !== want) this.broken.push(`P8: partition ${partition} counts ${got}, want ${want}`);
    }
  }

  /** Events whose records say done. */
  private doneIds(): Planned[] {
    const done = new Set(
      this.all.records('done').map((item) => `${String(item['partition'])}@${String(item['offset'])}`),
    );
    const ids = new Set(this.given.filter((each) => done.has(`${each.partition}@${each.offset}`)).map(({ id }) => id));
    return this.given.filter(({ id }) => ids.has(id));
  }
}

/** What two records of one event have in common. */
const contentOf = (each: Planned): string => (isOther(each) ? `${each.id} ${JSON.stringify(each.value)}` : each.id);

/** A batch of which a partition cannot be reported fails as a whole. Nothing else may. */
function failed(error: unknown): 'failed' {
  if (LosslessError.is(error) && error.code === 'INVALID_RECORD_BATCH') return 'failed';
  throw error;
}

const hold = (most: number, numRuns: number) =>
  fc.assert(
    fc.asyncProperty(plans(most), async (plan) => {
      const broken = await new Trial(plan).play();
      if (broken.length > 0) throw new Error(broken.join('\n'));
    }),
    { numRuns },
  );

/** Ten thousand in `npm run explore`. */
const BATCHES = Number(process.env['LOSSLESS_BATCHES'] ?? 1_000);

test('small batches by the thousand: whatever comes in, whatever the stores answer and whenever the time runs out, P1 to P4 and P8 hold', async () => {
  await hold(3, BATCHES);
});

test('so they do in larger batches', async () => {
  await hold(12, 30);
});
