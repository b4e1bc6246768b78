import type { Update } from '@aws-sdk/client-dynamodb';
import { RECORD, type RecordState } from '../contract';
import { attributes } from '../stores/attributes';
import type { RedrivenTo } from './redriven';

export interface DiscardedTo extends Omit<RedrivenTo, 'maxRedrives'> {
  readonly by: string;
  readonly why: string;
}

/**
 * The event's record says `discarded`, where it is `parked` in this very letter: nothing leads on from there, and it never
 * expires. Source and id of the event go: the record's key is all that is left to know it by.
 */
export const discardedUpdate = ({ table, key, object, content, nowMs, by, why }: DiscardedTo): Update => ({
  TableName: table,
  Key: attributes({ [RECORD.key]: key }),
  UpdateExpression: 'SET #state = :discarded, #settledAt = :now, #endedBy = :by, #endedWhy = :why REMOVE #source, #id',
  ConditionExpression: '#state = :parked AND #object = :object AND #content = :content',
  ExpressionAttributeNames: {
    '#state': RECORD.state,
    '#settledAt': RECORD.settledAt,
    '#endedBy': RECORD.endedBy,
    '#endedWhy': RECORD.endedWhy,
    '#source': RECORD.source,
    '#id': RECORD.id,
    '#object': RECORD.object,
    '#content': RECORD.content,
  },
  ExpressionAttributeValues: attributes({
    ':discarded': 'discarded' satisfies RecordState,
    ':parked': 'parked' satisfies RecordState,
    ':now': nowMs,
    ':by': by,
    ':why': why,
    ':object': object,
    ':content': content,
  }),
});
