import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { surroundings } from '../local/surroundings';
import { Toolchain } from '../local/toolchain';
import type { FaultReplicas, PartitionReplicas } from './fault';

/** On a busy machine, with a broker just back. */
const DONE_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 200;
/** A broker that is paused does not answer; the next try asks another one. */
const ANSWER_WITHIN_MS = 2000;

/**
 * The replicas of a topic on a running cluster.
 *
 * @param bootstrap - `host:port`, comma-separated, past the proxies: what a fault does to clients shall not stop it
 */
export function replicasOf(topic: string, bootstrap: string, toolchain = new Toolchain()): FaultReplicas {
  const seeds = bootstrap.split(',');
  const answered = <T>(question: (admin: Admin) => Promise<T>) => answeredBySome(seeds, question);
  const describe = () => answered((admin) => partitionsOf(admin, topic));
  return {
    topic,
    describe,
    reassign: async (replicas) => {
      const partitionAssignment = [...replicas].map(([partition, ids]) => ({ partition, replicas: [...ids] }));
      await answered((admin) => admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] }));
      await until(`the replicas of ${topic} are reassigned`, async () =>
        (await describe()).every(({ partition, replicas: now, isr }) => {
          const wanted = replicas.get(partition);
          return !wanted || (same(now, wanted) && wanted.every((id) => isr.includes(id)));
        }),
      );
    },
    electPreferred: async () => {
      const partitions = (await describe()).map(({ partition }) => ({ topic, partition }));
      await electPreferred(bootstrap, toolchain.kafkaClassPath(), JSON.stringify({ partitions }));
    },
  };
}

/** Kafka's own tool, because kafkajs has no request for it. It reads its list of partitions from a file only. */
async function electPreferred(bootstrap: string, classPath: string, partitions: string): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'election-'));
  try {
    const file = join(dir, 'partitions.json');
    await writeFile(file, partitions);
    const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const tool = ['org.apache.kafka.tools.LeaderElectionCommand', '--bootstrap-server', bootstrap];
    const election = ['--election-type', 'preferred', '--path-to-json-file', file];
    // The class path goes by the environment: an error names the whole command.
    const env = { ...surroundings(), CLASSPATH: classPath };
    const options = { env, timeout: DONE_WITHIN_MS, killSignal: 'SIGKILL' } as const;
    await promisify(execFile)('java', [...jvm, ...tool, ...election], options);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/**
 * A client of its own for each try, and each begins with another broker: kafkajs stays with one that has taken the
 * connection, and a paused one takes connections and never answers.
 */
async function answeredBySome<T>(seeds: readonly string[], question: (admin: Admin) => Promise<T>): Promise<T> {
  const until = Date.now() + DONE_WITHIN_MS;
  for (let first = 0; ; first = (first + 1) % seeds.length) {
    const admin = new Kafka({
      clientId: 'faults',
      brokers: [...seeds.slice(first), ...seeds.slice(0, first)],
      logLevel: logLevel.NOTHING,
      connectionTimeout: ANSWER_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      retry: { retries: 0 },
    }).admin();
    try {
      await admin.connect();
      return await question(admin);
    } catch (error) {
      if (Date.now() > until) throw error;
    } finally {
      await admin.disconnect();
    }
    await wait(LOOK_EVERY_MS);
  }
}

async function partitionsOf(admin: Admin, topic: string): Promise<PartitionReplicas[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  return (topics[0]?.partitions ?? [])
    .map(({ partitionId: partition, leader, replicas, isr }) => ({ partition, leader, replicas, isr }))
    .sort((a, b) => a.partition - b.partition);
}

/**
 * Resolves when the partition is as wanted.
 *
 * @param what - what is waited for, for the error
 * @throws when it is not so within a minute, longer than a broker session timeout and an election together
 */
export async function untilPartition(
  replicas: FaultReplicas,
  partition: number,
  what: string,
  holds: (now: PartitionReplicas) => boolean,
): Promise<PartitionReplicas> {
  let found: PartitionReplicas | undefined;
  await until(`${replicas.topic}-${partition} has ${what}`, async () => {
    found = (await replicas.describe()).find((each) => each.partition === partition && holds(each));
    return found !== undefined;
  });
  return found!;
}

/** Resolves with the broker that leads the partition in the place of one that is down. @throws as `untilPartition` */
export async function anotherLeader(replicas: FaultReplicas, partition: number, down: number): Promise<number> {
  const led = ({ leader }: PartitionReplicas) => leader > 0 && leader !== down;
  return (await untilPartition(replicas, partition, `another leader than broker ${down}`, led)).leader;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + DONE_WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > end)
      throw new Error(`got no change in ${DONE_WITHIN_MS / 1000} s, want that ${what}; see the brokers' logs`);
    await wait(LOOK_EVERY_MS);
  }
}

const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((id, n) => id === b[n]);
