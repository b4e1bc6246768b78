import type { Acks, ProducerEnvironment } from '../../../../lambdas/runtime/contract';
import type { NewEvent } from '../../../../lambdas/runtime/event/new-event';
import type { FunctionInvoker } from '../../../../lambdas/runtime/stores/function-invoker';
import type { TopicDescription } from '../../../../lambdas/runtime/kafka/port';
import { producer } from '../../../../lambdas/runtime/producer';
import type { ProducerSettings } from '../../../../lambdas/runtime/producer/options';
import { CountingProducerMeter } from '../../../../simulation/watching/counting-meter';
import { RecordingLog } from '../../../../simulation/watching/recording-log';
import { ScriptedPort, type Request, type Step } from './scripted-port';
import { ScriptedStore, type PutAct } from './scripted-store';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

export const producerEnvironment: Extract<ProducerEnvironment, { acks: 'all' }> = {
  cluster: 'arn:aws:kafka:eu-west-1:111122223333:cluster/orders/0f3c-1',
  topic: 'orders',
  brokers: '127.0.0.1:9092',
  authentication: 'none',
  acks: 'all',
  source: 'urn:test',
  spill: 'spill',
  deadLetters: 'dead-letters',
  spillTimeMs: 5_000,
  deadlineMs: 20_000,
};

/** A producer between a scripted Kafka and a scripted S3, in virtual time. */
export function scriptedProducer({
  kafka,
  puts,
  topic,
  busyMs,
  random,
  functions,
  environment,
  ...settings
}: {
  kafka?: (request: Request) => Step | undefined;
  puts?: () => PutAct;
  topic?: () => TopicDescription;
  busyMs?: () => number;
  random?: () => number;
  functions?: FunctionInvoker;
  environment?: Partial<Extract<ProducerEnvironment, { acks: 'all' }>>;
} & Omit<ProducerSettings, 'environment' | 'deps' | 'topic'> &
  (Acks | { acks?: undefined }) = {}) {
  const clock = new VirtualClock(random, 1);
  const port = new ScriptedPort(clock, kafka, topic, busyMs);
  const store = new ScriptedStore(puts);
  const log = new RecordingLog();
  const meter = new CountingProducerMeter();
  const made = producer({
    environment: { ...producerEnvironment, ...environment },
    deps: { clock, port, store, log, meter, functions },
    ...settings,
  });
  return { clock, port, store, log, meter, producer: made };
}

export const event = (id: string, more: Partial<NewEvent> = {}): NewEvent => ({
  id,
  type: 'order.placed',
  data: { id },
  ...more,
});
