// First, so that what is CommonJS finds it.
import './require-in-modules';

export {
  consumer,
  type Call,
  type CallContext,
  type ConsumerOptions,
  type ConsumerParts,
  type EffectOptions,
  type KafkaHandler,
  type Write,
  type WriteContext,
} from './consumer';
export { Park, Retry } from './consumer/blame';
export type { ConsumerRecord } from './consumer/records';
export type { KafkaBatchResponse } from './consumer/response';
export { registry, type RegistryOptions, type SchemaReference } from './registry';
export { protobufMessage } from './registry-framing';
export { bytes, json, text, type Decoded, type Decoder } from './decode';
export {
  check,
  put,
  remove,
  update,
  type Attributes,
  type CheckInput,
  type PutInput,
  type RemoveInput,
  type UpdateInput,
  type WriteOperation,
} from './operations';
export type { DeadLetter, ParkReason } from './contract';
export type { Clock } from './clock';
export { LosslessError, type ErrorCode } from './errors';
export type { Coordinates, Event, EventId, KafkaHeader, KafkaMessage } from './event';
export type { Log, LogFields } from './log';
export type { Meter, Produced, ProducerMeter } from './metrics';
export type { Transactions, TransactOutcome, UpdateOutcome, CancellationReason } from './idempotency/transactions';
export type { ObjectStore } from './object-store';
export { InvalidEventError, type NewEvent } from './event';
export {
  atMost,
  none,
  producer,
  untilDeadline,
  type Disposed,
  type Fate,
  type Outcome,
  type Producer,
  type ProducerCounts,
  type ProducerDeps,
  type ProducerOptions,
  type ProducerSettings,
  type PublishCallback,
  type PublishOptions,
  type Rejected,
  type Sent,
} from './producer';
export type { FunctionInvoker } from './function-invoker';
export type { Acks, OnRejected, ProducerEnvironment, RejectedEvent, RetryStrategy } from './contract';
export type { TraceContext } from './trace-context';
export { confluent, type ConfluentModule, type ConfluentOptions } from './kafka/confluent';
export type { ClientOptions, KafkaClient, KafkaPort, RejectedFor, SendResult, TopicDescription } from './kafka/port';
export { httpDoor } from './door';
