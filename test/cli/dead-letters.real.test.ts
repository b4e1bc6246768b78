/** What a real consumer parks in a real table and bucket is listed, shown and sent back by the command; Kafka alone is scripted. */
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { DeleteObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { discardDeadLetters } from '../../cli/dead-letters/discard';
import { listDeadLetters } from '../../cli/dead-letters/list';
import { redriveDeadLetters } from '../../cli/dead-letters/redrive';
import { showDeadLetter } from '../../cli/dead-letters/show';
import type { Surroundings } from '../../cli/dead-letters/surroundings';
import type { ConsumerOptions } from '../../lambdas/runtime';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { letterEnd, letterPlace } from '../../lambdas/runtime/contract';
import type { KafkaMessage } from '../../lambdas/runtime/event/message';
import { redrive } from '../../lambdas/runtime/redrive';
import { Processes } from '../../local/processes';
import { oneMore } from '../../testing';
import { realStores } from './dead-letters/real-stores';
import { CLUSTER, environment, RecordingLog, type Given } from '../lambdas/runtime/simulation';
import { producerEnvironment } from '../lambdas/runtime/simulation/scripted-producer';
import { ScriptedPort } from '../lambdas/runtime/simulation/scripted-port';

jest.setTimeout(120_000);

const { table, group, topic, deadLetters } = environment;
let dir: string;
let processes: Processes;
let stores: Awaited<ReturnType<typeof realStores>>;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-redrive-'));
  processes = new Processes({ logDir: dir });
  stores = await realStores({ dir, processes });
  await stores.s3.send(
    new PutBucketVersioningCommand({ Bucket: deadLetters, VersioningConfiguration: { Status: 'Enabled' } }),
  );
});

afterAll(async () => {
  stores.destroy();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

const EVENTS = Array.from({ length: 15 }, (_, n): Given => ({
  offset: n,
  id: `e${n}`,
  key: `k${n % 2}`,
  value: { n },
}));

const deliver = (options: Partial<ConsumerOptions<unknown>>, ...given: readonly Given[]) =>
  stores.deliver(options, given);

let surroundings: Surroundings;

test('listed, shown, sent back once, and applied once', async () => {
  await deliver({ write: () => Promise.reject(new Error('handler')) }, ...EVENTS);

  const port = new ScriptedPort(systemClock, undefined, () => ({ partitions: 1, maxMessageBytes: 1_000_000 }));
  const variables = {
    LOSSLESS_REPLAY_O: JSON.stringify({ cluster: CLUSTER, topic, spill: 'spill', deadLetters }),
    LOSSLESS_PRODUCER_O: JSON.stringify({ ...producerEnvironment, cluster: CLUSTER }),
  };
  const { dynamodb, store, transactions, said } = stores;
  const handler = redrive({ store, transactions, variables, port: () => port, log: new RecordingLog() });
  const around = stores.around((request) => handler(request, { getRemainingTimeInMillis: () => 60_000 }));
  surroundings = around;

  await listDeadLetters({ stack: ['Shop'], limit: 50, json: true, since: Date.now() - 600_000 }, around);
  const listed = said().trim().split('\n').slice(0, -1).map((line) => JSON.parse(line) as { object: string; id: string }); // prettier-ignore
  expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(EVENTS.map(({ id }) => id)));
  await showDeadLetter(listed[0]!.object, { stack: ['Shop'] }, around);
  expect(said()).toMatch(/table +parked, in this letter/);

  expect(await redriveDeadLetters({ stack: ['Shop'], concurrency: 4, maxRedrives: 1 }, around)).toBe(0);
  expect(said()).toMatch(/15 │ sent back, their letters deleted/);
  await listDeadLetters({ stack: ['Shop'], limit: 50 }, around);
  expect(said()).toMatch(/0 of 0 dead letters/);

  // One fails again, and has been sent back as often as is allowed.
  const copies = (port.log.get(0) ?? []).map((message: KafkaMessage, index): Given => {
    const header = (wanted: string) => Buffer.from(message.headers.find(([name]) => name === wanted)![1]!).toString();
    const original = EVENTS.find(({ id }) => id === header('ce_id'))!;
    return { ...original, offset: 100 + index, headers: [['lossless-redrive', header('lossless-redrive')]] };
  });
  expect(copies).toHaveLength(15);
  await deliver({ write: () => Promise.reject(new Error('handler')) }, copies[0]!);
  await deliver({ write: (_, { event }) => [oneMore('orders', event.id)] }, ...copies);
  expect(await redriveDeadLetters({ stack: ['Shop'], concurrency: 4, maxRedrives: 1 }, around)).toBe(1);
  expect(said()).toMatch(/1 refused max-redrives/);
  expect(await redriveDeadLetters({ stack: ['Shop'], concurrency: 4, maxRedrives: 2 }, around)).toBe(0);
  const last = { ...copies[0]!, offset: 200, headers: [['lossless-redrive', `${group}:2`]] as const };
  await deliver({ write: (_, { event }) => [oneMore('orders', event.id)] }, last, ...copies);
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'orders' }));
  expect(Items).toHaveLength(15);
  expect(
    new Set(
      Items.map((item) =>
        Object.values(item)
          .map((value) => value.N)
          .find(Boolean),
      ),
    ),
  ).toEqual(new Set(['1']));
});

test('discarded: no version of the letter is left, what remains is on record, and the event is not applied', async () => {
  const { dynamodb, s3, store } = stores;
  const event: Given = { offset: 500, id: 'private', key: 'private', value: { private: 1 } };
  await deliver({ write: () => Promise.reject(new Error('handler')) }, event);
  const listed: string[] = [];
  for await (const { name } of store.list(deadLetters, '')) if (letterPlace(name) !== undefined) listed.push(name);
  expect(listed).toHaveLength(1);
  const [object] = listed as [string];
  // Deleted and put again: two versions, and a marker between them.
  const text = (await store.get(deadLetters, object))!;
  await s3.send(new DeleteObjectCommand({ Bucket: deadLetters, Key: object }));
  await store.putIfAbsent(deadLetters, object, text);
  const options = { stack: ['Shop'], reason: 'asked to be forgotten', by: 'Ann', yes: true };
  expect(await discardDeadLetters(object, options, surroundings)).toBe(0);
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: deadLetters, Prefix: object })); // prettier-ignore
  expect([...Versions, ...DeleteMarkers]).toEqual([]);
  const kept = (await store.get(deadLetters, letterEnd(object)))!;
  expect(JSON.parse(kept)).toMatchObject({ kind: 'discarded', by: 'Ann', offset: 500 });
  expect(kept).not.toContain('private');
  await deliver({ write: (_, { event: { id } }) => [oneMore('orders', id)] }, event, { ...event, offset: 501 });
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'orders' }));
  expect(Items).toHaveLength(15);
  const { Items: records = [] } = await dynamodb.send(new ScanCommand({ TableName: table }));
  expect(records.filter(({ state }) => state?.S === 'discarded')).toHaveLength(1);
  expect(JSON.stringify(records)).not.toContain('"private"');
});
