import { isMap, kindOf } from './template';
import { isKnown, isOpaque, quoteBareSymbols, shown, symbolsOf } from './symbols';

/** What a template says: a value, that it is known only at deploy (and why), or nothing. */
export type Read<T> = Known<T> | Unknown | Absent;
export interface Known<T> {
  readonly kind: 'known';
  readonly value: T;
}
export interface Unknown {
  readonly kind: 'unknown';
  readonly why: string;
}
export interface Absent {
  readonly kind: 'absent';
}

export const known = <T>(value: T): Known<T> => ({ kind: 'known', value });
export const unknown = (why: string): Unknown => ({ kind: 'unknown', why });
export const ABSENT: Absent = { kind: 'absent' };

export const map = <T, U>(read: Read<T>, change: (value: T) => U): Read<U> =>
  read.kind === 'known' ? known(change(read.value)) : read;
/** Like `map`, for a next step that may itself not know. */
export const then = <T, U>(read: Read<T>, next: (value: T) => Read<U>): Read<U> =>
  read.kind === 'known' ? next(read.value) : read;
/** The first, or the second where the first is absent. */
export const or = <T>(read: Read<T>, otherwise: () => Read<T>): Read<T> =>
  read.kind === 'absent' ? otherwise() : read;
/** True only where the value is known and meets the condition. */
export const certainly = <T>(read: Read<T>, ok: (value: T) => boolean): boolean =>
  read.kind === 'known' && ok(read.value);

const deployOnly = (text: string): Unknown =>
  unknown(`${symbolsOf(text).join(', ') || shown(text)} is known only at deploy`);

/** A value of which not even is known whether it is there. */
export class Open {
  constructor(readonly why: string) {}
}

/** One value of a template after its intrinsic functions; texts may hold symbols. Never throws: what is wrong is unknown. */
export class Value {
  private parsed: Value | undefined;

  constructor(readonly raw: unknown) {}

  /** The value at a path such as `BrokerNodeGroupInfo.InstanceType`. */
  at(path: string): Value {
    let raw = this.raw;
    for (const name of path.split('.')) {
      if (raw === undefined || raw === null || raw instanceof Open) return new Value(raw);
      if (typeof raw === 'string' && !isKnown(raw)) return new Value(new Open(deployOnly(raw).why));
      if (typeof raw !== 'object') return new Value(new Open(`${brief(raw)} in place of an object`));
      raw = Object.hasOwn(raw, name) ? (raw as Readonly<Record<string, unknown>>)[name] : undefined;
    }
    return new Value(raw);
  }

  /** Text with or without symbols: for identities, which are compared and not read. */
  text(): Read<string> {
    return this.read('a text', (raw) =>
      typeof raw === 'number' ? String(raw) : typeof raw === 'string' ? raw : undefined,
    );
  }
  string(): Read<string> {
    return then(this.text(), (text) => (isKnown(text) ? known(text) : deployOnly(text)));
  }
  number(): Read<number> {
    return this.settled('a number', (raw) => {
      const number = typeof raw === 'string' && raw.trim() === '' ? Number.NaN : Number(raw);
      return typeof raw !== 'boolean' && Number.isFinite(number) ? number : undefined;
    });
  }
  boolean(): Read<boolean> {
    return this.settled('true or false', (raw) => BOOLEANS[String(raw).toLowerCase()]);
  }
  list(): Read<readonly Value[]> {
    return this.settled('a list', (raw) => (Array.isArray(raw) ? raw.map((item) => new Value(item)) : undefined));
  }
  /** A list, or one value in its place, as policies have it. */
  oneOrMore(): Read<readonly Value[]> {
    const { raw } = this;
    if (Array.isArray(raw) || raw instanceof Open || (typeof raw === 'string' && isOpaque(raw))) return this.list();
    return raw === undefined || raw === null ? ABSENT : known([this]);
  }
  object(): Read<Readonly<Record<string, unknown>>> {
    return this.settled('an object', (raw) => (isMap(raw) && !(raw instanceof Open) ? raw : undefined));
  }

  /** What a text in JSON holds, read once; one that is no JSON leaves its fields unknown. */
  fields(): Value {
    return (this.parsed ??= fieldsOf(this.raw));
  }

  private settled<T>(want: string, convert: (raw: unknown) => T | undefined): Read<T> {
    if (typeof this.raw === 'string' && !isKnown(this.raw)) return deployOnly(this.raw);
    return this.read(want, convert);
  }

  private read<T>(want: string, convert: (raw: unknown) => T | undefined): Read<T> {
    const { raw } = this;
    if (raw === undefined || raw === null) return ABSENT;
    if (raw instanceof Open) return unknown(raw.why);
    const converted = convert(raw);
    return converted === undefined ? unknown(`${brief(raw)} in place of ${want}`) : known(converted);
  }
}

function fieldsOf(text: unknown): Value {
  if (typeof text !== 'string') return new Value(text);
  try {
    return new Value(JSON.parse(quoteBareSymbols(text)));
  } catch (error) {
    if (error instanceof SyntaxError) return new Value(text);
    throw error;
  }
}

const BOOLEANS: Readonly<Record<string, boolean | undefined>> = { true: true, false: false, yes: true, no: false };

/** A value in few words, for messages. */
export function brief(raw: unknown): string {
  if (typeof raw === 'string') return shown(raw).length > 80 ? `${shown(raw).slice(0, 79)}…` : shown(raw);
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : kindOf(raw);
}
