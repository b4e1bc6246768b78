import { countStates, type Observed } from '../../faults/states';
import type { FinalRead } from '../../faults/final-read/final-read';
import type { Pipeline } from '../pipeline';

/** Records that the retention took unread, of any group. */
export const LAPSED = 'records that the retention took unread';
/** Words of the person on call, of any group. */
export const CALLED = 'a person had to say what may be parked';
/** Of any group. */
export const SENT_AGAIN = 'events sent again from what the topic holds';

/** Where a run has been, added up window after window. */
export class Whereabouts {
  readonly counts: Record<string, number> = {};
  #before: Observed;

  constructor(private readonly pipeline: Pipeline) {
    this.#before = this.#now();
  }

  /** Call when a window has been read, and before it is forgotten. */
  look(reads: readonly FinalRead[]): void {
    const now = this.#now();
    const since: Observed = {
      ...now,
      lines: less(now.lines, this.#before.lines),
      metrics: less(now.metrics, this.#before.metrics),
      asked: less({ ...now.asked }, { ...this.#before.asked }) as unknown as Observed['asked'],
    };
    this.#before = now;
    this.#add(countStates({ entries: this.pipeline.trace.entries, torn: false }, reads, since));
    this.#add(since.lines);
    this.#add(since.metrics);
    this.#add({ [LAPSED]: reads.reduce((sum, { lapsed = [] }) => sum + lapsed.length, 0) });
    this.#add({ [CALLED]: this.pipeline.called.size });
  }

  /** What is counted from the beginning on. */
  all(): Record<string, number> {
    const { around, functions, consumers } = this.pipeline;
    const troubles = Object.entries(around.troubles).flatMap(([part, { counts }]) =>
      [...(counts as ReadonlyMap<string, number>)].map(([name, count]) => [`${part}: ${name}`, count] as const),
    );
    const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
    const all = [functions.ingest, functions.replay, functions.unpack, ...consumers.map(({ consumer }) => consumer)];
    return {
      ...this.counts,
      ...Object.fromEntries(troubles),
      elections: around.cluster.controller.elections,
      rebalances: sum(consumers.map(({ group }) => group.rebalances)),
      'transactions that conflict': around.tables.conflicts,
      'reads of one object that fail': around.unreadable.reads,
      [SENT_AGAIN]: this.pipeline.redriver.sentAgain,
      'cold starts': sum(all.map(({ coldStarts }) => coldStarts)),
      invocations: sum(all.map(({ invocations }) => invocations)),
    };
  }

  #now(): Observed {
    const { around, settings } = this.pipeline;
    return {
      lines: Object.fromEntries(around.log.counts),
      metrics: { ...around.counted.metrics },
      asked: around.tally.asked,
      bufferBytes: settings.producer.bufferBytes,
    };
  }

  #add(more: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(more)) this.counts[name] = (this.counts[name] ?? 0) + count;
  }
}

const less = (
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Record<string, number> =>
  Object.fromEntries(Object.entries(now).map(([name, count]) => [name, count - (before[name] ?? 0)]));
