import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, Kafka, logLevel, ResourcePatternTypes, type Admin } from 'kafkajs'; // prettier-ignore
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { brokerProxies, type BrokerProxies } from '../../../faults/proxies/brokers';
import { PRODUCE } from '../../../faults/proxies/kafka-answers';
import { replicasOf } from '../../../faults/replicas';
import type { FaultReplicas } from '../../../faults/fault';
import { CLIENT_ID } from '../../../lambdas/runtime/kafka/connection';
import { kafkajsPort } from '../../../lambdas/runtime/kafka/kafkajs';
import type { KafkaPort } from '../../../lambdas/runtime/kafka/port';
import { systemClock } from '../../../lambdas/runtime/time/clock';
import { startBrokers, type Brokers } from '../../../local/brokers';
import { ClusterAdmin } from '../../../local/cluster-admin';
import { Processes } from '../../../local/processes';
import { RealGroup } from './real-group';
import { BROKERS, MAX_MESSAGE_BYTES, type Batch, type Fetched, type GroupStage, type Leadership, type Produced, type Stage } from './stage'; // prettier-ignore
import { fetchOn, leadershipOn, NewEncoder, onWire, produceOn } from './wire';

const WAITS_MS = 60_000;
/** `replica.fetch.wait.max.ms` is 500. */
const MOMENT_MS = 1_000;
/** Bytes a second: a send of the throttled case is over it. */
const SLOW = 8_000;

/** Three brokers of Apache Kafka with a proxy in front of each, for all cases. */
export class RealCluster {
  #topics = 0;

  private constructor(
    readonly brokers: Brokers,
    readonly proxies: BrokerProxies,
    /** What proxies draw next: 0 loses an answer. */
    readonly draws: { next: () => number },
    private readonly processes: Processes,
    private readonly dir: string,
  ) {}

  static async start(): Promise<RealCluster> {
    const dir = mkdtempSync(join(tmpdir(), 'lossless-cases-'));
    const processes = new Processes({ logDir: join(dir, 'logs') });
    const draws = { next: () => 1 };
    const proxies = brokerProxies(() => draws.next());
    const brokers = await startBrokers({
      ...{ dir: join(dir, 'kafka'), processes, accessControl: true },
      advertised: proxies.advertised,
    });
    return new RealCluster(brokers, proxies, draws, processes, dir);
  }

  async stage(): Promise<RealStage> {
    const name = `case-${this.#topics++}`;
    const admin = new ClusterAdmin(this.brokers.direct);
    const configs = { 'min.insync.replicas': '2', 'max.message.bytes': String(MAX_MESSAGE_BYTES) };
    await admin.createTopic({ name, partitions: 1, replicationFactor: 3, configs });
    await admin.close();
    return new RealStage(name, this);
  }

  async stop(): Promise<void> {
    await this.processes.stopAll();
    await this.proxies.stop();
    rmSync(this.dir, { recursive: true });
  }

  /** `host:port` of a broker, past its proxy. */
  addressOf(broker: number): string {
    return this.brokers.direct.split(',')[broker - 1]!;
  }
}

export class RealStage implements Stage {
  readonly #replicas: FaultReplicas;
  readonly #clients: KafkaPort[] = [];
  readonly #paused = new Set<number>();
  #groups = 0;

  constructor(
    readonly topic: string,
    private readonly cluster: RealCluster,
  ) {
    this.#replicas = replicasOf(topic, cluster.brokers.direct);
  }

  client(): KafkaPort {
    const environment = { brokers: this.cluster.brokers.bootstrap, authentication: 'none' } as const;
    const client = kafkajsPort({ environment, clock: systemClock, warn: () => undefined });
    this.#clients.push(client);
    return client;
  }

  /** Whatever the case has done to it, the cluster is whole again. */
  async close(): Promise<void> {
    this.mendNetwork();
    for (const id of this.#paused) await this.goOn(id);
    for (const broker of this.cluster.brokers.brokers) if (!broker.alive) await broker.start();
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  produce(broker: number, batch: Batch): Promise<Produced> {
    return produceOn(this.cluster.addressOf(broker), this.topic, batch);
  }

  async read(from: number): Promise<Fetched> {
    const { leader } = await this.leadership();
    if (leader === undefined) throw new Error(`read of ${this.topic}: got no leader, want one`);
    return fetchOn(this.cluster.addressOf(leader), this.topic, from);
  }

  async leadership(): Promise<Leadership> {
    const asked = BROKERS.find((id) => this.#broker(id).alive && !this.#paused.has(id))!;
    return leadershipOn(this.cluster.addressOf(asked), this.topic);
  }

  crash(broker: number): Promise<void> {
    return this.#broker(broker).kill('SIGKILL');
  }

  restart(broker: number): Promise<void> {
    return this.#broker(broker).start();
  }

  pause(broker: number): Promise<void> {
    this.#paused.add(broker);
    return this.#broker(broker).kill('SIGSTOP');
  }

  goOn(broker: number): Promise<void> {
    this.#paused.delete(broker);
    return this.#broker(broker).kill('SIGCONT');
  }

  async moveLeader(to: number): Promise<void> {
    await this.#replicas.reassign(new Map([[0, [to]]]));
    await this.#replicas.reassign(new Map([[0, [to, ...BROKERS.filter((id) => id !== to)]]]));
    await this.until(`broker ${to} leads`, async () => (await this.leadership()).leader === to);
  }

  loseAnswers(count: number): void {
    let left = count;
    this.cluster.draws.next = () => (left-- > 0 ? 0 : 1);
    for (const proxy of this.cluster.proxies.all())
      proxy.set({ kind: 'lose-answers', share: 0.5, apiKeys: [PRODUCE], then: 'close' });
  }

  loseSends(): void {
    for (const proxy of this.cluster.proxies.all()) proxy.set({ kind: 'lose-requests', apiKeys: [PRODUCE] });
  }

  mendNetwork(): void {
    for (const proxy of this.cluster.proxies.all()) proxy.set({ kind: 'pass' });
  }

  async deny(): Promise<void> {
    const all = { ...this.#acl, principal: 'User:*', host: '*' };
    // A topic that has any ACL allows only what its ACLs allow; what is denied outranks that.
    const acl = [
      { ...all, operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
      { ...all, operation: AclOperationTypes.WRITE, permissionType: AclPermissionTypes.DENY },
    ];
    await this.#admin((admin) => admin.createAcls({ acl }));
    await this.until('the denial at the leader', () => this.#isRefusedWith(29));
  }

  async allow(): Promise<void> {
    const every = { operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY };
    await this.#admin((admin) => admin.deleteAcls({ filters: [{ ...this.#acl, ...every }] }));
    await this.until('the permission at the leader', () => this.#isRefusedWith(10));
  }

  throttle(): Promise<void> {
    return this.#quota(false);
  }

  endThrottle(): Promise<void> {
    return this.#quota(true);
  }

  async trim(offset: number): Promise<void> {
    await this.#admin(async (admin) => {
      await admin.fetchTopicOffsets(this.topic); // kafkajs deletes only in topics it has metadata of
      await admin.deleteTopicRecords({ topic: this.topic, partitions: [{ partition: 0, offset: String(offset) }] });
    });
  }

  group(): GroupStage {
    const id = `${this.topic}-group-${this.#groups++}`;
    return new RealGroup({
      ...{ id, topic: this.topic, addressOf: (broker) => this.cluster.addressOf(broker) },
      coordinator: () => this.#coordinatorOf(id),
      until: (what, holds) => this.until(what, holds),
    });
  }

  aMoment(): Promise<void> {
    return wait(MOMENT_MS);
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + WAITS_MS;
    while (!(await holds())) {
      if (Date.now() > end) throw new Error(`${what}: did not come in ${WAITS_MS / 1000} s`);
      await wait(50);
    }
  }

  #broker(id: number) {
    return this.cluster.brokers.brokers[id - 1]!;
  }

  get #acl() {
    return {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: this.topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
  }

  /** A batch that is refused in any case tells why. */
  async #isRefusedWith(code: number): Promise<boolean> {
    const { leader } = await this.leadership();
    const tooLarge = { values: ['x'.repeat(MAX_MESSAGE_BYTES)] };
    return (await this.produce(leader!, tooLarge)).code === code;
  }

  /** Any broker that answers may be asked; a new group has its coordinator after a moment. */
  async #coordinatorOf(groupId: string): Promise<number> {
    let found: number | undefined;
    await this.until(`a coordinator of ${groupId}`, async () => {
      for (const broker of this.cluster.brokers.brokers.filter(({ alive }) => alive)) {
        const asked = onWire(this.cluster.addressOf(broker.id), (wire) =>
          wire.findGroupCoordinator({ groupId, coordinatorType: 0 }),
        );
        found = await asked.then(({ coordinator }) => coordinator.nodeId, () => undefined); // prettier-ignore
        if (found !== undefined && this.#broker(found).alive) return true;
      }
      return false;
    });
    return found!;
  }

  async #admin(use: (admin: Admin) => Promise<unknown>): Promise<void> {
    const admin = new Kafka({ brokers: this.cluster.brokers.direct.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      await use(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** AlterClientQuotas (protocol guide, key 49, version 0), for which kafkajs has no request. */
  async #quota(remove: boolean): Promise<void> {
    const encode = () => {
      const encoder = new NewEncoder();
      encoder.writeInt32(1).writeInt32(1).writeString('client-id').writeString(CLIENT_ID);
      encoder.writeInt32(1).writeString('producer_byte_rate').writeDouble(SLOW).writeBoolean(remove);
      return Promise.resolve(encoder.writeBoolean(false));
    };
    const request = { apiKey: 49, apiVersion: 0, apiName: 'AlterClientQuotas', encode };
    const response = { decode: () => Promise.resolve({}), parse: () => Promise.resolve({}) };
    await onWire(this.cluster.addressOf(1), (wire) => wire.connectionPool.send({ request, response }));
  }
}
