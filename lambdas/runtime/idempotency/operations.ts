import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LosslessError } from '../contract/errors';

/** An item or a part of it in plain values: text, numbers, booleans, null, lists, objects, bytes, sets. `undefined` is left out. */
export type Attributes = Readonly<Record<string, unknown>>;

interface Expressions {
  readonly TableName: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}
export interface PutInput extends Expressions {
  readonly Item: Attributes;
}
export interface UpdateInput extends Expressions {
  readonly Key: Attributes;
  readonly UpdateExpression: string;
}
export interface RemoveInput extends Expressions {
  readonly Key: Attributes;
}
export interface CheckInput extends Expressions {
  readonly Key: Attributes;
  readonly ConditionExpression: string;
}

/** One write of an event's effect. It takes place together with all others of the event, exactly once per event id, or not at all. */
export type WriteOperation =
  | { readonly kind: 'put'; readonly input: PutInput }
  | { readonly kind: 'update'; readonly input: UpdateInput }
  | { readonly kind: 'remove'; readonly input: RemoveInput }
  | { readonly kind: 'check'; readonly input: CheckInput };

/**
 * DynamoDB's transactional `Put`. A condition that fails parks the event as `write-refused`.
 *
 * @example
 * ```ts
 * import { put } from 'cdk-lossless-kafka/runtime';
 *
 * put({ TableName: 'orders', Item: { id: 'o-1', amount: 12 }, ConditionExpression: 'attribute_not_exists(id)' });
 * ```
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Put.html
 */
export const put = (input: PutInput): WriteOperation => ({ kind: 'put', input });
/**
 * DynamoDB's transactional `Update`: additive expressions are safe, they take place once per event id.
 *
 * @example
 * ```ts
 * import { update } from 'cdk-lossless-kafka/runtime';
 *
 * update({
 *   TableName: 'accounts',
 *   Key: { id: 'a-1' },
 *   UpdateExpression: 'ADD balance :amount',
 *   ExpressionAttributeValues: { ':amount': 12 },
 * });
 * ```
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Update.html
 */
export const update = (input: UpdateInput): WriteOperation => ({ kind: 'update', input });
/**
 * DynamoDB's transactional `Delete`.
 *
 * @example
 * ```ts
 * import { remove } from 'cdk-lossless-kafka/runtime';
 *
 * remove({ TableName: 'carts', Key: { id: 'c-1' } });
 * ```
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Delete.html
 */
export const remove = (input: RemoveInput): WriteOperation => ({ kind: 'remove', input });
/**
 * DynamoDB's `ConditionCheck`: writes nothing; when it fails, nothing of the event is written and it is parked.
 *
 * @example
 * ```ts
 * import { check } from 'cdk-lossless-kafka/runtime';
 *
 * check({ TableName: 'customers', Key: { id: 'k-1' }, ConditionExpression: 'attribute_exists(id)' });
 * ```
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ConditionCheck.html
 */
export const check = (input: CheckInput): WriteOperation => ({ kind: 'check', input });

/** DynamoDB takes 100 items in one transaction; one is the event's own record. */
export const OPERATIONS_PER_EVENT = 99;

/**
 * Its item or key is no map of attributes. The code may be at fault, or the event, whose value is perhaps null or a number:
 * the two cannot be told apart. The message holds nothing of it.
 */
export class UnfitOperation extends TypeError {}

/**
 * The operation as DynamoDB takes it.
 *
 * @param index its number among the event's operations, from 0
 * @throws LosslessError NOT_CONFIGURED for one that names no table
 * @throws UnfitOperation for one without an item or key
 * @throws TypeError for a value that is no operation or that DynamoDB cannot hold
 */
export function transactItem(operation: WriteOperation, index = 0): TransactWriteItem {
  const { kind, input } = operation;
  const where = `operation ${index} (${kind})`;
  switch (kind) {
    case 'put':
      return { Put: { ...input, ...common(input, where), Item: attributes(input.Item, 'Item', where) } };
    case 'update':
      return { Update: { ...input, ...common(input, where), Key: attributes(input.Key, 'Key', where) } };
    case 'remove':
      return { Delete: { ...input, ...common(input, where), Key: attributes(input.Key, 'Key', where) } };
    case 'check':
      return { ConditionCheck: { ...input, ...common(input, where), Key: attributes(input.Key, 'Key', where) } };
    default:
      throw new TypeError(
        `write operation: got kind ${String(kind satisfies never)}, want one made by put, update, remove or check`,
      );
  }
}

const common = (
  { TableName, ExpressionAttributeValues: given, ExpressionAttributeNames: names }: Expressions,
  where: string,
) => ({
  TableName: tableName(TableName, where),
  ExpressionAttributeNames: names && { ...names },
  ExpressionAttributeValues: given && plain(given),
});

/** Names that a table can have, or its ARN. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_NAME = /^([a-zA-Z0-9_.-]{3,255}|arn:\S{1,1020})$/;

/** DynamoDB would refuse the whole request, as it does for an event that is at fault. */
function tableName(name: unknown, where: string): string {
  if (typeof name === 'string' && TABLE_NAME.test(name)) return name;
  const got = typeof name === 'string' && name !== '' ? 'a text that no table can have for a name' : kindOf(name);
  throw new LosslessError(
    'NOT_CONFIGURED',
    `${where}: got ${got} as TableName, want the name of a table; set the environment variable it is read from on the function, and grant the function to write to that table`,
  );
}

function attributes(value: unknown, name: 'Item' | 'Key', where: string) {
  const isMap = Object.prototype.toString.call(value) === '[object Object]' || value instanceof Map;
  if (!isMap) throw new UnfitOperation(`${where}: got ${kindOf(value)} as ${name}, want an object of attributes`);
  return plain(value as Attributes);
}

const plain = (value: Attributes) => marshall(value, { removeUndefinedValues: true });

/** What it is, without what it holds. */
function kindOf(value: unknown): string {
  if (value === '') return 'an empty text';
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
}

/**
 * What tells the item apart that an operation writes, or undefined for a `put`: which of its attributes are the key only
 * its table knows.
 */
export function targetOf({ Update, Delete, ConditionCheck }: TransactWriteItem): string | undefined {
  const keyed = Update ?? Delete ?? ConditionCheck;
  if (keyed === undefined) return undefined;
  const key = Object.entries(keyed.Key ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${keyed.TableName} ${JSON.stringify(key)}`;
}

/** The operation in words, without its values. */
export function nameOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): string {
  const kind = Put ? 'put' : Update ? 'update' : Delete ? 'remove' : 'check';
  return `${kind} in table ${(Put ?? Update ?? Delete ?? ConditionCheck)?.TableName}`;
}

/** Bytes of an operation as DynamoDB counts them, about. */
export function sizeOf(item: TransactWriteItem): number {
  const { Item, Key, ExpressionAttributeValues } = {
    ...item.Put,
    ...item.Update,
    ...item.Delete,
    ...item.ConditionCheck,
  };
  return [Item, Key, ExpressionAttributeValues].reduce((sum, map) => sum + (map ? sizeOfMap(map) : 0), 0);
}

const sizeOfMap = (map: Record<string, AttributeValue>): number =>
  Object.entries(map).reduce((sum, [name, value]) => sum + name.length + sizeOfValue(value), 0);

function sizeOfValue(value: AttributeValue): number {
  const one = (content: unknown): number => {
    if (typeof content === 'string') return Buffer.byteLength(content);
    if (content instanceof Uint8Array) return content.length;
    return 1;
  };
  if (value.M) return 3 + sizeOfMap(value.M);
  if (value.L) return value.L.reduce((sum, element) => sum + 1 + sizeOfValue(element), 3);
  const [content] = Object.values(value) as unknown[];
  return Array.isArray(content) ? content.reduce<number>((sum, element) => sum + one(element), 3) : one(content);
}
