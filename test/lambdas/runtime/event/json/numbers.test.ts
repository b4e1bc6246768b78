import fc from 'fast-check';
import { changedNumber, isKept } from '../../../../../lambdas/runtime/event/json/numbers';

const changed = (text: string) => changedNumber(Buffer.from(text), text);

test.each(['0', '-0', '0.0', '1', '9007199254740991', '-9007199254740991', '0.1', '0.10000000000000001', '12345678901234.56', '123456789012345.67', '1e300', '1.7976931348623157e308', '6.02214076e23', '1.2345678901234567e+30', '4.9E-324', '5e-324', '1.50', '100000.000000000000000000', '0e999', '0.1e1'])(
  '%s is kept',
  (literal) => {
    expect([isKept(literal), changed(literal), changed(`{"a": [1,${literal}]}`)]).toEqual([true, undefined, undefined]);
  },
); // prettier-ignore

test.each(['9007199254740992', '-9007199254740993', '1524831183200260097', '100000000000000000000', '9007199254740993.0', '9007199254740993.5', '9.007199254740993e15', '1.524831183200260097e18', '12345678901234567.89', '0.1000000000000000055', '1e400', '-1e400', '1e999', '1e-400'])(
  '%s would become another number',
  (literal) => {
    expect([isKept(literal), changed(literal), changed(`{"a": [1,${literal}]}`)]).toEqual([false, 0, 9]);
  },
); // prettier-ignore

test('a number written with more digits than JavaScript tells apart is not kept, however many, though they are those of its bits', () => {
  const bits = '0.1000000000000000055511151231257827021181583404541015625';
  expect([bits, `0.${'1234567890'.repeat(20)}`].map(isKept)).toEqual([false, false]);
});

test('every number that JavaScript writes is kept, but whole ones above 2^53 that look exact', () => {
  fc.assert(
    fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (value) => {
      const literal = JSON.stringify(value);
      const looksExact = Math.abs(value) > Number.MAX_SAFE_INTEGER && /^-?\d+$/.test(literal);
      expect([literal, isKept(literal)]).toEqual([literal, !looksExact]);
    }),
    { numRuns: 2_000 },
  );
});

test('a number that lies half-way between two writings of as many digits is kept in both', () => {
  expect(['-1058835440932612.2', '-1058835440932612.3'].map(isKept)).toEqual([true, true]);
});

test('a number that is kept is the same number again in JavaScript, exactly', () => {
  const digits = fc.stringMatching(/^[1-9]\d{0,19}$/);
  fc.assert(
    fc.property(digits, (literal) => {
      if (isKept(literal)) expect(BigInt(Number(literal))).toBe(BigInt(literal));
      else expect(BigInt(literal) > Number.MAX_SAFE_INTEGER).toBe(true);
    }),
  );
});

test('a number is found wherever it stands, and digits in texts are none', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.string(), (value, name) => {
      const text = JSON.stringify({ 'a 1234567890123456789 ': '1e999', [name]: value, b: '[1234567890123456789]' });
      fc.pre(changed(JSON.stringify(value)) === undefined);
      expect(changed(text)).toBeUndefined();
      const with_ = `${text.slice(0, -1)},"c":1234567890123456789}`;
      expect(changed(with_)).toBe(Buffer.byteLength(text) + 4);
    }),
  );
});

test('after a byte order mark too', () => {
  const bytes = Buffer.from('\ufeff[12345678901234567890]');
  expect(changedNumber(bytes, '[12345678901234567890]')).toBe(4);
});
