import type { ParsedEvent } from './cloudevents-http';
import { readEvent } from './cloudevents-json';
import { bomLength } from '../event/json/numbers';
import { JsonReader, JsonTextError } from '../event/json/reader';

/** What a text is that came in by a door which says nothing of it: a CloudEvent in structured mode, other JSON, or neither. */
export type TextRead =
  { readonly kind: 'event'; readonly event: ParsedEvent } | { readonly kind: 'json' } | { readonly kind: 'text' };

/**
 * A JSON object with `specversion`, which every CloudEvent has, is a CloudEvent, if perhaps a wrong one. Linear in the bytes.
 * @param fallbackId - id of an event that has none
 */
export function readText(text: Buffer, fallbackId: string): TextRead {
  try {
    if (!isStructured(text)) return { kind: 'json' };
  } catch (error) {
    if (error instanceof JsonTextError) return { kind: 'text' };
    throw error;
  }
  return { kind: 'event', event: readEvent(reader(text), text, fallbackId) };
}

const OPEN_OBJECT = 0x7b;
const SPECVERSION = '"specversion"';

/** @throws JsonTextError when it is no JSON */
function isStructured(text: Buffer): boolean {
  const json = reader(text);
  let found = false;
  if (json.next() === OPEN_OBJECT) {
    for (const { name } of json.members()) found ||= text.toString('latin1', name.start, name.end) === SPECVERSION;
  } else json.value();
  json.end();
  return found;
}

const reader = (text: Buffer): JsonReader => new JsonReader(text, bomLength(text));
