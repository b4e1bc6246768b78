import {
  onFailureDocument,
  onFailureMessage,
  type GivenUp,
  type OnFailureSettings,
} from '../../../../local/event-source-mapping/on-failure';
import { DEFAULT_SWITCHES } from '../../../../local/event-source-mapping/switches';
import { frame, record } from '../../fixtures/records';
import { failed, ok } from '../world';
import { WORLDS } from '../worlds';

const settings: OnFailureSettings = { uuid: 'uuid', functionArn: 'arn:function', frame, switches: DEFAULT_SWITCHES };
const now = new Date(0);
const given = (changes: Partial<GivenUp> = {}): GivenUp => ({
  ...{ condition: 'RetryAttemptsExhausted', invocations: 3, records: [record(0, 5), record(0, 6)], outcome: failed },
  ...changes,
});
const second = '1970-01-01T00:00:01.000Z';

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html', () => {
  test('an object tells what happened and holds the whole event as text', () => {
    const { payload, ...rest } = onFailureDocument(settings, given(), 'id', now);
    expect(JSON.parse(payload)).toMatchObject({
      eventSource: 'aws:kafka',
      records: { 'orders-0': [{ o: 5 }, { o: 6 }] },
    });
    expect(rest).toEqual({
      requestContext: {
        ...{ requestId: 'id', functionArn: 'arn:function' },
        ...{ condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '1970-01-01T00:00:00.000Z',
      KafkaBatchInfo: {
        ...{ batchSize: 2, eventSourceArn: 'arn:cluster', bootstrapServers: 'b-1:9098', payloadSize: payload.length },
        recordsInfo: {
          'orders-0': {
            ...{ firstRecordOffset: '5', lastRecordOffset: '6' },
            ...{ firstRecordTimestamp: second, lastRecordTimestamp: second },
          },
        },
      },
    });
  });

  test('a function that reported failures answered without an error', () => {
    expect(onFailureDocument(settings, given({ outcome: ok }), 'id', now).responseContext).toEqual({
      ...{ statusCode: 200, executedVersion: '$LATEST' },
    });
  });

  test('records too large for an event have no response context', () => {
    const large = given({ condition: 'MaximumPayloadSizeExceeded', invocations: 0, outcome: undefined });
    expect(onFailureDocument(settings, large, 'id', now)).toMatchObject({
      requestContext: { condition: 'MaximumPayloadSizeExceeded', approximateInvokeCount: 0 },
      responseContext: null,
    });
  });

  test.each(['RecordAgeExceeded', 'EventAgeExceeded'] as const)(
    'aged records have the word of the switch: %s',
    (word) => {
      const switches = { ...DEFAULT_SWITCHES, agedOutCondition: word };
      const aged = onFailureDocument({ ...settings, switches }, given({ condition: 'RecordAgeExceeded' }), 'id', now);
      expect(aged.requestContext.condition).toBe(word);
    },
  );
});

describe.each(WORLDS)('%s, https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html', (_, world) => {
  test('records without a retry left are committed only after the destination confirmed them', async () => {
    let confirm: () => void = () => undefined;
    const giveUp = () => new Promise<void>((resolve) => (confirm = resolve));
    const mapping = await world({ retryLimit: 0 }, {}, giveUp);
    await mapping.arrive(0, 2);
    await mapping.reply(failed);
    expect(mapping.positions()).toEqual([0, 0]);
    confirm();
    await mapping.pass(100);
    expect([mapping.positions(), mapping.counters.DroppedEventCount]).toEqual([[2, 0], 0]);
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html', () => {
  const message = (changes: Partial<GivenUp> = {}) =>
    onFailureMessage(settings, given(changes), record(0, 6), 'id', now);

  test('a message holds one record, as an event that is an object, and says exhausted in its own word', () => {
    expect(message()).toMatchObject({
      requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 },
      KafkaBatchInfo: { batchSize: 1, recordInfo: { offset: '6', timestamp: second } },
      payload: { eventSource: 'aws:kafka', records: { 'orders-0': [{ o: 6 }] } },
    });
    expect(message({ condition: 'MaximumPayloadSizeExceeded' }).requestContext.condition).toBe(
      'MaximumPayloadSizeExceeded',
    );
  });
});

describe.each(WORLDS)(
  '%s, https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html',
  (_name, world) => {
    const denied = () => Promise.reject(new Error('denied'));
    test.each([
      ['no destination', undefined, 0],
      ['a destination that refuses', denied, 1],
    ])('with %s given up records are committed, and counted as dropped', async (_, giveUp, errors) => {
      const { arrive, counters, logged, positions, reply } = await world({ retryLimit: 0 }, {}, giveUp);
      await arrive(0, 2);
      await reply(failed);
      expect([counters.DroppedEventCount, counters.OnFailureDestinationDeliveryErrorCount, positions()]).toEqual([
        2,
        errors,
        [2, 0],
      ]);
      expect(logged[0]).toContain('dropped 2 records (RetryAttemptsExhausted)');
    });

    test('where the switch says so a destination that refused is tried again, five times', async () => {
      const refusing = await world({ retryLimit: 0 }, { refusedDelivery: 'tried-again' }, denied);
      await refusing.arrive(0, 1);
      await refusing.reply(failed);
      for (let tries = 0; tries < 5; tries++) {
        expect(refusing.counters.DroppedEventCount).toBe(0);
        await refusing.wake();
      }
      expect(refusing.counters).toMatchObject({ DroppedEventCount: 1, OnFailureDestinationDeliveryErrorCount: 6 });
    });

    test('where the switch says so a destination that refuses for a moment costs nothing', async () => {
      const answers = [denied, () => Promise.resolve()];
      const { arrive, counters, reply, wake } = await world({ retryLimit: 0 }, { refusedDelivery: 'tried-again' }, () =>
        answers.shift()!(),
      );
      await arrive(0, 1);
      await reply(failed);
      await wake();
      expect(counters).toMatchObject({ DroppedEventCount: 0, OnFailureDestinationDeliveredEventCount: 1 });
    });
  },
);
