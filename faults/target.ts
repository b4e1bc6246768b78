import { join } from 'node:path';
import { systemClock } from '../lambdas/runtime/time/clock';
import { CONSUMER_VARIABLE, PRODUCER_VARIABLE } from '../lambdas/runtime/contract';
import type { LocalStack, LocalStackOptions } from '../local';
import { packageRoot } from '../local/toolchain';
import type { FaultBroker, FaultCallers, FaultTarget } from './fault';
import { startHttpProxy, type HttpProxy } from './proxies/http';
import { brokerProxies, type BrokerProxies } from './proxies/brokers';
import { replicasOf } from './replicas';
import { StoreTally } from './states/store-tally';
import { topicConfig } from './topic-config';

/** A proxy in front of every broker and of either store, to be put in place when a stack starts. */
export interface Interposed {
  /** Goes into the stack's options. */
  readonly options: Pick<LocalStackOptions, 'advertised' | 'storesSeen'>;
  /** Everything that faults may touch of the stack that was started with `options`. */
  target(stack: Pick<LocalStack, 'brokers' | 'functions'>, topic: string, around?: AroundStack): FaultTarget;
  /** What the requests to DynamoDB said so far. */
  readonly tally: StoreTally;
  stop(): Promise<void>;
}

/** What there is beside the stack, where a load runs through it. */
export interface AroundStack {
  readonly callers: FaultCallers;
  /** How many lines with this message functions have logged so far. */
  readonly said: (message: string) => Promise<number>;
  /** Folder of the code that a bad deploy brings. @default - dist/broken/bad-deploy */
  readonly badCode?: string;
}

/** @param random - 0 ≤ x < 1, for what the proxies draw */
export async function interpose(random: () => number): Promise<Interposed> {
  const networks = brokerProxies(random);
  const tally = new StoreTally();
  const dynamodb = await startHttpProxy(random, (exchange) => tally.see(exchange));
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
    tally,
    target: (
      stack,
      topic,
      { callers, said, badCode = join(packageRoot(), 'dist', 'broken', 'bad-deploy') } = NOTHING,
    ) => ({
      brokers: stack.brokers.brokers.map((broker) => faultBroker(broker, networks)),
      replicas: replicasOf(topic, stack.brokers.direct),
      producers: playing(stack, PRODUCER_VARIABLE),
      consumers: playing(stack, CONSUMER_VARIABLE),
      dynamodb,
      s3,
      ...{ callers, said, badCode },
      topicConfig: topicConfig(stack.brokers.direct, topic),
      sleep: (ms, signal) => systemClock.sleep(ms, signal),
    }),
    stop: async () => {
      await Promise.all([dynamodb, s3, networks].map((proxy) => proxy.stop()));
    },
  };
}

/** Where there is no load, a fault of the load breaks nothing, and nobody says anything. */
const NOTHING: AroundStack = {
  callers: { send: () => Promise.resolve(0), sendTwins: () => Promise.resolve(0) },
  said: () => Promise.resolve(0),
};

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
