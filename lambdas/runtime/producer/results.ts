import type { EntryOutcome } from './outcome';

/** How the records of one call ended, in their order. One promise for all of them. */
export class Results {
  private readonly settled: (EntryOutcome | undefined)[] = [];
  private open = 0;
  private complete: () => void = () => undefined;

  /** One more; what it returns is to be told how that one ended, once. */
  expect(): (settled: EntryOutcome) => void {
    const index = this.settled.push(undefined) - 1;
    this.open += 1;
    return (settled) => {
      this.settled[index] = settled;
      this.open -= 1;
      if (this.open === 0) this.complete();
    };
  }

  /** Resolves when all have ended. Nothing more is to be expected then. */
  async all(): Promise<EntryOutcome[]> {
    if (this.open > 0) await new Promise<void>((complete) => (this.complete = complete));
    return this.settled as EntryOutcome[];
  }
}
