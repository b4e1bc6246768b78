import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
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

/** Decodes the event and asks for its writes. Rejects with what the user's code threw. */
export async function prepare<T>(
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
