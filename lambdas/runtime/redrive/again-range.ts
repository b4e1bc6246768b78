import { EVERY_KEY, type AgainAnswer, type AgainFate, type AgainRequest, type AgainRest } from '../contract';
import { LosslessError } from '../contract/errors';
import { putDeadLetter } from '../dead-letters/letter';
import type { ReadRecord, TopicReader } from '../kafka/topic-reader';
import type { ObjectStore } from '../stores/object-store';
import type { Transactions } from '../stores/tables';
import { triedAgain } from '../stores/tried-again';
import type { Clock } from '../time/clock';
import { limit } from '../time/limit';
import { againRecord, againVerdict, type AgainRecord, type AgainVerdict } from './again-record';
import { againState } from './mark-again';

export interface RangeDeps {
  readonly reader: TopicReader;
  readonly store: ObjectStore;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly cluster: string;
  readonly deadLetters: string;
  /** Milliseconds until the answer is due. */
  readonly leftMs: () => number;
}

export type Range = AgainRequest['again'];

/** No more is begun below that: a fetch, its records' states and their letters have to fit in. Milliseconds. */
const LEAST_MS = 60_000;
/** Records of one answer, so that a run shows how far it is. */
const MOST_RECORDS = 5_000;
/** Requests to either store at once. */
const AT_ONCE = 32;
/** Offsets named for each reason. */
const NAMED = 3;

/**
 * Reads offsets of a partition, and puts a letter for each record whose event may be sent again.
 * @throws LosslessError INVALID_ARGUMENT for offsets that are not there; Error where Kafka or a store did not answer: letters that
 * are put by then are found by the next run
 */
export async function againRange(range: Range, deps: RangeDeps): Promise<AgainAnswer> {
  const { topic, partition, to, most } = range;
  await requireThere(range, deps.reader);
  const found = new Found(range.behind ?? []);
  let next = range.from;
  while (next <= to && found.send.length < most && found.records < MOST_RECORDS && (next === range.from || deps.leftMs() > LEAST_MS)) {
    const fetched = await deps.reader.fetch(topic, partition, next);
    if (fetched.next <= next) throw new Error(`topic ${topic}, partition ${partition}: got nothing from offset ${next} on, want records up to ${to}; run it again`); // prettier-ignore
    const meant = fetched.records.filter(({ offset }) => offset <= to);
    let at = 0;
    while (at < meant.length && found.send.length < most) {
      const some = meant.slice(at, at + most - found.send.length);
      await take(some, range, found, deps);
      at += some.length;
    }
    const reached = at < meant.length ? (meant[at - 1]?.offset ?? next - 1) + 1 : Math.min(fetched.next, to + 1);
    for (const packed of fetched.packed) {
      if (packed.from < reached) found.packed(packed.codec, packed.from, Math.min(packed.to, to));
    }
    next = reached;
  }
  return { cluster: deps.cluster, next, ...found.answer() };
} // prettier-ignore

async function requireThere({ topic, partition, from, to }: Range, reader: TopicReader): Promise<void> {
  const bounds = await reader.bounds(topic, partition);
  const refused = (what: string, got: string, want: string) => new LosslessError('INVALID_ARGUMENT', `topic ${topic}, ${what}: got ${got}, want ${want}; correct it`); // prettier-ignore
  if (bounds === undefined) throw refused('--partition', String(partition), 'one of its partitions');
  const { start, end } = bounds;
  const there =
    end > start ? `${start} to ${end - 1}, which are there` : 'offsets that are there: the partition is empty';
  if (from < start) throw refused('--offsets', `${from}, which retention has deleted`, there);
  // Above the end this run's own copies will come to lie.
  if (to >= end) throw refused('--offsets', `${to}, which is not written yet`, there);
}

/** In the order of the log: a record that waits holds up those after it of its key. */
async function take(records: readonly ReadRecord[], range: Range, found: Found, deps: RangeDeps): Promise<void> {
  const together = limit(AT_ONCE);
  const seen = await Promise.all(records.map((record) => together(() => seenBy(record, range, deps))));
  const puts: AgainRecord[] = [];
  records.forEach(({ offset }, index) => {
    const { record, verdict } = seen[index]!;
    if (found.take(offset, record, verdict)) puts.push(record);
  });
  if (range.look === true) return;
  await Promise.all(puts.map((record) => together(() => putOne(record, deps))));
}

async function seenBy(
  read: ReadRecord,
  range: Range,
  deps: RangeDeps,
): Promise<{ readonly record: AgainRecord; readonly verdict: AgainVerdict }> {
  const { topic, partition, group, before, eventIds, table } = range;
  const { cluster, clock, store, transactions, deadLetters } = deps;
  const record = againRecord({ topic, partition, ...read }, { cluster, topic, group, before, eventIds, nowMs: clock.now() });
  if (record.kind === 'refused') return { record, verdict: record };
  const item = await triedAgain(() => transactions.read(table, record.key), clock);
  if ('failed' in item) throw new Error(`table ${table}: ${item.failed}`);
  const state = await againState(record, item.value, deps);
  const own = state.kind === 'redriven' ? await triedAgain(() => store.get(deadLetters, record.object), clock) : { value: undefined };
  if ('failed' in own) throw new Error(own.failed);
  const isThere = own.value !== undefined;
  return { record, verdict: againVerdict(record, state, { isThere, maxRedrives: range.maxRedrives }) };
} // prettier-ignore

async function putOne(record: AgainRecord, { store, deadLetters, clock }: RangeDeps): Promise<void> {
  if (record.kind === 'refused') return;
  const put = await triedAgain(() => putDeadLetter(store, deadLetters, record.letter), clock);
  if ('failed' in put) throw new Error(put.failed);
}

/** What is found of a range, record by record. */
class Found {
  readonly send: string[] = [];
  records = 0;
  private readonly rest = new Map<string, AgainFate & { count: number; readonly offsets: number[] }>();
  private readonly sentKeys = new Set<string>();
  private readonly behind: Set<string>;

  constructor(behind: readonly string[]) {
    this.behind = new Set(behind);
  }

  /** True: a letter has to be put for it. */
  take(offset: number, record: AgainRecord, verdict: AgainVerdict): boolean {
    this.records += 1;
    const orderedBy = record.kind === 'to send' ? record.orderedBy : undefined;
    if (orderedBy !== undefined && (this.behind.has(orderedBy) || this.behind.has(EVERY_KEY))) {
      this.count(BEHIND, offset);
      return false;
    }
    if (verdict.kind === 'waits' && orderedBy !== undefined) this.behind.add(orderedBy);
    if (verdict.kind !== 'send' || record.kind === 'refused') {
      if (verdict.kind !== 'send') this.count(verdict, offset);
      return false;
    }
    if (this.sentKeys.has(record.key)) {
      this.count({ kind: 'repeated' }, offset);
      return false;
    }
    this.sentKeys.add(record.key);
    this.send.push(verdict.object);
    return verdict.isNew;
  }

  packed(codec: string, from: number, to: number): void {
    const detail = `records in the codec ${codec}, which the replay function does not have; publish them anew`;
    this.count({ kind: 'refused', reason: 'packed', detail }, from, to - from + 1);
    if (to > from) this.count({ kind: 'refused', reason: 'packed', detail }, to, 0);
  }

  answer(): Pick<AgainAnswer, 'send' | 'rest' | 'behind'> {
    return { send: this.send, rest: [...this.rest.values()] satisfies AgainRest[], behind: [...this.behind] };
  }

  private count(fate: AgainFate, offset: number, by = 1): void {
    const name = `${fate.kind} ${'reason' in fate ? fate.reason : ''}`;
    const known = this.rest.get(name) ?? { ...fate, count: 0, offsets: [] };
    known.count += by;
    if (known.offsets.length < NAMED) known.offsets.push(offset);
    this.rest.set(name, known);
  }
}

const BEHIND: AgainFate = {
  kind: 'waits',
  reason: 'behind',
  detail: 'one before it of the same key waits; run it again',
};
