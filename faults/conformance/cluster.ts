import { join } from 'node:path';
import { startBrokers, type Brokers } from '../../local/brokers';
import { ClusterAdmin } from '../../local/cluster-admin';
import { Processes } from '../../local/processes';
import type { FaultTarget } from '../fault';
import { KafkaTools } from '../final-read';
import { interpose } from '../target';

/** Three brokers with a proxy in front of each, for the whole suite; every case has a topic of its own. */
export interface Cluster {
  readonly brokers: Brokers;
  readonly processes: Processes;
  readonly tools: KafkaTools;
  /** Everything that a case may touch, `topic`'s replicas among it. */
  target(topic: string): FaultTarget;
  createTopic(topic: string): Promise<void>;
  stop(): Promise<void>;
}

const PARTITIONS = 6;
const KEEPING = { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' };

export async function startCluster({
  dir,
  random,
  say,
}: {
  readonly dir: string;
  readonly random: () => number;
  readonly say: (line: string) => void;
}): Promise<Cluster> {
  const processes = new Processes({ logDir: join(dir, 'logs') });
  const tools = new KafkaTools(join(dir, 'logs'));
  const interposed = await interpose(random);
  const end = async () => {
    await tools.close();
    await processes.stopAll();
    await interposed.stop();
  };
  try {
    const { advertised } = interposed.options;
    const kafka = { dir: join(dir, 'kafka'), processes, advertised, accessControl: true, log: say };
    const brokers = await startBrokers(kafka);
    return {
      ...{ brokers, processes, tools },
      target: (topic) => interposed.target({ brokers, functions: [] }, topic),
      createTopic: (name) => createTopic(brokers.direct, name),
      stop: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function createTopic(direct: string, name: string): Promise<void> {
  const admin = new ClusterAdmin(direct);
  await admin.createTopic({ name, partitions: PARTITIONS, replicationFactor: 3, configs: KEEPING });
  await admin.close();
}
