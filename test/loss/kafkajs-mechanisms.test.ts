/**
 * Each way in which kafkajs acknowledges what it has not written, made by one fault on real brokers: the usual code loses,
 * the product's does not. What is in the log is read by Kafka's own console consumer.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usualKafkajs, type UsualProducer } from '../../faults/broken/usual-kafkajs';
import { withAdmin } from '../../faults/conformance/with-admin';
import { KafkaTools } from '../../faults/final-read';
import { readRecords } from '../../faults/final-read/log';
import { PRODUCE } from '../../faults/proxies/kafka-answers';
import { startTcpProxy, type TcpProxy } from '../../faults/proxies/tcp';
import { replicasOf } from '../../faults/replicas';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { CE_ID } from '../../lambdas/runtime/contract';
import type { KafkaMessage } from '../../lambdas/runtime/event/message';
import { kafkajsPort } from '../../lambdas/runtime/kafka/kafkajs';
import type { KafkaPort } from '../../lambdas/runtime/kafka/port';
import { silent } from '../../lambdas/runtime/watching/log';
import { producer } from '../../lambdas/runtime/producer';
import { startBrokers, type Brokers } from '../../local/brokers';
import { ClusterAdmin } from '../../local/cluster-admin';
import { Processes } from '../../local/processes';
import { event, producerEnvironment } from '../lambdas/runtime/simulation/scripted-producer';
import { ScriptedStore } from '../lambdas/runtime/simulation/scripted-store';

jest.setTimeout(180_000);

let dir: string;
let processes: Processes;
let tools: KafkaTools;
let brokers: Brokers;
let admin: ClusterAdmin;
const proxies = new Map<number, TcpProxy>();
/** What the proxies draw next: below ½ an answer is lost. */
let draws: number[] = [];
const open: { close(): Promise<void> }[] = [];

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-mechanisms-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  tools = new KafkaTools(join(dir, 'logs'));
  const advertised = async (id: number, port: number) => {
    const proxy = proxies.get(id) ?? (await startTcpProxy(() => draws.shift() ?? 1));
    proxies.set(id, proxy);
    proxy.aim(port);
    return proxy.port;
  };
  brokers = await startBrokers({ dir, processes, advertised });
  admin = new ClusterAdmin(brokers.direct);
});

afterEach(async () => {
  setAll({ kind: 'pass' });
  await Promise.all(open.splice(0).map((each) => each.close()));
});

afterAll(async () => {
  await admin.close();
  await tools.close();
  await processes.stopAll();
  await Promise.all([...proxies.values()].map((proxy) => proxy.stop()));
  rmSync(dir, { recursive: true });
});

const setAll = (mode: Parameters<TcpProxy['set']>[0]) => [...proxies.values()].forEach((proxy) => proxy.set(mode));

/** Of the answers to sends, those are lost after the append for which the draw is below ½; the connection closes. */
const loseAnswers = (...next: number[]) => {
  draws = next;
  setAll({ kind: 'lose-answers', share: 0.5, apiKeys: [PRODUCE], then: 'close' });
};

/** The connections to these brokers die with what was just sent on them; the other brokers have answered by then. */
async function cutBeforeAppend(ids: readonly number[], sending: Promise<unknown>): Promise<void> {
  const cut = ids.flatMap((id) => proxies.get(id) ?? []);
  for (const proxy of cut) proxy.set({ kind: 'silent' });
  await Promise.race([sending, systemClock.sleep(1_000)]);
  for (const proxy of cut) proxy.set({ kind: 'cut' });
  for (const proxy of cut) proxy.set({ kind: 'pass' });
  await sending;
}

const createTopic = (name: string, partitions: number, configs: Record<string, string> = {}) =>
  admin.createTopic({ name, partitions, replicationFactor: 3, configs: { 'min.insync.replicas': '2', ...configs } });

async function usual(): Promise<UsualProducer> {
  const made = await usualKafkajs(brokers.bootstrap);
  open.push(made);
  return made;
}
const environment = (topic: string) => ({ ...producerEnvironment, topic, brokers: brokers.bootstrap });
function ours(topic: string) {
  const made = producer({
    environment: { ...environment(topic), deadlineMs: 30_000 },
    deps: { store: new ScriptedStore(), log: silent },
  });
  open.push(made);
  return made;
}
function port(topic: string): KafkaPort {
  const made = kafkajsPort({ environment: environment(topic), clock: systemClock, warn: () => undefined });
  open.push(made);
  return made;
}

const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`);
const message = (id: string, partition?: number) => ({ partition, value: 'same bytes', headers: { [CE_ID]: id } });
const record = (id: string): KafkaMessage => ({
  key: null,
  value: Buffer.from('same bytes'),
  headers: [[CE_ID, Buffer.from(id)]],
});
const never = new AbortController().signal;

/** Those of the ids that are not in the topic. */
async function missing(topic: string, acknowledged: readonly string[]): Promise<string[]> {
  const read = await readRecords(tools, { bootstrap: brokers.direct, topic });
  const inLog = new Set(read.flatMap(({ records }) => records.map(({ id }) => id)));
  return acknowledged.filter((id) => !inLog.has(id));
}

/** Ids whose send resolved. */
async function resolved(sends: readonly (readonly [id: string, Promise<unknown>])[]): Promise<string[]> {
  const settled = await Promise.allSettled(sends.map(([, send]) => send));
  return sends.flatMap(([id], n) => (settled[n]?.status === 'fulfilled' ? [id] : []));
}

test('sequence numbers taken back: of many sends at once, one whose answer is lost costs another', async () => {
  await createTopic('taken-back', 1);
  const usually = await usual();
  await usually.send('taken-back', [message('usual-first', 0)]);
  loseAnswers(0);
  const sent = await resolved(
    ids('usual', 20).map((id) => [id, usually.send('taken-back', [message(id, 0)])] as const),
  );
  const publisher = ours('taken-back');
  await publisher.publish(event('ours-first', { key: 'k' }));
  loseAnswers(0);
  const outcomes = await Promise.all(ids('ours', 20).map((id) => publisher.publish(event(id, { key: 'k' }))));
  expect(outcomes.map(({ kind }) => kind)).toEqual(ids('', 20).map(() => 'acked'));
  const lost = await missing('taken-back', [...sent, ...outcomes.map(({ id }) => id)]);
  expect(lost).toEqual([expect.stringMatching(/^usual-/)]);
});

test('records without a key dealt out anew: a retry sends them to brokers that have answered already', async () => {
  await createTopic('dealt-anew', 2);
  const [first] = await replicasOf('dealt-anew', brokers.direct).describe();
  const usually = await usual();
  await usually.send('dealt-anew', [message('usual-first', 0), message('usual-second', 1)]);
  const publisher = ours('dealt-anew');
  await publisher.publish(event('ours-first'));
  const sent = ids('usual', 13); // an even number would be dealt out as before
  const sending = usually.send('dealt-anew', sent.map((id) => message(id))); // prettier-ignore
  await cutBeforeAppend([first?.leader ?? 0], sending);
  const publishing = publisher.publishAll(ids('ours', 13).map((id) => event(id)));
  await cutBeforeAppend([1, 2, 3], publishing);
  const outcomes = await publishing;
  expect(outcomes.map(({ kind }) => kind)).toEqual(ids('', 13).map(() => 'acked'));
  const lost = await missing('dealt-anew', [...sent, ...outcomes.map(({ id }) => id)]);
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.filter((id) => !id.startsWith('usual-'))).toEqual([]);
});

test('a broker skipped: a retry passes over the one that has answered, to which the partition has moved', async () => {
  await createTopic('skipped', 2);
  const replicas = replicasOf('skipped', brokers.direct);
  const usually = await usual();
  const strict = port('skipped');
  await usually.send('skipped', [message('usual-first', 0), message('usual-second', 1)]);
  await Promise.all([0, 1].map((partition) => strict.send('skipped', partition, [record(`ours-${partition}`)], never)));
  const [first, second] = await replicas.describe();
  const order = [first?.leader ?? 0, ...(second?.replicas ?? []).filter((id) => id !== first?.leader)];
  await replicas.reassign(new Map([[1, order]]));
  await replicas.electPreferred();
  await usually.send('skipped', [message('usual-stays', 0), message('usual-moved', 1)]);
  const moved = await strict.send('skipped', 1, [record('ours-moved')], never);
  expect(moved.kind).toBe('acked');
  expect(await missing('skipped', ['usual-stays', 'usual-moved', 'ours-moved'])).toEqual(['usual-moved']);
});

test('a number used again: after a send that failed, the next record is taken for the one before', async () => {
  await createTopic('used-again', 1);
  const usually = await usual();
  const strict = port('used-again');
  loseAnswers(...Array.from({ length: 1_000 }, () => 0));
  await expect(usually.send('used-again', [message('usual-failed', 0)])).rejects.toThrow();
  expect((await strict.send('used-again', 0, [record('ours-failed')], never)).kind).toBe('unknown');
  setAll({ kind: 'pass' });
  await usually.send('used-again', [message('usual-next', 0)]);
  expect((await strict.send('used-again', 0, [record('ours-next')], never)).kind).toBe('acked');
  expect(await missing('used-again', ['usual-next', 'ours-next'])).toEqual(['usual-next']);
});

test('a neighbour refused: a request in which one partition is refused gives up the numbers of the written ones', async () => {
  await createTopic('neighbour', 4, { 'max.message.bytes': '1000' }); // more partitions than brokers: some share a leader
  const leaders = (await replicasOf('neighbour', brokers.direct).describe()).map(({ leader }) => leader);
  const written = leaders.findIndex((leader, partition) => leaders.indexOf(leader, partition + 1) > 0);
  const refused = leaders.indexOf(leaders[written] ?? -1, written + 1);
  const usually = await usual();
  const strict = port('neighbour');
  const large = Buffer.alloc(3_000, 'x');
  const both = [message('usual-written', written), { ...message('usual-large', refused), value: large }];
  await expect(usually.send('neighbour', both)).rejects.toThrow();
  await usually.send('neighbour', [message('usual-next', written)]);
  const results = await Promise.all([
    strict.send('neighbour', written, [record('ours-written')], never),
    strict.send('neighbour', refused, [{ ...record('ours-large'), value: large }], never),
  ]);
  expect(results.map(({ kind }) => kind)).toEqual(['acked', 'rejected']);
  expect((await strict.send('neighbour', written, [record('ours-next')], never)).kind).toBe('acked');
  expect(await missing('neighbour', ['usual-next', 'ours-written', 'ours-next'])).toEqual(['usual-next']);
});

test('an empty answer: kafkajs resolves with [] for a partition that the topic, made anew, no longer has', async () => {
  await createTopic('smaller', 2);
  const usually = await usual();
  const strict = port('smaller');
  expect(await usually.send('smaller', [message('usual-gone', 7)])).toEqual([]);
  expect(await strict.send('smaller', 7, [record('ours-gone')], never)).toMatchObject({ kind: 'unknown' });
  expect(await missing('smaller', ['usual-gone'])).toEqual(['usual-gone']);
});

test('a topic made anew, whose offsets start again, is in doubt once and not for ever', async () => {
  await createTopic('anew', 1);
  const strict = port('anew');
  const before = [record('a'), record('b'), record('c')];
  expect(await strict.send('anew', 0, before, never)).toEqual({ kind: 'acked', offsets: [0, 1, 2] });
  await withAdmin(brokers.direct, (topics) => topics.deleteTopics({ topics: ['anew'] }));
  await createTopic('anew', 1);
  const kinds: string[] = [];
  for (let n = 0; n < 10 && kinds.at(-1) !== 'acked'; n += 1) {
    kinds.push((await strict.send('anew', 0, [record('after')], never)).kind);
  }
  expect(kinds.at(-1)).toBe('acked');
  expect(kinds.length).toBeGreaterThan(1); // its first offset is one that the client has seen already
  expect((await strict.send('anew', 0, [record('later')], never)).kind).toBe('acked');
  expect(await missing('anew', ['after', 'later'])).toEqual([]);
});
