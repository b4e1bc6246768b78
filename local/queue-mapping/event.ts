import type { Message } from '@aws-sdk/client-sqs';
import { REGION } from '../template/identity';

/** A message of a queue, as it was received. */
export interface Received {
  readonly id: string;
  readonly receipt: string;
  /** Of the record, in JSON. */
  readonly json: string;
}

/** Lambda's limit for the event of an invocation, without what stands around the records. */
const EVENT_LIMIT = 6 * 1024 * 1024 - 1024;

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
export function recordOf(message: Message, queueArn: string): Received {
  const { MessageId = '', ReceiptHandle = '', Body = '', Attributes, MessageAttributes = {}, MD5OfBody } = message;
  const messageAttributes = Object.entries(MessageAttributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
    name,
    {
      ...(StringValue === undefined ? {} : { stringValue: StringValue }),
      ...(BinaryValue === undefined ? {} : { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
      ...{ stringListValues: [], binaryListValues: [], dataType: DataType },
    },
  ]);
  const record = {
    ...{ messageId: MessageId, receiptHandle: ReceiptHandle, body: Body, attributes: Attributes },
    messageAttributes: Object.fromEntries(messageAttributes) as object,
    ...{ md5OfBody: MD5OfBody, eventSource: 'aws:sqs', eventSourceARN: queueArn, awsRegion: REGION },
  };
  return { id: MessageId, receipt: ReceiptHandle, json: JSON.stringify(record) };
}

export const eventOf = (messages: readonly Received[]): string =>
  `{"Records":[${messages.map(({ json }) => json).join(',')}]}`;

/** In their order, as many together as an event holds. */
export function inEvents(messages: readonly Received[], limit = EVENT_LIMIT): Received[][] {
  const events: Received[][] = [];
  let room = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.json) + 1;
    if (size > room || events.length === 0) {
      events.push([]);
      room = limit;
    }
    events.at(-1)?.push(message);
    room -= size;
  }
  return events;
}
