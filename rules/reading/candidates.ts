/**
 * What there is, of that which there may be. Whether an item is there may depend on what a deploy decides: that is asked
 * last, of the items that matter alone.
 */
export class Candidates<T> implements Iterable<T> {
  constructor(
    private readonly all: readonly T[],
    private readonly isThere: (item: T) => boolean,
  ) {}

  some(ok: (item: T) => boolean): boolean {
    return this.find(ok) !== undefined;
  }

  find(ok: (item: T) => boolean): T | undefined {
    return this.all.find((item) => ok(item) && this.isThere(item));
  }

  filter(ok: (item: T) => boolean): T[] {
    return this.all.filter((item) => ok(item) && this.isThere(item));
  }

  /** Those before the first that is so. */
  before(isEnd: (item: T) => boolean): Candidates<T> {
    const end = this.all.findIndex(isEnd);
    return end < 0 ? this : new Candidates(this.all.slice(0, end), this.isThere);
  }

  map<U>(change: (item: T) => U): U[] {
    return this.all.filter(this.isThere).map(change);
  }

  flatMap<U>(change: (item: T) => U | readonly U[]): U[] {
    return this.all.flatMap((item) => {
      const changed = [change(item)].flat() as U[];
      return changed.length > 0 && this.isThere(item) ? changed : [];
    });
  }

  [Symbol.iterator](): Iterator<T> {
    return this.all.filter(this.isThere)[Symbol.iterator]();
  }
}
