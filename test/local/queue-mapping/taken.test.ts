import type { Outcome } from '../../../local/function-host';
import { eventOf, inEvents, recordOf } from '../../../local/queue-mapping/event';
import { taken } from '../../../local/queue-mapping/taken';

const IDS = ['a', 'b', 'c'];
const answered = (answer: unknown): Outcome => ({ kind: 'success', payload: JSON.stringify(answer) });
const failed = (...named: unknown[]) => answered({ batchItemFailures: named.map((itemIdentifier) => ({ itemIdentifier })) }); // prettier-ignore

describe('https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html', () => {
  test.each<[string, Outcome, readonly string[]]>([
    ['an empty list of failures', answered({ batchItemFailures: [] }), IDS],
    ['a list that is null', answered({ batchItemFailures: null }), IDS],
    ['an empty object', answered({}), IDS],
    ['null', answered(null), IDS],
    ['some failures', failed('b'), ['a', 'c']],
    ['all of them', failed('a', 'b', 'c'), []],
    ['no JSON', { kind: 'success', payload: 'no JSON' }, []],
    ['an empty identifier', failed('b', ''), []],
    ['an identifier that is null', failed('b', null), []],
    ['an identifier under another name', answered({ batchItemFailures: [{ id: 'b' }] }), []],
    ['an error', { kind: 'error', errorType: 'Error', errorMessage: 'no' }, []],
    ['a timeout', { kind: 'timeout', detail: 'late' }, []],
    ['a crash', { kind: 'crash', detail: 'gone' }, []],
    ['a throttle', { kind: 'throttle' }, []],
  ])('after %s exactly what was taken leaves the queue', (_, outcome, ids) => {
    expect(taken(IDS, outcome, true)).toEqual(ids);
  });

  test('without ReportBatchItemFailures an answer takes the whole batch, whatever it says', () => {
    expect(taken(IDS, failed('b'), false)).toEqual(IDS);
    expect(taken(IDS, { kind: 'error', errorType: 'Error', errorMessage: 'no' }, false)).toEqual([]);
  });

  test('an identifier that no message of the batch has keeps none of them: whoever names wrongly sees it lost here', () => {
    expect(taken(IDS, failed('x'), true)).toEqual(IDS);
  });
});

test('a function is handed a message as Lambda writes it', () => {
  const message = {
    ...{ MessageId: 'a', ReceiptHandle: 'r', Body: '{"n":1}', MD5OfBody: 'md5' },
    Attributes: { SentTimestamp: '1700000000000', ApproximateReceiveCount: '2', MessageGroupId: 'g' },
    MessageAttributes: {
      text: { DataType: 'String', StringValue: 'x' },
      bytes: { DataType: 'Binary', BinaryValue: Buffer.from([255, 0]) },
    },
  } as const;
  const received = recordOf(message, 'arn:aws:sqs:us-east-1:000000000000:q.fifo');
  expect({ id: received.id, receipt: received.receipt }).toEqual({ id: 'a', receipt: 'r' });
  expect(JSON.parse(eventOf([received]))).toEqual({
    Records: [
      {
        ...{ messageId: 'a', receiptHandle: 'r', body: '{"n":1}', md5OfBody: 'md5' },
        attributes: message.Attributes,
        messageAttributes: {
          text: { stringValue: 'x', stringListValues: [], binaryListValues: [], dataType: 'String' },
          bytes: { binaryValue: '/wA=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
        },
        ...{ eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:q.fifo' },
        awsRegion: 'us-east-1',
      },
    ],
  });
});

test('messages that fit in no one event go in several, in their order, and none is left out', () => {
  const messages = ['a', 'b', 'c', 'd'].map((id) => ({ id, receipt: id, json: JSON.stringify(id.repeat(10)) }));
  const ids = (limit: number) => inEvents(messages, limit).map((event) => event.map(({ id }) => id));
  expect(ids(1_000)).toEqual([['a', 'b', 'c', 'd']]);
  expect(ids(26)).toEqual([['a', 'b'], ['c', 'd']]); // prettier-ignore
  expect(ids(1)).toEqual([['a'], ['b'], ['c'], ['d']]);
});
