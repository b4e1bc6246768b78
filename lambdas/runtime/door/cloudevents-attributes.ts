import { InvalidEventError, type NewEvent } from '../event/new-event';
import { isTraceAttribute, traceContextOf } from '../event/trace-context';

/** The attributes of one event, from wherever they stand. */
export interface AttributeTexts {
  names(): Iterable<string>;
  /** Undefined when absent. @throws InvalidEventError when it is no text */
  text(name: string): string | undefined;
  /** The same for an extension, which may be a number or truth value, too. */
  extension(name: string): string | undefined;
}

const PARTITION_KEY = 'partitionkey';

/** What is no extension, though it stands among them. */
const NO_EXTENSIONS: ReadonlySet<string> = new Set([
  ...['id', 'source', 'type', 'time', 'specversion', 'datacontenttype', 'data', 'data_base64'],
]);

/** What `encodeEvent` requires is left to it. @throws InvalidEventError */
export function attributesOf(given: AttributeTexts, fallbackId?: string): Omit<NewEvent, 'data' | 'contentType'> {
  const specversion = given.text('specversion') ?? '1.0';
  if (specversion !== '1.0') {
    throw new InvalidEventError(`event specversion: got ${JSON.stringify(specversion.slice(0, 80))}, want '1.0'`);
  }
  return {
    id: (given.text('id') ?? fallbackId) as string,
    source: given.text('source'),
    type: given.text('type') as string,
    time: given.text('time'),
    key: given.text(PARTITION_KEY),
    extensions: extensionsOf(given),
  };
}

/** From entries and not by assignment: one may be called `__proto__`. */
function extensionsOf(given: AttributeTexts): Readonly<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const name of given.names()) {
    if (NO_EXTENSIONS.has(name) || isTraceAttribute(name)) continue;
    if (name.startsWith('lossless')) {
      throw new InvalidEventError(
        `event extension ${JSON.stringify(name.slice(0, 80))}: got a reserved name, want another; rename it`,
      );
    }
    const value = given.extension(name);
    if (value !== undefined) entries.push([name, value]);
  }
  return { ...Object.fromEntries(entries), ...traceOf(given) };
}

/** A trace that cannot be read never costs its event. */
function traceOf(given: AttributeTexts) {
  const text = (name: string) => {
    try {
      return given.text(name);
    } catch (error) {
      if (error instanceof InvalidEventError) return undefined;
      throw error;
    }
  };
  return traceContextOf({ traceparent: text('traceparent'), tracestate: text('tracestate') });
}
