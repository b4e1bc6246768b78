/** Where a value stands in a JSON text: its first byte and the byte after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A value and how deep it goes: 0 for a scalar, 1 for `[]`. */
export interface Value extends Span {
  readonly depth: number;
}

/** The bytes are no JSON (RFC 8259). `position`: the byte at which that shows. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
  constructor(readonly position: number) {
    super(`no JSON at byte ${position}`);
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LOWER_U = 0x75;

/**
 * Reads a JSON text once, from front to back, and makes no values of it: it tells where values stand. Its time is linear in
 * the bytes whatever they say, and beside the text it holds one byte for each level of nesting. The bytes are UTF-8 already.
 */
export class JsonReader {
  private at: number;
  private readonly open = new Nesting();

  /** @param onNumber hears where each number stands */
  constructor(
    private readonly bytes: ArrayLike<number>,
    start = 0,
    private readonly onNumber?: (number: Span) => void,
  ) {
    this.at = start;
  }

  /** The first byte of what comes next, white space left out; NaN at the end. Takes nothing. */
  next(): number {
    while (isSpace(this.byte())) this.at += 1;
    return this.byte();
  }

  /** Takes one value, whatever it holds. @throws JsonTextError */
  value(): Value {
    this.next();
    const start = this.at;
    this.open.deepest = 0;
    do {
      this.opened();
      this.closed();
    } while (this.open.depth > 0);
    return { start, end: this.at, depth: this.open.deepest };
  }

  /** The members of the object that comes next, in their order, repeats included. Stopping early leaves the rest unread. */
  *members(): Generator<{ readonly name: Span; readonly value: Value }> {
    this.take(OPEN_OBJECT);
    if (this.taken(CLOSE_OBJECT)) return;
    do {
      const name = this.name();
      yield { name, value: this.value() };
    } while (this.taken(COMMA));
    this.take(CLOSE_OBJECT);
  }

  /** Once for each element of the array that comes next: whoever asks for the next one has taken this one. */
  *elements(): Generator<void> {
    this.take(OPEN_ARRAY);
    if (this.taken(CLOSE_ARRAY)) return;
    do yield;
    while (this.taken(COMMA));
    this.take(CLOSE_ARRAY);
  }

  /** @throws JsonTextError when anything but white space is left */
  end(): void {
    if (!Number.isNaN(this.next())) this.fail();
  }

  /** Takes a scalar, or opens arrays and objects down to the first one that has something in it, and takes that. */
  private opened(): void {
    for (;;) {
      switch (this.next()) {
        case OPEN_ARRAY:
          this.at += 1;
          this.open.push(CLOSE_ARRAY);
          if (this.next() === CLOSE_ARRAY) return;
          break;
        case OPEN_OBJECT:
          this.at += 1;
          this.open.push(CLOSE_OBJECT);
          if (this.next() === CLOSE_OBJECT) return;
          this.name();
          break;
        default:
          return this.scalar();
      }
    }
  }

  /** Closes what ends here, up to the comma before the next value. */
  private closed(): void {
    while (this.open.depth > 0) {
      if (this.taken(COMMA)) {
        if (this.open.top === CLOSE_OBJECT) this.name();
        return;
      }
      this.take(this.open.top);
      this.open.pop();
    }
  }

  private name(): Span {
    this.next();
    const span = this.string();
    this.take(COLON);
    return span;
  }

  private scalar(): void {
    const first = this.byte();
    if (first === QUOTE) this.string();
    else if (first === MINUS || isDigit(first)) this.number();
    else this.literal();
  }

  private string(): Span {
    const start = this.at;
    this.take(QUOTE);
    for (;;) {
      const byte = this.byte();
      if (Number.isNaN(byte) || byte < 0x20) this.fail();
      this.at += 1;
      if (byte === QUOTE) return { start, end: this.at };
      if (byte === BACKSLASH) this.escape();
    }
  }

  private escape(): void {
    const byte = this.byte();
    if (byte !== LOWER_U && !ESCAPES.has(byte)) this.fail();
    this.at += 1;
    if (byte !== LOWER_U) return;
    for (let digit = 0; digit < 4; digit += 1) {
      if (!isHex(this.byte())) this.fail();
      this.at += 1;
    }
  }

  private number(): void {
    const start = this.at;
    if (this.byte() === MINUS) this.at += 1;
    // No zero in front of another digit.
    if (this.byte() === 0x30) this.at += 1;
    else this.digits();
    if (this.byte() === 0x2e) {
      this.at += 1;
      this.digits();
    }
    if (this.byte() === 0x65 || this.byte() === 0x45) {
      this.at += 1;
      if (this.byte() === MINUS || this.byte() === 0x2b) this.at += 1;
      this.digits();
    }
    this.onNumber?.({ start, end: this.at });
  }

  private digits(): void {
    if (!isDigit(this.byte())) this.fail();
    while (isDigit(this.byte())) this.at += 1;
  }

  private literal(): void {
    const word = LITERALS.get(this.byte()) ?? this.fail();
    for (const letter of word) {
      if (this.byte() !== letter) this.fail();
      this.at += 1;
    }
  }

  private take(byte: number): void {
    if (!this.taken(byte)) this.fail();
  }

  private taken(byte: number): boolean {
    const isIt = this.next() === byte;
    if (isIt) this.at += 1;
    return isIt;
  }

  private byte(): number {
    return this.bytes[this.at] ?? NaN;
  }

  private fail(): never {
    throw new JsonTextError(this.at);
  }
}

/** How what is open will be closed. */
class Nesting {
  depth = 0;
  deepest = 0;
  private closers = new Uint8Array(64);

  get top(): number {
    return this.closers[this.depth - 1] ?? NaN;
  }

  push(closer: number): void {
    if (this.depth === this.closers.length) {
      const larger = new Uint8Array(this.depth * 2);
      larger.set(this.closers);
      this.closers = larger;
    }
    this.closers[this.depth] = closer;
    this.depth += 1;
    this.deepest = Math.max(this.deepest, this.depth);
  }

  pop(): void {
    this.depth -= 1;
  }
}

const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const LITERALS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), bytesOf(word)]));
const ESCAPES = new Set(bytesOf('"\\/bfnrt'));

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number): boolean =>
  isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
