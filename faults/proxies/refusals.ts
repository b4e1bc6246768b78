import type { CancellationReason } from '@aws-sdk/client-dynamodb';
import { randomUUID } from 'node:crypto';
import type { Refusal, StoreAnswer, StoreRequest } from './http';

/** DynamoDB's errors as it writes them (JSON 1.0 protocol); the type is what the SDK makes the error's name of. */
export function dynamoDbRefusal(type: string, message: string, status = 400): Refusal {
  return { answer: () => dynamoDbAnswer(status, { __type: `${DYNAMODB}#${type}`, message }) };
}

/**
 * A transaction that met another one at work on an item: DynamoDB cancels it and gives a reason for each item. The
 * stand-in never does so by itself. The item is the first of the transaction, which is the record of an event, or the last,
 * which is what its users write.
 */
export const transactionConflicts: readonly Refusal[] = [0, -1].map((item) => ({
  operations: ['TransactWriteItems'],
  answer: (request) => {
    const reasons = Array.from({ length: itemsOf(request) }, (): CancellationReason => ({ Code: 'None' }));
    reasons.splice(item, 1, { Code: 'TransactionConflict', Message: 'Transaction is ongoing for the item' });
    return dynamoDbAnswer(400, {
      __type: `${DYNAMODB}#TransactionCanceledException`,
      Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${reasons.map(({ Code }) => Code).join(', ')}]`,
      CancellationReasons: reasons,
    });
  },
}));

const throughputExceeded = dynamoDbRefusal(
  'ProvisionedThroughputExceededException',
  'The level of configured provisioned throughput was exceeded',
);

export const dynamoDbThrottling: readonly Refusal[] = [
  throughputExceeded,
  dynamoDbRefusal('ThrottlingException', 'Rate of requests exceeds the allowed throughput'),
  dynamoDbRefusal('RequestLimitExceeded', 'Throughput exceeds the current throughput limit for your account'),
];

/**
 * One item takes so many writes a second, however much the table takes: the ledger of a partition is written for each batch.
 * It begins with the next transaction, so that whoever makes it has begun, and cannot count what it has settled.
 */
export function throttledLedgers(): readonly Refusal[] {
  let hasBegun = false;
  const which = ({ operation, body }: StoreRequest): boolean => {
    hasBegun ||= operation === 'TransactWriteItems';
    return hasBegun && operation === 'UpdateItem' && body.includes('"ledger/');
  };
  return [{ ...throughputExceeded, which }];
}

export const dynamoDbServerErrors: readonly Refusal[] = [
  dynamoDbRefusal('InternalServerError', 'Internal server error', 500),
  dynamoDbRefusal('ServiceUnavailable', 'Service is temporarily unavailable', 503),
];

export const dynamoDbAccessDenied: Refusal = dynamoDbRefusal(
  'AccessDeniedException',
  'User: local is not authorized to perform this action',
);

/** S3's errors as it writes them (XML). */
export function s3Refusal(code: string, message: string, status: number): Refusal {
  return {
    answer: ({ operation }) => {
      const requestId = randomUUID();
      const body =
        `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message>` +
        `<RequestId>${requestId}</RequestId></Error>`;
      const headers = { 'content-type': 'application/xml', 'x-amz-request-id': requestId };
      return { status, headers, body: operation === 'HEAD' ? '' : body };
    },
  };
}

export const s3Refusals: readonly Refusal[] = [
  s3Refusal('SlowDown', 'Please reduce your request rate.', 503),
  s3Refusal('InternalError', 'We encountered an internal error. Please try again.', 500),
  s3Refusal('AccessDenied', 'Access Denied', 403),
];

const DYNAMODB = 'com.amazonaws.dynamodb.v20120810';

function dynamoDbAnswer(status: number, error: object): StoreAnswer {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() };
  return { status, headers, body: JSON.stringify(error) };
}

function itemsOf({ body }: StoreRequest): number {
  const { TransactItems } = JSON.parse(body.toString('utf8')) as { TransactItems?: readonly unknown[] };
  return TransactItems?.length ?? 1;
}
