import type { OwnedProcess } from '../../local/processes';
import type { FaultTarget } from '../fault';
import type { KafkaTools } from '../final-read';
import type { Chance } from '../random';
import type { Load } from './sender';

/** One kind of trouble that a Kafka client must come through. Each has a file of its own in `cases/`. */
export interface Case {
  readonly name: string;
  /** What happens, in a sentence. */
  readonly describe: string;
  /** The usual code has been seen to lose acknowledged events here: a run in which it never does proves nothing. */
  readonly usualLoses: boolean;
  /** @default - as the suite has it */
  readonly load?: Partial<Load>;
  /** Milliseconds for which the case itself holds the senders' processes still; they count for no deadline. @default 0 */
  readonly heldMs?: number;
  /** Makes the trouble while the senders send, and ends it. What it leaves broken is restored. */
  play(stage: Stage): Promise<void>;
}

export interface Stage {
  readonly topic: string;
  /** Brokers, their connections to clients, and the topic's replicas. */
  readonly target: FaultTarget;
  /** The senders' processes, one for each adapter. */
  readonly senders: readonly OwnedProcess[];
  readonly tools: KafkaTools;
  /** Comma-separated `host:port`, past the proxies. */
  readonly direct: string;
  readonly chance: Chance;
  /** How often something is done that the full suite does `n` times: at least once. */
  readonly rounds: (n: number) => number;
  /** @throws when the run is interrupted */
  readonly sleep: (ms: number) => Promise<void>;
  /** Resolves when every partition has all its replicas in sync. */
  readonly untilInSync: () => Promise<void>;
  /** Makes the topic, with the replication that keeps what is acknowledged. */
  readonly createTopic: () => Promise<void>;
  /** Reads the topic before something happens to it; the judge adds what is in it at the end. */
  readonly readLogNow: () => Promise<void>;
  /** No sender begins another send, and those under way have ended. Returns what lets them go on. */
  readonly paused: () => Promise<() => void>;
}
