/**
 * BROKEN ON PURPOSE: kafkajs as its documentation shows it and most code uses it. With acks=-1 and `idempotent` it looks
 * safe, and under faults `send` resolves for records that are not in the log. The conformance suite and the controls run
 * it beside the product's own producer: a harness that does not catch this one catches nothing.
 */
import { Kafka, logLevel, type Message, type RecordMetadata } from 'kafkajs';

export interface UsualProducer {
  /** Resolves when kafkajs says that all messages are written; rejects when it gives up. */
  send(topic: string, messages: Message[]): Promise<RecordMetadata[]>;
  close(): Promise<void>;
}

/** @param bootstrap - comma-separated `host:port` */
export async function usualKafkajs(bootstrap: string): Promise<UsualProducer> {
  const kafka = new Kafka({ clientId: 'usual-kafkajs', brokers: bootstrap.split(','), logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
  await producer.connect();
  return {
    send: (topic, messages) => producer.send({ topic, acks: -1, messages }),
    close: () => producer.disconnect(),
  };
}
