import { Kafka, logLevel } from 'kafkajs';
import type { StartingPosition } from '../template/mappings';
import { Member, type MemberOptions } from './member';
import { Patience } from './patience';
import { startingOffsets } from './positions';

export interface PollerOptions extends Omit<MemberOptions, 'starting' | 'paused' | 'crashed'> {
  readonly start: StartingPosition;
  /** A client failed and is replaced, or a commit failed and is tried again. */
  failed(what: 'polling' | 'commit', error: unknown): void;
}

/** Milliseconds without a sign of life of the client, or with failing commits alone, after which it is replaced. */
const SILENCE_MS = 20_000;
const LOOK_MS = 1_000;
const RESTART_MS = 500;

/**
 * A place in the consumer group that outlives its clients: reads with kafkajs, but does not trust it to come back. One
 * that crashed, fell silent or cannot commit any more is replaced.
 */
export class Poller {
  #member: Member | undefined;
  #starting: ReadonlyMap<number, number> = new Map();
  #stopped = false;
  #watchdog: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  readonly #paused = new Set<number>();
  readonly #commits = new Patience(SILENCE_MS);
  #ready: () => void = () => undefined;

  constructor(private readonly options: PollerOptions) {}

  /** Resolves when the first assignment is in place. */
  async start(): Promise<void> {
    const { bootstrap, topic, start } = this.options;
    const admin = new Kafka({ brokers: bootstrap.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    this.#starting = await startingOffsets(admin, topic, start);
    await admin.disconnect();
    const ready = new Promise<void>((resolve) => (this.#ready = resolve));
    this.#connect();
    this.#watchdog = setInterval(() => {
      const silentMs = Date.now() - (this.#member?.lastSign ?? Date.now());
      if (silentMs > SILENCE_MS) this.#replace(new Error(`the client was silent for ${silentMs} ms`));
    }, LOOK_MS);
    await ready;
  }

  /** Resolves true when the group has these offsets; false when it must be tried again. */
  async commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const member = this.#member;
    try {
      const confirmed = (await member?.commit(offsets)) ?? false;
      if (confirmed) this.#commits.succeeded();
      return confirmed;
    } catch (error) {
      this.options.failed('commit', error);
      if (this.#commits.failed(Date.now()) && this.#member === member) this.#replace(error);
      return false;
    }
  }

  pause(partition: number): void {
    if (this.#paused.has(partition)) return;
    this.#paused.add(partition);
    this.#member?.pause(partition);
  }

  resume(partition: number): void {
    if (this.#paused.delete(partition)) this.#member?.resume(partition);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#watchdog);
    clearTimeout(this.#restart);
    this.#ready();
    await this.#member?.close();
  }

  #connect(): void {
    const member = new Member({
      ...this.options,
      starting: this.#starting,
      paused: (partition) => this.#paused.has(partition),
      assigned: (positions) => {
        const seeks = this.options.assigned(positions);
        this.#ready();
        return seeks;
      },
      crashed: (error) => {
        if (this.#member === member) this.#replace(error);
      },
    });
    this.#member = member;
    void member.run();
  }

  #replace(error: unknown): void {
    if (this.#stopped) return;
    this.options.failed('polling', error);
    const old = this.#member;
    this.#member = undefined;
    void old?.close();
    this.#restart = setTimeout(() => this.#connect(), RESTART_MS);
  }
}
