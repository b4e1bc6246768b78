import type { Update } from '@aws-sdk/client-dynamodb';
import { RECORD, type RecordState } from '../contract';
import { attributes } from '../stores/attributes';
import type { RedrivenTo } from './redriven';

export interface DiscardedTo extends Omit<RedrivenTo, 'maxRedrives'> {
  readonly by: string;
  readonly why: string;
}

export interface AmendedTo extends Omit<RedrivenTo, 'maxRedrives'> {
  readonly by: string;
  /** Id of the event in its place. */
  readonly as: string;
}

/**
 * The event's record says `discarded`, where it is `parked` in this very letter: nothing leads on from there, and it never
 * expires. Source and id of the event go: the record's key is all that is left to know it by.
 */
export const discardedUpdate = (to: DiscardedTo): Update =>
  endedUpdate(to, 'discarded', { [RECORD.endedWhy]: to.why }, [RECORD.source, RECORD.id]);

/** The same as `amended`. It names the event that takes its place before that is published: no other one may. */
export const amendedUpdate = (to: AmendedTo): Update => endedUpdate(to, 'amended', { [RECORD.amendedAs]: to.as }, []);

function endedUpdate(
  { table, key, object, content, nowMs, by }: Omit<AmendedTo, 'as'>,
  state: RecordState,
  more: Readonly<Record<string, string>>,
  gone: readonly string[],
): Update {
  const set: Readonly<Record<string, string | number>> = { [RECORD.settledAt]: nowMs, [RECORD.endedBy]: by, ...more };
  const names = Object.keys(set);
  const remove = gone.length === 0 ? '' : ` REMOVE ${gone.map((name) => `#${name}`).join(', ')}`;
  return {
    TableName: table,
    Key: attributes({ [RECORD.key]: key }),
    UpdateExpression: `SET #state = :ended, ${names.map((name) => `#${name} = :${name}`).join(', ')}${remove}`,
    ConditionExpression: '#state = :parked AND #object = :object AND #content = :content',
    ExpressionAttributeNames: Object.fromEntries(
      [RECORD.state, RECORD.object, RECORD.content, ...names, ...gone].map((name) => [`#${name}`, name]),
    ),
    ExpressionAttributeValues: attributes({
      ':ended': state,
      ':parked': 'parked' satisfies RecordState,
      ':object': object,
      ':content': content,
      ...Object.fromEntries(names.map((name) => [`:${name}`, set[name] as string | number])),
    }),
  };
}
