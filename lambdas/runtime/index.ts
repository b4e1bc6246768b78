export {
  consumer,
  type ConsumerOptions,
  type ConsumerParts,
  type KafkaHandler,
  type Write,
  type WriteContext,
} from './consumer';
export type { ConsumerRecord } from './consumer/records';
export type { KafkaBatchResponse } from './consumer/response';
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
export type { Coordinates, Event, KafkaHeader, KafkaMessage } from './event';
export type { Transactions, TransactOutcome, CancellationReason } from './idempotency/transactions';
export type { ObjectStore } from './object-store';
export { InvalidEventError, type NewEvent } from './event';
export {
  producer,
  type Fate,
  type Outcome,
  type Producer,
  type ProducerDeps,
  type ProducerOptions,
  type PublishOptions,
} from './producer';
export type { KafkaPort, RejectedFor, SendResult, TopicDescription } from './kafka/port';
export { httpDoor } from './door';
