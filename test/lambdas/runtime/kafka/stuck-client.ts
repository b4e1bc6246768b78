import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ProducerEnvironment } from '../../../../lambdas/runtime/contract';
import { confluent, type ConfluentModule } from '../../../../lambdas/runtime/kafka/librdkafka';
import { silent } from '../../../../lambdas/runtime/watching/log';
import { producer, type Outcome, type Producer } from '../../../../lambdas/runtime/producer';
import type { ObjectStore } from '../../../../lambdas/runtime/stores/object-store';

/**
 * Publishes what it is told, in a process of its own, because Node reads the authorities it trusts when it starts:
 * `stuck-client.ts kafkajs|confluent`. What Kafka does not take is spilled, into nothing.
 */
export interface Publish {
  /** With a producer of its own; undefined: with the one before. */
  readonly environment?: ProducerEnvironment;
  readonly events: readonly { readonly id: string; readonly key: string }[];
}
export type Published = readonly Outcome[];

const [, , name] = process.argv;
const store = { putIfAbsent: () => Promise.resolve('written') } as Partial<ObjectStore> as ObjectStore;
/** Installed for the bench, or not at all. */
const load = () =>
  Promise.resolve(
    createRequire(join(__dirname, '../../../../bench/package.json'))(
      '@confluentinc/kafka-javascript',
    ) as ConfluentModule,
  );
const client = name === 'confluent' ? confluent({ load }) : undefined;
let orders: Producer | undefined;

async function publish({ environment, events }: Publish): Promise<void> {
  if (environment !== undefined) {
    await orders?.close();
    orders = producer({ environment, client, deps: { log: silent, store } });
  }
  const outcomes = await orders!.publishAll(events.map((each) => ({ ...each, type: 'order.placed', data: each })));
  process.send!(outcomes satisfies Published);
}

process.on('message', (message: Publish) => void publish(message));
