import {
  DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { TABLE_KEY } from '../contract';
import type { TransactOutcome, Transactions } from './transactions';

/** Tries are counted in one place, by the consumer, which knows how much time the invocation has left. */
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

    read: async (table, key) => {
      const command = new GetItemCommand({ TableName: table, Key: { [TABLE_KEY]: { S: key } }, ConsistentRead: true });
      const { Item } = await client.send(command);
      return Item && unmarshall(Item);
    },
  };
}

type Failure = Exclude<TransactOutcome['kind'], 'committed' | 'cancelled'>;

/** By DynamoDB's name of the error. What is not here is `unknown`: it is tried again, and nothing is concluded from it. */
const FAILURES: ReadonlyMap<string, Failure> = new Map([
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

function outcomeOf(error: unknown, items: number): TransactOutcome {
  const { name, message } = error as { name?: string; message?: string };
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
  const detail = `${name ?? 'Error'}: ${withoutValues(message ?? '')}`;
  return { kind: FAILURES.get(name ?? '') ?? 'unknown', detail };
}

/** DynamoDB quotes values of the request in some of its messages. */
export const withoutValues = (message: string): string => message.replace(/'[^']*'|"[^"]*"/g, '…').slice(0, 300);
