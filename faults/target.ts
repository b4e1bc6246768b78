import { systemClock } from '../lambdas/runtime/clock';
import { CONSUMER_VARIABLE, PRODUCER_VARIABLE } from '../lambdas/runtime/contract';
import type { LocalStack, LocalStackOptions } from '../local';
import type { FaultBroker, FaultTarget } from './fault';
import { startHttpProxy, type HttpProxy } from './proxies/http';
import { brokerProxies, type BrokerProxies } from './proxies/brokers';
import { replicasOf } from './replicas';

/** A proxy in front of every broker and of either store, to be put in place when a stack starts. */
export interface Interposed {
  /** Goes into the stack's options. */
  readonly options: Pick<LocalStackOptions, 'advertised' | 'storesSeen'>;
  /** Everything that faults may touch of the stack that was started with `options`. */
  target(stack: Pick<LocalStack, 'brokers' | 'functions'>, topic: string): FaultTarget;
  stop(): Promise<void>;
}

/** @param random - 0 ≤ x < 1, for what the proxies draw */
export async function interpose(random: () => number): Promise<Interposed> {
  const networks = brokerProxies(random);
  const dynamodb = await startHttpProxy(random);
  const s3 = await startHttpProxy(random);
  const through = (proxy: HttpProxy) => (endpoint: string) => {
    proxy.aim(endpoint);
    return proxy.endpoint;
  };
  return {
    options: {
      advertised: networks.advertised,
      storesSeen: { dynamodb: through(dynamodb), s3: through(s3) },
    },
    target: (stack, topic) => ({
      brokers: stack.brokers.brokers.map((broker) => faultBroker(broker, networks)),
      replicas: replicasOf(topic, stack.brokers.direct),
      producers: playing(stack, PRODUCER_VARIABLE),
      consumers: playing(stack, CONSUMER_VARIABLE),
      dynamodb,
      s3,
      sleep: (ms, signal) => systemClock.sleep(ms, signal),
    }),
    stop: async () => {
      await Promise.all([dynamodb, s3, networks].map((proxy) => proxy.stop()));
    },
  };
}

function faultBroker(broker: LocalStack['brokers']['brokers'][number], networks: BrokerProxies): FaultBroker {
  return {
    id: broker.id,
    get alive() {
      return broker.alive;
    },
    kill: (signal) => broker.kill(signal),
    start: () => broker.start(),
    network: networks.of(broker.id),
  };
}

const playing = (stack: Pick<LocalStack, 'functions'>, variable: string) =>
  stack.functions.filter(({ environment }) => Object.keys(environment).some((name) => name.startsWith(variable)));
