/**
 * BROKEN ON PURPOSE: a door that sends with acks=1. The leader alone answers, and dies with what it answered for.
 * `npm start -- --break acks` plants it in place of the ingest function and must report lost events.
 */
import { Kafka, logLevel } from 'kafkajs';
import { PRODUCER_VARIABLE, type ProducerEnvironment } from '../../lambdas/runtime/contract';

const variable = Object.keys(process.env).find((name) => name.startsWith(PRODUCER_VARIABLE)) ?? '';
const { topic, brokers } = JSON.parse(process.env[variable] ?? '{}') as ProducerEnvironment;
const producer = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).producer();
const connected = producer.connect();

interface Body {
  id: string;
  source: string;
  type: string;
  partitionkey: string;
  data: unknown;
}

export async function handler(request: { body: string; isBase64Encoded?: boolean }) {
  await connected;
  const text = request.isBase64Encoded ? Buffer.from(request.body, 'base64').toString('utf8') : request.body;
  const events = JSON.parse(text) as Body[];
  const results = await Promise.all(events.map(sendCarelessly));
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ results }) };
}

async function sendCarelessly(event: Body) {
  const message = {
    key: event.partitionkey,
    value: JSON.stringify(event.data),
    headers: {
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: event.source,
      ce_type: event.type,
      'content-type': 'application/json',
    },
  };
  try {
    const [answer] = await producer.send({ topic, acks: 1, messages: [message] });
    return { id: event.id, outcome: 'acked', partition: answer?.partition, offset: Number(answer?.baseOffset) };
  } catch (error) {
    return { id: event.id, outcome: 'unknown', reason: String(error) };
  }
}
