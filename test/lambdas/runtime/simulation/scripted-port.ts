import type { Clock } from '../../../../lambdas/runtime/time/clock';
import { CE_ID } from '../../../../lambdas/runtime/contract';
import { headerText } from '../../../../lambdas/runtime/event/event';
import type { KafkaMessage } from '../../../../lambdas/runtime/event/message';
import type { KafkaPort, SendResult, TopicDescription } from '../../../../lambdas/runtime/kafka/port';

/** What one send does to the log and what it answers. `silent` answers only when it is given up; `late` writes after that. */
export type Act =
  | { readonly does: 'ack' }
  /** What a port made for less than acks=all answers. */
  | { readonly does: 'send'; readonly acks: 1 | 0 }
  | { readonly does: 'lose-answer'; readonly written: boolean }
  | { readonly does: 'silent'; readonly written: boolean | 'late' }
  | { readonly does: 'not-now' }
  | { readonly does: 'refuse'; readonly about: 'record' | 'setup' };
export type Step = Act & { readonly afterMs?: number };

export interface Request {
  readonly partition: number;
  readonly ids: readonly string[];
}

/** A Kafka that follows a script, with a log one can look into afterwards. */
export class ScriptedPort implements KafkaPort {
  readonly log = new Map<number, KafkaMessage[]>();
  readonly requests: Request[] = [];
  readonly inFlight = new Map<number, number>();
  /** When each request, for metadata or to send, began: epoch milliseconds. */
  readonly times: number[] = [];
  describes = 0;

  constructor(
    private readonly clock: Clock,
    /** The next step; undefined acknowledges at once. */
    private readonly script: (request: Request) => Step | undefined = () => undefined,
    private readonly topic: () => TopicDescription = () => ({ partitions: 6, maxMessageBytes: 4_000_000 }),
    /** Milliseconds for which it says that it is busy, each time it is asked. */
    private readonly busyMs: () => number = () => 0,
  ) {}

  async send(
    _topic: string,
    partition: number,
    records: readonly KafkaMessage[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    if (signal.aborted) return { kind: 'unknown', message: 'given up before it was sent' };
    const request = { partition, ids: records.map(idOf) };
    this.requests.push(request);
    this.times.push(this.clock.now());
    this.inFlight.set(partition, (this.inFlight.get(partition) ?? 0) + 1);
    if (this.inFlight.get(partition) !== 1) throw new Error(`two requests in flight for partition ${partition}`);
    try {
      const step = this.script(request) ?? { does: 'ack' };
      const answersAt = this.clock.monotonic() + (step.afterMs ?? 1);
      await this.clock.sleep(step.afterMs ?? 1, signal);
      if (signal.aborted && step.does !== 'silent') {
        // As a real client: the caller hears nothing of it, and the broker carries it out in its own time.
        const later = this.clock.sleep(answersAt - this.clock.monotonic());
        void later.then(() => this.act(step, partition, records, signal));
        return { kind: 'unknown', message: 'given up before Kafka answered' };
      }
      return await this.act(step, partition, records, signal);
    } finally {
      this.inFlight.set(partition, 0);
    }
  }

  busy(): Promise<void> | undefined {
    const ms = this.busyMs();
    return ms === 0 ? undefined : this.clock.sleep(ms);
  }

  describe(): Promise<TopicDescription> {
    this.describes += 1;
    this.times.push(this.clock.now());
    return Promise.resolve().then(this.topic);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Ids in the log of one partition, or of all. */
  ids(partition?: number): string[] {
    const logs = partition === undefined ? [...this.log.values()] : [this.log.get(partition) ?? []];
    return logs.flat().map(idOf);
  }

  /** Where the log holds what was acknowledged. */
  at(partition: number, offset: number): string | undefined {
    const message = this.log.get(partition)?.[offset];
    return message && idOf(message);
  }

  private async act(
    step: Act,
    partition: number,
    records: readonly KafkaMessage[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    switch (step.does) {
      case 'ack':
        return { kind: 'acked', offsets: this.append(partition, records) };
      case 'send': {
        const offsets = this.append(partition, records);
        return step.acks === 1 ? { kind: 'sent', offsets } : { kind: 'sent' };
      }
      case 'lose-answer':
        if (step.written) this.append(partition, records);
        return { kind: 'unknown', message: 'lost answer' };
      case 'silent':
        if (step.written === true) this.append(partition, records);
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        if (step.written === 'late') void this.clock.sleep(3_000).then(() => this.append(partition, records));
        return { kind: 'unknown', message: 'given up' };
      case 'not-now':
        return { kind: 'retriable', code: 'NOT_ENOUGH_REPLICAS', message: 'too few replicas' };
      case 'refuse':
        return { kind: 'rejected', about: step.about, code: step.about === 'record' ? 'MESSAGE_TOO_LARGE' : 'TOPIC_AUTHORIZATION_FAILED', message: 'refused' }; // prettier-ignore
    }
  }

  private append(partition: number, records: readonly KafkaMessage[]): number[] {
    const log = this.log.get(partition) ?? [];
    this.log.set(partition, log);
    return records.map((record) => log.push(record) - 1);
  }
}

export const idOf = (message: KafkaMessage): string => headerText(message.headers, CE_ID) ?? '';
