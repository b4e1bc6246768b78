import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replicasOf } from '../../../../faults/replicas';
import { startBrokers, type Brokers, type BrokersOptions } from '../../../../local/brokers';
import { ClusterAdmin } from '../../../../local/cluster-admin';
import { Processes } from '../../../../local/processes';

/** What stands between clients and one broker. */
interface Proxy {
  readonly port: number;
  aim(port: number): void;
  stop(): Promise<void>;
}

export interface BrokersBehindProxies<P> {
  readonly brokers: Brokers;
  /** What clients are told of each broker, by its id. */
  readonly told: ReadonlyMap<number, P>;
  /** One more way to broker 1, of which only a bootstrap list knows. */
  readonly seed: P;
  /** Of the partitions of topic `orders`, in their order, as they are now: on a machine that is busy they move. */
  leaders(): Promise<readonly (number | undefined)[]>;
  stop(): Promise<void>;
}

/** Three brokers with a topic `orders`, each of them behind a proxy that can make it hang. */
export async function brokersBehindProxies<P extends Proxy>(
  partitions: number,
  { iam, startProxy }: { readonly iam?: BrokersOptions['iam']; readonly startProxy: (dir: string) => Promise<P> },
): Promise<BrokersBehindProxies<P>> {
  const dir = mkdtempSync(join(tmpdir(), 'lossless-proxied-'));
  const processes = new Processes({ logDir: join(dir, 'logs') });
  try {
    return await started({ partitions, dir, processes, iam, startProxy });
  } catch (error) {
    await processes.stopAll();
    throw error;
  }
}

interface Ground<P> {
  readonly partitions: number;
  readonly dir: string;
  readonly processes: Processes;
  readonly iam?: BrokersOptions['iam'];
  readonly startProxy: (dir: string) => Promise<P>;
}

async function started<P extends Proxy>(ground: Ground<P>): Promise<BrokersBehindProxies<P>> {
  const { partitions, dir, processes, iam, startProxy } = ground;
  const told = new Map<number, P>();
  const proxyTo = async (port: number) => {
    const proxy = await startProxy(dir);
    proxy.aim(port);
    return proxy;
  };
  const advertised = async (id: number, port: number) => {
    await told.get(id)?.stop();
    const proxy = await proxyTo(port);
    told.set(id, proxy);
    return proxy.port;
  };
  const brokers = await startBrokers({ dir, processes, advertised, ...(iam && { iam }) });
  const seed = await proxyTo(brokers.brokers[0]!.port);
  const admin = new ClusterAdmin(brokers.direct);
  const configs = { 'min.insync.replicas': '2' };
  await admin.createTopic({ name: 'orders', partitions, replicationFactor: 3, configs });
  return {
    ...{ brokers, told, seed },
    leaders: async () => (await replicasOf('orders', brokers.direct).describe()).map(({ leader }) => leader),
    stop: async () => {
      await Promise.all([seed, ...told.values()].map((proxy) => proxy.stop()));
      await admin.close();
      await processes.stopAll();
      rmSync(dir, { recursive: true });
    },
  };
}
