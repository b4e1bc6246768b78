/** The commands of docs/consumer.md, as they are printed there, on a real table that a real consumer has filled. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { bytes, consumer } from '../../lambdas/runtime';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { parseDeadLetter } from '../../lambdas/runtime/dead-letters/letter';
import { dynamoDbTransactions } from '../../lambdas/runtime/stores/dynamodb';
import { startDynamoDb } from '../../local/dynamodb';
import { Processes } from '../../local/processes';
import { createTables, localClient } from '../../local/stores';
import { CountingMeter, environment, kafkaEvent, MemoryObjects, RecordingLog } from '../lambdas/runtime/simulation';

jest.setTimeout(120_000);

const ROOT = resolve(__dirname, '../..');
const { table, cluster, group, topic } = environment;
let dir: string;
let processes: Processes;
let endpoint: string;
let client: DynamoDBClient;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-breaker-'));
  processes = new Processes({ logDir: dir });
  ({ endpoint } = await startDynamoDb({ processes }));
  const key = {
    KeySchema: [{ AttributeName: 'key', KeyType: 'HASH' }],
    AttributeDefinitions: [{ AttributeName: 'key', AttributeType: 'S' }],
  };
  await createTables(endpoint, [{ name: table, create: key }] as never);
  client = new DynamoDBClient(localClient(endpoint));
});

afterAll(async () => {
  client.destroy();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

/** A printed command with its placeholders filled in. */
function run(command: string, values: Readonly<Record<string, string>>, ...more: readonly string[]): string {
  const printed = readFileSync(join(ROOT, 'docs/consumer.md'), 'utf8').split('\n');
  const [tool, ...args] = printed.find((line) => line.startsWith(`npx cdk-lossless-kafka ${command}`))!.slice(4).split(' '); // prettier-ignore
  const filled = args.map((arg) => (arg.startsWith('<') ? values[arg.slice(1, -1)]! : arg));
  const file = join(ROOT, 'bin', `${tool}.ts`);
  const all = ['--import', 'tsx', file, ...filled, '--endpoint', endpoint, ...more];
  return execFileSync(process.execPath, all, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

test('what a bad deploy leaves in the log is parked up to the offset that a person names on the command line, and no further', async () => {
  const letters = new MemoryObjects();
  const fails = consumer({
    decode: bytes,
    write: () => {
      throw new Error('bad deploy');
    },
    deps: {
      variables: { LOSSLESS_CONSUMER_Billing: JSON.stringify({ ...environment, timeMarginMs: 1_000 }) },
      ...{ transactions: dynamoDbTransactions(client), objects: letters, clock: systemClock },
      ...{ meter: new CountingMeter(), log: new RecordingLog() },
    },
  });
  /** Records of a topic that a person may judge: they were in the log before. */
  const timestamp = Date.now() - 60_000;
  const offsets = Array.from({ length: 26 }, (_, offset) => offset);
  /** @returns the offsets that are not parked after it */
  const deliver = async () => {
    const records = offsets.map((offset) => ({ offset, id: `e${offset}`, key: `k${offset}`, timestamp }));
    const until = Date.now() + 8_000;
    await fails(kafkaEvent(...records), { getRemainingTimeInMillis: () => until - Date.now() });
    const names = letters.names('dead-letters').map((name) => letters.content.get(`dead-letters/${name}`) ?? '');
    const parked = new Set(names.map((letter, n) => parseDeadLetter(letter, String(n)).offset));
    return offsets.filter((offset) => !parked.has(offset));
  };
  await deliver();
  const held = await deliver();
  expect(held).toHaveLength(6);

  const values = { table, cluster, group, topic };
  expect(run('breaker status', values)).toMatch(/│ +0 │ OPEN +│ 20 of 20 │/);
  const offset = held[2]!;
  const said = run('breaker park-up-to', { ...values, partition: '0', offset: String(offset) }, '--yes');
  expect(said).toContain(`what fails is parked up to offset ${offset}`);
  expect(JSON.parse(run('breaker status', values, '--json'))).toMatchObject({
    partitions: [{ partition: 0, open: true, parkUpTo: { offset } }],
  });
  expect(await deliver()).toEqual(held.slice(3));
});
