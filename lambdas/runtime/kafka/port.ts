import type { Clock } from '../time/clock';
import type { ProducerEnvironment } from '../contract';
import type { KafkaMessage } from '../event/message';

/** How one send ended. There is no other way out: a send never rejects. */
export type SendResult =
  /** In the log of every in-sync replica, each record at its offset. */
  | { readonly kind: 'acked'; readonly offsets: readonly number[] }
  /** Handed over with acks=1 or acks=0, which promise less: the leader alone has the records, or nobody said that it has. */
  | { readonly kind: 'sent'; readonly offsets?: readonly number[] }
  /** Not written, and the same send never will be. */
  | { readonly kind: 'rejected'; readonly about: RejectedFor; readonly code: string; readonly message: string }
  /** Not written; the same send may succeed later. */
  | { readonly kind: 'retriable'; readonly code: string; readonly message: string }
  /** No answer, or one that does not tell: the records may be in the log or not. */
  | { readonly kind: 'unknown'; readonly message: string };

/** `record`: one of the records cannot be taken, others may. `setup`: rights or configuration; it hits every record alike. */
export type RejectedFor = 'record' | 'setup';

export interface TopicDescription {
  readonly partitions: number;
  /** `max.message.bytes` of the topic. Undefined when the client may not read it. */
  readonly maxMessageBytes?: number;
}

/** All that the producer asks of a Kafka client: whichever can keep this may stand behind it. */
export interface KafkaPort {
  /**
   * Sends all records to one partition, in their order: with acks=all unless the port was made for less.
   * At most one send per partition at a time. Ends within about 20 seconds, at once when `signal` aborts.
   */
  send(topic: string, partition: number, records: readonly KafkaMessage[], signal: AbortSignal): Promise<SendResult>;
  /**
   * Undefined when a send to the partition would go out at once; else resolves when it is time to ask again: what is held
   * back until then shares the request. A client that has one request in flight for several partitions says so here, and
   * nobody has to heed it. @default - never busy
   */
  busy?(partition: number): Promise<unknown> | undefined;
  /**
   * How many partitions the topic has, as an open client knows it, at most half a minute old while events are sent:
   * partitions are added. Asks nobody. Undefined when no client knows. @default - none knows
   */
  partitions?(topic: string): number | undefined;
  /**
   * Reads the topic and checks that it can keep what it acknowledges.
   * @throws LosslessError NOT_CONFIGURED when it cannot, or may not be read; any other error: try again
   */
  describe(topic: string): Promise<TopicDescription>;
  close(): Promise<void>;
}

/** Makes the port of one Kafka client. Opens nothing. @throws LosslessError NOT_CONFIGURED without what it needs */
export type KafkaClient = (options: ClientOptions) => KafkaPort;

export interface ClientOptions {
  readonly environment: Pick<ProducerEnvironment, 'brokers' | 'authentication'> &
    Partial<Pick<ProducerEnvironment, 'acks'>>;
  readonly clock: Clock;
  /** Region the brokers' tokens are signed for. Required with authentication `iam`. */
  readonly region?: string;
  /** Hears of each look at a topic that could not see whether it keeps what it acknowledges. */
  readonly warn: (line: string) => void;
  /** Hears of each client that failed and has another in its place. @default - nobody does */
  readonly onReplaced?: () => void;
}
