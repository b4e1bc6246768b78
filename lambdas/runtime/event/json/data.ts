import { types } from 'node:util';

/** A value as JSON, or where in it stands what JSON would change or leave out, and what that is. */
export type JsonOf =
  | { readonly text: string }
  | { readonly path: string; readonly what: string; readonly fix: string; readonly cause?: unknown };

/**
 * `JSON.stringify` of a value that JSON keeps. It would make `{}` of a Map, a Promise or an Error, and null of NaN, and say
 * nothing. Members that are undefined are left out, as they are everywhere in JavaScript.
 */
export function jsonOf(value: unknown): JsonOf {
  try {
    if (isPlain(value, 0)) return { text: JSON.stringify(value) };
    return { text: new Inspection().stringify(value) };
  } catch (error) {
    if (error instanceof Unfit) return error;
    const what = error instanceof RangeError ? 'nested too deep' : 'one whose toJSON or getter throws';
    return { path: '', what, fix: 'give plain data', cause: error };
  }
}

/** Deeper values are looked at the slow way, which finds cycles. */
const DEEP = 64;

/** True for what most events are: objects, arrays, texts, numbers and truth values that JSON keeps as they are. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return whyNotNumber(value) === undefined;
    case 'object':
      if (value === null) return true;
      return depth < DEEP && (Array.isArray(value) ? isPlainArray(value, depth) : isPlainObject(value, depth));
    case 'undefined':
    case 'function':
    case 'symbol':
    case 'bigint':
      return false;
  }
}

/** By index: `every` passes over holes, which become null. */
function isPlainArray(values: readonly unknown[], depth: number): boolean {
  if ('toJSON' in values) return false;
  for (let index = 0; index < values.length; index += 1) if (!isPlain(values[index], depth + 1)) return false;
  return true;
}

function isPlainObject(value: object, depth: number): boolean {
  if (!hasPlainPrototype(value) || 'toJSON' in value) return false;
  for (const member of Object.values(value)) if (member !== undefined && !isPlain(member, depth + 1)) return false;
  return true;
}

/** That of an object literal, in whichever realm, or none. */
function hasPlainPrototype(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What `JSON.stringify` is about to make nothing or another value of. */
class Unfit extends Error {
  constructor(
    readonly path: string,
    readonly what: string,
    readonly fix: string,
  ) {
    super(what);
  }
}

/** Follows `JSON.stringify` from holder to holder, and so knows where it is. */
class Inspection {
  private readonly holders: object[] = [];
  private readonly steps: string[] = [];

  stringify(root: unknown): string {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const inspection = this;
    return JSON.stringify(root, function (this: object, key: string, value: unknown) {
      inspection.enter(this, key);
      inspection.check((this as Record<string, unknown>)[key], value);
      return value;
    });
  }

  private enter(holder: object, key: string): void {
    while (this.holders.length > 0 && this.holders.at(-1) !== holder) this.leave();
    if (this.holders.length === 0) this.holders.push(holder);
    else this.steps.pop();
    this.steps.push(this.holders.length === 1 ? '' : Array.isArray(holder) ? `[${key}]` : `.${key}`);
  }

  private leave(): void {
    this.holders.pop();
    this.steps.pop();
  }

  /** @param given what stands there @param made what its `toJSON` made of it, else the same */
  private check(given: unknown, made: unknown): void {
    const found = whyNot(given, made, Array.isArray(this.holders.at(-1)) || this.holders.length === 1);
    if (found !== undefined) throw new Unfit(this.path(), ...found);
    if (typeof made !== 'object' || made === null) return;
    if (this.holders.includes(made)) throw new Unfit(this.path(), 'a cycle', 'give plain data');
    this.holders.push(made);
    this.steps.push('');
  }

  private path(): string {
    return this.steps.join('').slice(0, 200);
  }
}

type Why = readonly [what: string, fix: string];

function whyNot(given: unknown, made: unknown, isNeeded: boolean): Why | undefined {
  switch (typeof made) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return whyNotNumber(made);
    case 'bigint':
      return ['a BigInt', 'send it as a string'];
    case 'symbol':
    case 'function':
      return [`a ${typeof made}`, 'leave it out'];
    case 'undefined':
      if (typeof given === 'object' && given !== null) return ['one whose toJSON gives nothing', 'give plain data'];
      return isNeeded ? ['undefined', 'give null'] : undefined;
    case 'object':
      if (made === null) return types.isDate(given) ? ['a Date that is none', 'give one, or null'] : undefined;
      return whyNotObject(made);
  }
}

function whyNotObject(value: object): Why | undefined {
  if (types.isBoxedPrimitive(value)) return whyNot(value, value.valueOf(), true);
  const emptied = types.isMap(value)
    ? 'spread it into an object or an array'
    : types.isSet(value)
      ? 'spread it into an array'
      : types.isPromise(value)
        ? 'await it'
        : types.isNativeError(value)
          ? 'give its name and message'
          : types.isAnyArrayBuffer(value) || ArrayBuffer.isView(value)
            ? 'give bytes as the whole data, or as base64'
            : undefined;
  if (emptied !== undefined) return [`a ${nameOf(value)}`, emptied];
  // JSON sees neither private fields nor what a class defines: nothing would be left.
  const vanishes = !Array.isArray(value) && !hasPlainPrototype(value) && Object.keys(value).length === 0;
  return vanishes ? [`a ${nameOf(value)} that JSON sees nothing of`, 'give plain data'] : undefined;
}

const nameOf = (value: object): string => {
  const { constructor: made } = value as { constructor?: unknown };
  return (typeof made === 'function' && made.name) || Object.prototype.toString.call(value).slice(8, -1);
};

/** JSON writes numbers below 1e21 without an exponent, as whole numbers that readers may not keep. */
function whyNotNumber(value: number): Why | undefined {
  if (!Number.isFinite(value)) return [String(value), 'give null, or a text'];
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER || Math.abs(value) >= 1e21) return undefined;
  return [`${value}, a whole number above 2^53 that JSON readers change`, 'send it as a string'];
}
