import { systemClock, type Clock } from '../time/clock';
import { Retry } from '../contract/word';
import type { SchemaReference } from './registry-framing';
import { within } from '../time/within';

/** Schemas that are remembered. */
const MOST_SCHEMAS = 1_000;
/** What a look-up is waited for, in milliseconds. */
const WAIT_MS = 1_000;
/** After so long another look-up is begun: clients of registries have been seen never to end one that was cut off in the answer. */
const GIVEN_UP_MS = 10_000;

interface LookUp<S> {
  readonly found: Promise<S | undefined>;
  readonly sinceMs: number;
  hasEnded: boolean;
}

/**
 * Looks a schema up once for each id, and again after that failed or found none. A look-up that failed or takes long is
 * waited for between two tries of an event, never within one: a try that is under way at the time margin counts against the
 * event, and the registry is no fault of the event.
 */
export function remembered<S>(
  lookup: (schema: SchemaReference) => S | undefined | Promise<S | undefined>,
  clock: Pick<Clock, 'monotonic' | 'timer'> = systemClock,
): (schema: SchemaReference) => Promise<S | undefined> {
  const lookUps = new Map<SchemaReference['id'], LookUp<S>>();
  const late = new Set<SchemaReference['id']>();

  const begun = (schema: SchemaReference): LookUp<S> => {
    const known = lookUps.get(schema.id);
    if (known && (known.hasEnded || clock.monotonic() - known.sinceMs < GIVEN_UP_MS)) return known;
    if (lookUps.size + late.size >= MOST_SCHEMAS) [lookUps, late].forEach((all) => all.clear());
    const found = Promise.resolve(schema).then(lookup);
    const made: LookUp<S> = { found, sinceMs: clock.monotonic(), hasEnded: false };
    const end = () => (made.hasEnded = true);
    found.then(end, end);
    lookUps.set(schema.id, made);
    return made;
  };

  return async (schema) => {
    const { id } = schema;
    const lookUp = begun(schema);
    if (late.has(id) && !lookUp.hasEnded) throw unanswered(id);
    const ended = await within(lookUp.found, WAIT_MS, { clock });
    // Kept until somebody has heard of it: the error may be one that the event is to be parked for.
    const forget = () => lookUps.get(id) === lookUp && lookUps.delete(id);
    switch (ended.kind) {
      case 'value':
        late.delete(id);
        if (ended.value === undefined) forget();
        return ended.value;
      case 'error':
        late.add(id);
        forget();
        throw ended.error;
      case 'timeout':
      case 'aborted':
        late.add(id);
        throw unanswered(id);
    }
  };
}

const unanswered = (id: SchemaReference['id']) => new Retry(`the schema registry has not answered for schema ${id}`);
