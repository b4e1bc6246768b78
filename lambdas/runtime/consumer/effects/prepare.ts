import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Decoded, Decoder } from '../../event/decode';
import type { Disposition } from '../disposition';
import type { Event } from '../../event/event';
import type { Delivery } from '../../idempotency/delivery';
import {
  OPERATIONS_PER_EVENT,
  sizeOf,
  transactItem,
  UnfitOperation,
  type WriteOperation,
} from '../../idempotency/operations';
import type { ConsumerRecord } from '../../event/records';

/**
 * What is larger for certain than DynamoDB takes in one transaction (4 MB): sizes are only estimated here. A request of so
 * much is not even answered: its connection is cut off, as in an outage, and would be for ever.
 */
const MOST_BYTES = 12_000_000;

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

/** Decodes the event and asks for its writes. Rejects with what the user's code threw, or with what is wrong with its operations. */
export async function prepare<T>(
  { event, record }: Delivery,
  { decode, write }: { readonly decode: Decoder<T>; readonly write: Write<T> },
): Promise<Prepared> {
  const read = await decoded(decode, event);
  if ('undecodable' in read) return { kind: 'park', reason: 'undecodable', detail: read.undecodable };
  const operations = await write(read.data, { event, record });
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
  const writes = sendable(operations as readonly WriteOperation[]);
  if ('unfit' in writes) return { kind: 'park', reason: 'write-refused', detail: writes.unfit };
  const bytes = writes.reduce((sum, write) => sum + sizeOf(write), 0);
  if (bytes > MOST_BYTES) {
    return {
      kind: 'park',
      reason: 'write-refused',
      detail: `got operations of about ${Math.ceil(bytes / 1_000_000)} MB, want at most 4 MB: DynamoDB takes no more in one transaction`,
    };
  }
  return { kind: 'write', writes };
}

function sendable(operations: readonly WriteOperation[]): TransactWriteItem[] | { readonly unfit: string } {
  try {
    return operations.map(transactItem);
  } catch (error) {
    if (error instanceof UnfitOperation) return { unfit: error.message };
    throw error;
  }
}

/** The event as the decoder reads it. Rejects with what the decoder threw, and where it answered nothing that it may. */
export async function decoded<T>({ decode }: Decoder<T>, event: Event): Promise<Decoded<T>> {
  const read: unknown = await decode(event);
  const isObject = typeof read === 'object' && read !== null;
  if (isObject && ('data' in read || ('undecodable' in read && typeof read.undecodable === 'string'))) {
    return read as Decoded<T>;
  }
  throw new TypeError(
    `decode: got ${isObject ? 'an object without either' : read === undefined ? 'nothing' : typeof read}, want { data } or { undecodable: 'why' }; return null as data for a tombstone`,
  );
}
