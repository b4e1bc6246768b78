/**
 * The lease of a replay on a real object store and real brokers, the bundled handler in processes that are killed and
 * stopped by signals: what the models cannot be made to do.
 */
import { CreateBucketCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../../lambdas/runtime/time/clock';
import { leaseFolder, spillFolder } from '../../../../lambdas/runtime/contract';
import { encodeEvent } from '../../../../lambdas/runtime/event/new-event';
import { LEASE_MS } from '../../../../lambdas/runtime/replay/lease';
import { s3ObjectStore } from '../../../../lambdas/runtime/stores/s3-object-store';
import { spill } from '../../../../lambdas/runtime/spill';
import { startBrokers, type Brokers } from '../../../../local/brokers';
import { ClusterAdmin } from '../../../../local/cluster-admin';
import { startMinistack } from '../../../../local/ministack';
import { Processes } from '../../../../local/processes';
import { localClient } from '../../../../local/stores';
import { bundleHandlers, INVOKE, sandboxVariables } from '../../../nodes/sandbox';
import { valuesIn } from '../../../nodes/values-in';
import { producerEnvironment } from '../simulation/scripted-producer';

jest.setTimeout(240_000);

const SPILLED = 400;
/** Milliseconds a sandbox may work: long enough to see a lease stand still and to replay everything after. */
const SWEEP_MS = 120_000;
/** Objects read together: what a sweep that lost its lease may still send. */
const GROUP = 64;
const { cluster } = producerEnvironment;

let dir: string;
let processes: Processes;
let brokers: Brokers;
let admin: ClusterAdmin;
let objects: string;
let s3: S3Client;
const sandboxes: ChildProcess[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-lease-'));
  bundleHandlers(dir);
  processes = new Processes({ logDir: join(dir, 'logs') });
  const stores = startMinistack({ dir, processes });
  brokers = await startBrokers({ dir, processes });
  admin = new ClusterAdmin(brokers.direct);
  objects = (await stores).endpoint;
  s3 = new S3Client(localClient(objects));
  for (const Bucket of ['spill', 'dead-letters']) await s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  for (const sandbox of sandboxes) sandbox.kill('SIGKILL');
  s3.destroy();
  await admin.close();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

/** A topic with spilled events, an object each; their values. */
async function spilledEvents(topic: string): Promise<string[]> {
  await admin.createTopic({
    name: topic,
    partitions: 1,
    replicationFactor: 3,
    configs: { 'min.insync.replicas': '2' },
  });
  const at = { store: s3ObjectStore(s3), bucket: 'spill', cluster, topic, clock: systemClock, timeMs: 30_000 };
  const values = Array.from({ length: SPILLED }, (_, n) => JSON.stringify({ n }));
  for (let n = 0; n < SPILLED; n += 1) {
    const made = { id: `${topic}-${n}`, type: 'order.placed', key: 'k', data: { n } };
    const message = encodeEvent(made, { source: 'urn:test', now: () => new Date() });
    await spill([{ message, partition: null }], at, (_, result) => expect(result.kind).toBe('spilled'));
  }
  return values;
}

async function names(folder: string): Promise<string[]> {
  const found = await s3.send(new ListObjectsV2Command({ Bucket: 'spill', Prefix: folder }));
  return (found.Contents ?? []).map(({ Key }) => Key as string);
}
const spilledIn = (topic: string) => names(spillFolder(cluster, topic));
const leasesOf = (topic: string) => names(leaseFolder(cluster, topic));

/** One invocation of the replay function in a sandbox of its own. */
function sweep(topic: string): { sandbox: ChildProcess; answered: Promise<unknown> } {
  const env = {
    ...sandboxVariables(objects),
    LOSSLESS_PRODUCER_Orders: JSON.stringify({ ...producerEnvironment, topic, brokers: brokers.bootstrap }),
    LOSSLESS_REPLAY_Orders: JSON.stringify({ cluster, topic, spill: 'spill', deadLetters: 'dead-letters' }),
  };
  const args = [join(dir, 'replay/index.js'), String(SWEEP_MS)];
  const sandbox = fork(INVOKE, args, { env, execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  sandboxes.push(sandbox);
  const answered = once(sandbox, 'message').then(([said]: unknown[]) => (said as { answer?: unknown }).answer ?? said);
  sandbox.send({});
  return { sandbox, answered };
}

/** Until the sweep has deleted its first objects and has others still before it. */
async function untilInTheMiddle(topic: string): Promise<void> {
  while ((await spilledIn(topic)).length === SPILLED) await wait(5);
}

/** Every value is in the topic, so many of them twice at most, and nothing is left to be replayed. */
async function expectReplayed(topic: string, values: readonly string[], mostTwice: number): Promise<void> {
  const found = await valuesIn(brokers.direct, topic, (await admin.endOffsets(topic)).get(0) ?? 0);
  expect(sorted(found)).toEqual(sorted(values));
  expect(found.length - values.length).toBeLessThanOrEqual(mostTwice);
  expect([await spilledIn(topic), await leasesOf(topic)]).toEqual([[], []]);
}

const sorted = (values: readonly string[]) => [...new Set(values)].sort();

test('spilled events whose replay is killed are all published by the next sweep, which takes the lease over', async () => {
  const topic = 'killed';
  const values = await spilledEvents(topic);
  const first = sweep(topic);
  await untilInTheMiddle(topic);
  first.sandbox.kill('SIGKILL');
  await once(first.sandbox, 'exit');
  const left = await spilledIn(topic);
  expect(left.length).toBeGreaterThan(0);
  expect(await leasesOf(topic)).not.toEqual([]);

  const before = process.hrtime.bigint();
  const replayed = expect.any(Number) as number;
  expect(await sweep(topic).answered).toEqual([{ replayed, parked: 0, left: 0 }]);
  expect(Number(process.hrtime.bigint() - before) / 1e6).toBeGreaterThan(LEASE_MS);
  await expectReplayed(topic, values, GROUP);
});

test('a replay that is frozen for longer than its lease and wakes beside its successor deletes nothing unpublished', async () => {
  const topic = 'frozen';
  const values = await spilledEvents(topic);
  const first = sweep(topic);
  await untilInTheMiddle(topic);
  first.sandbox.kill('SIGSTOP');
  const second = sweep(topic);
  // It wakes while the second is at work, or has just ended.
  await Promise.race([second.answered, untilTakenOver(topic, await leasesOf(topic))]);
  first.sandbox.kill('SIGCONT');

  const replayed = expect.any(Number) as number;
  const answers = await Promise.all([first.answered, second.answered]);
  expect(answers).toEqual([[{ replayed, parked: 0, left: replayed }], [{ replayed, parked: 0, left: 0 }]]);
  await expectReplayed(topic, values, 2 * GROUP);
});

async function untilTakenOver(topic: string, before: readonly string[]): Promise<void> {
  while ((await leasesOf(topic)).every((name) => before.includes(name))) await wait(20);
}
