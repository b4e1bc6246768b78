import {
  BatchGetItemCommand,
  DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  UpdateItemCommand,
  type ConditionalCheckFailedException,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { TABLE_KEY } from '../contract';
import type { Failed, TransactOutcome, Transactions, UpdateOutcome } from './tables';

/** The SDK tries once: the consumer tries again, as it knows how much time the invocation has left. */
const CLIENT: DynamoDBClientConfig = {
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
};

/** DynamoDB as `Transactions`. Nothing is opened before the first call. Endpoint and region come from the SDK's environment. */
export function dynamoDbTransactions(client: Pick<DynamoDBClient, 'send'> = new DynamoDBClient(CLIENT)): Transactions {
  return {
    transact: async (items, patienceMs = 5_000) => {
      try {
        const command = new TransactWriteItemsCommand({ TransactItems: [...items] });
        await client.send(command, { requestTimeout: patienceMs });
        return { kind: 'committed' };
      } catch (error) {
        return outcomeOf(error, items.length);
      }
    },

    update: async (input, patienceMs = 5_000) => {
      try {
        const asked = { ReturnValues: 'ALL_NEW', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
        const command = new UpdateItemCommand({ ...input, ...asked });
        const { Attributes = {} } = await client.send(command, { requestTimeout: patienceMs });
        return { kind: 'written', item: unmarshall(Attributes) };
      } catch (error) {
        return updateOutcomeOf(error);
      }
    },

    read: async (table, key) => {
      const command = new GetItemCommand({ TableName: table, Key: { [TABLE_KEY]: { S: key } }, ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && unmarshall(Item);
    },

    readMany: async (table, keys) => {
      const unique = [...new Set(keys)];
      const found = new Map<string, Record<string, unknown>>();
      for (let from = 0; from < unique.length; from += KEYS_AT_ONCE) {
        const Keys = unique.slice(from, from + KEYS_AT_ONCE).map((key) => ({ [TABLE_KEY]: { S: key } }));
        const command = new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } });
        const { Responses = {} } = await client.send(command);
        for (const item of (Responses[table] ?? []).map((each) => unmarshall(each)))
          found.set(String(item[TABLE_KEY]), item);
      }
      return found;
    },
  };
}

/** DynamoDB's limit for one BatchGetItem. */
const KEYS_AT_ONCE = 100;

/** By DynamoDB's name of the error. What is not here is `unknown`: it is tried again, and nothing is concluded from it. */
const FAILURES: ReadonlyMap<string, Failed['kind']> = new Map([
  ['ValidationException', 'invalid'],
  ['SerializationException', 'invalid'],
  ['ItemCollectionSizeLimitExceededException', 'invalid'],
  ['AccessDeniedException', 'refused'],
  ['ResourceNotFoundException', 'refused'],
  ['UnrecognizedClientException', 'refused'],
  ['InvalidSignatureException', 'refused'],
  ['ExpiredTokenException', 'refused'],
  ['ThrottlingException', 'busy'],
  ['ProvisionedThroughputExceededException', 'busy'],
  ['RequestLimitExceeded', 'busy'],
  ['LimitExceededException', 'busy'],
  ['TransactionConflictException', 'busy'],
  ['ReplicatedWriteConflictException', 'busy'],
  ['TransactionInProgressException', 'busy'],
]);

function updateOutcomeOf(error: unknown): UpdateOutcome {
  const { name, Item } = error as Partial<ConditionalCheckFailedException>;
  if (name !== 'ConditionalCheckFailedException') return failureOf(error);
  return { kind: 'not met', item: Item && unmarshall(Item) };
}

function outcomeOf(error: unknown, items: number): TransactOutcome {
  const { name } = error as { name?: string };
  if (error instanceof TransactionCanceledException || name === 'TransactionCanceledException') {
    const { CancellationReasons: reasons = [] } = error as TransactionCanceledException;
    if (reasons.length !== items)
      return { kind: 'refused', detail: 'TransactionCanceledException without its reasons' };
    return {
      kind: 'cancelled',
      reasons: reasons.map(({ Code, Message, Item }) => ({
        code: Code ?? 'None',
        message: Message,
        item: Item && unmarshall(Item),
      })),
    };
  }
  return failureOf(error);
}

/** HTTP's status for a request that is too large. What stands before DynamoDB answers so, without the name of an error. */
const TOO_LARGE = 413;

function failureOf(error: unknown): Failed {
  const { name, message, $metadata } = error as Partial<Error & { $metadata: { httpStatusCode?: number } }>;
  if ($metadata?.httpStatusCode === TOO_LARGE)
    return { kind: 'invalid', detail: 'HTTP status 413: the request is larger than DynamoDB takes' };
  const detail = `${name ?? 'Error'}: ${withoutValues(message ?? '')}`;
  return { kind: FAILURES.get(name ?? '') ?? 'unknown', detail };
}

/** DynamoDB quotes values of the request in some of its messages. */
export const withoutValues = (message: string): string => message.replace(/'[^']*'|"[^"]*"/g, '…').slice(0, 300);
