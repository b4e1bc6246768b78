import { setTimeout as wait } from 'node:timers/promises';
import { CONSUMER_VARIABLE, PRODUCER_VARIABLE } from '../lambdas/runtime/contract';
import type { LocalStack, LocalStackOptions } from '../local';
import type { FaultBroker, FaultTarget } from './fault';
import { startHttpProxy, type HttpProxy } from './proxies/http';
import { startTcpProxy, type TcpProxy } from './proxies/tcp';
import { replicasOf } from './replicas';

/** A proxy in front of every broker and of either store, to be put in place when a stack starts. */
export interface Interposed {
  /** Goes into the stack's options. */
  readonly options: Pick<LocalStackOptions, 'advertised' | 'storesSeen'>;
  /** Everything that faults may touch of the stack that was started with `options`. */
  target(stack: LocalStack, topic: string): FaultTarget;
  stop(): Promise<void>;
}

/** @param random - 0 ≤ x < 1, for what the proxies draw */
export async function interpose(random: () => number): Promise<Interposed> {
  const networks = new Map<number, TcpProxy>();
  const dynamodb = await startHttpProxy(random);
  const s3 = await startHttpProxy(random);
  const through = (proxy: HttpProxy) => (endpoint: string) => {
    proxy.aim(endpoint);
    return proxy.endpoint;
  };
  return {
    options: {
      advertised: async (brokerId, port) => {
        const network = networks.get(brokerId) ?? (await startTcpProxy(random));
        networks.set(brokerId, network);
        network.aim(port);
        return network.port;
      },
      storesSeen: { dynamodb: through(dynamodb), s3: through(s3) },
    },
    target: (stack, topic) => ({
      brokers: stack.brokers.brokers.map((broker) => faultBroker(broker, networks)),
      replicas: replicasOf(topic, stack.brokers.direct),
      producers: playing(stack, PRODUCER_VARIABLE),
      consumers: playing(stack, CONSUMER_VARIABLE),
      dynamodb,
      s3,
      sleep,
    }),
    stop: async () => {
      await Promise.all([dynamodb, s3, ...networks.values()].map((proxy) => proxy.stop()));
    },
  };
}

function faultBroker(
  broker: LocalStack['brokers']['brokers'][number],
  networks: ReadonlyMap<number, TcpProxy>,
): FaultBroker {
  const network = networks.get(broker.id);
  if (!network) throw new Error(`broker ${broker.id} was started without a proxy in front of it`);
  return {
    id: broker.id,
    get alive() {
      return broker.alive;
    },
    kill: (signal) => broker.kill(signal),
    start: () => broker.start(),
    network,
  };
}

const playing = (stack: LocalStack, variable: string) =>
  stack.functions.filter(({ environment }) => Object.keys(environment).some((name) => name.startsWith(variable)));

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}
