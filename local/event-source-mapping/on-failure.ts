import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import type { Outcome } from '../function-host';
import { byPartition, encodeEvent, partitionKey, type EventFrame, type Records } from './record';

/** Why the mapping gave records up. */
export type Condition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

/** What is known of records the mapping gives up. */
export interface GivenUp {
  readonly records: Records;
  readonly condition: Condition;
  readonly invocations: number;
  /** The last invocation's; undefined when there was none. */
  readonly outcome: Outcome | undefined;
}

export interface OnFailureSettings {
  readonly uuid: string;
  readonly functionArn: string;
  readonly frame: EventFrame;
}

/** Lambda's S3 on-failure object: what happened, and the whole event as a JSON string inside it. */
export function onFailureDocument(settings: OnFailureSettings, given: GivenUp, requestId: string, now: Date) {
  const payload = encodeEvent(settings.frame, given.records);
  return {
    requestContext: {
      requestId,
      functionArn: settings.functionArn,
      condition: given.condition,
      approximateInvokeCount: given.invocations,
    },
    responseContext: given.outcome === undefined ? null : responseContext(given.outcome),
    version: '1.0',
    timestamp: now.toISOString(),
    KafkaBatchInfo: {
      batchSize: given.records.length,
      eventSourceArn: settings.frame.eventSourceArn,
      bootstrapServers: settings.frame.bootstrapServers,
      payloadSize: Buffer.byteLength(payload),
      recordsInfo: recordsInfo(settings.frame.topic, given.records),
    },
    payload,
  };
}

function recordsInfo(topic: string, records: Records) {
  const iso = (timestamp: number | undefined) => new Date(timestamp ?? 0).toISOString();
  return Object.fromEntries(
    [...byPartition(records)].map(([partition, slice]) => [
      partitionKey(topic, partition),
      {
        firstRecordOffset: String(slice[0]?.offset),
        lastRecordOffset: String(slice.at(-1)?.offset),
        firstRecordTimestamp: iso(slice[0]?.timestamp),
        lastRecordTimestamp: iso(slice.at(-1)?.timestamp),
      },
    ]),
  );
}

/** A function that returned failures answered 200 without an error; one that threw or ended is `Unhandled`. */
function responseContext(outcome: Outcome) {
  const base = { statusCode: 200, executedVersion: '$LATEST' };
  return outcome.kind === 'success' ? base : { ...base, functionError: 'Unhandled' };
}

/** Puts the object. Rejects when S3 did not confirm it. */
export async function deliverToBucket(
  s3: S3Client,
  bucket: string,
  settings: OnFailureSettings,
  given: GivenUp,
  now: Date,
): Promise<void> {
  const requestId = randomUUID();
  const [day = '', time = ''] = now.toISOString().split('T');
  const name = `aws/lambda/${settings.uuid}/${settings.frame.topic}/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}-${requestId}`;
  const body = JSON.stringify(onFailureDocument(settings, given, requestId, now));
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: name, Body: body, ContentType: 'application/json' }));
}
