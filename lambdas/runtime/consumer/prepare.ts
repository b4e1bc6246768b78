import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../backoff';
import type { Clock } from '../clock';
import type { Decoder } from '../decode';
import type { Disposition } from '../disposition';
import type { Event } from '../event';
import type { Delivery } from '../idempotency/delivery';
import { OPERATIONS_PER_EVENT, transactItem, type WriteOperation } from '../operations';
import type { ConsumerRecord } from './records';

/** An event's effect as DynamoDB writes. Pure: it may run again for the same event. */
export type Write<T> = (
  data: T,
  context: WriteContext,
) => readonly WriteOperation[] | Promise<readonly WriteOperation[]>;

export interface WriteContext {
  readonly event: Event;
  readonly record: ConsumerRecord;
}

/** The user's code has had its say: the writes of the event, or what else is to become of it. */
export type Prepared = { readonly kind: 'write'; readonly writes: readonly TransactWriteItem[] } | Disposition;

/** How often `decode` and `write` are run before the event is parked. */
const TRIES = 5;

export async function prepare<T>(
  delivery: Delivery,
  user: { readonly decode: Decoder<T>; readonly write: Write<T> },
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Prepared> {
  for (let tries = 1; ; tries++) {
    if (signal.aborted) return { kind: 'retry', reason: 'time margin reached', afterMs: 0 };
    try {
      return await once(delivery, user);
    } catch (error) {
      if (tries === TRIES) {
        // The message may hold payload: it goes to the function's log, as an error thrown by a handler does.
        console.error(`write of event ${delivery.event.id} of ${delivery.event.source} failed ${TRIES} times`, error);
        return { kind: 'park', reason: 'handler-error', detail: `write failed ${TRIES} times with ${whereOf(error)}` };
      }
      await clock.sleep(backoffMs(tries, clock), signal);
    }
  }
}

async function once<T>(
  { event, record }: Delivery,
  { decode, write }: { readonly decode: Decoder<T>; readonly write: Write<T> },
): Promise<Prepared> {
  const decoded = await decode.decode(event);
  if ('undecodable' in decoded) return { kind: 'park', reason: 'undecodable', detail: decoded.undecodable };
  const operations = await write(decoded.data, { event, record });
  if (!Array.isArray(operations)) {
    throw new TypeError(
      `write: got ${typeof operations}, want a list of operations; return [] for an event without effect`,
    );
  }
  if (operations.length > OPERATIONS_PER_EVENT) {
    return {
      kind: 'park',
      reason: 'write-refused',
      detail: `got ${operations.length} operations, want at most ${OPERATIONS_PER_EVENT}: DynamoDB takes no more in one transaction with the event's record`,
    };
  }
  return { kind: 'write', writes: operations.map(transactItem) };
}

/** Name and place of an error, without its message. */
function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const frame = error.stack
    ?.split('\n')
    .find((line) => /^\s+at /.test(line))
    ?.trim();
  return frame ? `${error.name} ${frame}` : error.name;
}
