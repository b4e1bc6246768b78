import { Kafka, logLevel } from 'kafkajs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { withoutIdleTimers } from '../lambdas/runtime/kafka/request-queue';
import { authorityFile, listenerProperties, makeCertificates, type IamListener } from './iam-listener';
import { kafkaUuid, KafkaNode } from './kafka-node';
import { onFreePorts } from './ports';
import type { OwnedProcess, Processes } from './processes';
import { Toolchain } from './toolchain';

export interface BrokersOptions {
  /** Folder for the nodes' data and configuration. */
  readonly dir: string;
  readonly processes: Processes;
  /**
   * Broker properties for every node, over the defaults below: those of the template's cluster configuration. What a
   * node needs to be reached (listeners, security, ids, folders) is left out, as it is on MSK.
   */
  readonly properties?: Readonly<Record<string, string>>;
  /**
   * Port that clients are told for a broker, when something stands in front of it (a proxy on 127.0.0.1). Called once
   * for each broker, before it starts. Brokers reach each other past it. @default - the broker's own port
   */
  readonly advertised?: (brokerId: number, port: number) => number | Promise<number>;
  /** TLS and IAM authentication for clients, as on MSK. @default - none: plain connections, anybody on this machine */
  readonly iam?: IamListener;
  /** Kafka's own authorizer, which allows everything until an ACL says otherwise. @default false */
  readonly accessControl?: boolean;
  /** Progress, in sentences. */
  readonly log?: (line: string) => void;
  readonly toolchain?: Toolchain;
}

/** A Kafka cluster: one controller and three brokers, each in a rack (availability zone) of its own. */
export interface Brokers {
  readonly brokers: readonly Broker[];
  /** `host:port` of every broker as clients are told, comma-separated. */
  readonly bootstrap: string;
  /** The same past whatever `advertised` put in front, and past TLS and IAM: for admin calls during faults. */
  readonly direct: string;
  /** Certificate to trust, in PEM; undefined without `iam`. */
  readonly authorityFile?: string;
  /** Ends every node at once, without saving anything. */
  stop(): Promise<void>;
}

export interface Broker {
  /** 1, 2 or 3. */
  readonly id: number;
  /** Port the broker listens on. */
  readonly port: number;
  readonly dir: string;
  readonly alive: boolean;
  readonly process: OwnedProcess;
  /** Sends the signal. For SIGKILL and SIGTERM it resolves when the process has ended. */
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Starts it again on its data; resolves when the cluster counts it in. */
  start(): Promise<void>;
}

const CONTROLLER_ID = 100;
const BROKER_IDS = [1, 2, 3];
const JOIN_WITHIN_MS = 60_000;

/** What MSK guarantees or the constructs set, and what makes a small cluster quick to test. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'auto.create.topics.enable': 'false',
  'unclean.leader.election.enable': 'false',
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'transaction.state.log.num.partitions': '3',
  'broker.session.timeout.ms': '6000',
  'broker.heartbeat.interval.ms': '1000',
  'replica.lag.time.max.ms': '10000',
  'group.initial.rebalance.delay.ms': '0',
  'log.cleaner.dedupe.buffer.size': '2097152',
};

const ACCESS_CONTROL: Readonly<Record<string, string>> = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
};

/** Properties of a node rather than of the cluster, and of parts that MSK has and plain Kafka has not. */
const NODES_OWN =
  /^(node\.id|broker\.(id|rack)|process\.roles|(advertised\.)?listeners|(listener|controller|security|ssl|sasl|authorizer|zookeeper|remote\.log|metric|log\.dir|metadata\.log\.dir|inter\.broker\.listener)\b.*|log\.dirs|super\.users)$/;

/**
 * Starts the cluster and resolves when all three brokers are in it.
 *
 * @throws when set-up has not run, a jar is broken, a port is taken twice in a row, or a node ends before it serves
 */
export function startBrokers(options: BrokersOptions): Promise<Brokers> {
  withoutIdleTimers();
  return onFreePorts(1 + 2 * BROKER_IDS.length, (ports) => startOn(ports, options));
}

async function startOn(ports: readonly number[], options: BrokersOptions): Promise<Brokers> {
  const layout = await layOut(ports, options);
  const nodes = [layout.controller, ...layout.brokers.map(({ node }) => node)];
  const stop = async () => {
    const running = nodes.flatMap(({ process }) => process ?? []);
    for (const process of running) process.kill('SIGKILL');
    await Promise.all(running.map(({ exited }) => exited));
  };
  const joined = (ids: readonly number[]) => untilJoined(layout.direct, ids);
  const certificates = options.iam && certificatesIn(options.dir);
  try {
    if (certificates) await makeCertificates(certificates);
    await Promise.all(nodes.map((node) => node.format()));
    await Promise.all(nodes.map((node) => node.start()));
    await joined(BROKER_IDS);
  } catch (error) {
    await stop();
    throw error;
  }
  options.log?.(`3 brokers of Apache Kafka serve on ${layout.bootstrap}`);
  const brokers = layout.brokers.map(({ id, port, node }) => asBroker(id, port, node, () => joined([id])));
  const authority = certificates && authorityFile(certificates);
  return { brokers, bootstrap: layout.bootstrap, direct: layout.direct, authorityFile: authority, stop };
}

interface Layout {
  readonly controller: KafkaNode;
  readonly brokers: readonly { id: number; port: number; node: KafkaNode }[];
  readonly bootstrap: string;
  readonly direct: string;
}

async function layOut(ports: readonly number[], options: BrokersOptions): Promise<Layout> {
  const [quorum, ...brokerPorts] = ports;
  const { dir, processes, toolchain = new Toolchain() } = options;
  const clusterId = kafkaUuid();
  const shared = clusterProperties(options);
  const node = (id: number, name: string, own: Record<string, string>) =>
    new KafkaNode({
      ...{ id, name, dir, clusterId, processes, toolchain },
      properties: {
        ...shared,
        ...quorumProperties(id, Number(quorum), options.iam ? 'SASL_SSL' : 'PLAINTEXT'),
        ...own,
      },
    });
  const advertisedPorts: number[] = [];
  const brokers: Layout['brokers'][number][] = [];
  for (const [index, id] of BROKER_IDS.entries()) {
    const port = Number(brokerPorts[index]);
    const advertised = (await options.advertised?.(id, port)) ?? port;
    advertisedPorts.push(advertised);
    const own = {
      ...brokerProperties(id, port, advertised, Number(brokerPorts[BROKER_IDS.length + index])),
      ...(options.iam && listenerProperties(certificatesIn(dir), options.iam)),
    };
    brokers.push({ id, port, node: node(id, `broker-${id}`, own) });
  }
  const controller = node(CONTROLLER_ID, 'controller', {
    'process.roles': 'controller',
    listeners: `CONTROLLER://127.0.0.1:${quorum}`,
  });
  const direct = addresses(brokerPorts.slice(BROKER_IDS.length));
  return { controller, brokers, bootstrap: addresses(advertisedPorts), direct };
}

function clusterProperties({ properties = {}, accessControl, log }: BrokersOptions): Record<string, string> {
  const entries = Object.entries(properties);
  const left = entries.filter(([name]) => NODES_OWN.test(name)).map(([name]) => name);
  if (left.length > 0)
    log?.(`left out of the brokers' configuration, because the local cluster decides it: ${left.join(', ')}`);
  const own = entries.filter(([name]) => !NODES_OWN.test(name));
  return { ...DEFAULTS, ...(accessControl ? ACCESS_CONTROL : {}), ...Object.fromEntries(own) };
}

const quorumProperties = (id: number, port: number, client: 'PLAINTEXT' | 'SASL_SSL'): Record<string, string> => ({
  'node.id': String(id),
  'controller.quorum.voters': `${CONTROLLER_ID}@127.0.0.1:${port}`,
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,CLIENT:${client},REPLICATION:PLAINTEXT`,
});

/** Clients and brokers have a listener each, as on MSK, so that a proxy in front of the first leaves replication alone. */
const brokerProperties = (
  id: number,
  port: number,
  advertised: number,
  replication: number,
): Record<string, string> => ({
  'process.roles': 'broker',
  'broker.rack': `use1-az${id}`,
  listeners: `CLIENT://127.0.0.1:${port},REPLICATION://127.0.0.1:${replication}`,
  'advertised.listeners': `CLIENT://127.0.0.1:${advertised},REPLICATION://127.0.0.1:${replication}`,
  'inter.broker.listener.name': 'REPLICATION',
});

const certificatesIn = (dir: string): string => join(dir, 'certificates');

const addresses = (ports: readonly number[]): string => ports.map((port) => `127.0.0.1:${port}`).join(',');

function asBroker(id: number, port: number, node: KafkaNode, joined: () => Promise<void>): Broker {
  const current = () => {
    if (!node.process) throw new Error(`broker ${id} was never started`);
    return node.process;
  };
  return {
    id,
    port,
    dir: node.dir,
    get alive() {
      return node.alive;
    },
    get process() {
      return current();
    },
    async kill(signal) {
      current().kill(signal);
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await current().exited;
    },
    async start() {
      await node.start();
      await joined();
    },
  };
}

/** Resolves when the cluster lists these brokers as alive. */
async function untilJoined(bootstrap: string, ids: readonly number[]): Promise<void> {
  const until = Date.now() + JOIN_WITHIN_MS;
  const kafka = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING, retry: { retries: 0 } });
  let seen = 'no answer';
  while (Date.now() < until) {
    const admin = kafka.admin();
    try {
      await admin.connect();
      const { brokers } = await admin.describeCluster();
      const alive = brokers.map(({ nodeId }) => nodeId);
      if (ids.every((id) => alive.includes(id))) return;
      seen = `brokers ${alive.join(', ')}`;
    } catch (error) {
      seen = error instanceof Error ? error.message : String(error);
    } finally {
      await admin.disconnect();
    }
    await wait(50);
  }
  throw new Error(
    `cluster at ${bootstrap}: got ${seen} after ${JOIN_WITHIN_MS / 1000} s, want brokers ${ids.join(', ')}`,
  );
}
