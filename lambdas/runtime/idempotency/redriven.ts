import type { Update } from '@aws-sdk/client-dynamodb';
import { RECORD, type RecordState } from '../contract';
import { attributes } from '../stores/attributes';
import type { Item } from '../stores/tables';

export interface RedrivenTo {
  readonly table: string;
  /** Key of the event's record. */
  readonly key: string;
  /** Name of the dead letter that is to be sent. */
  readonly object: string;
  readonly content: string;
  readonly maxRedrives: number;
  readonly nowMs: number;
}

/**
 * The event's record says `redriven`, with the next number, where it is `parked` in this very letter and was not sent back too
 * often. All else in it stays: the letter's name until a delivery settles it, and whether a call may have been made.
 */
export const redrivenUpdate = ({ table, key, object, content, maxRedrives, nowMs }: RedrivenTo): Update => ({
  TableName: table,
  Key: attributes({ [RECORD.key]: key }),
  UpdateExpression: 'SET #state = :redriven, #settledAt = :now ADD #generation :one',
  ConditionExpression:
    '#state = :parked AND #object = :object AND #content = :content' +
    ' AND (attribute_not_exists(#generation) OR #generation < :most)',
  ExpressionAttributeNames: {
    '#state': RECORD.state,
    '#settledAt': RECORD.settledAt,
    '#generation': RECORD.generation,
    '#object': RECORD.object,
    '#content': RECORD.content,
  },
  ExpressionAttributeValues: attributes({
    ':redriven': 'redriven' satisfies RecordState,
    ':parked': 'parked' satisfies RecordState,
    ':now': nowMs,
    ':one': 1,
    ':object': object,
    ':content': content,
    ':most': maxRedrives,
  }),
});

/** What the table says of an event, seen from one of its dead letters. */
export type LetterState =
  | { readonly kind: 'parked here'; readonly generation: number }
  | { readonly kind: 'parked elsewhere'; readonly generation: number; readonly object: string }
  /** A redrive of this letter was interrupted, or is under way. */
  | { readonly kind: 'redriven'; readonly generation: number }
  | { readonly kind: 'redriven elsewhere' }
  | { readonly kind: 'claimed' }
  /** `atMs`: epoch milliseconds at which that was settled. */
  | { readonly kind: 'done'; readonly generation: number; readonly atMs: number }
  /** No delivery has settled the event, or the table has forgotten it. */
  | { readonly kind: 'open' }
  /** A person ended the event, and this letter is still here. `atMs`: epoch milliseconds. */
  | { readonly kind: 'discarded'; readonly by: string; readonly why: string; readonly atMs: number }
  /** The same of another letter of it. */
  | { readonly kind: 'discarded elsewhere'; readonly by: string; readonly why: string; readonly atMs: number }
  /** `as`: id of the event in its place. */
  | { readonly kind: 'amended'; readonly as: string }
  | { readonly kind: 'amended elsewhere'; readonly as: string }
  | { readonly kind: 'other content' }
  /** A state of a later version of this library: nothing may be concluded from it. */
  | { readonly kind: 'not known'; readonly state: string };

export function stateOfLetter(
  { object, content }: Pick<RedrivenTo, 'object' | 'content'>,
  item: Item | undefined,
): LetterState {
  const state = item?.[RECORD.state];
  if (item === undefined || state === undefined) return { kind: 'open' };
  if (item[RECORD.content] !== content) return { kind: 'other content' };
  const named = String(item[RECORD.object]);
  const generation = Number(item[RECORD.generation] ?? 0);
  switch (state as RecordState) {
    case 'done':
      return { kind: 'done', generation, atMs: Number(item[RECORD.settledAt] ?? 0) };
    case 'claimed':
      return { kind: 'claimed' };
    case 'parked':
      return named === object
        ? { kind: 'parked here', generation }
        : { kind: 'parked elsewhere', generation, object: named };
    case 'redriven':
      return named === object ? { kind: 'redriven', generation } : { kind: 'redriven elsewhere' };
    case 'discarded': {
      const end = { by: String(item[RECORD.endedBy]), why: String(item[RECORD.endedWhy]) };
      return {
        kind: named === object ? 'discarded' : 'discarded elsewhere',
        ...end,
        atMs: Number(item[RECORD.settledAt]),
      };
    }
    case 'amended':
      return { kind: named === object ? 'amended' : 'amended elsewhere', as: String(item[RECORD.amendedAs]) };
    default:
      return { kind: 'not known', state: typeof state === 'string' ? state : typeof state };
  }
}
