import type { Entry } from './entry';

/** Bounds what is on its way. What finds no room waits: nothing is dropped, and a deadline ends the wait, too. */
export class Room {
  private used = 0;
  private readonly inside = new Set<Entry>();
  private readonly waiting = new Map<Entry, () => void>();

  /** @param bytes most bytes on their way; one entry above it goes alone */
  constructor(private readonly bytes: number) {}

  /** True when an entry would not have to wait. */
  has(entry: Entry): boolean {
    return this.waiting.size === 0 && this.fits(entry);
  }

  /** Undefined when there is room at once; else resolves when there is, or when the entry has left. */
  enter(entry: Entry): Promise<void> | undefined {
    if (!this.has(entry)) return new Promise((enter) => this.waiting.set(entry, enter));
    this.admit(entry);
    return undefined;
  }

  /** The entry needs no room any more, or waits for it in vain. */
  leave(entry: Entry): void {
    if (this.inside.delete(entry)) this.used -= entry.bytes;
    this.waiting.get(entry)?.();
    this.waiting.delete(entry);
    for (const [next, enter] of this.waiting) {
      if (!this.fits(next)) break;
      this.waiting.delete(next);
      this.admit(next);
      enter();
    }
  }

  private admit(entry: Entry): void {
    this.inside.add(entry);
    this.used += entry.bytes;
  }

  private fits(entry: Entry): boolean {
    return this.used === 0 || this.used + entry.bytes <= this.bytes;
  }
}
