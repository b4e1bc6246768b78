import type { Update } from '@aws-sdk/client-dynamodb';
import { RECORD, type DeadLetter, type RecordState } from '../contract';
import { attributes, type Plain } from '../stores/attributes';
import { origin, shownId } from './record';
import type { RedrivenTo } from './redriven';

/** The states from which an event of a topic may be sent again, as its record was seen. */
export type AgainFrom =
  | { readonly kind: 'open' }
  /** Applied before the time that its letter names. */
  | { readonly kind: 'done' }
  /** Parked in a letter that is gone. */
  | { readonly kind: 'parked'; readonly object: string };

export interface SentAgainTo extends RedrivenTo {
  /** Its letter, which is not among those that a consumer puts. */
  readonly letter: DeadLetter;
}

/**
 * The event's record says `redriven`, with the next number, on condition that it is still what it was seen to be and was not sent
 * back too often. It then does not expire, as no parked event does.
 */
export function sentAgainUpdate(from: AgainFrom, to: SentAgainTo): Update {
  const { letter, object, content, nowMs } = to;
  const seen = stillAs(from, to);
  const set: Readonly<Record<string, Plain>> = {
    [RECORD.state]: 'redriven' satisfies RecordState,
    [RECORD.object]: object,
    [RECORD.reason]: letter.reason,
    ...origin({ record: letter, content }, nowMs),
    ...shownId(letter),
  };
  const names = Object.keys(set);
  const effect = from.kind === 'parked' ? '' : `, #effect = ${from.kind === 'done' ? ':effect' : 'if_not_exists(#effect, :effect)'}`; // prettier-ignore
  return {
    TableName: to.table,
    Key: attributes({ [RECORD.key]: to.key }),
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}${effect} REMOVE #expires ADD #generation :one`,
    ConditionExpression: `${seen.condition} AND (attribute_not_exists(#generation) OR #generation < :most)`,
    ExpressionAttributeNames: {
      ...Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ...{ '#expires': RECORD.expiresAt, '#generation': RECORD.generation },
      ...(effect !== '' && { '#effect': RECORD.effect }),
    },
    ExpressionAttributeValues: attributes({
      ...Object.fromEntries(names.map((name) => [`:${name}`, set[name]!])),
      ...{ ':one': 1, ':most': to.maxRedrives, ...seen.values },
      // It has been applied, or a call may have been made for it.
      ...(effect !== '' && { ':effect': (from.kind === 'done' ? 'unknown' : 'none') satisfies DeadLetter['effect'] }),
    }),
  };
}

/** A condition that holds while the record is what it was seen to be. */
function stillAs(from: AgainFrom, { letter }: SentAgainTo): { condition: string; values: Record<string, Plain> } {
  switch (from.kind) {
    case 'open':
      return { condition: 'attribute_not_exists(#state)', values: {} };
    case 'done':
      return {
        condition: '#state = :done AND #content = :content AND #settledAt < :again',
        values: { ':done': 'done' satisfies RecordState, ':again': letter.again ?? 0 },
      };
    case 'parked':
      return {
        condition: '#state = :parked AND #content = :content AND #object = :gone',
        values: { ':parked': 'parked' satisfies RecordState, ':gone': from.object },
      };
  }
}
