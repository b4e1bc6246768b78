// First, so that what is CommonJS finds it.
import './require-in-modules';

export {
  consumer,
  type Call,
  type CallContext,
  type ConsumerOptions,
  type ConsumerDeps,
  type EffectOptions,
  type KafkaHandler,
  type Write,
  type WriteContext,
} from './consumer';
export { Park, Retry } from './contract/word';
export type { ConsumerRecord } from './event/records';
export type { KafkaBatchResponse } from './consumer/response';
export { registry, type RegistryOptions, type SchemaReference } from './event/registry';
export { protobufMessage } from './event/registry-framing';
export { bytes, json, text, type Decoded, type Decoder } from './event/decode';
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
} from './idempotency/operations';
export type { DeadLetter, ParkReason } from './contract';
export type { Clock } from './time/clock';
export { LosslessError, type ErrorCode } from './contract/errors';
export type { Coordinates, Event, EventId } from './event/event';
export type { KafkaHeader, KafkaMessage } from './event/message';
export type { Log, LogFields } from './watching/log';
export type { Meter, Produced, ProducerMeter } from './watching/metrics';
export type { Transactions, TransactOutcome, UpdateOutcome, CancellationReason } from './stores/tables';
export type { ObjectStore } from './stores/object-store';
export { InvalidEventError, type NewEvent } from './event/new-event';
export {
  producer,
  type DealtWith,
  type Fate,
  type Outcome,
  type Producer,
  type ProducerCounts,
  type PublishCallback,
  type PublishOptions,
  type Rejected,
  type Sent,
} from './producer';
export type { ProducerDeps, ProducerOptions, ProducerSettings } from './producer/options';
export type { FunctionInvoker } from './stores/function-invoker';
export { OnRejected, RetryStrategy, type Acks, type ProducerEnvironment, type RejectedEvent } from './contract';
export type { TraceContext } from './event/trace-context';
export { confluent, type ConfluentModule, type ConfluentOptions } from './kafka/librdkafka';
export type { ClientOptions, KafkaClient, KafkaPort, RejectedFor, SendResult, TopicDescription } from './kafka/port';
export { httpDoor } from './door';
export { everyDoor } from './door/every-door';
export { directDoor } from './door/direct';
export { ingestClient, type IngestClient, type IngestClientOptions } from './door/ingest-client';
export type { DirectAnswer, DirectOutcome } from './contract';
export { eventBridgeDoor } from './door/event-bridge';
export { sqsDoor } from './door/sqs';
