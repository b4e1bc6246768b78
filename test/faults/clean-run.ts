import type { FinalRead, LogRecord } from '../../faults/final-read/final-read';
import type { Entry, Observation, Place } from '../../faults/history';

/** The same shape, free to be altered. */
export type Draft<T> = T extends object ? { -readonly [Name in keyof T]: Draft<T[Name]> } : T;

/** One event of a made-up run: what its caller was told, attempt by attempt, and how it ended. */
export interface Planned {
  readonly id: string;
  /** Keys of a and b go to partition 0, keys of c to partition 1. */
  readonly key: string;
  /** `landed`: the attempt did append the record, whatever the caller was told. */
  readonly answers: readonly ('acked' | 'unknown' | 'unknown landed' | 'spilled' | 'rejected' | 'rejected landed')[];
  /** `diverted`: given up by the mapping, unpacked and then parked. `aside`: rejected at replay, never in the topic. */
  readonly end: 'applied' | 'parked' | 'diverted' | 'aside' | 'nothing';
}

export interface Run {
  entries: Draft<Entry>[];
  read: Draft<FinalRead>;
}

const plain = (id: string, key: string): Planned => ({ id, key, answers: ['acked'], end: 'applied' });

/** Everything that may rightly happen to an event, once. */
export const EVERY_FATE: readonly Planned[] = [
  ...[plain('a1', 'a'), plain('a2', 'a'), plain('b1', 'b'), plain('c1', 'c'), plain('a3', 'a'), plain('c2', 'c')],
  { id: 'refused', key: 'b', answers: ['rejected'], end: 'nothing' },
  { id: 'refused-then-taken', key: 'b', answers: ['rejected', 'acked'], end: 'applied' },
  { id: 'unheard', key: 'b', answers: ['unknown'], end: 'nothing' },
  { id: 'unheard-landed', key: 'c', answers: ['unknown landed'], end: 'applied' },
  { id: 'in-doubt', key: 'a', answers: ['unknown landed', 'acked'], end: 'applied' },
  { id: 'parked', key: 'c', answers: ['acked'], end: 'parked' },
  { id: 'diverted', key: 'b', answers: ['acked'], end: 'diverted' },
  { id: 'replayed', key: 'c', answers: ['spilled'], end: 'applied' },
  { id: 'aside', key: 'a', answers: ['spilled'], end: 'aside' },
  ...[plain('a4', 'a'), plain('b2', 'b'), plain('c3', 'c')],
];

const START = 1_700_000_000_000;
const BATCH = 3;

export interface RunPlan {
  readonly events?: readonly Planned[];
  /** Milliseconds after the start at which the consumer begins. */
  readonly consumeAt?: number;
  /** A fault from 5 s to 6 s after the start, while nothing is sent. */
  readonly fault?: boolean;
}

/** Plays the plan as a pipeline without a flaw would, and returns its history and what it leaves behind. */
export function cleanRun({ events = EVERY_FATE, consumeAt = 5_500, fault = true }: RunPlan = {}): Run {
  const play = new Play();
  if (fault) play.during(5_000, { op: 'fault', type: 'invoke', process: 'fault-1', name: 'leader-killed' });
  if (fault) play.during(6_000, { op: 'fault', type: 'ok', process: 'fault-1', name: 'leader-killed' });
  for (const event of events) play.send(event);
  play.replay(events);
  play.time = START + consumeAt;
  for (const partition of [0, 1]) play.consume(partition, events);
  return play.finish();
}

class Play {
  time = START;
  private readonly entries: Entry[] = [];
  private readonly log: (LogRecord & { partition: number })[] = [];
  private readonly read: Draft<FinalRead> = {
    ...{ topic: 'orders', group: 'orders-billing', partitions: [], effects: { timesApplied: {}, byKey: {} } },
    ...{ settled: [], ledgers: [], deadLetters: [], spilled: [], onFailure: [], counters: {} },
  };
  private invocations = 0;
  private readonly counters = { invoked: 0, diverted: 0 };

  during(after: number, observation: Observation): void {
    const wall = START + after;
    this.entries.push({ ...observation, wall, mono: after * 1000 });
  }

  send({ id, key, answers }: Planned): void {
    for (const answer of answers) {
      const process = `caller-${key}`;
      this.see({ op: 'publish', type: 'invoke', process, ids: [id], keys: [key] });
      const place = answer === 'acked' || answer.endsWith('landed') ? this.append(id, key) : undefined;
      if (answer === 'acked' && place) {
        const { partition, offset } = place;
        this.see({
          op: 'send',
          type: 'ok',
          outcome: answer,
          process,
          ids: [id],
          partitions: [partition],
          offsets: [offset],
        });
      } else if (answer === 'spilled') this.see({ op: 'send', type: 'ok', outcome: answer, process, ids: [id] });
      else if (answer.startsWith('rejected'))
        this.see({ op: 'send', type: 'fail', outcome: 'rejected', process, ids: [id] });
      else this.see({ op: 'send', type: 'unknown', outcome: 'unknown', process, ids: [id], reason: 'timed out' });
    }
  }

  replay(events: readonly Planned[]): void {
    for (const { id, key, answers, end } of events) {
      if (!answers.includes('spilled')) continue;
      if (end !== 'aside') this.append(id, key);
      else this.park({ id, ...bytesOf(id, key), partition: -1, offset: -1, timestamp: this.time });
    }
  }

  consume(partition: number, events: readonly Planned[]): void {
    const records = this.log.filter((record) => record.partition === partition);
    this.read.ledgers.push({ partition, applied: 0, duplicate: 0, parked: 0 });
    for (let n = 0; n < records.length; n += BATCH) this.deliver(partition, records.slice(n, n + BATCH), events);
    const committed = (records.at(-1)?.offset ?? -1) + 1;
    this.read.partitions.push({ partition, records: records.map((record) => ({ ...record })), committed });
  }

  finish(): Run {
    const { invoked, diverted } = this.counters;
    this.read.counters = {
      ...{ InvokedEventCount: invoked, InvokeErrorCount: 0, DroppedEventCount: 0 },
      OnFailureDestinationDeliveredEventCount: diverted,
      CommittedEventCount: this.log.length,
    };
    const entries = this.entries.sort((a, b) => a.mono - b.mono) as Draft<Entry>[];
    return structuredClone({ entries, read: this.read });
  }

  private deliver(
    partition: number,
    batch: readonly (LogRecord & { partition: number })[],
    events: readonly Planned[],
  ) {
    const [process, group, invocation] = ['mapping#1', this.read.group, `invocation-${++this.invocations}`];
    const offsets = batch.map(({ offset }) => offset);
    const ids = batch.map(({ id }) => id ?? '');
    this.see({
      op: 'deliver',
      type: 'invoke',
      process,
      group,
      invocation,
      again: false,
      records: [{ partition, offsets, ids }],
    });
    this.counters.invoked += batch.length;
    for (const record of batch) {
      const end = events.find(({ id }) => id === record.id)?.end;
      if (end === 'diverted') {
        const records = [{ partition, offsets: [record.offset], ids: [record.id ?? ''] }];
        this.see({ op: 'on-failure', type: 'ok', process, group, records, object: 'on-failure-1' });
        this.counters.diverted += 1;
      } else this.settle(record, end === 'parked');
    }
    this.see({ op: 'outcome', type: 'ok', process, group, invocation });
    const position = { partition, offset: (offsets.at(-1) ?? 0) + 1 };
    this.see({ op: 'commit', type: 'invoke', process, group, offsets: [position] });
    this.see({ op: 'commit', type: 'ok', process, group, offsets: [position] });
    const unpacked = batch.filter(({ id }) => events.find((event) => event.id === id)?.end === 'diverted');
    for (const record of unpacked) this.settle(record, true);
  }

  private settle(record: LogRecord & Place, parked: boolean): void {
    const { id, key, partition, offset } = record;
    if (id === null || key === null) return;
    const ledger = this.read.ledgers.find((each) => each.partition === partition);
    const as = this.isSettled(record) ? 'duplicate' : parked ? 'parked' : 'applied';
    if (ledger) ledger[as] += 1;
    if (as === 'duplicate') return;
    this.time += 1;
    const settled = { partition, offset, settledAt: this.time };
    if (parked) {
      this.read.settled.push({ state: 'parked', ...settled, id, object: this.park({ ...record, id }) });
      return;
    }
    this.read.settled.push({ state: 'done', ...settled });
    this.read.effects.timesApplied[id] = 1;
    (this.read.effects.byKey[key] ??= []).push({ partition, offset, id });
  }

  private isSettled({ id }: LogRecord): boolean {
    return (
      this.read.effects.timesApplied[id ?? ''] !== undefined || this.read.deadLetters.some((each) => each.id === id)
    );
  }

  private park(
    from: Place & Pick<LogRecord, 'keyHash' | 'valueHash' | 'headersHash' | 'timestamp'> & { id: string },
  ): string {
    const { id, partition, offset, timestamp, keyHash, valueHash, headersHash } = from;
    const object = `parked/${id}`;
    const letter = { object, id, partition, offset, timestamp, keyHash, valueHash, headersHash };
    this.read.deadLetters.push({ ...letter, reason: 'handler-error', parkedAt: this.time });
    return object;
  }

  private append(id: string, key: string): Place {
    const partition = key === 'c' ? 1 : 0;
    const offset = this.log.filter((record) => record.partition === partition).length;
    const timestamp = (this.time += 1);
    this.log.push({ partition, offset, timestamp, id, key, redriven: false, ...bytesOf(id, key) });
    return { partition, offset };
  }

  private see(observation: Observation): void {
    this.time += 1;
    this.entries.push({ ...observation, wall: this.time, mono: (this.time - START) * 1000 });
  }
}

const bytesOf = (id: string, key: string) => ({
  keyHash: `key ${key}`,
  valueHash: `value of ${id}`,
  headersHash: `headers of ${id}`,
});
