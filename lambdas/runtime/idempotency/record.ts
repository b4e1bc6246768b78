import type { TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';
import { clipped } from '../watching/clipped';
import { RECORD, type DeadLetter, type RecordState } from '../contract';
import type { ParkCause } from '../dead-letters/letter';
import type { Coordinates, Event } from '../event/event';
import { attributes, type Plain } from '../stores/attributes';
import type { Delivery } from './delivery';

/** The states in which an event may be parked, as its record was seen. */
export type ParkableFrom =
  | Extract<EventState, { kind: 'open' | 'redriven' }>
  | { readonly kind: 'mine'; readonly owner: string; readonly generation: number };

export interface ParkedTo {
  readonly table: string;
  readonly nowMs: number;
  /** Name of the dead letter. */
  readonly object: string;
  readonly cause: ParkCause;
  /** Token of whoever parks it: a lost answer is known by it. */
  readonly owner: string;
  readonly effect: DeadLetter['effect'];
}

/** Most characters of source and id in the table: an item holds 400 KB, and the id of a foreign record may be of any length. */
const SHOWN = 1_024;

/** Event id in clear, so that a person finds the event. */
export const shownId = ({ source, id }: Pick<Event, 'source' | 'id'>) => ({
  [RECORD.source]: clipped(source, SHOWN),
  [RECORD.id]: clipped(id, SHOWN),
});

/**
 * The event's record says `parked`, on condition that it is still what it was seen to be. The redrive it goes on from is the
 * table's own: a number that only a header says would be anybody's.
 */
export function parkedPut(delivery: Delivery, key: string, from: ParkableFrom, to: ParkedTo): TransactWriteItem {
  const { event } = delivery;
  const generation = from.kind === 'open' ? 0 : from.generation;
  const seen = stillAs(delivery, from);
  return {
    Put: {
      TableName: to.table,
      Item: attributes({
        [RECORD.key]: key,
        [RECORD.state]: 'parked' satisfies RecordState,
        ...origin(delivery, to.nowMs),
        [RECORD.object]: to.object,
        ...shownId(event),
        [RECORD.reason]: to.cause.reason,
        [RECORD.owner]: to.owner,
        [RECORD.effect]: to.effect,
        // The next redrive counts on from here.
        ...(generation > 0 && { [RECORD.generation]: generation }),
      }),
      ConditionExpression: seen.condition,
      ExpressionAttributeNames: { '#state': RECORD.state, ...seen.names },
      ...(Object.keys(seen.values).length > 0 && { ExpressionAttributeValues: attributes(seen.values) }),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/** A condition that holds while the record is what it was seen to be. */
function stillAs(
  delivery: Delivery,
  from: ParkableFrom,
): { condition: string; values: Record<string, Plain>; names: Record<string, string> } {
  switch (from.kind) {
    case 'open':
      return from.effect === 'unknown'
        ? { condition: 'attribute_not_exists(#state)', values: {}, names: {} }
        : {
            // Claimed and given back meanwhile, a call may have been made.
            condition: 'attribute_not_exists(#state) AND attribute_not_exists(#effect)',
            values: {},
            names: { '#effect': RECORD.effect },
          };
    case 'redriven':
      return {
        condition:
          '#state = :redriven AND #content = :content AND #generation = :generation' +
          (from.effect === 'none' ? ' AND #effect = :none' : ''),
        values: {
          ':redriven': 'redriven' satisfies RecordState,
          ':content': delivery.content,
          ':generation': from.generation,
          ...(from.effect === 'none' && { ':none': 'none' }),
        },
        names: {
          '#content': RECORD.content,
          '#generation': RECORD.generation,
          ...(from.effect === 'none' && { '#effect': RECORD.effect }),
        },
      };
    case 'mine':
      return {
        condition: '#state = :claimed AND #owner = :owner',
        values: { ':claimed': 'claimed' satisfies RecordState, ':owner': from.owner },
        names: { '#owner': RECORD.owner },
      };
  }
}

/** Whose attempts are counted: `by` names the code that made them. */
export interface AttemptTo {
  readonly table: string;
  readonly owner: string;
  readonly by: string;
  /** 0 where the handler was begun, and nothing speaks against the event. */
  readonly count: 0 | 1;
}

/**
 * One more attempt of the handler on the event, or none, where it is not settled and those before were of the same code. It may be
 * claimed by `owner`, and by nobody else. Says nothing of a state: a record of attempts alone settles nothing.
 */
export const attemptUpdate = (delivery: Delivery, to: AttemptTo): Update =>
  attempted(delivery, to, {
    UpdateExpression: 'ADD #attempts :count SET #by = :by',
    counted: 'attribute_not_exists(#attempts) OR #by = :by',
    values: {},
  });

/** The first attempt of another code: those of `insteadOf` are forgotten. */
export const attemptRestart = (delivery: Delivery, to: AttemptTo & { readonly insteadOf: unknown }): Update =>
  attempted(delivery, to, {
    UpdateExpression: 'SET #attempts = :count, #by = :by',
    ...(typeof to.insteadOf === 'string'
      ? { counted: '#by = :before', values: { ':before': to.insteadOf } }
      : { counted: 'attribute_not_exists(#by)', values: {} }),
  });

function attempted(
  delivery: Delivery,
  { table, owner, by, count }: AttemptTo,
  step: { readonly UpdateExpression: string; readonly counted: string; readonly values: Record<string, Plain> },
): Update {
  return {
    TableName: table,
    Key: attributes({ [RECORD.key]: delivery.key }),
    UpdateExpression: step.UpdateExpression,
    ConditionExpression:
      '(attribute_not_exists(#state) OR (#state = :redriven AND #content = :content) OR ' +
      `(#state = :claimed AND #owner = :owner)) AND (${step.counted})`,
    ExpressionAttributeNames: {
      '#attempts': RECORD.attempts,
      '#by': RECORD.attemptsBy,
      '#state': RECORD.state,
      '#content': RECORD.content,
      '#owner': RECORD.owner,
    },
    ExpressionAttributeValues: attributes({
      ':count': count,
      ':by': by,
      ':redriven': 'redriven' satisfies RecordState,
      ':claimed': 'claimed' satisfies RecordState,
      ':content': delivery.content,
      ':owner': owner,
      ...step.values,
    }),
  };
}

/** As text where it is no safe number: DynamoDB's reader refuses such a number, and with it the whole item, for ever. */
const timestampOf = ({ timestamp }: Pick<Coordinates, 'timestamp'>): Plain =>
  Number.isSafeInteger(timestamp) ? timestamp : String(timestamp);

export const origin = (
  { record, content }: { readonly record: Coordinates } & Pick<Delivery, 'content'>,
  nowMs: number,
) => ({
  [RECORD.content]: content,
  [RECORD.topic]: record.topic,
  [RECORD.partition]: record.partition,
  [RECORD.offset]: record.offset,
  [RECORD.timestamp]: timestampOf(record),
  [RECORD.settledAt]: nowMs,
});

/** A claim to call, as it was seen. Its beat goes on while its owner lives. */
export interface Claim {
  readonly owner: string;
  readonly beat: number;
  readonly generation: number;
}

/** What the table holds of an event, seen from one delivery of it. */
export type EventState =
  | { readonly kind: 'open'; readonly effect: DeadLetter['effect'] }
  | { readonly kind: 'done'; readonly byThisRecord: boolean }
  /** `object`: name of its dead letter. `owner`: of whoever parked it. */
  | { readonly kind: 'parked'; readonly byThisRecord: boolean; readonly object: string; readonly owner?: string }
  /** By another invocation, or by this one: the owner tells. `generation`: of the redrive it was claimed from. */
  | { readonly kind: 'claimed'; readonly claim: Claim }
  /** `later`: a redrive after this delivery is on its way and will be settled itself. */
  | {
      readonly kind: 'redriven';
      readonly later: boolean;
      readonly generation: number;
      readonly effect: DeadLetter['effect'];
    }
  | { readonly kind: 'other content' }
  /** A state of a later version of this library: nothing may be concluded from it. */
  | { readonly kind: 'not known'; readonly state: string };

const COORDINATES = ['topic', 'partition', 'offset'] as const;

export function foundBy(delivery: Delivery, item: Readonly<Record<string, unknown>> | undefined): EventState {
  const state = item?.[RECORD.state];
  const effect = item?.[RECORD.effect];
  // Only a claim says something of an event that has no state.
  if (item === undefined || state === undefined)
    return { kind: 'open', effect: effect === undefined ? 'none' : 'unknown' };
  if (item[RECORD.content] !== delivery.content) return { kind: 'other content' };
  const { record } = delivery;
  const byThisRecord =
    COORDINATES.every((name) => item[RECORD[name]] === record[name]) && item[RECORD.timestamp] === timestampOf(record);
  switch (state as RecordState) {
    case 'done':
      return { kind: 'done', byThisRecord };
    case 'parked':
    case 'discarded':
    case 'amended':
      // For a delivery it is all one: the event is settled, and was so by being parked.
      return {
        ...{ kind: 'parked', byThisRecord, object: String(item[RECORD.object]) },
        owner: item[RECORD.owner] as string | undefined,
      };
    case 'claimed': {
      const claim = { owner: String(item[RECORD.owner]), beat: Number(item[RECORD.beat]) };
      return { kind: 'claimed', claim: { ...claim, generation: Number(item[RECORD.generation] ?? 0) } };
    }
    case 'redriven': {
      const generation = Number(item[RECORD.generation]);
      // Who parked it said whether a call may have been made; where nobody did, it may.
      const known = effect === 'none' ? effect : 'unknown';
      return { kind: 'redriven', later: generation > delivery.generation, generation, effect: known };
    }
    default:
      return { kind: 'not known', state: typeof state === 'string' ? state : typeof state };
  }
}
