import { PRODUCER_VARIABLE, type ProducerEnvironment } from '../../../lambdas/runtime/contract';

export interface Message {
  readonly key: string;
  readonly value: string;
  readonly headers: Record<string, string>;
}

/** What the door answers for one event. */
export type Answer =
  | { readonly outcome: 'acked'; readonly partition?: number; readonly offset?: number }
  | { readonly outcome: 'unknown'; readonly reason: string };

interface Body {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly partitionkey: string;
  readonly data: unknown;
}

const variable = Object.keys(process.env).find((name) => name.startsWith(PRODUCER_VARIABLE)) ?? '';
const { topic, brokers } = JSON.parse(process.env[variable] ?? '{}') as ProducerEnvironment;

/** The sample's HTTP door around a way of sending. @param send - resolves with an answer for each message */
export function door(
  send: (topic: string, messages: Message[], brokers: string) => Promise<Answer[]>,
): (request: { body: string; isBase64Encoded?: boolean }) => Promise<object> {
  return async (request) => {
    const text = request.isBase64Encoded ? Buffer.from(request.body, 'base64').toString('utf8') : request.body;
    const events = JSON.parse(text) as Body[];
    const answers = await send(topic, events.map(message), brokers);
    const results = events.map(({ id }, n) => ({ id, ...answers[n] }));
    return { statusCode: 202, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ results }) };
  };
}

const message = (event: Body): Message => ({
  key: event.partitionkey,
  value: JSON.stringify(event.data),
  headers: {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_source: event.source,
    ce_type: event.type,
    'content-type': 'application/json',
  },
});
