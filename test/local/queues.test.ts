import { readAssembly } from '../../local/assembly';
import { planStack } from '../../local/template/plan';
import { pipeline, writeAssembly } from './fixtures/assembly';

const handlers = { ingest: 'exports.handler = async () => ({})', consumer: 'exports.handler = async () => null' };
const arnOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

function plan(changes: { queue?: object; mapping?: object; deadLetters?: string } = {}) {
  const resources = {
    ...pipeline(),
    Inbox: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        VisibilityTimeout: 30,
        RedrivePolicy: { deadLetterTargetArn: arnOf('Failed'), maxReceiveCount: 5 },
        SqsManagedSseEnabled: true,
        ...changes.queue,
      },
    },
    [changes.deadLetters ?? 'Failed']: { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: 1_209_600 } },
    Policy: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues: [{ Ref: 'Inbox' }] } },
    QueueMapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Ingest' }, EventSourceArn: arnOf('Inbox'), ...changes.mapping },
    },
  };
  const { directory } = writeAssembly(resources, handlers);
  return planStack(readAssembly(directory), { bootstrap: 'b:1', sqs: 'http://127.0.0.1:9' });
}

test('a queue is made as the template says, with its dead-letter queue', () => {
  const [inbox, failed] = plan().queues;
  expect(inbox).toMatchObject({
    ...{ name: 'Inbox', arn: 'arn:aws:sqs:us-east-1:000000000000:Inbox', isFifo: false, visibilityMs: 30_000 },
    attributes: { VisibilityTimeout: '30' },
    redrive: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:Failed', maxReceiveCount: 5 },
  });
  expect(failed).toMatchObject({ attributes: { MessageRetentionPeriod: '1209600' }, redrive: undefined });
  expect(plan({ queue: { FifoQueue: true } }).queues[0]).toMatchObject({ name: 'Inbox.fifo', isFifo: true });
});

test('its mapping has what Lambda takes when nothing is said', () => {
  const { queueMappings, mappings } = plan();
  expect(queueMappings).toMatchObject([
    { functionId: 'Ingest', batchSize: 10, windowMs: 0, partialResponse: false, concurrency: 5 },
  ]);
  expect(mappings.map(({ topic }) => topic)).toEqual(['orders']);
});

test('and what the template says', () => {
  const mapping = {
    ...{ BatchSize: 100, MaximumBatchingWindowInSeconds: 2, ScalingConfig: { MaximumConcurrency: 2 } },
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  };
  expect(plan({ mapping }).queueMappings).toMatchObject([
    { batchSize: 100, windowMs: 2_000, partialResponse: true, concurrency: 2 },
  ]);
});

test.each<[string, Parameters<typeof plan>[0], string]>([
  ['shows messages while they are worked on', { queue: { VisibilityTimeout: 4 } }, "visibility timeout of 4 s, want the function's 5 s or more"],
  ['has its dead letters elsewhere', { queue: { RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:1:x', maxReceiveCount: 5 } } }, 'want a queue of the template'],
  ['is not in the template', { mapping: { EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:other' } }, 'want a queue of the template'],
  ['is read in batches of 11 at once', { mapping: { BatchSize: 11 } }, 'want 1 or more above 10'],
  ['is read by batches that are too large', { mapping: { BatchSize: 10_001 } }, 'want 1 to 10000'],
  ['is FIFO with a window', { queue: { FifoQueue: true }, mapping: { MaximumBatchingWindowInSeconds: 1 } }, 'want none for a FIFO queue'],
  ['is read once at a time', { mapping: { ScalingConfig: { MaximumConcurrency: 1 } } }, 'want 2 to 1000'],
  ['is filtered', { mapping: { FilterCriteria: { Filters: [] } } }, 'FilterCriteria: got a value, want none'],
  ['is not read', { mapping: { Enabled: false } }, 'Enabled: got false'],
])('a queue that %s is refused before anything is started', (_what, changes, message) => {
  expect(() => plan(changes)).toThrow(message);
}); // prettier-ignore
