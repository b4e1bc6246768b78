import type { IHeaders, KafkaJSProtocolError, Message, Producer, ProducerConfig, RecordMetadata } from 'kafkajs';
import type { Clock } from '../time/clock';
import type { KafkaHeader, KafkaMessage } from '../event/message';
import { within, inWords, type Ended } from '../time/within';
import { errorCodeRow } from './error-codes';
import type { SendResult } from './port';
import type { SlotClient } from './slot';

export type KafkajsProducer = Pick<Producer, 'connect' | 'send' | 'disconnect' | 'on'>;

export interface KafkajsClientOptions {
  readonly clock: Clock;
  /** Milliseconds to wait before connecting. */
  readonly delayMs: number;
  /** Milliseconds that connecting may take. */
  readonly connectMs: number;
  /** -1: all in-sync replicas. */
  readonly acks: -1 | 0 | 1;
  /** Hears once whether it found its way into the cluster. */
  readonly onConnect: (connected: boolean) => void;
  /** Hears at each try how many partitions the topic has, as this client knows it. */
  readonly onPartitions: (topic: string, count: number) => void;
}

/** kafkajs has no upper bound for a call and was seen not to settle at all; after this the object is not trusted again. */
const CALL_MS = 10_000;
/** As old as kafkajs may let its view of the topic grow: leaders move, and partitions are added. */
const METADATA_MS = 30_000;
/** Kafka's request type for sends (protocol guide, "API keys"). */
const PRODUCE = 0;
/** The broker's own limit for the followers' answers: below the client's request timeout, so that it is the one to end. */
const ACKS_TIMEOUT_MS = 4_000;

/**
 * One kafkajs producer, held by the rules that keep it from losing records: it sends one partition per request, its
 * answers are checked, every call has a time limit, and after any failure it is `spoiled`: kafkajs then gives the same
 * sequence numbers to other records, which the broker acknowledges as known without writing them.
 */
export class Client implements SlotClient {
  spoiled = false;
  private readonly producer: KafkajsProducer;
  private readonly ready: Promise<Ended<void>>;
  private connected = false;
  /** By the first message of each send. */
  private readonly tries = new WeakMap<Message, Tried>();
  /** Answers that this kafkajs producer has had from any broker, in all. */
  private readonly answers = { produce: 0, other: 0 };
  /** Offset of the last record acknowledged, by topic and partition. Dies with the client: topics are re-created. */
  private readonly lastOffsets = new Map<string, number>();

  private readonly clock: Clock;
  private readonly acks: -1 | 0 | 1;

  constructor(
    create: (config: ProducerConfig) => KafkajsProducer,
    private readonly options: KafkajsClientOptions,
  ) {
    const { clock, acks } = options;
    this.clock = clock;
    this.acks = acks;
    this.producer = create({
      // Retries inside kafkajs keep their sequence number only when idempotent; without, each one is a duplicate.
      // With less than acks=all Kafka has no idempotence.
      idempotent: acks === -1,
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
    this.ready = this.connect();
  }

  async send(
    topic: string,
    partition: number,
    records: readonly KafkaMessage[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    const failure = this.connected ? undefined : await this.whenReady(signal);
    return failure ?? this.attempt(topic, partition, records, signal);
  }

  /** How it ends is of no interest: this client is never used again. A connect under way would outlive an earlier one. */
  async close(): Promise<void> {
    await this.ready;
    await within(this.producer.disconnect(), CALL_MS, { clock: this.clock });
  }

  private async connect(): Promise<Ended<void>> {
    const { delayMs, connectMs, onConnect } = this.options;
    if (delayMs > 0) await this.clock.sleep(delayMs);
    const connecting = this.producer.connect();
    const ended = await within(connecting, connectMs, { clock: this.clock });
    if (ended.kind === 'timeout') this.closeAfter(connecting);
    this.connected = ended.kind === 'value';
    onConnect(this.connected);
    return ended;
  }

  /** Undefined once connected. Nothing is sent before that, so no failure here leaves a doubt. */
  private async whenReady(signal: AbortSignal): Promise<SendResult | undefined> {
    const waited = await within(this.ready, 2 * CALL_MS, { clock: this.clock, signal });
    const ended = waited.kind === 'value' ? waited.value : waited;
    switch (ended.kind) {
      case 'value':
        return undefined;
      case 'error':
        this.spoiled = true;
        return classify(ended.error);
      case 'timeout':
        this.spoiled = true;
        return notSent(`no way into the cluster within ${this.options.connectMs} ms`);
      case 'aborted':
        return notSent('given up while connecting to Kafka');
    }
  }

  private async attempt(
    topic: string,
    partition: number,
    records: readonly KafkaMessage[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    const messages = records.map((record) => kafkajsMessage(record, partition));
    if (messages[0]) this.tries.set(messages[0], NOT_TRIED);
    const sending = this.producer.send({ topic, messages, acks: this.acks, timeout: ACKS_TIMEOUT_MS });
    const ended = await within(sending, CALL_MS, { clock: this.clock, signal });
    const result = this.resultOf(ended, topic, partition, messages);
    if (result.kind !== 'acked' && result.kind !== 'sent') this.spoiled = true;
    // kafkajs goes on with its retries by itself, and opens connections again for them.
    if (ended.kind === 'timeout' || ended.kind === 'aborted') this.closeAfter(sending);
    return result;
  }

  private resultOf(ended: Ended<RecordMetadata[]>, topic: string, partition: number, messages: Message[]): SendResult {
    switch (ended.kind) {
      case 'value':
        return this.checked(ended.value, topic, partition, messages.length);
      case 'error':
        return classify(ended.error, this.triedOf(messages));
      case 'timeout':
        return { kind: 'unknown', message: `no answer from Kafka within ${CALL_MS} ms` };
      case 'aborted':
        return { kind: 'unknown', message: 'given up before Kafka answered' };
    }
  }

  /** kafkajs resolves with an empty list, with other partitions or with an old offset for records that were not written. */
  private checked(answer: RecordMetadata[], topic: string, partition: number, count: number): SendResult {
    if (this.acks === 0) return { kind: 'sent' };
    const lane = `${topic}-${partition}`;
    const [entry] = answer;
    const base = /^\d+$/.test(entry?.baseOffset ?? '') ? Number(entry?.baseOffset) : Number.NaN;
    const right =
      answer.length === 1 && entry?.topicName === topic && entry.partition === partition && entry.errorCode === 0;
    const isNew = Number.isSafeInteger(base) && base > (this.lastOffsets.get(lane) ?? -1);
    if (!right || !isNew) {
      return { kind: 'unknown', message: `answer of Kafka for ${lane}: got ${JSON.stringify(answer).slice(0, 200)}` };
    }
    this.lastOffsets.set(lane, base + count - 1);
    // One request for one partition: its records lie side by side.
    return { kind: this.acks === -1 ? 'acked' : 'sent', offsets: Array.from({ length: count }, (_, n) => base + n) };
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

  private closeAfter(late: Promise<unknown>): void {
    const close = () => this.close();
    void late.then(close, close);
  }
}

/** How often kafkajs has built a request with a record, and the answers its producer had had when it built the last. */
interface Tried {
  readonly times: number;
  readonly answers: { readonly produce: number; readonly other: number };
}
const NOT_TRIED: Tried = { times: 0, answers: { produce: 0, other: 0 } };

const notSent = (message: string): SendResult => ({ kind: 'retriable', code: 'NOT_CONNECTED', message });

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
  const { name, fate, produceOnly } = errorCodeRow(protocolCode(error));
  const message = `${name}: ${inWords(error)}`;
  const told = times === 0 || (times === 1 && (produceOnly || answeredByProduce));
  switch (fate.kind) {
    case 'rejected':
      return told ? { ...fate, code: name, message } : { kind: 'unknown', message };
    case 'retriable':
      return told ? { kind: 'retriable', code: name, message } : { kind: 'unknown', message };
    case 'unknown':
      return times === 0 ? notSent(message) : { kind: 'unknown', message };
  }
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

const buffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
