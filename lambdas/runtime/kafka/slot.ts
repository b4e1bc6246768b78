import type { Clock } from '../time/clock';
import { within } from '../time/within';
import { Age } from './age';
import type { KafkaPort, SendResult } from './port';

const MAX_REBUILD_DELAY_MS = 2_000;
/** After a freeze connections are dead without a sign, libraries take minutes to notice, and the token they hold has expired. */
const IDLE_MS = 5 * 60_000;
/** Milliseconds that an ordinary send takes at the most: followers are waited for. */
const PATIENCE_MS = 200;

/** A client of Kafka with a producer's state in it. After any failure it is `spoiled`, and given no more to send. */
export interface SlotClient {
  readonly spoiled: boolean;
  send(...request: SendRequest): Promise<SendResult>;
  /** Called once its last send has ended. */
  close(): Promise<void>;
}

type SendRequest = Parameters<KafkaPort['send']>;

/** Holds one living client, and another in its stead after any failure and after a long pause. */
export class Slot {
  private tenant?: Tenant;
  /** Clients spoiled since the last acknowledgement. */
  private failures = 0;
  /** Sends without a result, and when the last one began. */
  private sends = 0;
  private sentAt = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly create: (delayMs: number) => SlotClient,
    private readonly clock: Clock,
    /** Hears of each client that is replaced after a failure. */
    private readonly onReplaced: () => void = () => undefined,
  ) {}

  async send(...request: SendRequest): Promise<SendResult> {
    this.sends += 1;
    this.sentAt = this.clock.monotonic();
    try {
      const result = await this.current().send(...request);
      if (result.kind === 'acked' || result.kind === 'sent') this.failures = 0;
      return result;
    } finally {
      this.sends -= 1;
      for (const ask of this.waiting.splice(0)) ask();
    }
  }

  /**
   * kafkajs has one request in flight per broker, for which others are to wait; no longer than an ordinary send takes, as a
   * longer one may be stuck at another broker.
   */
  busy(): Promise<unknown> | undefined {
    const patienceMs = Math.min(PATIENCE_MS, this.sentAt + PATIENCE_MS - this.clock.monotonic());
    if (this.sends === 0 || patienceMs <= 0) return undefined;
    return within(new Promise<void>((ask) => this.waiting.push(ask)), patienceMs, { clock: this.clock });
  }

  async close(): Promise<void> {
    await this.tenant?.retire();
    this.tenant = undefined;
  }

  private current(): Tenant {
    const { tenant } = this;
    if (tenant !== undefined && !tenant.client.spoiled && !tenant.idleFor(IDLE_MS)) return tenant;
    if (tenant?.client.spoiled) {
      this.failures += 1;
      this.onReplaced();
    }
    void tenant?.retire();
    return (this.tenant = new Tenant(this.create(this.rebuildDelayMs()), this.clock));
  }

  /** Full jitter: a broker's death spoils the clients of every sandbox at the same moment. */
  private rebuildDelayMs(): number {
    if (this.failures === 0) return 0;
    return this.clock.random() * Math.min(MAX_REBUILD_DELAY_MS, 100 * 2 ** this.failures);
  }
}

/** A client whose use is counted. */
class Tenant {
  private uses = 0;
  private used: Age;
  private retired = false;

  constructor(
    readonly client: SlotClient,
    private readonly clock: Clock,
  ) {
    this.used = new Age(clock);
  }

  /** True when nothing uses it and nothing has for `ms` milliseconds, frozen or not. */
  idleFor(ms: number): boolean {
    return this.uses === 0 && this.used.ms > ms;
  }

  async send(...request: SendRequest): Promise<SendResult> {
    this.uses += 1;
    try {
      return await this.client.send(...request);
    } finally {
      this.uses -= 1;
      this.used = new Age(this.clock);
      if (this.retired && this.uses === 0) void this.client.close();
    }
  }

  /** No new sends; closed when the last one in flight has ended. Resolves when closed, if nothing is in flight. */
  async retire(): Promise<void> {
    this.retired = true;
    if (this.uses === 0) await this.client.close();
  }
}
