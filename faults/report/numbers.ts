/*
 * Numbers that read the same in English and in German: a narrow space between thousands and no decimals, since a
 * point or a comma there would mean different things.
 */

const NARROW_SPACE = '\u202f';

/** 1234567 → 1 234 567 */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
}

/** Milliseconds below ten seconds, seconds below two minutes, then minutes and seconds. No break before a unit. */
export function duration(milliseconds: number): string {
  if (milliseconds < 9_999.5) return `${count(milliseconds)}${NARROW_SPACE}ms`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds}${NARROW_SPACE}s`;
  return `${count(Math.floor(seconds / 60))}${NARROW_SPACE}min ${seconds % 60}${NARROW_SPACE}s`;
}

/** ISO 8601 in UTC, to the second: 2026-11-22 14:03:11 UTC */
export function instant(epochMilliseconds: number): string {
  return `${new Date(epochMilliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** 1 event, 2 events */
export function counted(value: number, one: string, many: string = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
