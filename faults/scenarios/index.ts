import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startBrokers } from '../../local/brokers';
import { ClusterAdmin } from '../../local/cluster-admin';
import { Processes } from '../../local/processes';
import { KafkaTools } from '../final-read';
import { replicasOf } from '../replicas';
import { acksOne } from './acks-one';
import { leaderNotAvailable } from './leader-not-available';
import { told, type Scenario, type Sender, type Told } from './scenario';

export type { Arm, Sender, Told } from './scenario';

/** Both stories of the articles this library grew from. */
export const SCENARIOS: readonly Scenario[] = [acksOne, leaderNotAvailable];

/** Plays a scenario on brokers of its own. @param ours - the product's producer for a topic of that cluster */
export async function playScenario(
  scenario: Scenario,
  options: {
    readonly dir: string;
    readonly say: (line: string) => void;
    readonly ours: (topic: string, bootstrap: string) => Sender;
  },
): Promise<Told> {
  const { dir, say, ours } = options;
  await mkdir(dir, { recursive: true });
  const processes = new Processes({ logDir: join(dir, 'logs') });
  const tools = new KafkaTools(join(dir, 'logs'));
  try {
    const brokers = await startBrokers({ dir: join(dir, 'kafka'), processes, log: say });
    const topic = async (name: string) => {
      const admin = new ClusterAdmin(brokers.direct);
      const configs = { 'min.insync.replicas': '2', 'unclean.leader.election.enable': 'false' };
      await admin.createTopic({ name, partitions: 1, replicationFactor: 3, configs });
      await admin.close();
      return replicasOf(name, brokers.direct);
    };
    const stage = { brokers, tools, topic, say, ours: (name: string) => ours(name, brokers.bootstrap) };
    return told(scenario.name, await scenario.play(stage));
  } finally {
    await tools.close();
    await processes.stopAll();
  }
}
