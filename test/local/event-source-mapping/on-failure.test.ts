import { onFailureDocument } from '../../../local/event-source-mapping/on-failure';
import { frame, record } from '../fixtures/records';

const settings = { uuid: 'uuid', functionArn: 'arn:function', frame };
const now = new Date(0);

test('an on-failure object tells what happened and holds the whole event as text', () => {
  const given = { condition: 'RetryAttemptsExhausted', invocations: 3, records: [record(0, 5), record(0, 6)] } as const;
  const outcome = { kind: 'error', errorType: 'Error', errorMessage: 'no' } as const;
  const { payload, ...rest } = onFailureDocument(settings, { ...given, outcome }, 'id', now);
  expect(JSON.parse(payload)).toMatchObject({
    eventSource: 'aws:kafka',
    records: { 'orders-0': [{ o: 5 }, { o: 6 }] },
  });
  const times = { firstRecordTimestamp: '1970-01-01T00:00:01.000Z', lastRecordTimestamp: '1970-01-01T00:00:01.000Z' };
  expect(rest).toEqual({
    requestContext: {
      requestId: 'id',
      functionArn: 'arn:function',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    ...{ version: '1.0', timestamp: '1970-01-01T00:00:00.000Z' },
    KafkaBatchInfo: {
      ...{ batchSize: 2, eventSourceArn: 'arn:cluster', bootstrapServers: 'b-1:9098', payloadSize: payload.length },
      recordsInfo: { 'orders-0': { firstRecordOffset: '5', lastRecordOffset: '6', ...times } },
    },
  });
});

test('records that were never sent to the function have no response context', () => {
  const given = {
    condition: 'MaximumPayloadSizeExceeded',
    invocations: 0,
    records: [record(0, 5)],
    outcome: undefined,
  } as const;
  expect(onFailureDocument(settings, given, 'id', now).responseContext).toBeNull();
});
