import type { Clock } from '../clock';
import type { KafkaMessage } from '../event';
import { within } from '../within';
import type { SendResult } from './port';

const MAX_REBUILD_DELAY_MS = 2_000;
/** Milliseconds that an ordinary send takes at the most: followers are waited for. */
const PATIENCE_MS = 200;

/** One connection to Kafka with a producer's state in it. After any failure it is `spoiled`, and never used again. */
export interface SlotClient {
  readonly spoiled: boolean;
  /** True when nothing uses it and nothing has for `ms` milliseconds by the wall clock, which a freeze does not stop. */
  idleFor(ms: number): boolean;
  send(topic: string, partition: number, records: readonly KafkaMessage[], signal: AbortSignal): Promise<SendResult>;
  /** No new sends; closed when the last one in flight has ended. */
  retire(): Promise<void>;
}

/** The place of one living client, replaced after any failure and after a long pause. */
export class Slot {
  private client?: SlotClient;
  /** Clients spoiled since the last acknowledgement. */
  private failures = 0;
  /** Sends without a result, and when the last one began. */
  private sends = 0;
  private sentAt = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly create: (delayMs: number) => SlotClient,
    private readonly idleMs: number,
    private readonly clock: Clock,
  ) {}

  async send(
    topic: string,
    partition: number,
    records: readonly KafkaMessage[],
    signal: AbortSignal,
  ): Promise<SendResult> {
    this.sends += 1;
    this.sentAt = this.clock.now();
    try {
      const result = await this.current().send(topic, partition, records, signal);
      if (result.kind === 'acked' || result.kind === 'sent') this.failures = 0;
      return result;
    } finally {
      this.sends -= 1;
      for (const ask of this.waiting.splice(0)) ask();
    }
  }

  /** kafkajs has one request in flight per broker. One that takes long may be of another broker: it holds nobody up. */
  busy(): Promise<unknown> | undefined {
    const patienceMs = Math.min(PATIENCE_MS, this.sentAt + PATIENCE_MS - this.clock.now());
    if (this.sends === 0 || patienceMs <= 0) return undefined;
    return within(new Promise<void>((ask) => this.waiting.push(ask)), patienceMs, { clock: this.clock });
  }

  async close(): Promise<void> {
    await this.client?.retire();
    this.client = undefined;
  }

  private current(): SlotClient {
    const client = this.client;
    if (client !== undefined && !client.spoiled && !client.idleFor(this.idleMs)) return client;
    if (client?.spoiled) this.failures += 1;
    void client?.retire();
    this.client = this.create(this.rebuildDelayMs());
    return this.client;
  }

  /** Full jitter: a broker's death spoils the clients of every sandbox at the same moment. */
  private rebuildDelayMs(): number {
    if (this.failures === 0) return 0;
    return this.clock.random() * Math.min(MAX_REBUILD_DELAY_MS, 100 * 2 ** this.failures);
  }
}
