import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Event } from './event';
import { framingHint } from './registry-framing';
import { changedNumber } from './json/numbers';

/**
 * Turns an event into what `write` is given. `undecodable` parks the record at once; its text goes into the dead letter
 * and holds no payload. A decoder that throws or rejects is tried again, as `write` is.
 *
 * An object and no function: TypeScript would not infer `write`'s parameter from a call that returns a function.
 */
export interface Decoder<T> {
  decode(this: void, event: Event): Decoded<T> | Promise<Decoded<T>>;
}
export type Decoded<T> = { readonly data: T } | { readonly undecodable: string };

/**
 * The value as JSON. A tombstone is `null`; an empty value is no JSON. A number that JavaScript would change, such as a whole
 * number above 2^53, makes it undecodable: send it as a string, or decode `bytes` with a parser that keeps it.
 */
export function json(): Decoder<unknown>;
/**
 * The value as JSON that satisfies the schema (zod, valibot, arktype, …); a tombstone is handed to it as `null`.
 *
 * @example
 * ```ts
 * import { consumer, json, put } from 'cdk-lossless-kafka/runtime';
 * import { z } from 'zod';
 *
 * const Order = z.object({ amount: z.number().positive() });
 *
 * export const handler = consumer({
 *   decode: json(Order),
 *   write: ({ amount }, { event }) => [put({ TableName: 'orders', Item: { id: event.id, amount } })],
 * });
 * ```
 */
export function json<Schema extends StandardSchemaV1>(schema: Schema): Decoder<StandardSchemaV1.InferOutput<Schema>>;
export function json(schema?: StandardSchemaV1): Decoder<unknown> {
  const decode = async ({ value }: Event): Promise<Decoded<unknown>> => {
    const parsed = parse(value);
    if ('undecodable' in parsed || schema === undefined) return parsed;
    const result = await schema['~standard'].validate(parsed.data);
    return result.issues
      ? { undecodable: `value does not satisfy its schema: ${inWords(result.issues)}` }
      : { data: result.value };
  };
  return { decode };
}

/**
 * The value as UTF-8; `null` for a tombstone.
 *
 * @example
 * ```ts
 * import { consumer, put, text } from 'cdk-lossless-kafka/runtime';
 *
 * export const handler = consumer({
 *   decode: text,
 *   write: (note, { event }) => [put({ TableName: 'notes', Item: { id: event.id, note } })],
 * });
 * ```
 */
export const text: Decoder<string | null> = { decode: ({ value }) => (value === null ? { data: null } : utf8(value)) };

/**
 * The value as it is; `null` for a tombstone.
 *
 * @example
 * ```ts
 * import { bytes, consumer, put } from 'cdk-lossless-kafka/runtime';
 *
 * export const handler = consumer({
 *   decode: bytes,
 *   write: (image, { event }) => [put({ TableName: 'images', Item: { id: event.id, image } })],
 * });
 * ```
 */
export const bytes: Decoder<Uint8Array | null> = { decode: ({ value }) => ({ data: value }) };

function parse(value: Uint8Array | null): Decoded<unknown> {
  if (value === null) return { data: null };
  const decoded = utf8(value);
  if ('undecodable' in decoded) return decoded;
  let data: unknown;
  try {
    data = JSON.parse(decoded.data);
  } catch {
    // The parser's own message quotes the payload.
    return { undecodable: `value is not JSON (${value.length} bytes)${framingHint(value)}` };
  }
  const changed = changedNumber(value, decoded.data);
  return changed === undefined
    ? { data }
    : { undecodable: `value holds a number that JavaScript does not keep (at byte ${changed} of ${value.length})` };
}

function utf8(value: Uint8Array): Decoded<string> {
  try {
    return { data: new TextDecoder('utf-8', { fatal: true }).decode(value) };
  } catch {
    return { undecodable: `value is not UTF-8 (${value.length} bytes)${framingHint(value)}` };
  }
}

const ISSUES_SHOWN = 10;

function inWords(issues: readonly StandardSchemaV1.Issue[]): string {
  const one = ({ path = [], message }: StandardSchemaV1.Issue) => {
    const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
    return `${steps.join('.') || 'value'}: ${message}`;
  };
  const shown = issues.slice(0, ISSUES_SHOWN).map(one).join('; ');
  return issues.length > ISSUES_SHOWN ? `${shown}; and ${issues.length - ISSUES_SHOWN} more` : shown;
}
