import type { Coordinates } from './event';
import type { KafkaHeader, KafkaMessage } from './message';

/** One entry of a mapping's event as it was handed over. */
export type Wire = Readonly<Record<string, unknown>>;

/** What could not be read of a record. */
export interface Undecodable {
  /** Which parts, got what, want what. Holds no payload. */
  readonly detail: string;
  /**
   * The record as JSON, as it was handed over: every text in it character for character, so that a person or a later
   * version can still read it. Numbers are as JavaScript reads them.
   */
  readonly raw: string;
}

/** What a record holds beside its coordinates; parts that cannot be read are null, `[]` and −1. */
export interface WireRecord extends KafkaMessage, Pick<Coordinates, 'timestamp'> {
  readonly undecodable?: Undecodable;
}

/** Reads key, value, headers and timestamp. Never throws: what cannot be read is said in `undecodable`. */
export function decodeWire(wire: Wire): WireRecord {
  const key = bytes(wire['key']);
  const value = bytes(wire['value']);
  const headers = headersOf(wire['headers']);
  const timestamp = isTime(wire['timestamp']) ? wire['timestamp'] : undefined;
  if (key !== undefined && value !== undefined && headers !== undefined && timestamp !== undefined) {
    return { timestamp, key, value, headers };
  }
  const parts = { key, value, headers, timestamp };
  const unread = (Object.keys(parts) as (keyof typeof parts)[]).filter((name) => parts[name] === undefined);
  const detail = unread.map((name) => `${name}: got ${shapeOf(wire[name])}, want ${WANT[name]}`).join('; ');
  return {
    timestamp: timestamp ?? -1,
    key: key ?? null,
    value: value ?? null,
    headers: headers ?? [],
    undecodable: { detail, raw: JSON.stringify(wire) },
  };
}

const WANT = {
  key: 'base64 or null',
  value: 'base64 or null',
  headers: 'a list of names, each with a list of bytes',
  timestamp: 'a whole number',
} as const;

/** What a value is, without saying what it holds. */
export function shapeOf(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') return `text of ${value.length} characters`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

export const isObject = (value: unknown): value is Wire =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Any whole number: one that can be no time says nothing against the record (`timeOf`). */
const isTime = (value: unknown): value is number => Number.isInteger(value);

/** Base64; an absent key or value is a null one. */
function bytes(value: unknown): Uint8Array | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return undefined;
  const read = Buffer.from(value, 'base64');
  // Node.js skips what is no base64, and stops at the first padding: only what it read can tell.
  const written = read.toString('base64');
  return written === value || differInSpareBits(value, written) ? read : undefined;
}

/**
 * Whether only the bits differ that the last character before the padding has to spare: RFC 4648 (3.5) lets readers take
 * them, and AWS's own sample event has some set.
 */
function differInSpareBits(value: string, written: string): boolean {
  const last = written.indexOf('=') - 1;
  if (last < 0 || value.length !== written.length || !/[A-Za-z0-9+/]/.test(value.charAt(last))) return false;
  return value.slice(0, last) === written.slice(0, last) && value.slice(last + 1) === written.slice(last + 1);
}

/** One object of one name for each header, its value a list of bytes. */
function headersOf(value: unknown): KafkaHeader[] | undefined {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const headers: KafkaHeader[] = [];
  for (const header of value as unknown[]) {
    if (!isObject(header)) return undefined;
    const names = Object.keys(header);
    if (names.length === 0) return undefined;
    for (const name of names) {
      const given = header[name] ?? null;
      const content = given === null ? null : byteList(given);
      if (content === undefined) return undefined;
      headers.push([name, content]);
    }
  }
  return headers;
}

/** A Java byte is signed; either way it is the same eight bits. */
function byteList(list: unknown): Uint8Array | undefined {
  if (!Array.isArray(list)) return undefined;
  const read = Buffer.allocUnsafe(list.length);
  for (let i = 0; i < list.length; i++) {
    const byte = list[i] as number;
    if ((byte & 0xff) !== byte && (byte << 24) >> 24 !== byte) return undefined;
    read[i] = byte;
  }
  return read;
}
