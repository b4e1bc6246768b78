import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IngestFunctionOptions, QueueDoorOptions } from 'cdk-lossless-kafka';
import { INGEST_VARIABLE } from '../../lambdas/runtime/contract';
import { allowed, contractOf, newApp, newStack, mappingsOf, pipelineOnExistingTopic, statementsOf } from './support';

const queueIn = (scope: Stack, props: sqs.QueueProps = {}, maxReceiveCount = 5): sqs.Queue =>
  new sqs.Queue(scope, 'Queue', {
    visibilityTimeout: Duration.seconds(168),
    deadLetterQueue: { queue: new sqs.Queue(scope, 'Failed', { fifo: props.fifo }), maxReceiveCount },
    ...props,
  });
const made = (
  queue: (stack: Stack) => sqs.IQueue,
  options: Partial<QueueDoorOptions> = {},
  ingest?: IngestFunctionOptions,
): Template => {
  const stack = newStack();
  const door = pipelineOnExistingTopic(stack).addIngest('Ingest', ingest);
  door.addQueue('Orders', { queue: queue(stack), ...options });
  return Template.fromStack(stack);
};
const mapping = (template: Template) => mappingsOf(template, 'PipelineIngest')[0] ?? ['', undefined];

describe('a message leaves the queue only once its event is accepted', () => {
  test('what the door names as failed stays, and nothing else does', () => {
    const [id, found] = mapping(made(queueIn));
    expect(id).toBe('PipelineIngestOrders9649622D');
    expect(found?.Properties).toEqual({
      FunctionName: { Ref: expect.stringContaining('PipelineIngest') as string },
      EventSourceArn: { 'Fn::GetAtt': [expect.stringContaining('Queue') as string, 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      BatchSize: 10,
      ScalingConfig: { MaximumConcurrency: 100 },
    });
  });

  test('the function may take messages of that queue, and read what it encrypts', () => {
    const template = made((stack) => queueIn(stack, { encryptionMasterKey: new kms.Key(stack, 'Key') }));
    const actions = ['ChangeMessageVisibility', 'DeleteMessage', 'GetQueueAttributes', 'GetQueueUrl', 'ReceiveMessage'];
    expect(allowed(template, 'PipelineIngest', 'sqs')).toEqual(actions);
    expect(statementsOf(template, 'PipelineIngest').map(({ Action }) => Action)).toContain('kms:Decrypt');
  });

  test('the door knows its queues, and what their messages become', () => {
    const stack = newStack();
    const door = pipelineOnExistingTopic(stack).addIngest('Ingest', { callerKey: 'partner' });
    door.addQueue('Orders', { queue: queueIn(stack), eventType: 'order.received' });
    door.addQueue('Others', { queue: queueIn(new Stack(stack, 'Nested')) });
    const [told] = contractOf(Template.fromStack(stack), INGEST_VARIABLE);
    expect(told).toEqual({
      callerKey: 'partner',
      queues: [
        { queue: expect.stringContaining('Queue') as string, type: 'order.received' },
        { queue: expect.any(String) as string, type: 'sqs.message' },
      ],
    });
  });
});

describe('a queue that would lose a message is refused', () => {
  test.each<[string, (stack: Stack) => sqs.IQueue, string]>([
    ['which shows it again while it is worked on', (stack) => queueIn(stack, { visibilityTimeout: Duration.seconds(167) }), 'got a visibility timeout of 167 s, want 168 s or more'],
    ['which says nothing of its visibility timeout', (stack) => queueIn(stack, { visibilityTimeout: undefined }), 'got a visibility timeout of 30 s'],
    ['without a dead-letter queue', (stack) => queueIn(stack, { deadLetterQueue: undefined }), 'got no dead-letter queue, want one'],
    ['which gives up after four deliveries', (stack) => queueIn(stack, {}, 4), 'got maxReceiveCount 4, want 5 or more'],
    ['which this app does not make', (stack) => sqs.Queue.fromQueueArn(stack, 'Q', 'arn:aws:sqs:eu-west-1:111122223333:q'), 'got one that this app does not make'],
  ])('%s', (_what, queue, message) => {
    expect(() => made(queue)).toThrow(message);
    expect(() => made(queue)).toThrow('Test/Pipeline/Ingest/Orders: queue Test/Q');
  }); // prettier-ignore

  test('but not for what only a deploy knows', () => {
    const asked = (stack: Stack) => new CfnParameter(stack, 'Asked', { type: 'Number' }).valueAsNumber;
    const visible = (stack: Stack) => queueIn(stack, { visibilityTimeout: Duration.seconds(asked(stack)) });
    expect(() => made(visible)).not.toThrow();
    expect(() => made((stack) => queueIn(stack, {}, asked(stack)))).not.toThrow();
  });

  test('one that this app does not make is taken on the word of who has looked', () => {
    const there = (stack: Stack) => sqs.Queue.fromQueueArn(stack, 'Q', 'arn:aws:sqs:eu-west-1:111122223333:q');
    const acceptUnseenQueue = 'made by the platform team, with 168 s and 10 receives';
    expect(mapping(made(there, { acceptUnseenQueue }))[1]?.Properties).toHaveProperty('EventSourceArn', 'arn:aws:sqs:eu-west-1:111122223333:q'); // prettier-ignore
    expect(() => made(there, { acceptUnseenQueue: ' ' })).toThrow('got one that this app does not make');
    expect(() => made(queueIn, { acceptUnseenQueue })).toThrow('acceptUnseenQueue: got it for queue Test/Queue, whose settings are seen'); // prettier-ignore
  });

  test('one of another region, to which no mapping reaches', () => {
    const app = newApp();
    const env = (region: string) => ({ env: { account: '111122223333', region } });
    const queue = queueIn(new Stack(app, 'There', env('eu-west-1')));
    const door = pipelineOnExistingTopic(new Stack(app, 'Here', env('eu-central-1'))).addIngest('Ingest');
    expect(() => door.addQueue('Orders', { queue })).toThrow('queue: got There/Queue in region eu-west-1');
  });
});

describe('how many messages are taken at once', () => {
  const properties = (options: Partial<QueueDoorOptions>, ingest?: IngestFunctionOptions, fifo?: true) =>
    mapping(made((stack) => queueIn(stack, { fifo }), options, ingest))[1]?.Properties;

  test('as the stack says', () => {
    const options = { batchSize: 500, maxBatchingWindow: Duration.seconds(5), maxConcurrency: 7 };
    expect(properties(options)).toMatchObject({ BatchSize: 500, MaximumBatchingWindowInSeconds: 5, ScalingConfig: { MaximumConcurrency: 7 } }); // prettier-ignore
    expect(properties({ batchSize: 11 })).toMatchObject({ MaximumBatchingWindowInSeconds: 1 });
  });

  test('never more than the door reserves: throttled ones would count as delivered', () => {
    expect(properties({}, { maxConcurrency: 20 })).toMatchObject({ ScalingConfig: { MaximumConcurrency: 20 } });
    expect(() => properties({ maxConcurrency: 21 }, { maxConcurrency: 20 })).toThrow('maxConcurrency: got 21 for a door that reserves 20'); // prettier-ignore
    expect(() => properties({}, { maxConcurrency: 1 })).toThrow('maxConcurrency: got 1, want a whole number from 2');
  });

  test.each<[Partial<QueueDoorOptions>, string]>([
    [{ batchSize: 0 }, 'batchSize: got 0, want a whole number from 1 to 10000'],
    [{ batchSize: 10_001 }, 'batchSize: got 10001'],
    [{ maxBatchingWindow: Duration.seconds(301) }, 'maxBatchingWindow: got 301 s, want 300 s at most'],
    [{ batchSize: 11, maxBatchingWindow: Duration.seconds(0) }, 'maxBatchingWindow: got 0 s for batches of 11'],
    [{ maxConcurrency: 1 }, 'maxConcurrency: got 1'],
    [{ maxConcurrency: 1_001 }, 'maxConcurrency: got 1001'],
    [{ eventType: '' }, 'eventType: got nothing'],
    [{ queue: null as never }, 'queue: got nothing, want the queue'],
    [{ queue: 'q' as never }, "queue: got 'q', want a queue"],
  ])('%j is refused', (options, message) => {
    expect(() => properties(options)).toThrow(message);
  });

  test('what a FIFO queue does not know is refused', () => {
    const window = { maxBatchingWindow: Duration.seconds(1) };
    expect(() => properties({ batchSize: 11 }, {}, true)).toThrow('batchSize: got 11, want a whole number from 1 to 10;'); // prettier-ignore
    expect(() => properties(window, {}, true)).toThrow('maxBatchingWindow: got 1 s, want none, as a FIFO queue');
    expect(() => properties({ batchSize: 10, maxConcurrency: 2 }, {}, true)).not.toThrow();
  });

  test.each<Partial<QueueDoorOptions>>([
    { batchSize: 10_000, maxBatchingWindow: Duration.seconds(300), maxConcurrency: 1_000 },
    { batchSize: Lazy.number({ produce: () => 0 }), maxConcurrency: Lazy.number({ produce: () => 0 }) },
  ])('%j is taken', (options) => {
    expect(() => properties(options)).not.toThrow();
  });
});
