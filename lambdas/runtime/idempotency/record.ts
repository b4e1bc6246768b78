import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { RECORD, type RecordState } from '../contract';
import type { ParkCause } from '../dead-letters';
import type { Delivery } from './delivery';

/** The event's record says `done`: written together with the event's effect, where no other delivery has settled it. */
export function donePut(
  delivery: Delivery,
  to: { table: string; doneSeconds: number; nowMs: number },
): TransactWriteItem {
  return conditionalPut(
    to.table,
    {
      [RECORD.key]: delivery.key,
      [RECORD.state]: 'done' satisfies RecordState,
      ...origin(delivery, to.nowMs),
      [RECORD.expiresAt]: Math.floor(to.nowMs / 1_000) + to.doneSeconds,
    },
    // An older delivery of a redriven event may still be the one that succeeds.
    '#state = :redriven AND #content = :content',
    { ':redriven': 'redriven' satisfies RecordState, ':content': delivery.content },
    { '#content': RECORD.content },
  );
}

/** The event's record says `parked`, where nothing has settled it and no later redrive is on its way. */
export function parkedPut(
  delivery: Delivery,
  key: string,
  to: { table: string; nowMs: number; object: string; cause: ParkCause },
): TransactWriteItem {
  return conditionalPut(
    to.table,
    {
      [RECORD.key]: key,
      [RECORD.state]: 'parked' satisfies RecordState,
      ...origin(delivery, to.nowMs),
      [RECORD.object]: to.object,
      [RECORD.source]: delivery.event.source,
      [RECORD.id]: delivery.event.id,
      [RECORD.reason]: to.cause.reason,
      // The next redrive counts on from here.
      ...(delivery.generation > 0 && { [RECORD.generation]: delivery.generation }),
    },
    '#state = :redriven AND #content = :content AND #generation <= :generation',
    { ':redriven': 'redriven' satisfies RecordState, ':content': delivery.content, ':generation': delivery.generation },
    { '#content': RECORD.content, '#generation': RECORD.generation },
  );
}

const origin = ({ record, content }: Delivery, nowMs: number) => ({
  [RECORD.content]: content,
  [RECORD.topic]: record.topic,
  [RECORD.partition]: record.partition,
  [RECORD.offset]: record.offset,
  [RECORD.timestamp]: record.timestamp,
  [RECORD.settledAt]: nowMs,
});

/** Every condition is on the state: an item without one (counted attempts, say) settles nothing. */
function conditionalPut(
  table: string,
  item: Record<string, unknown>,
  orElse: string,
  values: Record<string, unknown>,
  names: Record<string, string>,
): TransactWriteItem {
  return {
    Put: {
      TableName: table,
      Item: marshall(item),
      ConditionExpression: `attribute_not_exists(#state) OR (${orElse})`,
      ExpressionAttributeNames: { '#state': RECORD.state, ...names },
      ExpressionAttributeValues: marshall(values),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/** What the table holds of an event, seen from one delivery of it. */
export type Found =
  | { readonly kind: 'open' }
  | { readonly kind: 'done'; readonly byThisRecord: boolean }
  | { readonly kind: 'parked' }
  /** `later`: a redrive after this delivery is on its way and will be settled itself. */
  | { readonly kind: 'redriven'; readonly later: boolean }
  | { readonly kind: 'other content' }
  /** A state of a later version of this library: nothing may be concluded from it. */
  | { readonly kind: 'not known'; readonly state: string };

export function foundBy(delivery: Delivery, item: Readonly<Record<string, unknown>> | undefined): Found {
  const state = item?.[RECORD.state];
  if (item === undefined || state === undefined) return { kind: 'open' };
  if (item[RECORD.content] !== delivery.content) return { kind: 'other content' };
  const { record } = delivery;
  switch (state as RecordState) {
    case 'done': {
      const coordinates = ['topic', 'partition', 'offset', 'timestamp'] as const;
      return { kind: 'done', byThisRecord: coordinates.every((name) => item[RECORD[name]] === record[name]) };
    }
    case 'parked':
      return { kind: 'parked' };
    case 'redriven':
      return { kind: 'redriven', later: Number(item[RECORD.generation]) > delivery.generation };
    default:
      return { kind: 'not known', state: typeof state === 'string' ? state : typeof state };
  }
}
