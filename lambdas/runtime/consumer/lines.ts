import type { ParkCause } from '../dead-letters/letter';
import type { LosslessError } from '../contract/errors';
import type { Coordinates } from '../event/event';
import type { KafkaMessage } from '../event/message';
import type { Delivery } from '../idempotency/delivery';
import { errorFields, type Log, type LogFields } from '../watching/log';
import { traceIdOf } from '../event/trace-context';

/** Characters of a payload that a line shows, when it was asked for payloads. */
const SHOWN = 10_000;
/** What most records wait for is told; not each of a hundred ways. */
const REASONS_SHOWN = 5;

type AtPartition = Pick<Coordinates, 'topic' | 'partition'>;

/** What a line says of a record. */
function recordFields({ record, event }: Pick<Delivery, 'record' | 'event'>, { payloads }: Log): LogFields {
  const { topic, partition, offset } = record;
  return {
    ...{ topic, partition, offset },
    eventId: event.id,
    eventSource: event.source,
    traceId: traceIdOf(event.trace),
    payload: payloads ? payloadOf(record) : undefined,
  };
}

function payloadOf({ key, value, headers }: KafkaMessage): LogFields {
  const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('utf8').slice(0, SHOWN);
  return { key: text(key), value: text(value), headers: headers.map(([name, content]) => [name, text(content)]) };
}

/** @param attempt over all deliveries; undefined when the table did not take it down */
export function attemptFailed(
  log: Log,
  delivery: Delivery,
  { thrown, ...told }: { what: string; attempt?: number; of: number; thrown?: { readonly error: unknown } },
): void {
  const error = thrown && errorFields(thrown.error, log.payloads);
  log.warn('attempt failed', { ...recordFields(delivery, log), ...told, error });
}

export const lateBegin = (log: Log, delivery: Delivery): void =>
  log.info(
    'handler began late and was stopped at the time margin: the next delivery begins with it',
    recordFields(delivery, log),
  );

export const notConfigured = (log: Log, delivery: Delivery, { code, message }: LosslessError): void =>
  log.error('handler not configured: its events wait', { ...recordFields(delivery, log), code, reason: message });

/** @param object name of the dead letter, which holds the whole record */
export function eventParked(log: Log, delivery: Delivery, { reason, detail }: ParkCause, object: string): void {
  // A schema library's words, which say why a value is undecodable, may quote it.
  const told = reason === 'undecodable' && !log.payloads ? { reason, object } : { reason, detail, object };
  log.error('event parked', { ...recordFields(delivery, log), ...told });
}

export const killerFound = (log: Log, delivery: Delivery): void =>
  log.error('record killed the function three times', recordFields(delivery, log));

export const breakerHolds = (log: Log, { topic, partition }: AtPartition): void =>
  log.error('circuit breaker open: nothing more of this partition is parked', { topic, partition });

/** @param blamed - keys and sources of the partition that are to blame by now */
export const keyOrSourceBlamed = (log: Log, { topic, partition }: AtPartition, blamed: number): void =>
  log.error('key or source found to blame: what fails of it is parked', { topic, partition, blamed });

export const breakerClosed = (log: Log, { topic, partition }: AtPartition): void =>
  log.info('circuit breaker closed', { topic, partition });

export function partitionsRefused(log: Log, refused: ReadonlyMap<string, { readonly error: LosslessError }>): void {
  for (const [from, { error }] of refused) {
    log.error('records not taken up', { from, code: error.code, reason: error.message });
  }
}

/** What is left is delivered again; `waitsFor` counts by what it waited for at the time margin. */
export function batchLeft(log: Log, records: number, left: readonly { readonly waitsFor?: string }[]): void {
  const counts = new Map<string, number>();
  for (const { waitsFor = 'its turn' } of left) counts.set(waitsFor, (counts.get(waitsFor) ?? 0) + 1);
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, REASONS_SHOWN);
  log.warn('time margin reached before all was settled', {
    ...{ records, left: left.length },
    waitsFor: Object.fromEntries(most),
  });
}
