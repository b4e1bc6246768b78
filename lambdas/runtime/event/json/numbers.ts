import { JsonReader, type Span } from './reader';

/**
 * Whether JavaScript keeps the number that a JSON literal writes. A whole number written in digits is kept from −(2^53 − 1) to
 * 2^53 − 1 (RFC 7493): beyond, its neighbours become the same number. One with a fraction or an exponent is kept if,
 * written again with as many digits, it is the same: with up to 15 digits always, above 17 never, and never where it
 * becomes infinite or nothing. Time is linear in the literal.
 */
export function isKept(literal: string): boolean {
  const [, whole = '', fraction, exponent] = LITERAL.exec(literal) ?? [];
  const value = Number(literal);
  if (fraction === undefined && exponent === undefined) return whole.length <= 16 && Number.isSafeInteger(value);
  const digits = significant(`${whole}${fraction ?? ''}`);
  if (digits === '') return true;
  if (!Number.isFinite(value) || value === 0 || digits.length > MOST_DIGITS) return false;
  const again = Math.abs(value)
    .toExponential(digits.length - 1)
    .replace('.', '');
  // Half-way between two writings, JavaScript writes the lower digit and `toExponential` the higher: both mean this number.
  const [shortest = ''] = String(Math.abs(value)).split('e');
  return again.startsWith(`${digits}e`) || significant(shortest.replace('.', '')) === digits;
}

/** Of a number in binary64: who writes more means a number that is none. */
const MOST_DIGITS = 17;
const LITERAL = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Without zeros in front and behind. (A regular expression for those behind would look at runs of zeros again and again.) */
function significant(digits: string): string {
  let start = 0;
  let end = digits.length;
  while (start < end && digits[start] === '0') start += 1;
  while (end > start && digits[end - 1] === '0') end -= 1;
  return digits.slice(start, end);
}

/** What may be a number that is not kept: 16 digits or more, or an exponent of three. Also finds some text in strings. */
const SUSPECT = /(?:^|[\s:,[])-?(?:[\d.]{16}|[\d.]+[eE][+-]?\d{3})/;

/**
 * The byte at which the first number stands that JavaScript would change; undefined when it keeps all of them.
 * @param text the bytes as text, which is JSON
 */
export function changedNumber(bytes: Uint8Array, text: string): number | undefined {
  if (!SUSPECT.test(text)) return undefined;
  let first: number | undefined;
  const look = ({ start, end }: Span) => {
    if (first === undefined && end - start > SHORT && !isKept(ascii(bytes, start, end))) first = start;
  };
  new JsonReader(bytes, bomLength(bytes), look).value();
  return first;
}

/** No literal this short is changed: `1e999` is the shortest that is. */
const SHORT = 4;

const ascii = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

/** Of a byte order mark in UTF-8, which decoders leave out. */
export const bomLength = (bytes: Uint8Array): number =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
