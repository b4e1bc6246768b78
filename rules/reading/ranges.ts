import type { Match } from './matching';

/** Ranges of IPv4 addresses, as `10.0.0.0/16`. */

export const EVERYWHERE = '0.0.0.0/0';

/** Whether a range lies in another whole: yes; apart from it: no; in part: maybe. What is no range may be any. */
export function contains(outer: string, inner: string): Match {
  const [one, other] = [parsed(outer), parsed(inner)];
  if (!one || !other) return outer === inner ? 'yes' : 'maybe';
  if (other.first > one.last || other.last < one.first) return 'no';
  return one.first <= other.first && other.last <= one.last ? 'yes' : 'maybe';
}

function parsed(range: string): { first: number; last: number } | undefined {
  const [, a, b, c, d, bits] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(range) ?? [];
  if (bits === undefined) return undefined;
  const size = 2 ** (32 - Number(bits));
  const address = [a, b, c, d].reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1 };
}
