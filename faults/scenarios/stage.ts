import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startBrokers, type BrokersOptions } from '../../local/brokers';
import { ClusterAdmin } from '../../local/cluster-admin';
import { Processes } from '../../local/processes';
import { KafkaTools } from '../final-read';
import { replicasOf } from '../replicas';
import type { Stage } from './scenario';

export interface StageOptions {
  /** For data and logs. */
  readonly dir: string;
  readonly say: (line: string) => void;
  /** Port clients are told for a broker, when a proxy stands in front of it. */
  readonly advertised?: BrokersOptions['advertised'];
  /** Broker properties over the local defaults. */
  readonly properties?: Readonly<Record<string, string>>;
}

const SAFE = { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' };

/** Plays on three brokers with nothing else around them, which end with the play. */
export async function onStage<Result>(
  { dir, say, properties, advertised }: StageOptions,
  play: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  await mkdir(dir, { recursive: true });
  const processes = new Processes({ logDir: join(dir, 'logs') });
  const tools = new KafkaTools(join(dir, 'logs'));
  try {
    const brokers = await startBrokers({ dir: join(dir, 'kafka'), processes, properties, advertised, log: say });
    const topic: Stage['topic'] = async (name, { partitions = 1, configs } = {}) => {
      const admin = new ClusterAdmin(brokers.direct);
      await admin.createTopic({ name, partitions, replicationFactor: 3, configs: { ...SAFE, ...configs } });
      await admin.close();
      return replicasOf(name, brokers.direct);
    };
    return await play({ brokers, tools, topic, say });
  } finally {
    await tools.close();
    await processes.stopAll();
  }
}
