import type { Measures, Series } from '../measures';

/** More points than this are more than a wide screen has pixels for. */
const POINTS = 1200;

/** What the script in the page draws. Times are seconds since the start of the run. */
export interface ChartData {
  readonly seconds: number;
  readonly rates: Rates;
  readonly inSync: Series;
  readonly lag: Series;
  readonly latency: { readonly fromMs: readonly number[]; readonly counts: readonly number[] };
  /** Fault windows; `n` is the number of the fault in the table of faults. */
  readonly bands: readonly { readonly n: number; readonly name: string; readonly from: number; readonly to: number }[];
}

export interface Rates {
  readonly at: readonly number[];
  readonly accepted: readonly number[];
  readonly applied: readonly number[];
  readonly parked: readonly number[];
}

export function chartData(measures: Measures): ChartData {
  const { seconds, inSyncReplicas, lag, latency, kinds, windows } = measures;
  const kind = new Map(kinds.map(({ name }, index) => [name, index + 1]));
  return {
    seconds,
    rates: rates(measures.perSecond),
    inSync: sparser(inSyncReplicas, POINTS),
    lag: sparser(lag, POINTS),
    latency: {
      fromMs: latency.buckets.map(({ fromMs }) => fromMs),
      counts: latency.buckets.map(({ count }) => count),
    },
    bands: windows.map(({ name, from, to }) => ({ n: kind.get(name) ?? 0, name, from: brief(from), to: brief(to) })),
  };
}

/** Events per second, averaged over as many seconds as it takes to stay below the number of points. */
export function rates(perSecond: Measures['perSecond'], points: number = POINTS): Rates {
  const { accepted, applied, parked } = perSecond;
  const step = Math.max(1, Math.ceil(accepted.length / points));
  const average = (values: readonly number[]) =>
    at.map((from) => {
      const part = values.slice(from, from + step);
      return brief(part.reduce((sum, value) => sum + value, 0) / part.length);
    });
  const at = Array.from({ length: Math.ceil(accepted.length / step) }, (_, n) => n * step);
  return { at, accepted: average(accepted), applied: average(applied), parked: average(parked) };
}

/** Keeps the lowest and the highest of each stretch, in their order: a dip of one sample stays in sight. */
export function sparser({ at, value }: Series, points: number = POINTS): Series {
  if (at.length <= points) return { at: at.map(brief), value };
  const stretch = Math.ceil((at.length * 2) / points);
  const kept = at.flatMap((_, from) => (from % stretch === 0 ? extremes(value, from, from + stretch) : []));
  return { at: kept.map((n) => brief(at[n] ?? 0)), value: kept.map((n) => value[n] ?? 0) };
}

/** The indices of the lowest and of the highest value of a stretch. */
function extremes(values: readonly number[], from: number, to: number): number[] {
  let low = from;
  let high = from;
  for (let n = from; n < Math.min(to, values.length); n++) {
    if ((values[n] ?? 0) < (values[low] ?? 0)) low = n;
    if ((values[n] ?? 0) > (values[high] ?? 0)) high = n;
  }
  return low === high ? [low] : [Math.min(low, high), Math.max(low, high)];
}

/** Milliseconds are as fine as anything here is measured. */
const brief = (value: number): number => Math.round(value * 1000) / 1000;
