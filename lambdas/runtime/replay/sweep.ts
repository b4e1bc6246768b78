import type { Clock } from '../time/clock';
import { limit } from '../time/limit';
import { leaseFolder, spillFolder, type ReplayEnvironment, type SpilledEvent, type SpillObject } from '../contract';
import { LosslessError } from '../contract/errors';
import type { KafkaPort, TopicDescription } from '../kafka/port';
import { withFields, type Log } from '../watching/log';
import { Notes } from '../spill/object-notes';
import type { Listed, ObjectStore } from '../stores/object-store';
import { STORE_ANSWER_MS, timedObjectStore } from '../stores/timed-object-store';
import { inWords, within } from '../time/within';
import { parkEvent, parkObject } from './park-spilled';
import { inGroups } from './groups';
import { Lease } from './lease';
import { load, unfit, type Measure } from './load';
import { Offering, type Offer } from './offering';

/** Longest wait for Kafka to describe the topic, over all tries, and the time between two. */
const DESCRIBE_MS = 20_000;
const DESCRIBE_PAUSE_MS = 500;
/** Milliseconds kept free after the last event was offered: to park, to delete. */
const CONCLUDE_MS = 6_000;
/** Milliseconds below which no further group is begun. */
const LEAST_MS = CONCLUDE_MS + 1_000;
/** Events of one object parked at once. */
const PARKED_AT_ONCE = 8;

/** What one sweep did. `left`: objects that stay for the next sweep. */
export interface ReplayCounts {
  replayed: number;
  parked: number;
  left: number;
}

export interface SweepDeps {
  readonly clock: Clock;
  readonly store: ObjectStore;
  /** Must acknowledge with the word of all in-sync replicas. */
  readonly port: KafkaPort;
  readonly log: Log;
}

/** One run over the spill store. */
interface Run extends Measure {
  readonly counts: ReplayCounts;
  readonly store: ObjectStore;
  readonly leftMs: () => number;
}

interface Loaded {
  readonly name: string;
  readonly spilled: SpillObject;
  /** Of events that are not settled yet, by their number in the object. */
  readonly offers: ReadonlyMap<number, Offer>;
}

/**
 * Publishes spilled events of one topic under their own ids, oldest first, and deletes an object once each of its events is
 * acknowledged or parked. What is stuck stays and holds up nothing else.
 */
export class Sweep {
  private readonly offering: Offering;
  private readonly notes = new Notes();
  private readonly log: Log;
  private number = 0;

  constructor(
    private readonly environment: ReplayEnvironment,
    private readonly deps: SweepDeps,
  ) {
    this.log = withFields(deps.log, { topic: environment.topic });
    this.offering = new Offering(environment.topic, deps.port, deps.clock);
  }

  /**
   * @param counts is counted up, also when the sweep ends early
   * @throws when the topic refuses, or the store cannot be listed: what was read by then is dealt with first
   */
  async run(leftMs: () => number, counts: ReplayCounts): Promise<void> {
    this.number += 1;
    const described = await this.describe(leftMs);
    if (described === undefined) return;
    this.offering.begin(described);
    const store = timedObjectStore(this.deps.store, this.deps.clock, () => Math.min(STORE_ANSWER_MS, leftMs()));
    const run: Run = { counts, store, leftMs, partitions: described.partitions, nowMs: this.deps.clock.now() };
    const { cluster, topic, spill } = this.environment;
    const listing = store.list(spill, spillFolder(cluster, topic));
    let lease: Lease | 'without' | undefined;
    try {
      for await (const group of inGroups(listing, (object) => this.isToBeTried(object, counts))) {
        lease ??= await this.lease(leftMs);
        if (lease === undefined || leftMs() < LEAST_MS || (lease !== 'without' && lease.isLost)) break;
        await this.group(group, run);
        if (this.offering.failure !== undefined) throw this.offering.failure;
      }
    } finally {
      if (lease !== undefined && lease !== 'without') await lease.release();
    }
    if (counts.left > 0) this.log.warn('spill objects left for the next sweep', { ...counts });
  }

  /** Undefined while another sweep is at work. Two at once lose nothing, so that a store that gives no lease stops no sweep. */
  private async lease(leftMs: () => number): Promise<Lease | 'without' | undefined> {
    const { cluster, topic, spill: bucket } = this.environment;
    try {
      const lease = await Lease.take({ ...this.deps, bucket, folder: leaseFolder(cluster, topic), leftMs });
      if (lease === undefined) this.log.info('another sweep is at work: this one leaves');
      return lease;
    } catch (error) {
      this.log.warn('sweep goes on without a lease: another may send the same events', { reason: inWords(error) });
      return 'without';
    }
  }

  /** Undefined while Kafka does not answer. @throws LosslessError when the topic refuses */
  private async describe(leftMs: () => number): Promise<TopicDescription | undefined> {
    const { clock, port } = this.deps;
    const until = clock.monotonic() + Math.min(DESCRIBE_MS, leftMs() - LEAST_MS);
    let reason = 'no time left in this sweep';
    for (let left = until - clock.monotonic(); left > 0; left = until - clock.monotonic()) {
      const ended = await within(port.describe(this.environment.topic), left, { clock });
      if (ended.kind === 'value') return ended.value;
      if (ended.kind === 'error' && LosslessError.is(ended.error)) throw ended.error;
      reason = ended.kind === 'error' ? inWords(ended.error) : 'no answer';
      await clock.sleep(Math.max(0, Math.min(DESCRIBE_PAUSE_MS, until - clock.monotonic())));
    }
    this.log.warn('topic not described: spilled events wait for the next sweep', { reason });
    return undefined;
  }

  /** False for an object of which nothing would come in this sweep, as far as is known: it is not even read. */
  private isToBeTried({ name }: Listed, counts: ReplayCounts): boolean {
    const note = this.notes.of(name);
    const waits =
      this.offering.isAllStuck() ||
      (note !== undefined &&
        (this.number < note.notBefore ||
          (note.waitsFor.length > 0 && note.waitsFor.every((partition) => this.offering.isStuck(partition)))));
    if (waits) counts.left += 1;
    return !waits;
  }

  private async group(objects: readonly Listed[], run: Run): Promise<void> {
    const read = await Promise.all(objects.map((object) => this.read(object, run)));
    const loaded = read.filter((object) => object !== undefined);
    const offers = loaded.flatMap((object) => [...object.offers.values()]);
    const fit = offers.filter(({ event, spilledAt }) => unfit(event, spilledAt, run) === undefined);
    await this.offering.offer(fit, () => run.leftMs() - CONCLUDE_MS);
    await Promise.all(loaded.map((object) => this.conclude(object, run).catch((error: unknown) => this.stays(object.name, inWords(error), run)))); // prettier-ignore
  }

  /** Undefined when there is nothing to publish. Never rejects: an object that cannot be read is in nobody's way. */
  private async read(object: Listed, run: Run): Promise<Loaded | undefined> {
    const { name } = object;
    const open = this.notes.of(name)?.open;
    try {
      if (open?.length === 0) {
        await this.remove(name, run);
        return undefined;
      }
      const found = await load(object, this.environment, run.store);
      switch (found.kind) {
        case 'spilled': {
          const { events, spilledAt } = found.spilled;
          const numbers = open ?? events.keys();
          const offers = new Map<number, Offer>();
          for (const number of numbers) {
            const event = events[number];
            if (event !== undefined) offers.set(number, { event: asSpilled(event), spilledAt });
          }
          return { name, spilled: found.spilled, offers };
        }
        case 'gone':
          this.notes.forget(name);
          return undefined;
        case 'left':
          this.notes.leave(name);
          run.counts.left += 1;
          this.log.error('spill object left where it is', { object: name, reason: found.why });
          return undefined;
        case 'stranger':
          await parkObject(name, found.text, found, this.parking(run));
          run.counts.parked += 1;
          await this.remove(name, run);
          return undefined;
      }
    } catch (error) {
      this.stays(name, inWords(error), run);
      return undefined;
    }
  }

  /** Published twice is harmless, deleted too early is not: the object goes when each of its events is acked or parked. */
  private async conclude({ name, spilled, offers }: Loaded, run: Run): Promise<void> {
    const together = limit(PARKED_AT_ONCE);
    const open: Open[] = [];
    await Promise.all(
      [...offers].map(async ([number, offer]) => {
        const stays = await this.settle(offer, run, together);
        if (stays !== undefined) open.push({ ...stays, number, partition: this.offering.partitionOf(offer.event) });
      }),
    );
    const [first] = open.sort((a, b) => a.number - b.number);
    if (first === undefined) return this.remove(name, run);
    run.counts.left += 1;
    const note = {
      // Where none of its events was settled, all of them are open: there is nothing to remember.
      open: open.length === spilled.events.length ? undefined : open.map(({ number }) => number),
      waitsFor: [...new Set(open.map(({ partition }) => partition))],
    };
    if (open.some(({ tried }) => tried)) this.notes.failed(name, this.number, note);
    else this.notes.waits(name, this.number, note);
    const counted = { events: spilled.events.length, untaken: open.length };
    this.log.warn('spilled events left for the next sweep', { object: name, ...counted, reason: first.reason });
  }

  /** Why the event stays in the store; undefined: it is acknowledged or parked. Never rejects. */
  private async settle(
    { event, spilledAt, result }: Offer,
    run: Run,
    together: ReturnType<typeof limit>,
  ): Promise<Pick<Open, 'reason' | 'tried'> | undefined> {
    const cause = unfit(event, spilledAt, run) ?? refusal(result);
    if (cause !== undefined) {
      const parked = together(() => parkEvent(event, spilledAt, cause, this.parking(run)));
      const failed = await parked.then(() => undefined, inWords);
      if (failed !== undefined) return { reason: failed, tried: true };
      run.counts.parked += 1;
      return undefined;
    }
    if (result?.kind === 'untaken') return result;
    if (result?.kind !== 'acked') return { reason: 'no outcome', tried: false };
    run.counts.replayed += 1;
    return undefined;
  }

  /** Remembered as settled until it is gone, so that its events are not sent again. */
  private async remove(name: string, run: Run): Promise<void> {
    try {
      await run.store.delete(this.environment.spill, name);
      this.notes.forget(name);
    } catch (error) {
      this.stays(name, inWords(error), run, []);
    }
  }

  private stays(name: string, reason: string, run: Run, open = this.notes.of(name)?.open): void {
    run.counts.left += 1;
    this.notes.failed(name, this.number, { open, waitsFor: [] });
    this.log.warn('spill object left for the next sweep', { object: name, reason });
  }

  private parking({ store }: Run) {
    return { environment: this.environment, store, clock: this.deps.clock, log: this.log };
  }
}

/** An event that stays in the store. */
interface Open {
  readonly number: number;
  readonly partition: number;
  readonly reason: string;
  readonly tried: boolean;
}

const refusal = (result: Offer['result']) =>
  result?.kind === 'refused' ? { reason: 'rejected-at-replay' as const, detail: result.detail } : undefined;

/** No more than the producer writes: an object that somebody else has put there may hold anything beside. */
const asSpilled = ({ partition, key, value, headers }: SpilledEvent): SpilledEvent => ({
  partition,
  key,
  value,
  headers,
});
