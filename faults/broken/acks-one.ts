/**
 * BROKEN ON PURPOSE: a door that sends with acks=1. The leader alone answers, and dies with what it answered for.
 * `npm start -- --break acks` plants it in place of the ingest function and must report lost events.
 */
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { door, type Answer, type Message } from './door';

let connected: Promise<Producer> | undefined;

export const handler = door(async (topic, messages, brokers) => {
  const producer = await (connected ??= connect(brokers));
  return Promise.all(messages.map((message) => sendCarelessly(producer, topic, message)));
});

async function connect(brokers: string): Promise<Producer> {
  const producer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  return producer;
}

async function sendCarelessly(producer: Producer, topic: string, message: Message): Promise<Answer> {
  try {
    const [answer] = await producer.send({ topic, acks: 1, messages: [message] });
    return { outcome: 'acked', partition: answer?.partition, offset: Number(answer?.baseOffset) };
  } catch (error) {
    return { outcome: 'unknown', reason: String(error) };
  }
}
