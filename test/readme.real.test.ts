import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { setTimeout as wait } from 'node:timers/promises';
import { startLocalStack, type LocalStack } from '../local';
import { localClient } from '../local/stores';

/** The stack and the handler of the README, copied as they are, work together, and beside them the function URL of docs/door.md. */
jest.setTimeout(300_000);

const root = resolve(__dirname, '..');
let folder: string;
let stack: LocalStack | undefined;

beforeAll(() => {
  mkdirSync(join(root, '.lossless'), { recursive: true });
  folder = mkdtempSync(join(root, '.lossless', 'readme-')); // below the root: its packages and its tsconfig.json are found
});
afterAll(async () => {
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('an order sent to the stack of the README is in its ledger once, by the handler of the README, whichever way it came', async () => {
  const [app = '', handler = ''] = [
    ...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g),
  ].map(([, code]) => code);
  const [, addServices = ''] =
    /```ts\n([^`]*addServices[^`]*)```/.exec(readFileSync(join(root, 'docs', 'door.md'), 'utf8')) ?? [];
  writeFileSync(join(folder, 'services.ts'), addServices);
  writeFileSync(join(folder, 'app.ts'), `${app}import { addServices } from './services';\naddServices(orders);\n`);
  writeFileSync(join(folder, 'billing.ts'), handler);
  const assembly = join(folder, 'cdk.out');
  const context = JSON.stringify({ 'aws:cdk:enable-path-metadata': true });
  const env = { ...process.env, CDK_OUTDIR: assembly, CDK_CONTEXT_JSON: context, CDK_VALIDATION: 'false' };
  execFileSync(process.execPath, ['--import', 'tsx', 'app.ts'], { cwd: folder, env, stdio: 'pipe' });

  const said: string[] = [];
  stack = await startLocalStack({ assembly, dir: join(folder, 'run'), log: (line) => said.push(line) });
  const { doors } = stack;
  expect(doors.map(({ path }) => path)).toEqual(['POST /events', '$default']);
  const answers = await Promise.all(
    ['a', 'b', 'a'].map(async (id, n) => {
      const event = {
        specversion: '1.0',
        id,
        source: 'shop',
        type: 'order.placed',
        data: { id, customer: 'c', amount: 7 },
      };
      const headers = { 'content-type': 'application/cloudevents+json' };
      return (await fetch(doors[n % 2]!.url, { method: 'POST', headers, body: JSON.stringify(event) })).status;
    }),
  );
  expect(answers).toEqual([202, 202, 202]);

  await produce(stack.brokers.direct, 'c');

  const dynamodb = new DynamoDBClient(localClient(stack.endpoints.dynamodb));
  const itemsOf = async (folder: string) => {
    const TableName = stack!.tables.find(({ path }) => path.startsWith(folder))!.name;
    return (await dynamodb.send(new ScanCommand({ TableName }))).Items?.map((item) => unmarshall(item)) ?? [];
  };
  const items = () => itemsOf('Ledger');
  /** What the partitions' ledgers count together. */
  const counted = async () => {
    const ledgers = (await itemsOf('Orders/')).filter(({ key }) => String(key).startsWith('ledger/'));
    const sum = (count: string) => ledgers.reduce((total, ledger) => total + Number(ledger[count] ?? 0), 0);
    return { applied: sum('applied'), duplicate: sum('duplicate'), parked: sum('parked') };
  };
  const end = Date.now() + 120_000;
  while (Object.values(await counted()).reduce((sum, count) => sum + count) < 5) {
    if (Date.now() > end) throw new Error(`not every order came to an end; the stack said:\n${said.join('\n')}`);
    await wait(200);
  }
  expect((await items()).sort((a, b) => (a['id'] < b['id'] ? -1 : 1))).toEqual(
    ['a', 'b', 'c'].map((id) => ({ id, customer: 'c', amount: 7 })),
  );
  expect(await counted()).toEqual({ applied: 3, duplicate: 2, parked: 0 });
  dynamodb.destroy();
});

/** A foreign producer writes an event once in structured mode and once in binary mode: one event. */
async function produce(bootstrap: string, id: string): Promise<void> {
  const producer = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).producer();
  const attributes = { specversion: '1.0', id, source: 'elsewhere', type: 'order.placed' };
  const data = { id, customer: 'c', amount: 7 };
  const ce = Object.fromEntries(Object.entries(attributes).map(([name, text]) => [`ce_${name}`, text]));
  await producer.connect();
  try {
    const messages = [
      {
        headers: { 'content-type': 'application/cloudevents+json' },
        value: JSON.stringify({ ...attributes, datacontenttype: 'application/json', data }),
      },
      { headers: { 'content-type': 'application/json', ...ce }, value: JSON.stringify(data) },
    ];
    await producer.send({ topic: 'orders', messages: messages.map((message) => ({ ...message, key: id })) });
  } finally {
    await producer.disconnect();
  }
}
