/** What is remembered of an object that stayed in its bucket, so that it is in nobody's way at the next sweep. */
export interface Note {
  /** Of a spill object: numbers of its events that are not settled yet; undefined: all, or not known. */
  readonly open?: readonly number[];
  /** Partitions these wait for. */
  readonly waitsFor: readonly number[];
  /** Number of the sweep before which it is left alone. */
  readonly notBefore: number;
  /** Sweeps in a row in which it was tried in vain. */
  readonly failures: number;
}

/** Beyond these the oldest are forgotten: their objects are read once more, and their settled events are sent again. */
const MOST_NOTES = 20_000;
const MOST_OPEN = 2_000_000;
/** It is tried in so many sweeps in a row; then it steps back, so that others of its partition have their turn. */
const EVERY_SWEEP = 3;
/** Sweeps between two tries of an object that fails again and again. */
const MOST_APART = 4;

/**
 * Notes of one bucket by object name. They live as long as the sandbox; losing them costs time and duplicates, and
 * no event: what lies in the bucket is what is to be done.
 */
export class Notes {
  private readonly notes = new Map<string, Note>();
  private open = 0;

  of(name: string): Note | undefined {
    return this.notes.get(name);
  }

  forget(name: string): void {
    this.open -= this.notes.get(name)?.open?.length ?? 0;
    this.notes.delete(name);
  }

  /** Left alone for as long as this sandbox lives. */
  leave(name: string): void {
    this.set(name, { waitsFor: [], notBefore: Number.POSITIVE_INFINITY, failures: 0 });
  }

  /** It was not tried, since its partitions take nothing. */
  waits(name: string, sweep: number, { open, waitsFor }: Pick<Note, 'open' | 'waitsFor'>): void {
    this.set(name, { open, waitsFor, notBefore: sweep + 1, failures: this.of(name)?.failures ?? 0 });
  }

  /** It was tried in vain in this sweep. */
  failed(name: string, sweep: number, { open, waitsFor }: Pick<Note, 'open' | 'waitsFor'>): void {
    const failures = (this.of(name)?.failures ?? 0) + 1;
    const apart = failures < EVERY_SWEEP ? 1 : Math.min(2 ** (failures - EVERY_SWEEP + 1), MOST_APART);
    this.set(name, { open, waitsFor, notBefore: sweep + apart, failures });
  }

  private set(name: string, note: Note): void {
    this.forget(name);
    this.notes.set(name, note);
    this.open += note.open?.length ?? 0;
    for (const [oldest] of this.notes) {
      if (this.notes.size <= MOST_NOTES && this.open <= MOST_OPEN) break;
      this.forget(oldest);
    }
  }
}
