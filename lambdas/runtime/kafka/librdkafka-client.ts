import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { Clock } from '../time/clock';
import { LosslessError } from '../contract/errors';
import type { KafkaHeader, KafkaMessage } from '../event/message';
import { inWords, within, type Ended } from '../time/within';
import { Age } from './age';
import { errorCodeRow } from './error-codes';
import { iamTokens } from './iam';
import { kafkajsPort, regionOf } from './kafkajs';
import type { ClientOptions, KafkaPort, SendResult } from './port';
import { Seeds } from './seeds';
import { Slot, type SlotClient } from './slot';

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

export interface ConfluentOptions {
  /** The package, or what stands in for it. @default - `@confluentinc/kafka-javascript` as installed beside the handler or in a layer */
  readonly load?: () => Promise<ConfluentModule>;
  /** Milliseconds that no clock change moves. @default performance.now */
  readonly elapsed?: () => number;
}

/** librdkafka tells of every record by then; what waits for a leader waits as long. */
const MESSAGE_MS = 10_000;
const CALL_MS = MESSAGE_MS + 2_000;
const CONNECT_MS = 5_000;
/** As old as its view of the topic may grow: leaders move, and partitions are added. */
const METADATA_MS = 30_000;
/** librdkafka's pause before it tries again by itself; with its jitter of a fifth never less than `FIRST_TRY_MS`. */
const RETRY_BACKOFF_MS = 200;
const FIRST_TRY_MS = 150;
/** After a freeze connections are dead without a sign, and the token librdkafka holds has expired. */
const IDLE_MS = 5 * 60_000;

/**
 * librdkafka behind the producer, in place of kafkajs: `producer({ client: confluent() })`. It needs the package
 * `@confluentinc/kafka-javascript` beside the handler (external to the bundle: it loads native code), and looks at the
 * topic by kafkajs as before.
 */
export const confluent =
  ({ load = loadConfluent, elapsed = () => performance.now() }: ConfluentOptions = {}) =>
  (options: ClientOptions): KafkaPort => {
    const { clock } = options;
    const config = configOf(options);
    const topics = kafkajsPort(options);
    const acks = options.environment.acks ?? 'all';
    const seeds = new Seeds(options.environment.brokers, clock);
    const partitions = new Map<string, number>();
    // librdkafka asks any broker of the list, and another one when that does not answer.
    const create = (delayMs: number) =>
      new Client(
        {
          ...{ load, elapsed, clock, acks, config: { ...config, 'bootstrap.servers': seeds.order().join(',') } },
          onPartitions: (topic, count) => partitions.set(topic, count),
        },
        delayMs,
      );
    // One for all brokers: librdkafka has a thread and a connection for each of them.
    const slot = new Slot(create, IDLE_MS, clock, options.onReplaced);
    return {
      send: (topic, partition, records, signal) => slot.send(topic, partition, records, signal),
      partitions: (topic) => Math.max(partitions.get(topic) ?? 0, topics.partitions?.(topic) ?? 0) || undefined,
      describe: async (topic) => {
        await load();
        return topics.describe(topic);
      },
      close: async () => void (await Promise.all([slot.close(), topics.close()])),
    };
  };

interface ClientParts {
  readonly load: () => Promise<ConfluentModule>;
  readonly elapsed: () => number;
  readonly clock: Clock;
  readonly config: Readonly<Record<string, unknown>>;
  readonly acks: 'all' | 0 | 1;
  /** Hears how many partitions the topic has, as this client knows it. */
  readonly onPartitions: (topic: string, count: number) => void;
}

/**
 * One librdkafka producer. Idempotent, so that its own retries keep the order and write nothing twice; after any failure
 * it is given up, since a fatal error stays for good. What it says of a record it may have tried more than once is only
 * believed when it says `acknowledged`, with an offset.
 */
class Client implements SlotClient {
  spoiled = false;
  private producer?: ConfluentProducer;
  private readonly ready: Promise<Ended<void>>;
  /** Offset of the last record acknowledged, by topic and partition. Dies with the client: topics are re-created. */
  private readonly lastOffsets = new Map<string, number>();
  /** Since the partitions of the topic were last asked for. */
  private looked?: Age;

  constructor(
    private readonly parts: ClientParts,
    delayMs: number,
  ) {
    this.ready = this.connect(delayMs);
  }

  async send(
    topic: string,
    partition: number,
    records: readonly KafkaMessage[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    const result = (await this.whenReady(signal)) ?? (await this.attempt(topic, partition, records, signal));
    if (result.kind !== 'acked' && result.kind !== 'sent') this.spoiled = true;
    return result;
  }

  async close(): Promise<void> {
    await this.ready;
    const disconnecting = new Promise<void>((done) => {
      if (this.producer === undefined) done();
      else this.producer.disconnect(1, done);
    });
    await within(disconnecting, CALL_MS, { clock: this.parts.clock });
  }

  private async connect(delayMs: number): Promise<Ended<void>> {
    const { clock, load, config } = this.parts;
    if (delayMs > 0) await clock.sleep(delayMs);
    const connecting = load().then(
      ({ Producer }) =>
        new Promise<void>((connected, failed) => {
          const producer = new Producer({ ...config, dr_cb: true }, {});
          this.producer = producer;
          producer.on('delivery-report', (error, { offset, opaque }) => opaque(error, offset));
          // Each send hears of its own records; what else goes wrong is tried again below, or shows there.
          for (const event of ['error', 'event.error'] as const) producer.on(event, () => undefined);
          producer.connect({ timeout: CONNECT_MS }, (error) => {
            if (error) return failed(asError(error));
            producer.setPollInBackground(true);
            connected();
          });
        }),
    );
    return within(connecting, CALL_MS, { clock });
  }

  /** Undefined once connected. Nothing is sent before that, so no failure here leaves a doubt. */
  private async whenReady(signal: AbortSignal): Promise<SendResult | undefined> {
    const waited = await within(this.ready, CALL_MS, { clock: this.parts.clock, signal });
    const ended = waited.kind === 'value' ? waited.value : waited;
    switch (ended.kind) {
      case 'value':
        return undefined;
      case 'error':
        return notSent(`no connection to Kafka: ${inWords(ended.error)}`);
      case 'timeout':
        return notSent(`no connection to Kafka within ${CALL_MS} ms`);
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
    const { clock, elapsed } = this.parts;
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
    const ended = await within(reports.all, CALL_MS, { clock, signal });
    switch (ended.kind) {
      case 'value':
        return this.resultOf(`${topic}-${partition}`, reports, elapsed() - began < FIRST_TRY_MS);
      case 'timeout':
      case 'error':
        return { kind: 'unknown', message: `no answer from librdkafka within ${CALL_MS} ms` };
      case 'aborted':
        return { kind: 'unknown', message: 'given up before Kafka answered' };
    }
  }

  /** Now and then, beside the sends: what it learns is for those to come. Where nobody answers, it is asked again later. */
  private lookAt(topic: string): void {
    const { clock, onPartitions } = this.parts;
    if (this.looked !== undefined && this.looked.ms < METADATA_MS) return;
    this.looked = new Age(clock);
    this.producer!.getMetadata({ topic, timeout: CONNECT_MS }, (_error, metadata) => {
      const count = metadata?.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      if (count > 0) onPartitions(topic, count);
    });
  }

  /** @param told - it was librdkafka's first try: later ones say nothing about those before them */
  private resultOf(lane: string, { errors, offsets, failed }: Reports, told: boolean): SendResult {
    if (failed === 0) return this.checked(lane, offsets);
    // The rest of a send follows its first refused part into the error: librdkafka leaves no gap.
    const codes = errors.map(codeOf);
    const refused = codes.find((code) => code !== undefined && code > 0);
    const together = codes.every((code) => code === refused || FOLLOWING.has(code));
    const { name, fate } = errorCodeRow(refused);
    const message = `${name}: ${inWords(errors.find(Boolean))}`;
    if (!told || failed < offsets.length || !together) return { kind: 'unknown', message };
    switch (fate.kind) {
      case 'rejected':
        return { ...fate, code: name, message };
      case 'retriable':
        return { kind: 'retriable', code: name, message };
      case 'unknown':
        return { kind: 'unknown', message };
    }
  }

  /** A record that was already there is acknowledged without an offset: then its place is not known. */
  private checked(lane: string, offsets: readonly number[]): SendResult {
    const { acks } = this.parts;
    if (acks === 0) return { kind: 'sent' };
    let last = this.lastOffsets.get(lane) ?? -1;
    for (const offset of offsets) {
      if (!Number.isSafeInteger(offset) || offset <= last) {
        return {
          kind: 'unknown',
          message: `answer of Kafka for ${lane}: got offset ${offset}, want one above ${last}`,
        };
      }
      last = offset;
    }
    this.lastOffsets.set(lane, last);
    return { kind: acks === 'all' ? 'acked' : 'sent', offsets };
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

const notSent = (message: string): SendResult => ({ kind: 'retriable', code: 'NOT_CONNECTED', message });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(inWords(error)));

const buffer = (from: Uint8Array): Buffer =>
  Buffer.isBuffer(from) ? from : Buffer.from(from.buffer, from.byteOffset, from.byteLength);
const bytes = (from: Uint8Array | null): Buffer | null => from && buffer(from);

/** An empty text stands for no bytes: of an empty buffer the binding makes null. */
const headersOf = (headers: readonly KafkaHeader[]): Readonly<Record<string, Buffer | string>>[] =>
  headers.map(([name, value]) => ({
    [name]: value === null ? Buffer.alloc(0) : value.length === 0 ? '' : buffer(value),
  }));

function configOf({ environment, clock, region }: ClientOptions): Readonly<Record<string, unknown>> {
  const acks = environment.acks ?? 'all';
  const base = {
    'client.id': 'cdk-lossless-kafka',
    'enable.idempotence': acks === 'all',
    'enable.gapless.guarantee': acks === 'all',
    acks: acks === 'all' ? -1 : acks,
    'message.timeout.ms': MESSAGE_MS,
    'request.timeout.ms': 4_000,
    'socket.timeout.ms': 5_000,
    'socket.connection.setup.timeout.ms': 3_000,
    'retry.backoff.ms': RETRY_BACKOFF_MS,
    'retry.backoff.max.ms': 1_000,
    'reconnect.backoff.max.ms': 1_000,
    'topic.metadata.refresh.interval.ms': METADATA_MS,
    'linger.ms': 0,
    // What is too large is for the broker to say: a refusal of the queue in the middle of a send would leave a doubt.
    'message.max.bytes': 1_000_000_000,
    'allow.auto.create.topics': false,
    log_level: 0,
  };
  switch (environment.authentication) {
    case 'none':
      return base;
    case 'iam': {
      const token = iamTokens({ region: regionOf(region), clock });
      const refresh = async () => {
        const { value, expiresAt } = await token();
        return { tokenValue: value, lifetime: expiresAt, principal: 'cdk-lossless-kafka' };
      };
      const sasl = { 'security.protocol': 'sasl_ssl', 'sasl.mechanisms': 'OAUTHBEARER' };
      return { ...base, ...sasl, oauthbearer_token_refresh_cb: refresh };
    }
  }
}

/** From the function's own folder or a layer, past the bundler: the package finds its native part beside itself. */
const loadConfluent = (): Promise<ConfluentModule> =>
  Promise.resolve().then(() => {
    const name = '@confluentinc/kafka-javascript';
    try {
      return createRequire(join(process.cwd(), 'handler.js'))(name) as ConfluentModule;
    } catch (cause) {
      const fix = 'install it beside the handler, or leave client out for kafkajs';
      throw new LosslessError('NOT_CONFIGURED', `${name}: got no module, want the optional peer; ${fix}`, { cause });
    }
  });
