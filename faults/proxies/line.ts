import type { Duplex } from 'node:stream';

/** Bytes one direction of a connection may hold back before its sender is made to wait. */
const HELD_AT_MOST = 1024 * 1024;

/** What goes on in place of the bytes that came; after the last of it the line is finished. */
export interface Passed {
  readonly bytes: Buffer;
  readonly last: boolean;
}

export interface LineOptions {
  /** Milliseconds a chunk is held back; asked once for each chunk. The order of bytes never changes. */
  readonly delayMs: () => number;
  readonly through: (bytes: Buffer) => Passed;
  /** The line is finished, or its sender has ended, and every byte held has been handed on. */
  readonly drained: () => void;
}

/** One direction of a proxied connection: a delay line with backpressure. */
export class Line {
  private readonly held: { readonly due: number; readonly bytes: Buffer }[] = [];
  private heldBytes = 0;
  private frozen = false;
  private full = false;
  private ended = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly from: Duplex,
    private readonly to: Duplex,
    private readonly options: LineOptions,
  ) {
    from.on('data', (bytes: Buffer) => this.take(bytes));
    from.on('end', () => {
      this.ended = true;
      this.flow();
    });
    to.on('drain', () => {
      this.full = false;
      this.flow();
    });
  }

  /** Hands nothing on and reads nothing: the sender's bytes stay in the system's own buffers. */
  freeze(): void {
    this.frozen = true;
    this.flow();
  }

  thaw(): void {
    this.frozen = false;
    this.flow();
  }

  /** Forgets what is held. The sockets are the caller's to destroy. */
  drop(): void {
    clearTimeout(this.timer);
    this.held.length = 0;
    this.frozen = true;
  }

  private take(bytes: Buffer): void {
    if (this.ended) return;
    const passed = this.options.through(bytes);
    this.ended = passed.last;
    if (passed.bytes.length > 0) {
      this.held.push({ due: performance.now() + this.options.delayMs(), bytes: passed.bytes });
      this.heldBytes += passed.bytes.length;
    }
    this.flow();
  }

  private flow(): void {
    clearTimeout(this.timer);
    while (this.canWrite() && this.held[0]!.due <= performance.now()) this.write();
    const [next] = this.held;
    if (next && this.canWrite()) this.timer = setTimeout(() => this.flow(), Math.ceil(next.due - performance.now()));
    if (this.ended && !next && !this.frozen) return this.options.drained();
    if (this.frozen || this.full || this.heldBytes >= HELD_AT_MOST) this.from.pause();
    else this.from.resume();
  }

  private canWrite(): boolean {
    return this.held.length > 0 && !this.frozen && !this.full && !this.to.destroyed;
  }

  private write(): void {
    const { bytes } = this.held.shift()!;
    this.heldBytes -= bytes.length;
    this.full = !this.to.write(bytes);
  }
}
