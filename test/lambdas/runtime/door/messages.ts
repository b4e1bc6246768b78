import type { SQSRecord } from 'aws-lambda';

export const QUEUE = 'arn:aws:sqs:eu-west-1:111122223333:orders-in';
export const FIFO_QUEUE = `${QUEUE}.fifo`;

/** A message as Lambda hands it over; of a FIFO queue where it has a group. */
export const message = (
  messageId: string,
  body: unknown,
  { group, queue = group === undefined ? QUEUE : FIFO_QUEUE, ...more }: MessageOptions = {},
): SQSRecord => ({
  messageId,
  receiptHandle: 'r',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1767225600000',
    SenderId: 'AROAEXAMPLE:session',
    ApproximateFirstReceiveTimestamp: '1767225600001',
    ...(group !== undefined && { MessageGroupId: group, SequenceNumber: '1' }),
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: queue,
  awsRegion: 'eu-west-1',
  ...more,
});

type MessageOptions = Partial<SQSRecord> & { readonly group?: string; readonly queue?: string };
