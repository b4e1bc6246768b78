import type { Clock } from '../time/clock';
import { CE_ID, CE_SOURCE, type DeadLetter, type ReplayEnvironment, type SpilledEvent } from '../contract';
import { messageOf, putAside } from '../dead-letters/letter';
import { headerText, traceOf } from '../event/event';
import type { Log } from '../watching/log';
import type { ObjectStore } from '../stores/object-store';
import { traceIdOf } from '../event/trace-context';

export interface AsideParts {
  readonly environment: ReplayEnvironment;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
}

type Cause = Pick<DeadLetter, 'reason' | 'detail'>;

/**
 * Puts an event among the dead letters. What is foreign keeps its text too, by which a redrive knows not to send it.
 *
 * @throws what the store throws when it did not confirm
 */
export async function eventAside(
  event: SpilledEvent,
  spilledAt: string,
  cause: Cause,
  parts: AsideParts,
): Promise<void> {
  const { headers } = messageOf(event);
  const { key, value } = event;
  await put(
    {
      ...{ key, value, headers: event.headers },
      raw: cause.reason === 'foreign' ? JSON.stringify(event) : undefined,
      source: headerText(headers, CE_SOURCE) ?? '',
      id: headerText(headers, CE_ID) ?? '',
      timestamp: Date.parse(spilledAt),
    },
    cause,
    parts,
    traceIdOf(traceOf(headers)),
  );
}

/** Puts a whole object among the dead letters, as text. @throws what the store throws when it did not confirm */
export const objectAside = (name: string, text: string, cause: Cause, parts: AsideParts): Promise<void> =>
  put({ key: null, value: null, headers: [], raw: text, source: '', id: name, timestamp: timeIn(name) }, cause, parts);

async function put(
  what: Pick<DeadLetter, 'key' | 'value' | 'headers' | 'raw' | 'source' | 'id' | 'timestamp'>,
  { reason, detail }: Cause,
  { environment: { cluster, topic, deadLetters }, store, clock, log }: AsideParts,
  traceId?: string,
): Promise<void> {
  const letter: DeadLetter = {
    version: 1,
    ...{ cluster, group: '-', topic, partition: -1, offset: -1, effect: 'none' },
    ...what,
    ...{ reason, detail },
    parkedAt: new Date(clock.now()).toISOString(),
  };
  const object = await putAside(store, deadLetters, letter);
  const { source: eventSource, id: eventId } = what;
  log.error('spilled event parked', { eventId, eventSource, traceId, reason, detail, object });
}

/** The time in a spill object's name, so that moving it aside twice leaves one object. */
const timeIn = (name: string): number => Number(/(\d{15})-[^/]*$/.exec(name)?.[1] ?? 0);
