import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CE_ID } from '../lambdas/runtime/contract';
import { confluent, type ConfluentModule } from '../lambdas/runtime/kafka/librdkafka';
import type { KafkaClient } from '../lambdas/runtime/kafka/port';
import { silent } from '../lambdas/runtime/watching/log';
import type { ObjectStore } from '../lambdas/runtime/stores/object-store';
import { producer } from '../lambdas/runtime/producer';
import { usualKafkajs } from '../faults/broken/usual-kafkajs';
import type { Adapter, Fate } from '../faults/conformance';
import { packageRoot } from '../local/toolchain';

/** The product's own producer on one of its clients. */
const product = (name: string, client?: KafkaClient): Adapter => ({
  name,
  describe: `the product's producer on ${name}`,
  open: ({ bootstrap: brokers, topic, deadlineMs }) => {
    const spillTimeMs = 1_000;
    const publisher = producer({
      environment: {
        ...{ cluster: 'conformance', topic, brokers, authentication: 'none', acks: 'all', source: 'urn:conformance' },
        ...{ spill: 'none', deadLetters: 'none', spillTimeMs, deadlineMs: deadlineMs - spillTimeMs },
      },
      client,
      deps: { store: noStore, log: silent },
    });
    return Promise.resolve({
      send: async (events) => {
        const outcomes = await publisher.publishAll(
          events.map(({ id, key, value }) => ({ id, key, type: 'conformance', data: Buffer.from(value) })),
        );
        return outcomes.map((outcome): Fate => {
          switch (outcome.kind) {
            case 'acked':
            case 'rejected':
            case 'unknown':
              return outcome;
            case 'spilled':
              throw new Error('spilled, and there is no spill store');
            case 'sent':
            case 'parked':
            case 'forwarded':
            case 'dropped':
              throw new Error(`${outcome.kind}, and no setting of this suite asks for it`);
          }
        });
      },
      close: () => publisher.close(),
    });
  },
});

/** An optional package: installed by who puts it on trial, here or in the bench. */
const installed = (): Promise<ConfluentModule> =>
  Promise.resolve().then(() => {
    const from = [packageRoot(), join(packageRoot(), 'bench')].map((dir) => createRequire(join(dir, 'package.json')));
    const name = '@confluentinc/kafka-javascript';
    for (const require of from) if (isThere(require, name)) return require(name) as ConfluentModule;
    throw new Error(`${name}: got no module, want the optional package; run \`npm install\` in bench/`);
  });

function isThere(require: NodeJS.Require, name: string): boolean {
  try {
    return require.resolve(name) !== '';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return false;
    throw error;
  }
}

/** Kafka alone is on trial: what it does not take by the deadline is told to the caller. */
const refused = () =>
  Promise.reject(Object.assign(new Error('there is no spill store in this suite'), { code: 'STORE_REFUSED' }));
const noStore: ObjectStore = {
  putIfAbsent: refused,
  get: refused,
  delete: refused,
  list: () => {
    throw new Error('there is no spill store in this suite');
  },
};

/** The positive control. */
const usual: Adapter = {
  name: 'usual',
  describe: 'kafkajs as most code uses it: acks=-1, idempotent, the promise trusted',
  open: async ({ bootstrap, topic }) => {
    const producer = await usualKafkajs(bootstrap);
    return {
      send: async (events) => {
        const messages = events.map(({ id, key, value }) => ({ key, value, headers: { [CE_ID]: id } }));
        await producer.send(topic, messages);
        return events.map((): Fate => ({ kind: 'acked' }));
      },
      close: () => producer.close(),
    };
  },
};

export const ADAPTERS: readonly Adapter[] = [
  product('kafkajs'),
  product('confluent', confluent({ load: installed })),
  usual,
];

/** @throws when there is none of that name */
export function adapterNamed(name: string): Adapter {
  const found = ADAPTERS.find((adapter) => adapter.name === name);
  if (found) return found;
  throw new Error(`adapter: got ${name}, want one of ${ADAPTERS.map((adapter) => adapter.name).join(', ')}`);
}
