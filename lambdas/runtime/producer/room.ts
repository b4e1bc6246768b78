import type { Entry } from './entry';

/** One call of `publish` or `publishAll`, whose entries come one after the other. */
type Call = object;

/**
 * Bounds what is on its way, and lets calls in one after the other: a call that finds no room is not passed by a later
 * one, which may hold a later event of the same key. Nothing is dropped: what waits ends its wait itself, by `leave`.
 */
export class Room {
  private used = 0;
  private readonly inside = new Set<Entry>();
  /** The call whose entries come in now. */
  private drawing?: Call;
  /** Its entry that found no room. */
  private next?: { readonly entry: Entry; readonly enter: () => void };
  /** The first entry of each later call, in the order of the calls. */
  private readonly waiting = new Map<Entry, { readonly call: Call; readonly enter: () => void }>();

  /** @param bytes most bytes on their way; one entry above it goes alone */
  constructor(private readonly bytes: number) {}

  /** True when an entry would not have to wait. */
  has(entry: Entry, call: Call): boolean {
    return (this.drawing === undefined || this.drawing === call) && this.fits(entry);
  }

  /** Undefined when there is room at once; else resolves when there is, or when the entry has left. */
  enter(entry: Entry, call: Call): Promise<void> | undefined {
    this.drawing ??= call;
    if (this.drawing !== call) return new Promise((enter) => this.waiting.set(entry, { call, enter }));
    if (!this.fits(entry)) return new Promise((enter) => (this.next = { entry, enter }));
    this.admit(entry);
    return undefined;
  }

  /** Every entry of the call has come in, or none will any more: it is the next one's turn. */
  done(call: Call): void {
    if (this.drawing !== call) return;
    this.drawing = undefined;
    const [first] = this.waiting;
    if (first === undefined) return;
    const [entry, { call: later, enter }] = first;
    this.waiting.delete(entry);
    this.drawing = later;
    this.next = { entry, enter };
    this.letIn();
  }

  /** The entry needs no room any more, or waits for it in vain. */
  leave(entry: Entry): void {
    if (this.inside.delete(entry)) this.used -= entry.bytes;
    this.waiting.get(entry)?.enter();
    this.waiting.delete(entry);
    if (this.next?.entry === entry) this.nextEnters();
    this.letIn();
  }

  private letIn(): void {
    if (this.next === undefined || !this.fits(this.next.entry)) return;
    this.admit(this.next.entry);
    this.nextEnters();
  }

  private nextEnters(): void {
    const { next } = this;
    this.next = undefined;
    next?.enter();
  }

  private admit(entry: Entry): void {
    this.inside.add(entry);
    this.used += entry.bytes;
  }

  private fits(entry: Entry): boolean {
    return this.used === 0 || this.used + entry.bytes <= this.bytes;
  }
}
