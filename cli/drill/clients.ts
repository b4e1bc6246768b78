import type { KafkaClientConfig } from '@aws-sdk/client-kafka';
import { lambdaCaller } from '../../lambdas/runtime/stores/function-caller';
import type { Surroundings } from './drill';

type Config = Pick<KafkaClientConfig, 'region' | 'endpoint' | 'credentials'>;

/** What a drill does in the account that the SDK finds. */
export const drillClients = (config: Config): Pick<Surroundings, 'functions' | 'reboot'> => ({
  functions: lambdaCaller(config),
  reboot: async (cluster, broker) => {
    const { KafkaClient, RebootBrokerCommand } = await import('@aws-sdk/client-kafka');
    await new KafkaClient(config).send(new RebootBrokerCommand({ ClusterArn: cluster, BrokerIds: [broker] }));
  },
});
