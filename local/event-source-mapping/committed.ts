/** What the group has committed of each partition, as far as it is known, and how many records that took it past. */
export class Committed {
  readonly #offsets = new Map<number, number>();
  /** Up to where it was counted: unlike what is known of the group, this never goes back. */
  readonly #counted = new Map<number, number>();
  #records = 0;

  /** Records committed past, each once, whatever was committed again or lost its answer. */
  get records(): number {
    return this.#records;
  }

  /**
   * The partition was assigned, at the group's committed offset, or where reading starts without one. That is also how
   * a commit is heard of whose answer was lost.
   */
  assigned(partition: number, { offset, committed }: { readonly offset: number; readonly committed: boolean }): void {
    this.#countTo(partition, offset);
    if (committed) this.#offsets.set(partition, offset);
    else this.#offsets.delete(partition);
  }

  confirmed(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) {
      this.#countTo(partition, offset);
      this.#offsets.set(partition, offset);
    }
  }

  /** Somebody may have overwritten it: it has to be committed again. */
  doubt(partition: number): void {
    this.#offsets.delete(partition);
  }

  isAt(partition: number, position: number): boolean {
    return this.#offsets.get(partition) === position;
  }

  #countTo(partition: number, offset: number): void {
    const before = this.#counted.get(partition) ?? offset;
    this.#records += Math.max(0, offset - before);
    this.#counted.set(partition, Math.max(before, offset));
  }
}
