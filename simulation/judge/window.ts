import { check, type CheckId, type Verdict } from '../../faults/checker';
import { at } from '../../faults/checker/evidence';
import type { Entry } from '../../faults/history';
import { partitionAdded } from '../people/operators';
import type { FinalRead } from '../../faults/final-read/final-read';
import { RECORD } from '../../lambdas/runtime/contract';
import { ORDERS } from '../load/orders';
import type { Pipeline } from '../pipeline';
import type { ConsumerGroup } from '../pipeline/consumer-group';
import { givesUp } from '../pipeline/settings';
import { BUCKETS, onFailureOf, tableOf, TOPIC } from '../pipeline/names';
import { bounded, standing } from './standing';
import { patienceMs } from './patience';
import { ledgersIn, readLeft, type Before } from './final-read';

/** What a window came to. */
export interface Judged {
  readonly verdict: Verdict;
  /** Ids accepted that have no end and wait nowhere. */
  readonly lost: readonly string[];
  /** Ids with a second effect that nothing allows. */
  readonly appliedTwice: readonly string[];
  /** Ids accepted that still wait somewhere, though nothing has been wrong for long. */
  readonly stuck: readonly string[];
  /** Of each consumer. */
  readonly reads: readonly FinalRead[];
}

/** Judges one window of a run after the other, and forgets what is judged. */
export class Windows {
  #before: ReadonlyMap<ConsumerGroup, Before>;

  constructor(private readonly pipeline: Pipeline) {
    this.#before = this.#now();
  }

  /** Call when nothing moves any more. */
  judge(): Judged {
    const [first, ...others] = this.pipeline.consumers.map((consumer) => this.#read(consumer)) as [FinalRead];
    const read: FinalRead = { ...first, others };
    const { entries } = this.pipeline.trace;
    const checked = withoutOrder(check({ entries, torn: false }, read), entries);
    const lively = [first, ...others].flatMap((each) => [standing(entries, each), bounded(entries, each)]);
    const verdict = { ...checked, checks: [...checked.checks, ...lively] };
    const ends = [first, ...others].map((each) => this.#ends(each));
    const all = (of: (end: Ends) => readonly string[]) => [...new Set(ends.flatMap(of))];
    return {
      verdict,
      reads: [first, ...others],
      lost: all(({ lost }) => lost),
      stuck: all(({ stuck }) => stuck),
      appliedTwice: all(({ appliedTwice }) => appliedTwice),
    };
  }

  forget(): void {
    const { pipeline } = this;
    const { around, trace, load, consumers, functions } = pipeline;
    trace.forget();
    load.forget();
    pipeline.parkedAt.clear();
    [pipeline.hasWord, pipeline.sendsBack, pipeline.keepsShort] = [false, false, false];
    pipeline.called.clear();
    // What a frozen sandbox still has to send would come to the log when it is thawed, and be nobody's by then.
    functions.ingest.recycle();
    functions.replay.recycle();
    for (const partition of around.cluster.partitions(TOPIC)) {
      partition.trim(partition.committed().high);
      partition.forgetExpired();
    }
    for (const { id } of around.tables.items(ORDERS)) around.tables.remove(ORDERS, String(id));
    around.buckets.get(BUCKETS.deadLetters)!.content.clear();
    for (const consumer of consumers) {
      consumer.applications = [];
      consumer.settledAt.clear();
      consumer.lapsed = [];
      const table = tableOf(consumer.name);
      for (const item of around.tables.items(table)) {
        if (item[RECORD.state] === 'parked') around.tables.remove(table, String(item[RECORD.key]));
      }
    }
    this.#before = this.#now();
  }

  #now(): ReadonlyMap<ConsumerGroup, Before> {
    const { consumers, around } = this.pipeline;
    const offsets = new Map(around.cluster.partitions(TOPIC).map((each) => [each.number, each.committed().high]));
    return new Map(
      consumers.map((consumer) => [
        consumer,
        { offsets, ledgers: ledgersIn(around.tables, tableOf(consumer.name)), counters: countersOf(consumer) },
      ]),
    );
  }

  #read(consumer: ConsumerGroup): FinalRead {
    const { around, settings, load, called } = this.pipeline;
    const { cluster, tables, buckets } = around;
    const { name, effect, group, applications, settledAt, lapsed } = consumer;
    return readLeft(
      {
        ...{
          cluster,
          topic: TOPIC,
          group: name,
          effect,
          givesUp: givesUp(settings),
          tables,
          table: tableOf(name),
        },
        deadLetters: buckets.get(BUCKETS.deadLetters)!,
        spill: buckets.get(BUCKETS.spill)!,
        onFailure: buckets.get(onFailureOf(name))!,
        ...{ committed: group.committed(), applications, settledAt, lapsed, counters: countersOf(consumer) },
        parkedAt: this.pipeline.parkedAt,
        // It is counted once more from a person's word.
        patienceMs: patienceMs(settings, load) * (called.has(consumer) ? 2 : 1),
      },
      this.#before.get(consumer)!,
    );
  }

  /** What became of the accepted events, without the checker. */
  #ends(read: FinalRead): Ends {
    const parked = new Set(read.deadLetters.map(({ id }) => id));
    const waiting = new Set(read.spilled);
    const taken = new Set((read.lapsed ?? []).map(at));
    const lapsed = new Set<string>();
    const kept = new Set(read.spilled);
    for (const { partition, records, committed } of read.partitions) {
      for (const { id, offset } of records) {
        const isTaken = taken.size > 0 && taken.has(at({ partition, offset }));
        if (id !== null) (isTaken ? lapsed : kept).add(id);
        if (isTaken) continue;
        const lies = read.onFailure.some((place) => place.partition === partition && place.offset === offset);
        if (id !== null && (offset >= (committed ?? 0) || lies)) waiting.add(id);
      }
    }
    const { timesApplied } = read.effects;
    const isOpen = (id: string) =>
      timesApplied[id] === undefined && !parked.has(id) && (!lapsed.has(id) || kept.has(id));
    const open = [...this.pipeline.load.accepted].filter(isOpen);
    const twice = Object.keys(timesApplied).filter((id) => timesApplied[id]! > 1);
    return {
      lost: open.filter((id) => !waiting.has(id)),
      stuck: open.filter((id) => waiting.has(id)),
      appliedTwice: read.effect === 'write' ? twice : [],
    };
  }
}

/** Across the moment at which a topic gets a partition more, the order of its keys is nobody's promise. */
function withoutOrder(verdict: Verdict, entries: readonly Entry[]): Verdict {
  if (!entries.some((entry) => entry.op === 'fault' && entry.name === partitionAdded.name)) return verdict;
  const checks = verdict.checks.map((each) => (ORDER.has(each.check) ? { ...each, ok: true } : each));
  return { ...verdict, checks, ok: checks.every(({ ok }) => ok) };
}

const ORDER: ReadonlySet<CheckId> = new Set<CheckId>(['K6', 'P4']);

type Ends = Pick<Judged, 'lost' | 'appliedTwice' | 'stuck'>;

/** How far commits have come is told by each process of the mapping for itself: that one count is left out. */
function countersOf(consumer: ConsumerGroup): Record<string, number> {
  return Object.fromEntries(Object.entries(consumer.counters()).filter(([name]) => name !== 'CommittedEventCount'));
}
