import type { ParsedEvent } from './cloudevents-http';
import { InvalidEventError, type NewEvent } from './event';

/**
 * One content for each id of a request: the first stands, a later one that says something else is refused. Accepted, it could
 * only be parked, one dead letter each. The same content again is the same event, and taken.
 *
 * @param events with their sources bound
 */
export function oneContentEach(events: readonly ParsedEvent[]): ParsedEvent[] {
  const first = new Map<string, NewEvent>();
  return events.map((event) => {
    if (event instanceof InvalidEventError) return event;
    const name = JSON.stringify([event.source, event.id]);
    const other = first.get(name);
    first.set(name, other ?? event);
    return other === undefined || isSame(other, event) ? event : new InvalidEventError(REFUSED);
  });
}

const REFUSED =
  'event id: got it before in this request, with other data, partitionkey or type, want an id of its own; publish another event under another id';

/** By what two deliveries of one id must share. */
const isSame = (one: NewEvent, other: NewEvent): boolean =>
  one.type === other.type && one.key === other.key && isSameData(one.data, other.data);

/** At the door data are bytes, or null. */
const isSameData = (one: unknown, other: unknown): boolean =>
  one instanceof Uint8Array && other instanceof Uint8Array ? Buffer.compare(one, other) === 0 : one === other;
