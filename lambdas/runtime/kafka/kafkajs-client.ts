import type { IHeaders, KafkaJSProtocolError, Message, Producer, ProducerConfig, RecordMetadata } from 'kafkajs';
import type { KafkaHeader, KafkaMessage } from '../event/message';
import { acknowledged, buffer, fateOf, METADATA_MS, notSent, type Driver } from './connection';
import { errorCodeRow } from './error-codes';
import type { SendResult } from './port';

export type KafkajsProducer = Pick<Producer, 'connect' | 'send' | 'disconnect' | 'on'>;

export interface KafkajsDriverOptions {
  readonly acks: 'all' | 0 | 1;
  /** Hears at each try how many partitions the topic has, as this client knows it. */
  readonly onPartitions: (topic: string, count: number) => void;
}

/** Kafka's request type for sends (protocol guide, "API keys"). */
const PRODUCE = 0;
/** The broker's own limit for the followers' answers: below the client's request timeout, so that it is the one to end. */
const ACKS_TIMEOUT_MS = 4_000;

/**
 * One kafkajs producer: it sends one partition per request, its answers are checked, and its hidden retries are counted.
 * After a failure it must not be used again: it would give the same sequence numbers to other records, which the broker
 * acknowledges as known without writing them.
 */
export class KafkajsDriver implements Driver {
  readonly goesOnByItself = true;
  private readonly producer: KafkajsProducer;
  /** By the first message of each send. */
  private readonly tries = new WeakMap<Message, Tried>();
  /** Answers that this kafkajs producer has had from any broker, in all. */
  private readonly answers = { produce: 0, other: 0 };

  constructor(
    create: (config: ProducerConfig) => KafkajsProducer,
    private readonly options: KafkajsDriverOptions,
  ) {
    this.producer = create({
      // Retries inside kafkajs keep their sequence number only when idempotent; without, each one is a duplicate.
      // With less than acks=all Kafka has no idempotence.
      idempotent: options.acks === 'all',
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
      allowAutoTopicCreation: false,
      metadataMaxAge: METADATA_MS,
      createPartitioner:
        () =>
        ({ topic, partitionMetadata, message }) => {
          options.onPartitions(topic, partitionMetadata.length);
          return this.partition(message);
        },
    });
    this.producer.on('producer.network.request', ({ payload }) => {
      this.answers[payload.apiKey === PRODUCE ? 'produce' : 'other'] += 1;
    });
  }

  connect(): Promise<void> {
    return this.producer.connect();
  }

  notConnected(error: unknown): SendResult {
    return classify(error);
  }

  async send(topic: string, partition: number, records: readonly KafkaMessage[]): Promise<SendResult> {
    const messages = records.map((record) => kafkajsMessage(record, partition));
    if (messages[0]) this.tries.set(messages[0], NOT_TRIED);
    const acks = this.options.acks === 'all' ? -1 : this.options.acks;
    try {
      const answer = await this.producer.send({ topic, messages, acks, timeout: ACKS_TIMEOUT_MS });
      return this.checked(answer, topic, partition, messages.length);
    } catch (error) {
      return classify(error, this.triedOf(messages));
    }
  }

  close(): Promise<void> {
    return this.producer.disconnect();
  }

  /** kafkajs resolves with an empty list, or with other partitions, for records that were not written. */
  private checked(answer: RecordMetadata[], topic: string, partition: number, count: number): SendResult {
    const { acks } = this.options;
    if (acks === 0) return acknowledged(acks);
    const [entry] = answer;
    const base = /^\d+$/.test(entry?.baseOffset ?? '') ? Number(entry?.baseOffset) : Number.NaN;
    const right =
      answer.length === 1 && entry?.topicName === topic && entry.partition === partition && entry.errorCode === 0;
    if (!right || !Number.isSafeInteger(base)) {
      const got = JSON.stringify(answer).slice(0, 200);
      return { kind: 'unknown', message: `answer of Kafka for ${topic}-${partition}: got ${got}` };
    }
    // One request for one partition: its records lie side by side.
    return acknowledged(
      acks,
      Array.from({ length: count }, (_, n) => base + n),
    );
  }

  /** kafkajs asks its partitioner for every record at each try: by the first of them its hidden retries are counted. */
  private partition(message: Message): number {
    const tried = this.tries.get(message);
    if (tried) this.tries.set(message, { times: tried.times + 1, answers: { ...this.answers } });
    return message.partition ?? 0;
  }

  private triedOf([first]: Message[]): { times: number; answeredByProduce: boolean } {
    const tried = (first && this.tries.get(first)) ?? NOT_TRIED;
    const { produce, other } = this.answers;
    const since = { produce: produce - tried.answers.produce, other: other - tried.answers.other };
    return { times: tried.times, answeredByProduce: since.produce > 0 && since.other === 0 };
  }
}

/** How often kafkajs has built a request with a record, and the answers its producer had had when it built the last. */
interface Tried {
  readonly times: number;
  readonly answers: { readonly produce: number; readonly other: number };
}
const NOT_TRIED: Tried = { times: 0, answers: { produce: 0, other: 0 } };

/**
 * The fate of the records after kafkajs rejected. `times` is how often kafkajs got as far as building a produce request:
 * 0, nothing was sent; above 1, the error tells of the last try only and an earlier one may be in the log; 1, the error
 * may be that of a metadata refresh after a lost answer. So then only codes count that no other request is answered
 * with, or any code while produce requests alone have been answered since (`answeredByProduce`).
 */
export function classify(
  error: unknown,
  { times, answeredByProduce } = { times: 0, answeredByProduce: false },
): SendResult {
  const row = errorCodeRow(protocolCode(error));
  const told = times === 0 || (times === 1 && (row.produceOnly || answeredByProduce));
  const result = fateOf(row, error, told);
  return result.kind === 'unknown' && times === 0 ? notSent(result.message) : result;
}

/** kafkajs wraps the broker's answer in errors of its own, one in the other. Connection errors carry texts as codes. */
function protocolCode(error: unknown): number | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const { code } = at as Partial<KafkaJSProtocolError>;
    if (typeof code === 'number') return code;
  }
  return undefined;
}

function kafkajsMessage({ key, value, headers }: KafkaMessage, partition: number): Message {
  return { partition, key: key && buffer(key), value: value && buffer(value), headers: kafkajsHeaders(headers) };
}

/**
 * kafkajs takes an object: one header of a name as it is, several as a list. Without a prototype, as `__proto__` is a name.
 * It cannot write a header without a value (it fails on its length): that one is sent empty.
 */
function kafkajsHeaders(headers: readonly KafkaHeader[]): IHeaders {
  const byName = Object.create(null) as Record<string, Buffer | Buffer[]>;
  for (const [name, value] of headers) {
    const before = byName[name];
    const bytes = value === null ? Buffer.alloc(0) : buffer(value);
    byName[name] = before === undefined ? bytes : [before, bytes].flat();
  }
  return byName;
}
