/** What the rule of P6 looks at. Times in epoch milliseconds. */
export interface CatchUpInput {
  /** Faults from start to heal. */
  readonly faults: readonly { readonly start: number; readonly end: number }[];
  /** One for each accepted event. */
  readonly events: readonly {
    /** When its caller heard so. */
    readonly acceptedAt: number;
    /** When it came into the log: what was spilled, later. Undefined: it is not there. */
    readonly appendedAt?: number | undefined;
    /** When it was applied or parked; Infinity: never. */
    readonly settledAt: number;
  }[];
  /** What a single record may wait for after the last heal with nothing else in the way. */
  readonly patienceMs: number;
}

/** From the last heal until something was done; null: it never was. */
interface Span<Taken extends number | null> {
  readonly allowedMs: number;
  readonly takenMs: Taken;
}

export interface CatchUp {
  /** Events accepted by the last heal and not settled by then. */
  readonly backlog: number;
  /** Events appended no later than the last of the backlog, and not settled at the heal: what may lie before it in the log, and itself. */
  readonly ahead: number;
  /** Events a second that this machine was seen to settle while no fault was on; 0: there was no such time. */
  readonly rate: number;
  /** Until all of the backlog was in the log. */
  readonly appended: Span<number>;
  /** Until all of the backlog was settled. */
  readonly settled: Span<number | null>;
}

/** New events come meanwhile and take their share of the machine, and the order of keys makes some wait for others. */
const FACTOR = 3;
/** The rate is that of the best stretch of so many milliseconds: a shorter one would be a burst. */
const STRETCH_MS = 10_000;

/**
 * How long the pipeline took to catch up after the last heal, and how long it was allowed to take: into the log the patience, and three times the
 * backlog at the rate that the machine was measured to do in the same run while no fault was on; to its end the patience, and three
 * times all that lay before it by then. What was spilled goes behind what came meanwhile.
 */
export function catchUp({ faults, events, patienceMs }: CatchUpInput): CatchUp | undefined {
  if (faults.length === 0) return undefined;
  const healed = Math.max(...faults.map(({ end }) => end));
  const open = events.filter(({ settledAt }) => settledAt > healed);
  const behind = open.filter(({ acceptedAt }) => acceptedAt <= healed);
  const rate = bestRate(
    events.map(({ settledAt }) => settledAt).filter((time) => time < Infinity),
    faults,
  );
  const allowedMs = (count: number) => Math.round(patienceMs + (rate > 0 ? (FACTOR * count * 1000) / rate : 0));
  const appended = latest(behind.map(({ acceptedAt, appendedAt = acceptedAt }) => appendedAt), healed); // prettier-ignore
  const settled = latest(behind.map(({ settledAt }) => settledAt), healed); // prettier-ignore
  const ahead = open.filter(({ acceptedAt, appendedAt = acceptedAt }) => appendedAt <= appended).length;
  return {
    ...{ backlog: behind.length, ahead, rate },
    appended: { allowedMs: allowedMs(behind.length), takenMs: appended - healed },
    settled: { allowedMs: allowedMs(ahead), takenMs: settled === Infinity ? null : settled - healed },
  };
}

const latest = (times: readonly number[], from: number): number =>
  times.reduce((last, time) => Math.max(last, time), from);

/** Of every stretch that begins with a settled event and meets no fault. */
function bestRate(times: readonly number[], faults: CatchUpInput['faults']): number {
  const sorted = [...times].sort((a, b) => a - b);
  let best = 0;
  let to = 0;
  for (const [from, time] of sorted.entries()) {
    const end = time + STRETCH_MS;
    while (to < sorted.length && sorted[to]! < end) to += 1;
    if (faults.some((fault) => fault.start < end && fault.end > time)) continue;
    best = Math.max(best, to - from);
  }
  return (best * 1000) / STRETCH_MS;
}
