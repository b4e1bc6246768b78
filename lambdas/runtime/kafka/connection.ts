import type { KafkaMessage } from '../event/message';
import type { Clock } from '../time/clock';
import { inWords, within, type Ended } from '../time/within';
import type { ErrorCodeRow } from './error-codes';
import type { SendResult } from './port';
import type { SlotClient } from './slot';

/** As old as a client may let its view of the topic grow: leaders move, and partitions are added. */
export const METADATA_MS = 30_000;
/** The name under which brokers know the clients. */
export const CLIENT_ID = 'cdk-lossless-kafka';

/** One producer object of a Kafka library: what differs from library to library. */
export interface Driver {
  /** Called once, before the first send. */
  connect(): Promise<unknown>;
  /** What an error of `connect` says. Nothing was sent. */
  notConnected(error: unknown): SendResult;
  /** Hands over the records in their order, and tells what the answer to all of them means. Its time limit is kept outside. */
  send(topic: string, partition: number, records: readonly KafkaMessage[]): Promise<SendResult>;
  close(): Promise<unknown>;
  /** True for a library that goes on with a call nobody waits for, and opens connections again for it. */
  readonly goesOnByItself: boolean;
}

export interface ConnectionOptions {
  readonly clock: Clock;
  /** Milliseconds to wait before connecting. */
  readonly delayMs: number;
  /** Milliseconds that connecting may take. */
  readonly connectMs: number;
  /** Milliseconds that a send may take, or a close. */
  readonly callMs: number;
  /** Hears once whether it found its way into the cluster. @default - nobody does */
  readonly onConnect?: (connected: boolean) => void;
}

/**
 * A driver held by the rules that keep it from losing records: it connects once, every call has a time limit and ends when
 * it is given up, offsets that do not grow are no acknowledgement, and after any failure it is `spoiled`.
 */
export class Connection implements SlotClient {
  spoiled = false;
  private connected = false;
  private readonly ready: Promise<Ended<unknown>>;
  /** Offset of the last record acknowledged, by topic and partition. Dies with the connection: topics are re-created. */
  private readonly lastOffsets = new Map<string, number>();

  constructor(
    private readonly driver: Driver,
    private readonly options: ConnectionOptions,
  ) {
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

  /** How it ends is of no interest: it is never used again. A connect under way would outlive an earlier close. */
  async close(): Promise<void> {
    await this.ready;
    await within(this.driver.close(), this.options.callMs, { clock: this.options.clock });
  }

  private async connect(): Promise<Ended<unknown>> {
    const { clock, delayMs, connectMs, onConnect } = this.options;
    if (delayMs > 0) await clock.sleep(delayMs);
    const connecting = this.driver.connect();
    const ended = await within(connecting, connectMs, { clock });
    if (ended.kind === 'timeout') this.closeAfter(connecting);
    this.connected = ended.kind === 'value';
    onConnect?.(this.connected);
    return ended;
  }

  /** Undefined once connected. Nothing is sent before that, so no failure here leaves a doubt. */
  private async whenReady(signal: AbortSignal): Promise<SendResult | undefined> {
    const { clock, connectMs, callMs } = this.options;
    const waited = await within(this.ready, 2 * callMs, { clock, signal });
    const ended = waited.kind === 'value' ? waited.value : waited;
    switch (ended.kind) {
      case 'value':
        return undefined;
      case 'error':
        this.spoiled = true;
        return this.driver.notConnected(ended.error);
      case 'timeout':
        this.spoiled = true;
        return notSent(`no way into the cluster within ${connectMs} ms`);
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
    const { clock, callMs } = this.options;
    const sending = this.driver.send(topic, partition, records);
    const ended = await within(sending, callMs, { clock, signal });
    const result = this.resultOf(ended, `${topic}-${partition}`);
    if (result.kind !== 'acked' && result.kind !== 'sent') this.spoiled = true;
    if (ended.kind === 'timeout' || ended.kind === 'aborted') this.closeAfter(sending);
    return result;
  }

  private resultOf(ended: Ended<SendResult>, lane: string): SendResult {
    switch (ended.kind) {
      case 'value':
        return this.checked(ended.value, lane);
      case 'error':
        return { kind: 'unknown', message: inWords(ended.error) };
      case 'timeout':
        return { kind: 'unknown', message: `no answer from Kafka within ${this.options.callMs} ms` };
      case 'aborted':
        return { kind: 'unknown', message: 'given up before Kafka answered' };
    }
  }

  /** Libraries acknowledge with an old offset, or with none, records that were not written, or were there before. */
  private checked(result: SendResult, lane: string): SendResult {
    if ((result.kind !== 'acked' && result.kind !== 'sent') || result.offsets === undefined) return result;
    let last = this.lastOffsets.get(lane) ?? -1;
    for (const offset of result.offsets) {
      if (!Number.isSafeInteger(offset) || offset <= last) {
        const message = `answer of Kafka for ${lane}: got offset ${offset}, want one above ${last}`;
        return { kind: 'unknown', message };
      }
      last = offset;
    }
    this.lastOffsets.set(lane, last);
    return result;
  }

  private closeAfter(late: Promise<unknown>): void {
    if (!this.driver.goesOnByItself) return;
    const close = () => this.close();
    void late.then(close, close);
  }
}

export const notSent = (message: string): SendResult => ({ kind: 'retriable', code: 'NOT_CONNECTED', message });

/** Every record of a send was acknowledged, as far as the client's `acks` asks for that. */
export const acknowledged = (acks: 'all' | 0 | 1, offsets: readonly number[] = []): SendResult =>
  acks === 0 ? { kind: 'sent' } : { kind: acks === 'all' ? 'acked' : 'sent', offsets };

/** What an error code says of the records of a send. @param told true when it can only speak of the first try of them */
export function fateOf({ name, fate }: ErrorCodeRow, error: unknown, told: boolean): SendResult {
  const message = `${name}: ${inWords(error)}`;
  if (!told) return { kind: 'unknown', message };
  switch (fate.kind) {
    case 'rejected':
      return { ...fate, code: name, message };
    case 'retriable':
      return { kind: 'retriable', code: name, message };
    case 'unknown':
      return { kind: 'unknown', message };
  }
}

/** The same bytes, as Kafka libraries want them. */
export const buffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
