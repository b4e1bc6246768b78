import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { startBrokers, type Brokers } from '../local/brokers';
import { ClusterAdmin } from '../local/cluster-admin';
import { Processes } from '../local/processes';
import { ratio, spread, type Bench, type Row } from './measure';
import { CLIENTS, type ClientName } from './producer/clients';
import { producerPerformance } from './producer/java';
import { idsInLog } from './producer/log';
import type { LoadResult, Order, Report } from './producer/worker';

const NAMES = Object.keys(CLIENTS) as ClientName[];
const PARTITIONS = 6;
const THROUGHPUT = [
  { name: '100 single events at once', batch: 1, atOnce: 100 },
  { name: '1,000 single events at once', batch: 1, atOnce: 1_000 },
  { name: '5 batches of 100 at once', batch: 100, atOnce: 5 },
  { name: '5 batches of 1,000 at once', batch: 1_000, atOnce: 5 },
];
const AWAITED = { name: 'one awaited event', batch: 1, atOnce: 1 };
const ALLOCATIONS = { name: 'allocations', batch: 1, atOnce: 100, allocations: true };
/** All clients under the same kill, slowly enough for two cores to serve them all. */
const UNDER_KILL = { name: 'a leader is killed', batch: 10, atOnce: 8, pauseMs: 40, forMs: 25_000 };
const KILL_AFTER_MS = 7_000;

const FULL = { rounds: 3, forMs: 3_000, kills: 2, javaRecords: 200_000 };
const QUICK = { rounds: 1, forMs: 2_000, kills: 1, javaRecords: 100_000 };

export const producer: Bench = {
  name: 'producer',
  claim: `CloudEvents with 200 bytes of data, ${PARTITIONS} partitions, acks=all, three brokers: this producer beside other clients, in turns`,
  measure: async (say, { quick }) => {
    const dir = await mkdtemp(join(tmpdir(), 'lossless-bench-'));
    const processes = new Processes({ logDir: dir });
    try {
      const brokers = await startBrokers({ dir, processes });
      return await measureOn(brokers, quick ? QUICK : FULL, say);
    } finally {
      await processes.stopAll();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** Results of one client, one entry a round. */
type Rounds = Map<ClientName, readonly LoadResult[][]>;

async function measureOn(brokers: Brokers, size: typeof FULL, say: (line: string) => void): Promise<Row[]> {
  const java: number[] = [];
  const rounds: Rounds = new Map();
  const absent = new Map<ClientName, string>();
  const missing = new Map<ClientName, number[]>();
  for (let round = 0; round < size.rounds; round++) {
    await createTopic(brokers, 'java', round, PARTITIONS);
    java.push(await producerPerformance(brokers.bootstrap, `java-${round}`, size.javaRecords));
    for (const client of NAMES.filter((name) => !absent.has(name))) {
      const topic = await createTopic(brokers, client, round, PARTITIONS);
      const loads = [...THROUGHPUT, AWAITED, ALLOCATIONS].map((load) => ({ ...load, forMs: size.forMs }));
      const report = await run({ client, bootstrap: brokers.bootstrap, topic, run: `${round}`, loads });
      if ('missing' in report) {
        absent.set(client, report.missing);
        say(`${client} is not installed (${report.missing}); see bench/README.md`);
        continue;
      }
      rounds.set(client, [...(rounds.get(client) ?? []), [...report.results]]);
      missing.set(client, [...(missing.get(client) ?? []), await missingIn(brokers, topic, report.results)]);
    }
    say(`round ${round + 1} of ${size.rounds}`);
  }
  const present = NAMES.filter((name) => rounds.has(name));
  const kills = await underKills(brokers, present, size.kills, say);
  return [
    ...[...absent.keys()].map((name) => ({ what: `${name}: not installed`, unit: '', values: [] })),
    ...THROUGHPUT.flatMap(({ name }) => throughputRows(name, rounds)),
    { what: 'ProducerPerformance (Java)', unit: 'records/s', values: java },
    ratio('5 batches of 1,000 at once: ours / Java', perSecond('5 batches of 1,000 at once', rounds, 'ours'), java),
    ...awaitedRows(rounds),
    ...costRows(rounds),
    ...[...missing].map(([name, values]) => ({ what: `no fault: acked but missing, ${name}`, unit: '', values })),
    ...kills,
  ];
}

/** The client in a process of its own, so that neither its memory nor its threads are shared. */
async function run(order: Order): Promise<Report> {
  const worker = fork(join(__dirname, 'producer', 'worker.ts'));
  worker.send(order);
  const [report] = (await Promise.race([
    once(worker, 'message'),
    once(worker, 'exit').then(([code]) => [{ missing: `its process ended with ${code}` }]),
  ])) as [Report];
  worker.kill('SIGKILL');
  return report;
}

async function createTopic(brokers: Brokers, name: string, round: number, partitions: number): Promise<string> {
  const topic = `${name.replaceAll(' ', '-')}-${round}`;
  const admin = new ClusterAdmin(brokers.direct);
  await admin.createTopic({ name: topic, partitions, replicationFactor: 3 });
  await admin.close();
  return topic;
}

async function missingIn(brokers: Brokers, topic: string, results: readonly LoadResult[]): Promise<number> {
  const ids = await idsInLog(brokers.direct, topic);
  return results.flatMap(({ acked }) => acked).filter((id) => !ids.has(id)).length;
}

const found = (load: string, rounds: Rounds, client: ClientName): LoadResult[] =>
  (rounds.get(client) ?? []).flatMap((results) => results.filter(({ name }) => name === load));

const perSecond = (load: string, rounds: Rounds, client: ClientName): number[] =>
  found(load, rounds, client).map(({ acked, seconds }) => acked.length / seconds);

function throughputRows(load: string, rounds: Rounds): Row[] {
  const clients = [...rounds.keys()];
  const rates = clients.map((client) => ({
    what: `${load}: ${client}`,
    unit: 'events/s',
    values: perSecond(load, rounds, client),
  }));
  const [own, ...others] = rates;
  const ratios = others.map(({ values }, n) => ratio(`${load}: ours / ${clients[n + 1]}`, own?.values ?? [], values));
  return [...rates, ...ratios];
}

function awaitedRows(rounds: Rounds): Row[] {
  const rows = [...rounds.keys()].map((client) => ({
    what: `${AWAITED.name}, p50: ${client}`,
    unit: 'ms',
    values: found(AWAITED.name, rounds, client).map(
      ({ calls }) => spread(calls.map(([began, ended]) => ended - began)).median,
    ),
  }));
  const [own, usual] = rows;
  return [...rows, ratio(`${AWAITED.name}, p50: ours / usual kafkajs`, own?.values ?? [], usual?.values ?? [])];
}

function costRows(rounds: Rounds): Row[] {
  const per1000 = (amount: number, { acked }: LoadResult) => (amount / acked.length) * 1_000;
  const load = '100 single events at once';
  return [...rounds.keys()].flatMap((client) => [
    {
      what: `CPU for 1,000 events, ${load}: ${client}`,
      unit: 'ms',
      values: found(load, rounds, client).map((result) => per1000(result.cpuMs, result)),
    },
    {
      what: `heap allocated for 1,000 events, ${load}: ${client}`,
      unit: 'kB',
      values: found(ALLOCATIONS.name, rounds, client).map((result) =>
        per1000((result.allocatedBytes ?? Number.NaN) / 1_000, result),
      ),
    },
  ]);
}

/** SIGKILL of the broker that leads the only partition of every client's topic, all clients at once. */
async function underKills(
  brokers: Brokers,
  clients: readonly ClientName[],
  kills: number,
  say: (line: string) => void,
): Promise<Row[]> {
  const rows = clients.map((client) => ({ client, seconds: [] as number[], missing: [] as number[] }));
  const [leader] = brokers.brokers;
  if (!leader) throw new Error('brokers: got none, want three');
  for (let kill = 0; kill < kills; kill++) {
    const topics = clients.map((client) => `killed-${client.replaceAll(' ', '-')}-${kill}`);
    await createLedBy(brokers, leader.id, topics);
    const reports = clients.map((client, n) =>
      run({ client, bootstrap: brokers.bootstrap, topic: topics[n] ?? '', run: 'kill', loads: [UNDER_KILL] }),
    );
    await new Promise((resolve) => setTimeout(resolve, KILL_AFTER_MS));
    const killedAt = Date.now();
    await leader.kill('SIGKILL');
    const results = (await Promise.all(reports)).map((report) => ('missing' in report ? [] : report.results));
    await leader.start();
    for (const [n, row] of rows.entries()) {
      row.seconds.push(secondsToNextAck(results[n] ?? [], killedAt));
      row.missing.push(await missingIn(brokers, topics[n] ?? '', results[n] ?? []));
    }
    say(`kill ${kill + 1} of ${kills}`);
  }
  return rows.flatMap(({ client, seconds, missing }) => [
    { what: `${UNDER_KILL.name}, SIGKILL to next ack: ${client}`, unit: 's', values: seconds },
    { what: `${UNDER_KILL.name}: acked but missing, ${client}`, unit: '', values: missing },
  ]);
}

async function createLedBy(brokers: Brokers, leader: number, topics: readonly string[]): Promise<void> {
  const kafka = new Kafka({ brokers: brokers.direct.split(','), logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const replicas = [leader, ...brokers.brokers.map(({ id }) => id).filter((id) => id !== leader)];
  const replicaAssignment = [{ partition: 0, replicas }];
  await admin.createTopics({ topics: topics.map((topic) => ({ topic, replicaAssignment })), waitForLeaders: true });
  await admin.disconnect();
}

/** An answer that was on its way when the leader died comes within milliseconds; an election takes seconds. */
function secondsToNextAck(results: readonly LoadResult[], killedAt: number): number {
  const ends = results
    .flatMap(({ calls }) => calls.map(([, ended]) => ended))
    .filter((ended) => ended > killedAt + 500);
  return (Math.min(...ends) - killedAt) / 1_000;
}
