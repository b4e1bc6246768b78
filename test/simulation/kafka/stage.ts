import type { KafkaPort } from '../../../lambdas/runtime/kafka/port';

/** Kafka as the cases meet it: three brokers, and a topic of one partition on all of them, new for each case. */
export interface Stage {
  readonly topic: string;
  /** The product's client, opened anew. */
  client(): KafkaPort;
  /** One produce request, straight to a broker: nothing tries again. */
  produce(broker: number, batch: Batch): Promise<Produced>;
  /** One fetch of a consumer from the leader. */
  read(from: number): Promise<Fetched>;
  /** What the controller has decided. */
  leadership(): Promise<Leadership>;
  crash(broker: number): Promise<void>;
  restart(broker: number): Promise<void>;
  /** It takes connections, and does nothing until it goes on. */
  pause(broker: number): Promise<void>;
  goOn(broker: number): Promise<void>;
  /** Another leader, with all brokers alive. Resolves when it leads. */
  moveLeader(to: number): Promise<void>;
  /** Of the sends of clients these answers, and no others, never arrive. */
  loseAnswers(count: number): void;
  /** No send of a client comes to a broker. */
  loseSends(): void;
  /** The network is as it was. */
  mendNetwork(): void;
  /** Clients may no longer write to the topic. */
  deny(): Promise<void>;
  allow(): Promise<void>;
  /** Brokers make clients wait between their sends. */
  throttle(): Promise<void>;
  endThrottle(): Promise<void>;
  /** What lies below `offset` is gone, as retention takes it. */
  trim(offset: number): Promise<void>;
  /** A new consumer group. */
  group(): GroupStage;
  /** As long as a request takes to go out, and the answer to a follower for whom there is nothing to fetch. */
  aMoment(): Promise<void>;
  /** @throws when it does not come */
  readonly until: (what: string, holds: () => Promise<boolean>) => Promise<void>;
}

/** Of one partition's commits. Members stay until they leave or fall silent. */
export interface GroupStage {
  /** The broker that coordinates. */
  coordinator(): Promise<number>;
  /** A member comes. Resolves with the generation of which it is a member. */
  join(member: string): Promise<number>;
  /** A member comes, and the group waits for the others; they follow when `end` is called, which resolves with the new generation. */
  beginJoin(member: string): { end(): Promise<number> };
  leave(member: string): Promise<void>;
  commit(member: string, generation: number, offset: number): Promise<'ok' | 'stale' | 'failed'>;
  committed(): Promise<number | undefined>;
}

export interface Batch {
  readonly values: readonly string[];
  /** Undefined: a producer without idempotence. */
  readonly sequence?: { readonly producer: number; readonly first: number };
  /** @default -1 */
  readonly acks?: -1 | 1;
  /** Milliseconds the leader waits for its followers. @default 4000 */
  readonly timeoutMs?: number;
}

/** Kafka's error code, and the first offset; −1 with an error. */
export interface Produced {
  readonly code: number;
  readonly base: number;
}

export type Fetched =
  /** Below the high watermark: `<offset> <value>` of each. */
  | { readonly kind: 'records'; readonly high: number; readonly records: readonly string[] }
  | { readonly kind: 'out of range' };

export interface Leadership {
  readonly leader: number | undefined;
  /** In ascending order. */
  readonly inSync: readonly number[];
}

/** Brokers of every stage. */
export const BROKERS = [1, 2, 3] as const;
/** `max.message.bytes` of every topic. */
export const MAX_MESSAGE_BYTES = 20_000;
/** `broker.session.timeout.ms` of the local brokers: who was not heard of for so long is fenced. */
export const SESSION_MS = 6_000;
