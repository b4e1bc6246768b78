import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { RECORD, type RecordState } from '../contract';
import { attributes, type Plain } from '../stores/attributes';
import type { Delivery } from './delivery';
import { origin } from './record';

export interface DoneTo {
  readonly table: string;
  readonly doneSeconds: number;
  readonly nowMs: number;
}

/** The event's record says `done`: written together with the event's effect, where no other delivery has settled it. */
export function doneUpdate(delivery: Delivery, to: DoneTo): TransactWriteItem {
  return asDone(
    delivery,
    to,
    // An older delivery of a redriven event may still be the one that succeeds.
    'attribute_not_exists(#state) OR (#state = :redriven AND #content = :content)',
    { ':redriven': 'redriven' satisfies RecordState },
  );
}

/** The event's record says `done` after a call, where the claim is still this one's. */
export function doneUpdateByOwner(delivery: Delivery, owner: string, to: DoneTo): TransactWriteItem {
  return asDone(delivery, to, '#state = :claimed AND #owner = :owner', {
    ':claimed': 'claimed' satisfies RecordState,
    ':owner': owner,
  });
}

const doneAttributes = (delivery: Delivery, { nowMs, doneSeconds }: DoneTo) => ({
  [RECORD.state]: 'done' satisfies RecordState,
  ...origin(delivery, nowMs),
  [RECORD.expiresAt]: Math.floor(nowMs / 1_000) + doneSeconds,
});

/** What `doneAttributes` sets. */
const DONE_SETS = ['state', 'content', 'topic', 'partition', 'offset', 'timestamp', 'settledAt', 'expiresAt'] as const;
/** All else goes but the number of the last redrive: were it forgotten, the next redrive would give it once more. */
const DONE_REMOVES = (Object.keys(RECORD) as (keyof typeof RECORD)[]).filter(
  (name) => name !== 'key' && name !== 'generation' && !DONE_SETS.some((set) => set === name),
);
const DONE_EXPRESSION = `SET ${DONE_SETS.map((name) => `#${name} = :${name}`).join(', ')} REMOVE ${DONE_REMOVES.map((name) => `#${name}`).join(', ')}`; // prettier-ignore
const DONE_NAMES = Object.fromEntries([...DONE_SETS, ...DONE_REMOVES].map((name) => [`#${name}`, RECORD[name]]));

/** Every condition is on the state: an item without one (counted attempts, say) settles nothing. */
function asDone(
  delivery: Delivery,
  to: DoneTo,
  condition: string,
  values: Readonly<Record<string, Plain>>,
): TransactWriteItem {
  const all: Record<string, Plain> = { ...values };
  const set: Readonly<Record<string, Plain>> = doneAttributes(delivery, to);
  for (const name of DONE_SETS) all[`:${name}`] = set[RECORD[name]]!;
  return {
    Update: {
      TableName: to.table,
      Key: attributes({ [RECORD.key]: delivery.key }),
      UpdateExpression: DONE_EXPRESSION,
      ConditionExpression: condition,
      ExpressionAttributeNames: DONE_NAMES,
      ExpressionAttributeValues: attributes(all),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}
