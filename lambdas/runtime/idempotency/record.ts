import type { TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';
import { RECORD, type RecordState } from '../contract';
import type { ParkCause } from '../dead-letters';
import { attributes, type Plain } from './attributes';
import type { Delivery } from './delivery';

export interface DoneTo {
  readonly table: string;
  readonly doneSeconds: number;
  readonly nowMs: number;
}

/** The event's record says `done`: written together with the event's effect, where no other delivery has settled it. */
export function donePut(delivery: Delivery, to: DoneTo): TransactWriteItem {
  return conditionalPut(
    to.table,
    doneItem(delivery, to),
    // An older delivery of a redriven event may still be the one that succeeds.
    'attribute_not_exists(#state) OR (#state = :redriven AND #content = :content)',
    { ':redriven': 'redriven' satisfies RecordState, ':content': delivery.content },
    { '#content': RECORD.content },
  );
}

/** The event's record says `done` after a call, where the claim is still this one's. */
export function donePutByOwner(delivery: Delivery, owner: string, to: DoneTo): TransactWriteItem {
  return conditionalPut(
    to.table,
    doneItem(delivery, to),
    '#state = :claimed AND #owner = :owner',
    { ':claimed': 'claimed' satisfies RecordState, ':owner': owner },
    { '#owner': RECORD.owner },
  );
}

const doneItem = (delivery: Delivery, { nowMs, doneSeconds }: DoneTo) => ({
  [RECORD.key]: delivery.key,
  [RECORD.state]: 'done' satisfies RecordState,
  ...origin(delivery, nowMs),
  [RECORD.expiresAt]: Math.floor(nowMs / 1_000) + doneSeconds,
});

/** The event's record says `parked`, where nothing has settled it and no later redrive is on its way. */
export function parkedPut(
  delivery: Delivery,
  key: string,
  to: { table: string; nowMs: number; object: string; cause: ParkCause; owner?: string },
): TransactWriteItem {
  const whole = key === delivery.key && to.owner !== undefined;
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
    'attribute_not_exists(#state) OR (#state = :redriven AND #content = :content AND #generation <= :generation)' +
      (whole ? ' OR (#state = :claimed AND #owner = :owner)' : ''),
    {
      ':redriven': 'redriven' satisfies RecordState,
      ':content': delivery.content,
      ':generation': delivery.generation,
      ...(whole && { ':claimed': 'claimed' satisfies RecordState, ':owner': to.owner }),
    },
    { '#content': RECORD.content, '#generation': RECORD.generation, ...(whole && { '#owner': RECORD.owner }) },
  );
}

/**
 * One more attempt of the handler on the event, where it is not settled. It may be claimed by `owner`, and by nobody else.
 * Says nothing of a state: a record of attempts alone settles nothing.
 */
export function attemptUpdate(delivery: Delivery, table: string, owner: string): Update {
  return {
    TableName: table,
    Key: attributes({ [RECORD.key]: delivery.key }),
    UpdateExpression: 'ADD #attempts :one',
    ConditionExpression:
      'attribute_not_exists(#state) OR (#state = :redriven AND #content = :content) OR (#state = :claimed AND #owner = :owner)',
    ExpressionAttributeNames: {
      '#attempts': RECORD.attempts,
      '#state': RECORD.state,
      '#content': RECORD.content,
      '#owner': RECORD.owner,
    },
    ExpressionAttributeValues: attributes({
      ':one': 1,
      ':redriven': 'redriven' satisfies RecordState,
      ':claimed': 'claimed' satisfies RecordState,
      ':content': delivery.content,
      ':owner': owner,
    }),
  };
}

export const origin = ({ record, content }: Delivery, nowMs: number) => ({
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
  item: Record<string, Plain>,
  condition: string,
  values: Record<string, Plain>,
  names: Record<string, string>,
): TransactWriteItem {
  return {
    Put: {
      TableName: table,
      Item: attributes(item),
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#state': RECORD.state, ...names },
      ExpressionAttributeValues: attributes(values),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/** A claim to call, as it was seen. Its beat goes on while its owner lives. */
export interface Claim {
  readonly owner: string;
  readonly beat: number;
  readonly generation: number;
}

/** What the table holds of an event, seen from one delivery of it. */
export type Found =
  | { readonly kind: 'open' }
  | { readonly kind: 'done'; readonly byThisRecord: boolean }
  /** `object`: name of its dead letter. */
  | { readonly kind: 'parked'; readonly byThisRecord: boolean; readonly object: string }
  /** By another invocation, or by this one: the owner tells. `generation`: of the redrive it was claimed from. */
  | { readonly kind: 'claimed'; readonly claim: Claim }
  /** `later`: a redrive after this delivery is on its way and will be settled itself. */
  | { readonly kind: 'redriven'; readonly later: boolean }
  | { readonly kind: 'other content' }
  /** A state of a later version of this library: nothing may be concluded from it. */
  | { readonly kind: 'not known'; readonly state: string };

const COORDINATES = ['topic', 'partition', 'offset', 'timestamp'] as const;

export function foundBy(delivery: Delivery, item: Readonly<Record<string, unknown>> | undefined): Found {
  const state = item?.[RECORD.state];
  if (item === undefined || state === undefined) return { kind: 'open' };
  if (item[RECORD.content] !== delivery.content) return { kind: 'other content' };
  const { record } = delivery;
  const byThisRecord = COORDINATES.every((name) => item[RECORD[name]] === record[name]);
  switch (state as RecordState) {
    case 'done':
      return { kind: 'done', byThisRecord };
    case 'parked':
      return { kind: 'parked', byThisRecord, object: String(item[RECORD.object]) };
    case 'claimed': {
      const claim = { owner: String(item[RECORD.owner]), beat: Number(item[RECORD.beat]) };
      return { kind: 'claimed', claim: { ...claim, generation: Number(item[RECORD.generation] ?? 0) } };
    }
    case 'redriven':
      return { kind: 'redriven', later: Number(item[RECORD.generation]) > delivery.generation };
    default:
      return { kind: 'not known', state: typeof state === 'string' ? state : typeof state };
  }
}
