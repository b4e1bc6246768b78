import type { Acks, RetryStrategy, OnRejected, ProducerEnvironment } from '../contract';
import type { Variables } from '../contract/environment';
import type { KafkaClient, KafkaPort } from '../kafka/port';
import type { FunctionInvoker } from '../stores/function-invoker';
import type { ObjectStore } from '../stores/object-store';
import type { Clock } from '../time/clock';
import type { Log } from '../watching/log';
import type { ProducerMeter } from '../watching/metrics';

/** Each setting overrides what the function's environment says, which the construct writes. */
export type ProducerOptions = ProducerSettings & (Acks | { readonly acks?: undefined });

export interface ProducerSettings {
  /** @default - the only topic that this function's environment names a producer for */
  readonly topic?: string;
  /** `source` of events published without one. @default - the source in the function's environment */
  readonly source?: string;
  /** How long Kafka is tried: `RetryStrategy.untilDeadline()`, `.atMost(n)` or `.none()`. @default RetryStrategy.untilDeadline() */
  readonly retry?: RetryStrategy;
  /** What becomes of an event that was refused for good. An invalid one is always `rejected`. @default OnRejected.fail() */
  readonly onRejected?: OnRejected;
  /** What an event does that finds the buffer full: it waits for room until its deadline, or it is rejected. @default 'wait' */
  readonly onFull?: 'wait' | 'reject';
  /** Kafka's `buffer.memory`: most bytes of events on their way at once; a single larger event goes alone. @default 64 MiB */
  readonly bufferBytes?: number;
  /** What speaks to Kafka: kafkajs, or `confluent()`, which needs its package. @default - kafkajs */
  readonly client?: KafkaClient;
  /** @default - the variable `LOSSLESS_PRODUCER_<id>` that `EventProducer` gives the function */
  readonly environment?: ProducerEnvironment;
  /** The outside world, for tests and simulations. @default - system clock, kafkajs, S3, Lambda, Powertools */
  readonly deps?: Partial<ProducerDeps>;
}

export interface ProducerDeps {
  readonly clock: Clock;
  readonly port: KafkaPort;
  readonly store: ObjectStore;
  /** Invokes the function of `onRejected: { kind: 'forward' }`. */
  readonly functions: FunctionInvoker;
  readonly log: Log;
  /** @default - CloudWatch's embedded metric format in a Lambda function, nothing elsewhere */
  readonly meter: ProducerMeter;
  readonly variables: Variables;
}
