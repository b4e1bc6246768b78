import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { expressionFault, parseCondition, parseUpdate, type Expression } from './expression-syntax';
import { changedBy } from './expressions';
import { first, ITEM_BYTES, itemFault, requestBytes, valueFault } from './values';

/** One write of a request, whatever its kind. */
export interface Write {
  readonly TableName?: string;
  readonly Item?: Record<string, AttributeValue>;
  readonly Key?: Record<string, AttributeValue>;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}

export const writeOf = ({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): Write =>
  Put ?? Update ?? Delete ?? ConditionCheck ?? {};

const MOST_ITEMS = 100;
const TRANSACTION_BYTES = 4 * 1024 * 1024;

export const NO_NAME = 'Value null at … failed to satisfy constraint: Member must not be null';

/** What DynamoDB has against a name, before it looks for the table. */
export const nameFault = (name: string): string | undefined =>
  /^([a-zA-Z0-9_.-]{3,255}|arn:.*)$/.test(name)
    ? undefined
    : 'Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain only the characters a-z, A-Z, 0-9, …, …, and …';

/** What DynamoDB has against a whole transaction before it looks at any item; the messages are DynamoDB's. */
export function transactionFault(
  items: readonly TransactWriteItem[],
  keyOf: (write: Write) => string,
): string | undefined {
  if (items.length === 0)
    return "Value [] at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1";
  if (items.length > MOST_ITEMS) return `Member must have length less than or equal to ${MOST_ITEMS}`;
  const writes = items.map(writeOf);
  const fault = first(writes, (write) => writeFault(write, keyOf(write)));
  if (fault !== undefined) return fault;
  const targets = writes.map(
    (write) => `${write.TableName} ${JSON.stringify((write.Item ?? write.Key)?.[keyOf(write)])}`,
  );
  if (new Set(targets).size < targets.length)
    return 'Transaction request cannot include multiple operations on one item';
  const bytes = writes.reduce((sum, write) => sum + payloadBytes(write), 0);
  if (bytes > TRANSACTION_BYTES) return `Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`;
  return undefined;
}

const payloadBytes = ({ Item, Key, ExpressionAttributeValues: values }: Write): number =>
  requestBytes(values ?? {}) + requestBytes(Item ?? Key ?? {});

/** What DynamoDB has against one write before it looks at the item. */
export function writeFault(write: Write, key: string): string | undefined {
  const { Item, Key, ExpressionAttributeValues: values = {} } = write;
  const keyed = Item ?? Key ?? {};
  const fault =
    first(Object.entries(values), ([name, value]) => {
      const wrong = valueFault(value);
      return wrong && `ExpressionAttributeValues contains invalid value: ${wrong} for key ${name}`;
    }) ?? itemFault(keyed);
  if (fault !== undefined) return fault;
  if (keyed[key] === undefined) return 'One of the required keys was not given a value';
  if (Key && Object.keys(Key).length > 1) return 'The number of conditions on the keys is invalid';
  if (keyed[key].S === '')
    return `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${key}`;
  return expressionsFault(write, key) ?? (Item && requestBytes(Item) > ITEM_BYTES ? TOO_LARGE : undefined);
}

const TOO_LARGE = 'Item size has exceeded the maximum allowed size';

function expressionsFault(write: Write, key: string): string | undefined {
  const { ConditionExpression, UpdateExpression } = write;
  const given = { names: write.ExpressionAttributeNames, values: write.ExpressionAttributeValues };
  const used: Expression<unknown>[] = [];
  const fault = (what: 'ConditionExpression' | 'UpdateExpression', text: string, expression: Expression<unknown>) => {
    used.push(expression);
    return expressionFault(what, text, expression, given);
  };
  const found =
    (UpdateExpression && fault('UpdateExpression', UpdateExpression, parseUpdate(UpdateExpression))) ||
    (ConditionExpression && fault('ConditionExpression', ConditionExpression, parseCondition(ConditionExpression)));
  if (found) return found;
  const unused = (kind: 'names' | 'values') =>
    Object.keys(given[kind] ?? {}).find((name) => !used.some((expression) => expression[kind].includes(name)));
  const [value, name] = [unused('values'), unused('names')];
  if (value !== undefined) return `Value provided in ExpressionAttributeValues unused in expressions: keys: {${value}}`;
  if (name !== undefined) return `Value provided in ExpressionAttributeNames unused in expressions: keys: {${name}}`;
  if (UpdateExpression && changedBy(UpdateExpression, given).includes(key))
    return 'One or more parameter values were invalid: Cannot update attribute key. This attribute is part of the key';
  return undefined;
}
