import { InvalidEventError, type NewEvent } from '../event/new-event';
import { attributesOf, type AttributeTexts } from './cloudevents-attributes';
import type { JsonReader, Span, Value } from '../event/json/reader';

/** Deepest nesting of an event: what the parsers of other languages read by default is 64 to 1,000. */
export const MAX_DEPTH = 128;
/** Most members of an event: its attributes and its data. */
export const MAX_MEMBERS = 64;
/** Of a member's name, in bytes of JSON: longer ones are no attributes. */
const MAX_NAME_BYTES = 400;

const OPEN_OBJECT = 0x7b;
const QUOTE = 0x22;

/**
 * The event in the JSON value that the reader comes to (the JSON format of CloudEvents). The whole value is taken, also that of an
 * event that is refused. JSON data stays as it is written, byte for byte: only attributes are parsed.
 * @throws JsonTextError
 */
export function readEvent(reader: JsonReader, bytes: Buffer, fallbackId?: string): NewEvent | InvalidEventError {
  if (reader.next() !== OPEN_OBJECT) return notAnObject(bytes, reader.value());
  const members = new Map<string, Value>();
  let wrong: InvalidEventError | undefined;
  for (const { name, value } of reader.members()) wrong ??= noted(members, bytes, name, value);
  if (wrong !== undefined) return wrong;
  try {
    return eventFrom(new Members(bytes, members), fallbackId);
  } catch (error) {
    if (error instanceof InvalidEventError) return error;
    throw error;
  }
}

/** The value is no object, and so no event at all. */
export class NoEventError extends InvalidEventError {}

const notAnObject = (bytes: Buffer, value: Value): NoEventError =>
  new NoEventError(
    `event: got ${kindOf(bytes, value)}, want a JSON object; send several events as application/cloudevents-batch+json`,
  );

/** What forbids the member; nothing when it was noted. */
function noted(members: Map<string, Value>, bytes: Buffer, name: Span, value: Value): InvalidEventError | undefined {
  if (name.end - name.start > MAX_NAME_BYTES) {
    return new InvalidEventError(`event: got a name of ${name.end - name.start} bytes, want an attribute; shorten it`);
  }
  const attribute = parsed(bytes, name) as string;
  const called = JSON.stringify(attribute.slice(0, 80));
  if (members.size === MAX_MEMBERS) {
    return new InvalidEventError(
      `event: got more than ${MAX_MEMBERS} members, want fewer; put what is no attribute into data`,
    );
  }
  // The event itself is the first level.
  if (value.depth >= MAX_DEPTH) {
    return new InvalidEventError(
      `event ${called}: got a value nested ${value.depth} deep, want less than ${MAX_DEPTH}; flatten it, or send it in binary mode`,
    );
  }
  if (members.has(attribute)) {
    return new InvalidEventError(`event ${called}: got it twice, want it once; readers differ on which one counts`);
  }
  members.set(attribute, value);
  return undefined;
}

function eventFrom(members: Members, fallbackId: string | undefined): NewEvent {
  const contentType = members.text('datacontenttype');
  return { ...attributesOf(members, fallbackId), ...dataOf(members, contentType) };
}

class Members implements AttributeTexts {
  constructor(
    private readonly bytes: Buffer,
    private readonly members: ReadonlyMap<string, Value>,
  ) {}

  text(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || this.isText(value)) return value && (parsed(this.bytes, value) as string);
    throw new InvalidEventError(`event ${name}: got ${kindOf(this.bytes, value)}, want a string; convert it`);
  }

  /** The extension as a text: numbers and truth values as they are written. */
  extension(name: string): string | undefined {
    const value = this.value(name);
    if (value === undefined || this.isText(value)) return this.text(name);
    if (value.depth === 0) return this.bytes.toString('latin1', value.start, value.end);
    throw new InvalidEventError(
      `event extension ${JSON.stringify(name.slice(0, 80))}: got ${this.bytes[value.start] === OPEN_OBJECT ? 'object' : 'array'}, want a string, boolean or number`,
    );
  }

  *names(): Iterable<string> {
    yield* this.members.keys();
  }

  /** Undefined when absent or null, which CloudEvents takes for absent. */
  value(name: string): Value | undefined {
    const value = this.members.get(name);
    return value === undefined || kindOf(this.bytes, value) === 'null' ? undefined : value;
  }

  isText(value: Value): boolean {
    return this.bytes[value.start] === QUOTE;
  }

  written(value: Value): Buffer {
    return this.bytes.subarray(value.start, value.end);
  }
}

function dataOf(members: Members, contentType: string | undefined): Pick<NewEvent, 'data' | 'contentType'> {
  const data = members.value('data');
  const encoded = members.text('data_base64');
  if (data !== undefined && encoded !== undefined) {
    throw new InvalidEventError('event data: got data and data_base64, want one of them');
  }
  if (encoded !== undefined) return { contentType, data: fromBase64(encoded) };
  if (data === undefined) return { contentType, data: null };
  // A string of another type than JSON is the data itself, not a JSON string.
  const isVerbatim = contentType !== undefined && members.isText(data) && !/[/+]json\b/i.test(contentType);
  if (isVerbatim) return { contentType, data: utf8(members.text('data') ?? '') };
  return { contentType: contentType ?? 'application/json', data: members.written(data) };
}

function fromBase64(encoded: string): Buffer {
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(encoded) && encoded.length % 4 === 0) return Buffer.from(encoded, 'base64');
  throw new InvalidEventError('event data_base64: got something else, want base64');
}

function utf8(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length === text.length || !/\p{Surrogate}/u.test(text)) return bytes;
  throw new InvalidEventError('event data: got text with half a surrogate pair, want text that has UTF-8; send bytes');
}

const parsed = (bytes: Buffer, { start, end }: Span): unknown => JSON.parse(bytes.toString('utf8', start, end));

/** A scalar as it is written, cut; of anything larger its kind. */
function kindOf(bytes: Buffer, { start, end }: Span): string {
  if (bytes[start] === OPEN_OBJECT) return 'an object';
  if (bytes[start] === 0x5b) return 'an array';
  return bytes.toString('utf8', start, Math.min(end, start + 80));
}
