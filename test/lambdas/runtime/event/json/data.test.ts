import fc from 'fast-check';
import { encodeEvent, InvalidEventError } from '../../../../../lambdas/runtime/event/new-event';

const defaults = { source: 'urn:test', now: () => new Date('2026-01-02T03:04:05.678Z') };
const encoded = (data: unknown) => String(encodeEvent({ id: 'i', type: 't', data }, defaults).value);

class Order {
  readonly #secret = 7;
  constructor(readonly id: string) {}
  get secret() {
    return this.#secret;
  }
}
class Hidden {
  readonly #secret = 7;
  get secret() {
    return this.#secret;
  }
}
const cyclic: Record<string, unknown> = { a: [] };
(cyclic['a'] as unknown[]).push({ back: cyclic });
const deep = (levels: number) => {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
};

test.each<[string, unknown, string]>([
  ['a Promise', Promise.resolve(1), 'data: got a value that JSON cannot hold (a Promise), want plain data, bytes or null; await it'],
  ['a Promise inside', { a: [1, { b: Promise.resolve(1) }] }, 'data.a[1].b: got a value that JSON cannot hold (a Promise)'],
  ['a Map', { lines: new Map([[1, 2]]) }, 'data.lines: got a value that JSON cannot hold (a Map)'],
  ['a Set', new Set([1]), '(a Set)'],
  ['a WeakMap', [new WeakMap()], 'data[0]: got a value that JSON cannot hold (a WeakMap that JSON sees nothing of)'],
  ['an ArrayBuffer', new ArrayBuffer(3), '(a ArrayBuffer)'],
  ['bytes inside', { file: new Uint8Array(3) }, 'data.file: got'],
  ['floats', new Float64Array(2), '(a Float64Array)'],
  ['a Blob', new Blob(['x']), '(a Blob that JSON sees nothing of)'],
  ['an Error', { why: new Error('x') }, 'data.why: got a value that JSON cannot hold (a Error)'],
  ['an Error with members of its own', Object.assign(new TypeError('x'), { code: 1 }), '(a TypeError)'],
  ['a pattern', /x/, '(a RegExp that JSON sees nothing of)'],
  ['a class that hides all it has', new Hidden(), '(a Hidden that JSON sees nothing of)'],
  ['a function', { f: () => 1 }, 'data.f: got a value that JSON cannot hold (a function)'],
  ['a symbol', [Symbol('x')], '(a symbol)'],
  ['a BigInt', { n: 1n }, 'data.n: got a value that JSON cannot hold (a BigInt), want plain data, bytes or null; send it as a string'],
  ['NaN', { n: NaN }, 'data.n: got a value that JSON cannot hold (NaN)'],
  ['infinity', [1, -Infinity], 'data[1]: got a value that JSON cannot hold (-Infinity)'],
  ['a boxed NaN', { n: Object(NaN) as unknown }, 'data.n: got'],
  ['undefined in an array', [1, undefined], 'data[1]: got a value that JSON cannot hold (undefined)'],
  ['a hole in an array', new Array(2), 'data[0]: got'],
  ['a Date that is none', { at: new Date(NaN) }, 'data.at: got a value that JSON cannot hold (a Date that is none)'],
  ['a toJSON that gives nothing', { x: { toJSON: () => undefined } }, 'data.x: got'],
  ['an array whose toJSON gives nothing', { x: Object.assign([1], { toJSON: () => undefined }) }, 'data.x: got'],
  ['a toJSON that throws', { x: { toJSON: () => { throw new Error('boom') } } }, 'one whose toJSON or getter throws'],
  ['a cycle', cyclic, 'data.a[0].back: got a value that JSON cannot hold (a cycle)'],
  ['what is nested too deep', deep(100_000), '(nested too deep)'],
  ['a whole number above 2^53', { id: 2 ** 53 }, 'data.id: got a value that JSON cannot hold (9007199254740992, a whole number above 2^53'],
])('an event whose data is or holds %s is refused, and the error says where', (_what, data, message) => {
  expect(() => encoded(data)).toThrow(InvalidEventError);
  expect(() => encoded(data)).toThrow(message);
}); // prettier-ignore

test.each<[string, unknown, string]>([
  ['a Date', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ['a class with fields', new Order('a'), '{"id":"a"}'],
  ['a URL', [new URL('https://a.example/')], '["https://a.example/"]'],
  ['a member that is undefined', { a: undefined, b: 1 }, '{"b":1}'],
  ['no prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
  ['boxed values', [Object(1), Object('a')], '[1,"a"]'],
  ['the same object twice', [defaults, defaults].map(({ source }) => [{ source }]), '[[{"source":"urn:test"}],[{"source":"urn:test"}]]'],
  ['the largest numbers', [Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, 1e21], '[9007199254740991,1.7976931348623157e+308,1e+21]'],
  ['depth', deep(500), `${'['.repeat(500)}1${']'.repeat(500)}`],
])('%s is sent as JSON writes it', (_what, data, text) => {
  expect(encoded(data)).toBe(text);
}); // prettier-ignore

test('data that JSON holds is sent as JSON writes it, whatever it is', () => {
  fc.assert(
    fc.property(fc.jsonValue({ depthSize: 'medium' }), (data) => {
      let text: string;
      try {
        text = encoded(data);
      } catch (error) {
        expect((error as Error).message).toMatch(/a whole number above 2\^53/);
        return;
      }
      if (data !== null) expect(text).toBe(JSON.stringify(data));
    }),
  );
});

test('no data becomes null or nothing without an error', () => {
  const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withSparseArray: true }); // prettier-ignore
  const losses = (value: unknown): boolean => {
    if (typeof value === 'number') return !Number.isFinite(value);
    if (typeof value !== 'object' || value === null) return typeof value === 'bigint';
    if (value instanceof Date) return Number.isNaN(value.getTime());
    if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) return true;
    if (Array.isArray(value))
      return [...(value as unknown[])].some((element) => element === undefined || losses(element));
    return Object.values(value).some(losses);
  };
  fc.assert(
    fc.property(anything, (data) => {
      fc.pre(losses(data) && !(data instanceof Uint8Array));
      expect(() => encoded(data)).toThrow(InvalidEventError);
    }),
  );
});
