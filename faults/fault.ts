import type { Deployed, Outcome } from '../local';
import type { EventKind } from './history';
import type { HttpProxy } from './proxies/http';
import type { TcpProxy } from './proxies/tcp';
import type { Chance } from './random';

/** What a fault breaks. */
export const GROUPS = ['broker', 'network', 'function', 'mapping', 'store', 'load', 'people'] as const;
export type Group = (typeof GROUPS)[number];

/** One way to break a running pipeline. Each has a file of its own in `kinds/`; the list there is what can be named. */
export interface Fault {
  /** What the command line and the history call it. */
  readonly name: string;
  /** What the report calls it. */
  readonly title: string;
  readonly group: Group;
  /** What it does, in a sentence. */
  readonly describe: string;
  /** Seconds from its start to its heal, least and most; the plan draws one. */
  readonly seconds: readonly [least: number, most: number];
  /** True for a fault that takes longer than a window of a composed run: only in a plan of its own. @default false */
  readonly alone?: boolean;
  /**
   * Breaks something, and resolves when it is broken.
   *
   * @throws when the target has nothing it could break; what is half broken is the caller's to restore
   */
  start(target: FaultTarget, chance: Chance): Promise<Underway>;
}

export interface Underway {
  /** What was broken, for the history: `broker 2, leader of orders-0, killed`. */
  readonly what: string;
  /**
   * Whether it has led to what it is there for. While it has not, it lasts on, for a minute at most: a slow machine must not
   * see it healed before it has shown anything. @default - it lasts for its seconds, whatever they led to
   */
  readonly until?: () => Promise<boolean>;
  /** Called once, at the end. */
  readonly heal: Heal;
}

/**
 * Mends what was broken, and resolves when it works again, with how many processes, connections, requests or
 * invocations were hit. 0: the fault took no hold.
 */
export type Heal = () => Promise<number>;

/** All that a fault may touch. `restore` puts every part of it back. */
export interface FaultTarget {
  readonly brokers: readonly FaultBroker[];
  readonly replicas: FaultReplicas;
  /** Functions with a producer: the doors. */
  readonly producers: readonly FaultFunction[];
  /** Functions behind a mapping. */
  readonly consumers: readonly FaultFunction[];
  readonly dynamodb: HttpProxy;
  readonly s3: HttpProxy;
  readonly callers: FaultCallers;
  /** How many lines with this message functions have logged so far. */
  readonly said: (message: string) => Promise<number>;
  /** Folder of code that fails on every event: what a bad deploy brings. */
  readonly badCode: string;
  /** Settings of the run's topic, as people with the rights change them; null: the one it was created with. */
  readonly topicConfig: (name: string, value: string | null) => Promise<void>;
  /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Callers beside the load's own, who send what it does not. */
export interface FaultCallers {
  /** Sends so many new events of a kind in one request, until each has an answer; resolves with how many were accepted. */
  send(kind: Exclude<EventKind, 'twin'>, count: number): Promise<number>;
  /** Sends, under ids that were acknowledged before, events of other content; resolves with how many were accepted. */
  sendTwins(count: number): Promise<number>;
}

export interface FaultBroker {
  readonly id: number;
  readonly alive: boolean;
  /** For SIGKILL and SIGTERM it resolves when the process has ended. */
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  /** Resolves when the cluster counts the broker in again. */
  start(): Promise<void>;
  /** Between the broker and its clients; brokers reach each other past it. */
  readonly network: TcpProxy;
}

/** The replicas of the run's topic. */
export interface FaultReplicas {
  readonly topic: string;
  /** Partitions in their order. */
  describe(): Promise<readonly PartitionReplicas[]>;
  /** Gives partitions other replicas, the preferred leader first; resolves when the data is where it should be. */
  reassign(replicas: ReadonlyMap<number, readonly number[]>): Promise<void>;
  /** Makes the preferred replica of every partition its leader. */
  electPreferred(): Promise<void>;
}

export interface PartitionReplicas {
  readonly partition: number;
  /** −1: none. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

/** Stands around the invocations of a function, between the caller (a mapping, a door) and the function host. */
export type Around = (payload: string, invoke: (payload: string) => Promise<Outcome>) => Promise<Outcome>;

export interface FaultFunction {
  /** Construct path without the stack's name. */
  readonly path: string;
  /** After this many milliseconds the host kills an invocation. */
  readonly timeoutMs: number;
  /** SIGKILLs every sandbox; resolves with how many there were. */
  kill(): Promise<number>;
  /** Sends the signal to every sandbox, busy or not; resolves with how many there were. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<number>;
  /** From now on every sandbox is stopped while it has no event, as Lambda freezes it, or no longer. */
  freezeBetween(on: boolean): void;
  /** Every invocation goes through `around`; undefined: straight to the function again. */
  around(around: Around | undefined): void;
  /** Sandboxes start with this code from now on; undefined: with the template's again. */
  deploy(deployed: Deployed | undefined): void;
}
