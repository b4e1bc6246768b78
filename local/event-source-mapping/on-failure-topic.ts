import { randomUUID } from 'node:crypto';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { onFailureMessage, type OnFailureDestination, type OnFailureSettings } from './on-failure';
import type { PolledRecord } from './record';

/**
 * A topic of the same cluster: one message for each record, under the record's own key
 * (https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html). The topic has to exist.
 */
export function onFailureTopic(
  bootstrap: string,
  topic: string,
  settings: OnFailureSettings,
  now: () => Date,
): OnFailureDestination {
  const brokers = bootstrap.split(',');
  const kafka = new Kafka({ clientId: 'on-failure', brokers, logLevel: logLevel.NOTHING, retry: { retries: 3 } });
  let connected: Promise<Producer> | undefined;
  const connect = async () => {
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    return producer;
  };
  return {
    deliver: async (given) => {
      connected ??= connect();
      const producer = await connected.catch((error: unknown) => {
        connected = undefined; // the next delivery connects anew
        throw error;
      });
      const messages = given.records.map((record) => ({
        key: keyOf(record),
        value: JSON.stringify(onFailureMessage(settings, given, record, randomUUID(), now())),
      }));
      await producer.send({ topic, acks: -1, messages });
    },
    close: async () => {
      await connected?.then((producer) => producer.disconnect());
    },
  };
}

function keyOf({ json }: PolledRecord): Buffer | null {
  const { key } = JSON.parse(json) as { key?: string | null };
  return key === null || key === undefined ? null : Buffer.from(key, 'base64');
}
