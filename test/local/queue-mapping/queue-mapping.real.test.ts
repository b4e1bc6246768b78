import { ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from '../../../local/function-host';
import { startMinistack } from '../../../local/ministack';
import { Processes } from '../../../local/processes';
import { startQueueMapping, type QueueMapping } from '../../../local/queue-mapping';
import { createQueues, localClient } from '../../../local/stores';
import { queueUrl } from '../../../local/template/identity';
import { readQueues, type Queue } from '../../../local/template/queues';
import { createResolver } from '../../../local/template/resolver';

jest.setTimeout(60_000);

const queue = (deadLetters: string, more: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: {
    VisibilityTimeout: 1,
    RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters, 'Arn'] }, maxReceiveCount: 3 },
    ...more,
  },
});
const template = {
  Resources: {
    Inbox: queue('Failed'),
    Failed: { Type: 'AWS::SQS::Queue' },
    Second: queue('Failed'),
    Ordered: queue('FailedOrdered', { FifoQueue: true }),
    FailedOrdered: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
  },
};

let dir: string;
let processes: Processes;
let endpoint: string;
let sqs: SQSClient;
let queues: readonly Queue[];
let mapping: QueueMapping | undefined;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-queues-'));
  processes = new Processes({ logDir: dir });
  ({ endpoint } = await startMinistack({ dir, processes }));
  sqs = new SQSClient(localClient(endpoint));
  queues = readQueues(createResolver(template, 'Orders', { bootstrap: '' }));
  await createQueues(endpoint, queues);
});
afterEach(() => mapping?.stop());
afterAll(async () => {
  sqs.destroy();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

interface Event {
  readonly Records: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly attributes: { readonly ApproximateReceiveCount: string };
  }[];
}

const named = (name: string): Queue => queues.find(({ logicalId }) => logicalId === name)!;
const urlOf = (name: string) => queueUrl(named(name).name, { sqs: endpoint });
const send = (name: string, bodies: readonly string[]) =>
  sqs.send(
    new SendMessageBatchCommand({
      QueueUrl: urlOf(name),
      Entries: bodies.map((MessageBody, n) => ({
        ...{ Id: String(n), MessageBody },
        ...(named(name).isFifo ? { MessageGroupId: MessageBody[0], MessageDeduplicationId: MessageBody } : {}),
      })),
    }),
  );

/** A test that waits in vain fails, rather than going on behind Jest's back. */
async function until(reached: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 40_000;
  while (!(await reached())) {
    if (Date.now() > end) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Bodies that lie in a queue which nobody else reads, once there are so many. */
async function lyingIn(name: string, count: number): Promise<string[]> {
  const found = new Set<string>();
  await until(async () => {
    const ask = new ReceiveMessageCommand({ QueueUrl: urlOf(name), MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
    for (const { Body = '' } of (await sqs.send(ask)).Messages ?? []) found.add(Body);
    return found.size >= count;
  });
  return [...found].sort();
}

function start(name: string, answer: (event: Event) => Outcome): void {
  mapping = startQueueMapping({
    settings: {
      ...{ logicalId: 'M', path: 'M', functionId: 'F', queue: named(name) },
      ...{ batchSize: 10, windowMs: 0, partialResponse: true, concurrency: 2 },
    },
    ...{ sqs, queueUrl: urlOf(name), log: () => undefined },
    invoke: (payload) => Promise.resolve(answer(JSON.parse(payload) as Event)),
  });
}
const leaving = (ids: readonly string[]): Outcome => ({
  kind: 'success',
  payload: JSON.stringify({ batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })) }),
});

test('what the function names as failed comes again, and is in the dead-letter queue after maxReceiveCount; the rest comes once', async () => {
  const seen: string[] = [];
  start('Inbox', ({ Records }) => {
    for (const { body, attributes } of Records) seen.push(`${body} ${attributes.ApproximateReceiveCount}`);
    return leaving(Records.filter(({ body }) => body === 'bad').map(({ messageId }) => messageId));
  });
  await send('Inbox', ['good', 'bad', 'fine']);
  expect(await lyingIn('Failed', 1)).toEqual(['bad']);
  expect(seen.sort()).toEqual(['bad 1', 'bad 2', 'bad 3', 'fine 1', 'good 1']);
});

test('of a batch whose function fails nothing leaves the queue', async () => {
  let calls = 0;
  const seen = new Map<string, number>();
  start('Second', ({ Records }) => {
    calls += 1;
    for (const { body } of Records) seen.set(body, (seen.get(body) ?? 0) + 1);
    return calls === 1 ? { kind: 'crash', detail: 'killed' } : leaving([]);
  });
  await send('Second', ['one', 'two']);
  await until(() => [...seen.values()].filter((times) => times > 1).length === 2);
  expect(Object.fromEntries(seen)).toEqual({ one: 2, two: 2 });
});

test('messages of a group come in their order, also after one that was not taken', async () => {
  const accepted: string[] = [];
  let refusals = 1;
  start('Ordered', ({ Records }) => {
    // As a careful function does: after the first that fails the later ones of its group fail, too.
    const failedGroups = new Set<string>();
    const left = Records.filter(({ body }) => {
      if (body === 'a2' && refusals-- > 0) failedGroups.add('a');
      if (failedGroups.has(body[0]!)) return true;
      accepted.push(body);
      return false;
    });
    return leaving(left.map(({ messageId }) => messageId));
  });
  await send('Ordered', ['a1', 'b1', 'a2', 'a3', 'b2']);
  await until(() => accepted.length === 5);
  expect(accepted.filter((body) => body.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
  expect(accepted.filter((body) => body.startsWith('b'))).toEqual(['b1', 'b2']);
});
