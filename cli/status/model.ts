import type { PartitionReading } from '../../lambdas/runtime/contract';
import type { NotRead } from '../deployed/not-read';

/** What one look at a pipeline has found: `--json` prints it, so its fields are public and stable. */
export interface Status {
  /** ISO 8601. */
  readonly at: string;
  readonly stacks: readonly string[];
  readonly verdict: Verdict;
  /** What is wrong, the worst first. */
  readonly findings: readonly Finding[];
  readonly notRead: readonly NotRead[];
  readonly topics: readonly TopicStatus[];
  /** At most ten of all partitions, the worst first; none of those where nothing is wrong or waits. */
  readonly worst: readonly PartitionStatus[];
  /** @default - they could not be read */
  readonly alarms?: AlarmsStatus;
}

/** `not known`: nothing is seen to be at risk, and something could not be read. */
export type Verdict = 'well' | 'not known' | 'at risk';

export interface Finding {
  /** `now`: events are at risk. `later`: they are safe, and wait for a person. */
  readonly when: 'now' | 'later';
  readonly what: string;
  /** A command, or a heading of the runbook. */
  readonly next?: string;
}

export interface TopicStatus {
  readonly cluster: string;
  readonly topic: string;
  /** @default - not said: nobody audits the topic */
  readonly retentionSeconds?: number;
  readonly groups: readonly GroupStatus[];
  /** What waits for the brokers; an object holds the events of a flush. @default - it could not be read */
  readonly spilled?: Waiting;
  /** Dead letters of what never reached the topic. @default - they could not be read */
  readonly unsent?: Waiting;
}

export interface GroupStatus {
  readonly group: string;
  /** Of all partitions. @default - it could not be read */
  readonly log?: LogStatus;
  /** @default - they could not be read */
  readonly deadLetters?: Waiting;
  /** @default - they could not be read */
  readonly breakers?: { readonly partitions: number; readonly open: number };
  /** @default - it could not be read, or there is none */
  readonly mapping?: { readonly uuid: string; readonly state: string; readonly lastResult?: string };
}

export interface LogStatus {
  readonly partitions: number;
  /** Records in the topic that the group has not settled. */
  readonly waiting: number;
  /** Seconds for which the oldest of these has been there, to an eighth; 0: less than a minute. @default - none waits */
  readonly oldestSeconds?: number;
  /** Seconds, at least, until the retention takes it. @default - none waits */
  readonly untilRetentionSeconds?: number;
  /** Neither settled nor waiting anywhere, by the last audit and now again. */
  readonly unaccounted: number;
  /** Objects of what the mapping gave up, which wait for unpack. */
  readonly givenUp: number;
}

/** Objects in a bucket. */
export interface Waiting {
  readonly objects: number;
  /** There are more, which were not counted: the oldest and the newest may be among them. */
  readonly more: boolean;
  /** ISO 8601, when they were put. @default - none waits */
  readonly oldestAt?: string;
  readonly newestAt?: string;
  /** Put within the last hour. */
  readonly lastHour: number;
}

export interface PartitionStatus extends PartitionReading {
  readonly topic: string;
  readonly group: string;
  /** Its circuit breaker is open. @default - it could not be read */
  readonly breakerOpen?: boolean;
}

export interface AlarmsStatus {
  /** Alarms that the stacks have. */
  readonly known: number;
  /** The latest first. */
  readonly ringing: readonly AlarmStatus[];
}

export interface AlarmStatus {
  readonly name: string;
  /** ISO 8601. */
  readonly since: string;
  /** What it is about, and where in the runbook it says what to do. */
  readonly description: string;
  readonly reason: string;
}
