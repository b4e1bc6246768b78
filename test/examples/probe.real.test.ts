import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { App } from 'aws-cdk-lib';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { deliveries, givenUp } from '../../examples/probe/account';
import { findings, type Finding } from '../../examples/probe/findings';
import { record, type Patience, type Place } from '../../examples/probe/scenarios';
import { handler as ask } from '../../examples/probe/sender';
import { ProbeStack } from '../../examples/probe/stack';
import { BROKERS_VARIABLE, type MappingName } from '../../examples/probe/wire';
import { startLocalStack, type LocalStack, type MappingSwitches } from '../../local';
import { SWITCHES } from '../../local/event-source-mapping';
import { localClient } from '../../local/stores';

jest.setTimeout(300_000);
// CloudFormation's own schema check takes longer than the synthesis; `cdk synth` runs it.
process.env['CDK_VALIDATION'] = 'false';

const PATIENCE: Patience = { mostMs: 60_000, lookMs: 100, maybeMs: 2_000, refusedMs: 400 };
const dir = mkdtempSync(join(tmpdir(), 'lossless-probe-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

beforeAll(() => {
  const context = { 'aws:cdk:enable-path-metadata': true }; // as the CDK command line has it
  const app = new App({ outdir: join(dir, 'cdk.out'), context });
  new ProbeStack(app, 'Probe', { configs: 'properties', s3Endpoint: false });
  app.synth();
});

/** A running local stack as a place to measure. */
function local(stack: LocalStack): Place & { close(): void } {
  const s3 = new S3Client({ ...localClient(stack.endpoints.s3), forcePathStyle: true });
  const dynamodb = new DynamoDBClient(localClient(stack.endpoints.dynamodb));
  const only = <T extends { readonly path: string }>(all: readonly T[], end: string): T => {
    const [found] = all.filter(({ path }) => path.endsWith(end));
    if (!found) throw new Error(`${end}: got ${all.map(({ path }) => path).join(', ')}, want one of them`);
    return found;
  };
  const bucketOf = (mapping: MappingName) => only(stack.buckets, `${mapping}-given-up`).name;
  process.env[BROKERS_VARIABLE] = JSON.stringify({ brokers: stack.brokers.bootstrap, authentication: 'none' });
  return {
    send: async (mapping, send) => void (await ask({ mapping, send })),
    topicSetting: (mapping, describe) => ask({ mapping, describe }),
    deliveries: (run) => deliveries(dynamodb, only(stack.tables, 'Observations').name, run),
    givenUp: (mapping, run) => givenUp(s3, bucketOf(mapping), run),
    throttle: (mapping, on) =>
      Promise.resolve(
        only(stack.functions, `${mapping}-recorder`).around(
          on ? () => Promise.resolve({ kind: 'throttle' }) : undefined,
        ),
      ),
    refuse: (mapping, on) => (on ? removeBucket(s3, bucketOf(mapping)) : makeBucket(s3, bucketOf(mapping))),
    now: () => Date.now(),
    sleep: (ms) => wait(ms),
    close: () => [s3, dynamodb].forEach((client) => client.destroy()),
  };
}

/** A bucket that is not there refuses. */
async function removeBucket(s3: S3Client, Bucket: string): Promise<void> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
  const Objects = Contents.map(({ Key }) => ({ Key: Key ?? '' }));
  if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
}

const makeBucket = async (s3: S3Client, Bucket: string): Promise<void> => {
  await s3.send(new CreateBucketCommand({ Bucket }));
};

async function measure(name: string, mapping: Partial<MappingSwitches>): Promise<readonly Finding[]> {
  const options = { assembly: join(dir, 'cdk.out'), dir: join(dir, name), mapping, log: () => undefined };
  const stack = await startLocalStack(options);
  const place = local(stack);
  try {
    const recording = await record(place, PATIENCE, name, () => undefined);
    return findings(recording, { configs: 'properties', s3Endpoint: false });
  } finally {
    place.close();
    await stack.stop();
  }
}

/** Every switch at its last value; the first ones are what all other tests run under. */
const others = Object.fromEntries(
  Object.entries(SWITCHES).map(([name, { values }]) => [name, values.at(-1)]),
) as unknown as MappingSwitches;

test('what the local mapping is set to is what the probe measures', async () => {
  const found = await measure('others', others);
  const measured = Object.fromEntries(found.map(({ point, value }) => [point, value]));
  const { retryBackoff, configs, s3Endpoint, ...exact } = measured;
  const { retryBackoff: backoff, ...want } = others;
  expect(exact).toEqual(want);
  expect([configs, s3Endpoint]).toEqual(['properties', 'not needed']);
  // The pauses of a busy machine are longer than what was set, never shorter, and do not grow.
  const seen = retryBackoff as MappingSwitches['retryBackoff'];
  expect(seen.firstMs).toBeGreaterThanOrEqual(backoff.firstMs);
  expect(seen.factor).toBeLessThan(2);
});
