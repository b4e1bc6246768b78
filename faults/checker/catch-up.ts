/** What the rule of P6 looks at. Times in epoch milliseconds. */
export interface CatchUpInput {
  /** Faults from start to heal. */
  readonly faults: readonly { readonly start: number; readonly end: number }[];
  /** One for each accepted event: when its caller heard so, and when it was applied or parked (Infinity: never). */
  readonly events: readonly { readonly acceptedAt: number; readonly settledAt: number }[];
  /** What a single record may wait for after the last heal with nothing else in the way. */
  readonly patienceMs: number;
}

export interface CatchUp {
  /** Events accepted by the last heal and not settled by then. */
  readonly backlog: number;
  /** Events a second that this machine was seen to settle while no fault was on; 0: there was no such time. */
  readonly rate: number;
  readonly allowedMs: number;
  /** From the last heal until the backlog was settled; null: it never was. */
  readonly takenMs: number | null;
}

/** New events come meanwhile and take their share of the machine, and the order of keys makes some wait for others. */
const FACTOR = 3;
/** The rate is that of the best stretch of so many milliseconds: a shorter one would be a burst. */
const STRETCH_MS = 10_000;

/**
 * How long the pipeline took to catch up after the last heal, and how long it was allowed to take: the patience, and three
 * times the backlog at the rate that the machine was measured to do in the same run while no fault was on.
 */
export function catchUp({ faults, events, patienceMs }: CatchUpInput): CatchUp | undefined {
  if (faults.length === 0) return undefined;
  const healed = Math.max(...faults.map(({ end }) => end));
  const behind = events.filter(({ acceptedAt, settledAt }) => acceptedAt <= healed && settledAt > healed);
  const rate = bestRate(
    events.map(({ settledAt }) => settledAt).filter((time) => time < Infinity),
    faults,
  );
  const last = behind.reduce((latest, { settledAt }) => Math.max(latest, settledAt), healed);
  return {
    ...{ backlog: behind.length, rate },
    allowedMs: Math.round(patienceMs + (rate > 0 ? (FACTOR * behind.length * 1000) / rate : 0)),
    takenMs: last === Infinity ? null : last - healed,
  };
}

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
