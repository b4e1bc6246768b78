/** One figure of a bench: what, unit, and one value per repetition. */
export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** One measured claim, in a file of its own. */
export interface Bench {
  readonly name: string;
  /** What is measured against what, in one sentence. */
  readonly claim: string;
  /** @param options - `quick`: fewer and shorter repetitions, to see that it works */
  measure(say: (line: string) => void, options: { readonly quick: boolean }): Promise<readonly Row[]>;
}

export function spread(values: readonly number[]): { min: number; median: number; max: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return { min: at(0), median: at(Math.floor(sorted.length / 2)), max: at(sorted.length - 1) };
}

/** Ratios of runs made in pairs, so that a busy machine slows both. */
export const ratio = (what: string, ours: readonly number[], theirs: readonly number[]): Row => ({
  what,
  unit: '×',
  values: ours.map((value, n) => value / (theirs[n] ?? Number.NaN)),
});

export async function seconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
