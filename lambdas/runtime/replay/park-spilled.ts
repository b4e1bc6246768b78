import type { Clock } from '../time/clock';
import type { ReplayEnvironment, SpilledEvent } from '../contract';
import { deadLetter, messageOf, putDeadLetter, type Parkable, type ParkCause } from '../dead-letters/letter';
import { traceOf } from '../event/event';
import type { Log } from '../watching/log';
import type { ObjectStore } from '../stores/object-store';
import { traceIdOf } from '../event/trace-context';

interface Deps {
  readonly environment: ReplayEnvironment;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Parks an event. What is foreign keeps its text too, by which a redrive knows not to send it.
 *
 * @throws what the store throws when it did not confirm
 */
export async function parkEvent(event: SpilledEvent, spilledAt: string, cause: ParkCause, deps: Deps): Promise<void> {
  const { topic } = deps.environment;
  const raw = cause.reason === 'foreign' ? JSON.stringify(event) : undefined;
  const what = { kind: 'event', topic, message: event, raw, timestamp: Date.parse(spilledAt) } as const;
  await park(what, cause, deps, traceIdOf(traceOf(messageOf(event).headers)));
}

/** Parks a whole object, as text. @throws what the store throws when it did not confirm */
export async function parkObject(name: string, text: string, cause: ParkCause, deps: Deps): Promise<void> {
  const { topic } = deps.environment;
  await park({ kind: 'object', topic, name, text, timestamp: timeIn(name) }, cause, deps);
}

async function park(
  what: Parkable,
  cause: ParkCause,
  { environment: { cluster, deadLetters }, store, clock, log }: Deps,
  traceId?: string,
): Promise<void> {
  const letter = deadLetter(what, cause, { cluster, nowMs: clock.now() });
  const object = await putDeadLetter(store, deadLetters, letter);
  const { source: eventSource, id: eventId, reason, detail } = letter;
  log.error('spilled event parked', { eventId, eventSource, traceId, reason, detail, object });
}

/** The time in a spill object's name, so that parking it twice leaves one object. */
const timeIn = (name: string): number => Number(/(\d{15})-[^/]*$/.exec(name)?.[1] ?? 0);
