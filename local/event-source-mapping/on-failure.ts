import type { Clock } from '../../lambdas/runtime/time/clock';
import type { Outcome } from '../function-host';
import { byPartition, encodeEvent, partitionKey, type EventFrame, type PolledRecord, type Records } from './record';
import type { MappingSwitches } from './switches';

/** Why the mapping gave records up. */
export type Reason = 'RetryAttemptsExhausted' | 'RecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

/** What is known of records the mapping gives up. */
export interface GivenUp {
  readonly records: Records;
  readonly condition: Reason;
  readonly invocations: number;
  /** The last invocation's; undefined when there was none. */
  readonly outcome: Outcome | undefined;
}

/** Takes what the mapping gives up. */
export interface OnFailureDestination {
  /** Rejects when the destination did not confirm all of it. */
  deliver(given: GivenUp): Promise<void>;
  close(): Promise<void>;
}

export interface OnFailureSettings {
  readonly uuid: string;
  readonly functionArn: string;
  readonly frame: EventFrame;
  readonly switches: Pick<MappingSwitches, 'agedOutCondition' | 'objectKey'>;
}

/**
 * A bucket: one object for all records of a failed invocation, the whole event as a JSON string inside it.
 *
 * @param put - rejects when it is not confirmed
 */
export function onFailureBucket(
  put: (name: string, body: string) => Promise<unknown>,
  settings: OnFailureSettings,
  clock: Pick<Clock, 'now' | 'uuid'>,
): OnFailureDestination {
  return {
    deliver: async (given) => {
      const requestId = clock.uuid();
      const at = new Date(clock.now());
      await put(
        objectKey(settings, given, requestId, at),
        JSON.stringify(onFailureDocument(settings, given, requestId, at)),
      );
    },
    close: () => Promise.resolve(),
  };
}

/** Lambda's S3 on-failure object. */
export function onFailureDocument(settings: OnFailureSettings, given: GivenUp, requestId: string, now: Date) {
  const payload = encodeEvent(settings.frame, given.records);
  return {
    ...whatHappened(settings, given, requestId, now),
    KafkaBatchInfo: {
      ...batchInfo(settings.frame, given.records.length, payload),
      recordsInfo: recordsInfo(settings.frame.topic, given.records),
    },
    payload,
  };
}

/** One message of a Kafka on-failure topic: a single record, its event as an object, and another word for exhausted. */
export function onFailureMessage(
  settings: OnFailureSettings,
  given: GivenUp,
  record: PolledRecord,
  requestId: string,
  now: Date,
) {
  const payload = encodeEvent(settings.frame, [record]);
  const { requestContext, ...rest } = whatHappened(settings, given, requestId, now);
  const condition = given.condition === 'RetryAttemptsExhausted' ? 'RetriesExhausted' : requestContext.condition;
  return {
    requestContext: { ...requestContext, condition },
    ...rest,
    KafkaBatchInfo: {
      ...batchInfo(settings.frame, 1, payload),
      recordInfo: { offset: String(record.offset), timestamp: new Date(record.timestamp).toISOString() },
    },
    payload: JSON.parse(payload) as unknown,
  };
}

function whatHappened(settings: OnFailureSettings, given: GivenUp, requestId: string, now: Date) {
  const { functionArn, switches } = settings;
  const condition = given.condition === 'RecordAgeExceeded' ? switches.agedOutCondition : given.condition;
  return {
    requestContext: { requestId, functionArn, condition, approximateInvokeCount: given.invocations },
    responseContext: given.outcome === undefined ? null : responseContext(given.outcome),
    version: '1.0',
    timestamp: now.toISOString(),
  };
}

const batchInfo = ({ eventSourceArn, bootstrapServers }: EventFrame, batchSize: number, payload: string) => ({
  batchSize,
  eventSourceArn,
  bootstrapServers,
  payloadSize: Buffer.byteLength(payload),
});

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

function objectKey({ uuid, frame, switches }: OnFailureSettings, given: GivenUp, requestId: string, now: Date): string {
  const [day = '', time = ''] = now.toISOString().split('T');
  const partition = given.records[0]?.partition ?? 0;
  const source = switches.objectKey === 'topic' ? frame.topic : partitionKey(frame.topic, partition);
  return `aws/lambda/${uuid}/${source}/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}-${requestId}`;
}
