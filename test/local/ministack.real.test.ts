import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMinistack } from '../../local/ministack';
import { Processes } from '../../local/processes';
import { reachableFrom } from './fixtures/interfaces';

jest.setTimeout(120_000);

let dir: string;
let processes: Processes;
let endpoint: string;
const access = () => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
let s3: S3Client;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-ministack-'));
  processes = new Processes({ logDir: dir });
  ({ endpoint } = await startMinistack({ dir, processes }));
  s3 = new S3Client(access());
  await s3.send(new CreateBucketCommand({ Bucket: 'dead-letters' }));
});

afterAll(async () => {
  s3.destroy();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

const putNew = (Key: string, Body: string) =>
  s3.send(new PutObjectCommand({ Bucket: 'dead-letters', Key, Body, IfNoneMatch: '*' }));

test('S3 and SQS listen on the loopback interface only', async () => {
  expect(await reachableFrom(endpoint)).toEqual(['127.0.0.1']);
});

test('an object that must not exist yet is not written over', async () => {
  await putNew('parked', 'first');
  await expect(putNew('parked', 'second')).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'dead-letters', Key: 'parked' }));
  expect(await Body?.transformToString()).toBe('first');
});

test('of many writers of one object that must not exist yet, exactly one wins', async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 16 }, (_, n) => putNew('contended', String(n))));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a message that was sent to a queue is received', async () => {
  const sqs = new SQSClient(access());
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'orders' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'an order' }));
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  sqs.destroy();
  expect(Messages?.map(({ Body }) => Body)).toEqual(['an order']);
});
