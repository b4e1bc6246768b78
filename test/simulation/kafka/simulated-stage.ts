import { kafkajsPort } from '../../../lambdas/runtime/kafka/kafkajs';
import type { KafkaPort } from '../../../lambdas/runtime/kafka/port';
import { Cluster } from '../../../simulation/kafka/cluster';
import { Group, OFFSETS_TOPIC } from '../../../simulation/kafka/group';
import { addressOf, simulatedKafkajs } from '../../../simulation/kafka/kafkajs';
import type { Partition } from '../../../simulation/kafka/partition';
import { chancesOf, type Chances } from '../../../simulation/kernel/chances';
import { Scheduler } from '../../../simulation/kernel/scheduler';
import { Sandbox } from '../../../simulation/lambda/sandbox';
import { Link, type LinkTrouble } from '../../../simulation/network/link';
import { RIGHT } from '../../../simulation/time/sandbox-clock';
import type { Case } from './case';
import { BROKERS, MAX_MESSAGE_BYTES, SESSION_MS, type Batch, type Fetched, type GroupStage, type Leadership, type Produced, type Stage } from './stage'; // prettier-ignore

const TOPIC = 'case';
const WAITS_MS = 60_000;

/** Plays a case on simulated brokers, in virtual time. */
export async function playSimulated(play: Case['play'], seed: number): Promise<unknown> {
  const scheduler = new Scheduler();
  let ended = false;
  const playing = play(new SimulatedStage(scheduler, chancesOf(seed))).finally(() => (ended = true));
  const [outcome] = await Promise.all([playing, scheduler.run(() => ended)]);
  return outcome;
}

class SimulatedStage implements Stage {
  readonly topic = TOPIC;
  readonly #cluster: Cluster;
  readonly #links: ReadonlyMap<number, Link>;
  /** Troubles on the way from clients to brokers, and how often each is still to happen. */
  readonly #troubles = new Map<LinkTrouble, number>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly chances: Chances,
  ) {
    const topics = {
      [TOPIC]: { partitions: 1, maxMessageBytes: MAX_MESSAGE_BYTES },
      [OFFSETS_TOPIC]: { partitions: BROKERS.length, maxMessageBytes: 1_000_000 },
    };
    this.#cluster = new Cluster({ scheduler, chances, topics, sessionMs: SESSION_MS, lagMs: 10_000 });
    const troubles = { happens: (name: LinkTrouble) => this.#happens(name) };
    const linkTo = (id: number) => new Link({ scheduler, chance: chances(`link ${id}`), latencyMs: [0.3, 1.5], troubles }); // prettier-ignore
    this.#links = new Map(BROKERS.map((id) => [id, linkTo(id)]));
  }

  client(): KafkaPort {
    const { scheduler, chances } = this;
    const home = new Sandbox({ scheduler, chance: chances('client'), wall: RIGHT, standsStill: false });
    const brokers = BROKERS.map(addressOf).join(',');
    return kafkajsPort({
      ...{ environment: { brokers, authentication: 'none' }, clock: home.clock, warn: () => undefined },
      kafkajs: simulatedKafkajs({ cluster: this.#cluster, home, linkTo: (id) => this.#links.get(id)! }),
    });
  }

  async produce(broker: number, { values, sequence, acks = -1, timeoutMs = 4_000 }: Batch): Promise<Produced> {
    await this.scheduler.sleep(1);
    const messages = values.map((value) => ({ key: null, value: Buffer.from(value), headers: {} }));
    return new Promise(
      (answer) =>
      this.#cluster.broker(broker)!.do(() => this.#partition.produce(broker, messages, { acks, sequence, timeoutMs }, answer)), // prettier-ignore
    );
  }

  async read(from: number): Promise<Fetched> {
    await this.scheduler.sleep(1);
    const { leader } = await this.leadership();
    const read = leader === undefined ? undefined : this.#partition.read(leader, from);
    if (!read) throw new Error('read: got no leader, want one');
    if (from < read.start || from > read.high) return { kind: 'out of range' };
    const records = read.batches.flatMap(({ base, messages }) =>
      messages.flatMap(({ value }, n) => (base + n < from ? [] : [`${base + n} ${String(value)}`])),
    );
    return { kind: 'records', high: read.high, records };
  }

  /** As the leader has heard of it, or who could be asked while there is none. */
  leadership(): Promise<Leadership> {
    const { leader } = this.#cluster.controller.leadership(this.#partition);
    if (leader === undefined) return Promise.resolve({ leader, inSync: [] });
    return Promise.resolve({ leader, inSync: [...this.#partition.leadershipSeenBy(leader).inSync].sort() });
  }

  crash(broker: number): Promise<void> {
    return Promise.resolve(this.#cluster.broker(broker)!.crash());
  }

  restart(broker: number): Promise<void> {
    return Promise.resolve(this.#cluster.broker(broker)!.restart());
  }

  pause(broker: number): Promise<void> {
    return Promise.resolve(this.#cluster.broker(broker)!.pause());
  }

  goOn(broker: number): Promise<void> {
    return Promise.resolve(this.#cluster.broker(broker)!.resume());
  }

  async moveLeader(to: number): Promise<void> {
    this.#cluster.controller.elect(this.#partition, to);
    await this.until(`broker ${to} leads`, () => Promise.resolve(this.#partition.read(to, 0) !== undefined));
  }

  loseAnswers(count: number): void {
    this.#troubles.set('answer-lost', count);
  }

  loseSends(): void {
    this.#troubles.set('request-lost', Number.POSITIVE_INFINITY);
  }

  mendNetwork(): void {
    this.#troubles.clear();
  }

  deny(): Promise<void> {
    this.#partition.isDenied = true;
    return Promise.resolve();
  }

  allow(): Promise<void> {
    this.#partition.isDenied = false;
    return Promise.resolve();
  }

  throttle(): Promise<void> {
    this.#troubles.set('slow', Number.POSITIVE_INFINITY);
    return Promise.resolve();
  }

  endThrottle(): Promise<void> {
    this.#troubles.delete('slow');
    return Promise.resolve();
  }

  trim(offset: number): Promise<void> {
    return Promise.resolve(this.#partition.trim(offset));
  }

  group(): GroupStage {
    const group = new Group({ scheduler: this.scheduler, cluster: this.#cluster, topic: TOPIC, commits: 0 });
    const commits = this.#cluster.partitions(OFFSETS_TOPIC)[0]!;
    const coordinator = () => this.#cluster.controller.leadership(commits).leader!;
    return new SimulatedGroup(group, coordinator, (what, holds) => this.until(what, holds));
  }

  aMoment(): Promise<void> {
    return this.scheduler.sleep(100);
  }

  async until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const end = this.scheduler.now + WAITS_MS;
    while (!(await holds())) {
      if (this.scheduler.now > end) throw new Error(`${what}: did not come in ${WAITS_MS / 1000} s`);
      await this.scheduler.sleep(10);
    }
  }

  get #partition(): Partition {
    return this.#cluster.partitions(TOPIC)[0]!;
  }

  #happens(name: LinkTrouble): boolean {
    const left = this.#troubles.get(name) ?? 0;
    if (left > 0) this.#troubles.set(name, left - 1);
    return left > 0;
  }
}

class SimulatedGroup implements GroupStage {
  readonly #generations = new Map<string, number>();

  constructor(
    private readonly group: Group,
    private readonly coordinatorNow: () => number,
    private readonly until: Stage['until'],
  ) {}

  coordinator(): Promise<number> {
    return Promise.resolve(this.coordinatorNow());
  }

  join(member: string): Promise<number> {
    return this.beginJoin(member).end();
  }

  beginJoin(member: string): { end(): Promise<number> } {
    const before = this.group.generation;
    const assign = (_: readonly number[], generation: number) => void this.#generations.set(member, generation);
    this.group.join(member, { assign, isAlive: () => true });
    return {
      end: async () => {
        await this.until('a new generation', () => Promise.resolve((this.#generations.get(member) ?? 0) > before));
        return this.#generations.get(member)!;
      },
    };
  }

  leave(member: string): Promise<void> {
    return Promise.resolve(this.group.leave(member));
  }

  commit(member: string, generation: number, offset: number): Promise<'ok' | 'stale' | 'failed'> {
    return this.group.commit(member, generation, new Map([[0, offset]]));
  }

  committed(): Promise<number | undefined> {
    return Promise.resolve(this.group.committed().get(0));
  }
}
