import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { MOST_REDRIVES } from '../../lambdas/runtime/contract';

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('want a whole number of at least 1');
  return value;
}

/** A partition or an offset. */
export function atLeastZero(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('want a whole number of at least 0');
}

/** How often an event may be sent back. */
export function maxRedrives(text: string): number {
  const value = positive(text);
  if (value <= MOST_REDRIVES) return value;
  throw new InvalidArgumentError(`want a whole number from 1 to ${MOST_REDRIVES}`);
}

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A time in epoch milliseconds: ISO 8601, or so long ago. @param nowMs - for tests */
export function moment(text: string, _before?: unknown, nowMs = Date.now()): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return nowMs - Number(count) * UNITS[unit as keyof typeof UNITS];
  const value = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('want a time as 2026-01-31T12:00:00Z, or 30m, 12h or 7d for so long ago');
}

/** A time in epoch milliseconds that means the same whenever the command runs: ISO 8601 with its zone. */
export function instant(text: string): number {
  const value = /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('want a time with its zone, as 2026-01-31T12:00:00Z');
}

/** Offsets from the first to the last. */
export function offsets(text: string): { readonly from: number; readonly to: number } {
  const [, first, last] = /^(\d{1,15})-(\d{1,15})$/.exec(text) ?? [];
  const range = { from: Number(first), to: Number(last) };
  if (range.from <= range.to) return range;
  throw new InvalidArgumentError('want the first and the last, as 1200-1499');
}

/** The bytes of a file. */
export function fileBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InvalidArgumentError(`want a file that can be read: ${(error as Error).message}`);
  }
}

/** `name=value`, after those that came before it. */
export function header(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('want name=value');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value < 2 ** 32) return value;
  throw new InvalidArgumentError(`want a whole number from 0 to ${2 ** 32 - 1}`);
}

export function oneOf(known: readonly { readonly name: string }[]): (text: string) => string {
  return (text) => {
    if (known.some(({ name }) => name === text)) return text;
    throw new InvalidArgumentError(`want one of ${known.map(({ name }) => name).join(', ')}`);
  };
}

export function someOf(known: readonly { readonly name: string }[]) {
  return (text: string, before?: readonly string[]): string[] => [...(before ?? []), oneOf(known)(text)];
}
