import type { PartitionRead } from '../final-read';
import type { Fate } from './adapter';
import { eventId } from './sender';
import type { Sending } from './sending';

/** What one adapter said in one case, held against the log. Counts are of events where nothing else is said. */
export interface Tally {
  readonly acked: number;
  /** Acknowledged, and not in the log. */
  readonly missing: number;
  /** Acknowledged at an offset that holds another event. */
  readonly misplaced: number;
  /** Rejected as not written, and in the log. */
  readonly rejectedButWritten: number;
  readonly rejected: number;
  /** Without a yes or a no: reported as unknown, or in a send that threw. */
  readonly unknown: number;
  /** In the log more than once: an answer was lost, and the event sent again. */
  readonly duplicates: number;
  /** Acknowledged events of a caller that lie in their partition before one it sent earlier. */
  readonly orderBreaks: number;
  /** Sends whose promise settled after its deadline, or never did while it was waited for. */
  readonly late: number;
  /** Milliseconds from a send to its answer, or to the end of waiting. */
  readonly longestWaitMs: number;
  /** The first few events that broke a promise, each with how. */
  readonly examples: readonly string[];
}

export interface Evidence {
  readonly sendings: readonly Sending[];
  /** The topic as it was read at the end; before it, as it was read before it was deleted. */
  readonly logs: readonly (readonly Pick<PartitionRead, 'partition' | 'records'>[])[];
  /** Milliseconds a promise may take: deadline, plus what the case itself held the process back for. */
  readonly limitMs: number;
}

const EXAMPLES = 5;

/** True when everything that an adapter must keep was kept, on at least one acknowledged event. */
export const holds = (tally: Tally): boolean =>
  tally.acked > 0 &&
  [tally.missing, tally.misplaced, tally.rejectedButWritten, tally.orderBreaks, tally.late].every((n) => n === 0);

export function judge({ sendings, logs, limitMs }: Evidence): Tally {
  const log = new Log(logs);
  const count = { acked: 0, missing: 0, misplaced: 0, rejectedButWritten: 0, rejected: 0, unknown: 0, duplicates: 0 };
  const examples: string[] = [];
  const broken = (id: string, how: string) => {
    if (examples.length < EXAMPLES) examples.push(`${id} ${how}`);
  };
  const acked = new Map<string, Set<number>>();
  for (const { id, caller, n, fate } of eventsOf(sendings)) {
    const copies = log.copies(id);
    if (copies > 1) count.duplicates += 1;
    count[fate.kind] += 1;
    switch (fate.kind) {
      case 'acked':
        acked.set(caller, (acked.get(caller) ?? new Set<number>()).add(n));
        if (copies === 0) {
          count.missing += 1;
          broken(id, 'was acknowledged and is not in the log');
        } else if (!log.holds(fate, id)) {
          count.misplaced += 1;
          broken(id, `was acknowledged at offset ${fate.offset} of partition ${fate.partition}, which holds another`);
        }
        break;
      case 'rejected':
        if (copies === 0) break;
        count.rejectedButWritten += 1;
        broken(id, `was rejected (${fate.code}) and is in the log`);
        break;
      case 'unknown':
        break;
    }
  }
  const late = sendings.filter(({ waitedMs, fates }) => fates === 'never settled' || waitedMs > limitMs);
  for (const { caller, first, waitedMs } of late) broken(eventId(caller, first), `had no answer in ${waitedMs} ms`);
  const orderBreaks = log.orderBreaks(acked);
  for (const id of orderBreaks) broken(id, 'lies before one that its caller sent earlier');
  const longestWaitMs = sendings.reduce((longest, { waitedMs }) => Math.max(longest, waitedMs), 0);
  return { ...count, orderBreaks: orderBreaks.length, late: late.length, longestWaitMs, examples };
}

function* eventsOf(sendings: readonly Sending[]): Generator<{ id: string; caller: string; n: number; fate: Fate }> {
  for (const { caller, first, count, fates } of sendings) {
    for (let n = 0; n < count; n += 1) {
      yield { id: eventId(caller, first + n), caller, n: first + n, fate: fateOf(fates, n) };
    }
  }
}

function fateOf(fates: Sending['fates'], n: number): Fate {
  if (fates === 'never settled') return { kind: 'unknown', reason: fates };
  if ('threw' in fates) return { kind: 'unknown', reason: fates.threw };
  return fates[n] ?? { kind: 'unknown', reason: 'no fate was told' };
}

/** The records of a topic, by id and by place. */
class Log {
  private readonly counts = new Map<string, number>();
  private readonly places = new Set<string>();

  constructor(private readonly logs: Evidence['logs']) {
    for (const { partition, records } of logs.flat()) {
      for (const { id, offset } of records) {
        if (id === null) continue;
        this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
        this.places.add(`${partition}@${offset} ${id}`);
      }
    }
  }

  copies(id: string): number {
    return this.counts.get(id) ?? 0;
  }

  /** True also when the client did not tell where. */
  holds({ partition, offset }: Fate & { kind: 'acked' }, id: string): boolean {
    return offset === undefined || this.places.has(`${partition}@${offset} ${id}`);
  }

  /** Ids that lie behind a later one of their caller in the same partition. Of copies the first counts. */
  orderBreaks(acked: ReadonlyMap<string, ReadonlySet<number>>): string[] {
    const seen = new Set<string>();
    const last = new Map<string, number>();
    const breaks: string[] = [];
    for (const { partition, records } of this.logs.flat()) {
      for (const { id } of records) {
        if (id === null || seen.has(`${partition} ${id}`)) continue;
        seen.add(`${partition} ${id}`);
        const at = id.lastIndexOf('-');
        const [caller, n] = [id.slice(0, at), Number(id.slice(at + 1))];
        if (!acked.get(caller)?.has(n)) continue;
        const lane = `${partition} ${caller}`;
        if (n < (last.get(lane) ?? -1)) breaks.push(id);
        else last.set(lane, n);
      }
    }
    return breaks;
  }
}
