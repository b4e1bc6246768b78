import { PRODUCER_VARIABLE } from '../lambdas/runtime/contract';
import type { LocalFunction, LocalStack, Outcome } from '../local';
import type { Around, FaultBroker, FaultFunction, FaultTarget } from './fault';
import { startHttpProxy } from './proxies/http';
import { startTcpProxy, type TcpProxy } from './proxies/tcp';
import { replicasOf } from './replicas';

/** What a fault does to a function beyond `kill`. */
export type BreakableFunction = LocalFunction & Pick<FaultFunction, 'timeoutMs' | 'signal' | 'freezeBetween'>;
export type BreakableStack = Pick<LocalStack, 'brokers' | 'mappings'> & {
  readonly functions: readonly BreakableFunction[];
};

type Endpoints = LocalStack['endpoints'];

/** The proxies of one run: made before the local stack, which is told of them, and stopped after it. */
export interface FaultWiring {
  /** Options of the local stack. */
  readonly options: {
    /** A proxy stands between every broker and its clients. */
    readonly advertised: (brokerId: number, port: number) => Promise<number>;
    /** Where functions reach the stores; everything else goes straight to them. */
    readonly functionEndpoints: (endpoints: Endpoints) => Endpoints;
    /** Every invocation of a function goes through it. */
    readonly around: (functionId: string, ...invocation: Parameters<Around>) => Promise<Outcome>;
  };
  /** What faults may touch of the stack that was started with the options. */
  target(stack: BreakableStack, topic: string): FaultTarget;
  stop(): Promise<void>;
}

/** @param random - 0 ≤ x < 1, for jitter and shares */
export async function wireFaults(random: () => number, sleep: FaultTarget['sleep']): Promise<FaultWiring> {
  const [dynamodb, s3] = await Promise.all([startHttpProxy(random), startHttpProxy(random)]);
  const networks = new Map<number, TcpProxy>();
  const arounds = new Map<string, Around>();
  return {
    options: {
      advertised: async (brokerId, port) => {
        // Brokers that found a port taken are started once more, on other ports.
        const network = networks.get(brokerId) ?? (await startTcpProxy(random));
        networks.set(brokerId, network);
        network.aim(port);
        return network.port;
      },
      functionEndpoints: (endpoints) => {
        dynamodb.aim(endpoints.dynamodb);
        s3.aim(endpoints.s3);
        return { ...endpoints, dynamodb: dynamodb.endpoint, s3: s3.endpoint };
      },
      around: (functionId, payload, invoke) => arounds.get(functionId)?.(payload, invoke) ?? invoke(payload),
    },
    target: ({ brokers, functions, mappings }, topic) => {
      const breakable = functions.map((fn) => ({ fn, fault: faultFunction(fn, arounds) }));
      const consumes = (fn: LocalFunction) => mappings.some(({ functionId }) => functionId === fn.id);
      const produces = (fn: LocalFunction) =>
        Object.keys(fn.environment).some((name) => name.startsWith(PRODUCER_VARIABLE));
      return {
        brokers: brokers.brokers.map((broker) => faultBroker(broker, networks)),
        replicas: replicasOf(topic, brokers.direct),
        producers: breakable.filter(({ fn }) => produces(fn)).map(({ fault }) => fault),
        consumers: breakable.filter(({ fn }) => consumes(fn)).map(({ fault }) => fault),
        ...{ dynamodb, s3, sleep },
      };
    },
    stop: async () => {
      await Promise.all([...networks.values(), dynamodb, s3].map((proxy) => proxy.stop()));
    },
  };
}

function faultBroker(
  broker: LocalStack['brokers']['brokers'][number],
  networks: ReadonlyMap<number, TcpProxy>,
): FaultBroker {
  const network = networks.get(broker.id);
  if (!network)
    throw new Error(`broker ${broker.id} has no proxy; start the local stack with the options of this wiring`);
  return {
    id: broker.id,
    network,
    get alive() {
      return broker.alive;
    },
    kill: (signal) => broker.kill(signal),
    start: () => broker.start(),
  };
}

function faultFunction(fn: BreakableFunction, arounds: Map<string, Around>): FaultFunction {
  return {
    path: fn.path,
    timeoutMs: fn.timeoutMs,
    kill: () => fn.kill(),
    signal: (signal) => fn.signal(signal),
    freezeBetween: (on) => fn.freezeBetween(on),
    around: (around) => void (around ? arounds.set(fn.id, around) : arounds.delete(fn.id)),
  };
}
