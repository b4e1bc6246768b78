import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EventPipeline } from 'cdk-lossless-kafka';
import type { DrillAccount } from '../../../cli/drill/account';
import { startLocalStack, type LocalStack } from '../../../local';

/** A pipeline whose handler applies nothing, on real brokers of which one dies: canaries go the whole way all the same. */
jest.setTimeout(300_000);
process.env['CDK_VALIDATION'] = 'false';

const root = resolve(__dirname, '../../..');
const dir = mkdtempSync(join(tmpdir(), 'lossless-drill-'));
let stack: LocalStack;

beforeAll(async () => {
  const context = { 'aws:cdk:enable-path-metadata': true };
  const app = new App({ outdir: join(dir, 'cdk.out'), context });
  const shop = new Stack(app, 'Shop');
  const pipeline = new EventPipeline(shop, 'Orders', {
    ...{ topicName: 'orders', partitions: 6, canary: true, monitoring: false, removalPolicy: RemovalPolicy.DESTROY },
  });
  pipeline.addIngest('Ingest');
  const handler = new NodejsFunction(shop, 'Billing', {
    ...{ entry: join(__dirname, 'deaf.ts'), runtime: Runtime.NODEJS_24_X, timeout: Duration.minutes(2) },
    bundling: { externalModules: ['@aws-sdk/client-*'] },
  });
  pipeline.addConsumer('BillingConsumer', { handler });
  app.synth();
  stack = await startLocalStack({ assembly: join(dir, 'cdk.out'), dir: join(dir, 'run'), log: () => undefined });
});
afterAll(async () => {
  await stack?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The command, told of the stack by its environment and nothing else. */
const drilled = (...args: string[]) =>
  new Promise<{ readonly code: number; readonly out: string; readonly said: string }>((done) => {
    const command = join(root, 'dist', 'bin', 'cdk-lossless-kafka.js');
    const env = { PATH: process.env['PATH'] ?? '', ...stack.clientVariables };
    execFile(process.execPath, [command, 'drill', ...args], { cwd: root, env }, (error, out, said) =>
      done({ code: Number(error?.code ?? 0), out, said }),
    );
  });

test('a broker is killed under a drill, and every canary that was accepted is applied', async () => {
  const running = drilled('Shop', '--minutes', '1', '--rate', '30', '--within', '3', '--json');
  await wait(15_000);
  const [, second] = stack.brokers.brokers;
  await second?.kill('SIGKILL');
  await wait(15_000);
  await second?.start();
  const { code, out, said } = await running;
  if (code !== 0) throw new Error(`drill ended with ${code}:\n${out}\n${said}`);
  const account = JSON.parse(out) as DrillAccount;
  const [group] = account.groups;
  expect(account.sent).toBeGreaterThan(500);
  expect(account.acked + account.spilled).toBeGreaterThan(0);
  expect(group).toMatchObject({ parked: 0, lost: 0, open: 0 });
  expect(group!.applied).toBeGreaterThanOrEqual(account.acked + account.spilled);
  expect(group!.timeToEffectMs!.p50).toBeGreaterThan(0);
  process.stderr.write(`${out}\n`);
});

test('the function that the schedule wakes finds its own canaries settled', async () => {
  const { id: name = '' } = stack.functions.find(({ path }) => path.endsWith('Canary/Function')) ?? {};
  const lambda = new LambdaClient({
    ...{ endpoint: stack.clientVariables['AWS_ENDPOINT_URL_LAMBDA'], region: 'us-east-1' },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await stack.fireSchedules();
  for (let ages = [3_601]; ages.some((age) => age > 130);) {
    await wait(5_000);
    const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName: name, Payload: '{}' }));
    const found = JSON.parse(Buffer.from(Payload ?? []).toString()) as { readonly ageSeconds: number }[];
    expect(FunctionError).toBeUndefined();
    ages = found.map(({ ageSeconds }) => ageSeconds);
    expect(ages).toHaveLength(1);
  }
});

test('what a local stack cannot do, and a stack that is not there, are said in one line', async () => {
  expect(await drilled('Shop', '--reboot-broker', '--yes', '--minutes', '1')).toMatchObject({ code: 1, said: expect.stringMatching(/\nerror: broker 1 of arn:.*: got .*, want it rebooted; a local stack has no such part; look at a deployed one\n$/) as string }); // prettier-ignore
  expect(await drilled('Other')).toMatchObject({ code: 1, said: expect.stringMatching(/^error: stack Other: got .*does not exist.*; check its name and --region\n$/) as string }); // prettier-ignore
  expect(await drilled('Shop', '--minutes', '0')).toMatchObject({ code: 2, said: expect.stringContaining("option '--minutes <n>' argument '0' is invalid. want a whole number of at least 1") as string }); // prettier-ignore
});
