import type { KafkaHeader, KafkaMessage } from '../event/message';
import type { Clock } from '../time/clock';
import { inWords } from '../time/within';
import { Age } from './age';
import { acknowledged, buffer, fateOf, METADATA_MS, type Driver, notSent } from './connection';
import { errorCodeRow } from './error-codes';
import type { SendResult } from './port';

/** What is used of `@confluentinc/kafka-javascript`: native code, so it is the user's to install. */
export interface ConfluentModule {
  readonly Producer: new (config: Readonly<Record<string, unknown>>, topicConfig: object) => ConfluentProducer;
}

export interface ConfluentProducer {
  connect(options: { readonly timeout: number }, done: (error: unknown) => void): unknown;
  disconnect(timeoutMs: number, done: () => void): unknown;
  setPollInBackground(on: boolean): unknown;
  getMetadata(
    options: { readonly topic: string; readonly timeout: number },
    done: (error: unknown, metadata?: { readonly topics: readonly ConfluentTopic[] }) => void,
  ): unknown;
  /** Puts a record into librdkafka's queue. @throws when it does not take it */
  produce(
    topic: string,
    partition: number,
    value: Buffer | null,
    key: Buffer | null,
    timestamp: null,
    opaque: Heard,
    headers: readonly Readonly<Record<string, Buffer | string>>[],
  ): unknown;
  on(event: 'delivery-report', heard: (error: unknown, report: { offset: number; opaque: Heard }) => void): unknown;
  on(event: 'error' | 'event.error', heard: (error: unknown) => void): unknown;
}

interface ConfluentTopic {
  readonly name: string;
  readonly partitions: readonly unknown[];
}

/** Told once of each record: its offset, or why it is not acknowledged. */
type Heard = (error: unknown, offset: number) => void;

export interface LibrdkafkaDriverOptions {
  readonly load: () => Promise<ConfluentModule>;
  /** Milliseconds that no clock change moves. */
  readonly elapsed: () => number;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly acks: 'all' | 0 | 1;
  /** Hears how many partitions the topic has, as this client knows it. */
  readonly onPartitions: (topic: string, count: number) => void;
}

const CONNECT_MS = 5_000;
/** librdkafka's pause before it tries again by itself; with its jitter of a fifth never less than `FIRST_TRY_MS`. */
export const RETRY_BACKOFF_MS = 200;
const FIRST_TRY_MS = 150;

/**
 * One librdkafka producer. Idempotent, so that its own retries keep the order and write nothing twice; a fatal error stays
 * for good. What it says of a record it may have tried more than once is only believed when it says `acknowledged`, with
 * an offset.
 */
export class LibrdkafkaDriver implements Driver {
  readonly goesOnByItself = false;
  private producer?: ConfluentProducer;
  /** Since the partitions of the topic were last asked for. */
  private looked?: Age;

  constructor(private readonly options: LibrdkafkaDriverOptions) {}

  async connect(): Promise<void> {
    const { load, config } = this.options;
    const { Producer } = await load();
    const producer = new Producer({ ...config, dr_cb: true }, {});
    this.producer = producer;
    producer.on('delivery-report', (error, { offset, opaque }) => opaque(error, offset));
    // Each send hears of its own records; what else goes wrong is tried again, or shows there.
    for (const event of ['error', 'event.error'] as const) producer.on(event, () => undefined);
    await new Promise<void>((connected, failed) => {
      producer.connect({ timeout: CONNECT_MS }, (error) => {
        if (error) return failed(asError(error));
        producer.setPollInBackground(true);
        connected();
      });
    });
  }

  notConnected(error: unknown): SendResult {
    return notSent(`no connection to Kafka: ${inWords(error)}`);
  }

  async send(topic: string, partition: number, records: readonly KafkaMessage[]): Promise<SendResult> {
    const { elapsed } = this.options;
    this.lookAt(topic);
    const began = elapsed();
    let queued = 0;
    const reports = new Reports(records.length);
    try {
      for (const [index, { key, value, headers }] of records.entries()) {
        const heard: Heard = (error, offset) => reports.heard(index, error, offset);
        this.producer!.produce(topic, partition, bytes(value), bytes(key), null, heard, headersOf(headers));
        queued += 1;
      }
    } catch (error) {
      const message = `librdkafka did not take a record: ${inWords(error)}`;
      return queued === 0 ? { kind: 'retriable', code: 'NOT_QUEUED', message } : { kind: 'unknown', message };
    }
    await reports.all;
    return this.resultOf(reports, elapsed() - began < FIRST_TRY_MS);
  }

  close(): Promise<void> {
    return new Promise((done) => {
      if (this.producer === undefined) done();
      else this.producer.disconnect(1, done);
    });
  }

  /** Now and then, beside the sends: what it learns is for those to come. Where nobody answers, it is asked again later. */
  private lookAt(topic: string): void {
    const { clock, onPartitions } = this.options;
    if (this.looked !== undefined && this.looked.ms < METADATA_MS) return;
    this.looked = new Age(clock);
    this.producer!.getMetadata({ topic, timeout: CONNECT_MS }, (_error, metadata) => {
      const count = metadata?.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      if (count > 0) onPartitions(topic, count);
    });
  }

  /** @param told - it was librdkafka's first try: later ones say nothing about those before them */
  private resultOf({ errors, offsets, failed }: Reports, told: boolean): SendResult {
    // A record that was already there is acknowledged without an offset: then its position is not known.
    if (failed === 0) return acknowledged(this.options.acks, offsets);
    // The rest of a send follows its first refused part into the error: librdkafka leaves no gap.
    const codes = errors.map(codeOf);
    const refused = codes.find((code) => code !== undefined && code > 0);
    const together = codes.every((code) => code === refused || FOLLOWING.has(code));
    return fateOf(errorCodeRow(refused), errors.find(Boolean), told && failed === offsets.length && together);
  }
}

/** What is heard of the records of one send. */
class Reports {
  readonly errors: unknown[];
  readonly offsets: number[];
  readonly all: Promise<void>;
  failed = 0;
  private missing: number;
  private complete: () => void = () => undefined;

  constructor(count: number) {
    this.missing = count;
    this.errors = new Array<unknown>(count).fill(undefined);
    this.offsets = new Array<number>(count).fill(-1);
    this.all = new Promise((complete) => (this.complete = complete));
  }

  heard(index: number, error: unknown, offset: number): void {
    if (error) {
      this.errors[index] = error;
      this.failed += 1;
    } else this.offsets[index] = offset;
    this.missing -= 1;
    if (this.missing === 0) this.complete();
  }
}

/** ERR__GAPLESS_GUARANTEE, ERR__FATAL, ERR__PURGE_QUEUE: never sent, because of a record before. */
const FOLLOWING = new Set<number | undefined>([-148, -150, -152]);

const codeOf = (error: unknown): number | undefined => {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'number' ? code : undefined;
};

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(inWords(error)));

const bytes = (from: Uint8Array | null): Buffer | null => from && buffer(from);

/** An empty text stands for no bytes: of an empty buffer the binding makes null. */
const headersOf = (headers: readonly KafkaHeader[]): Readonly<Record<string, Buffer | string>>[] =>
  headers.map(([name, value]) => ({
    [name]: value === null ? Buffer.alloc(0) : value.length === 0 ? '' : buffer(value),
  }));
