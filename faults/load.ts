import { systemClock } from '../lambdas/runtime/time/clock';
import type { EventKind, Recorder } from './history';

/** One order event as the caller sends it, and what it was told about it. */
export interface Sent {
  readonly id: string;
  readonly customer: string;
  readonly kind: EventKind;
  outcome: 'waiting' | 'acked' | 'spilled' | 'queued' | 'rejected' | 'unknown';
  /** Epoch milliseconds of the answer that accepted it. */
  acceptedAt?: number;
  /** Where it lies in the topic, once acked. */
  partition?: number;
  offset?: number;
  reason?: string;
}

export interface LoadOptions {
  /** Ways in, of which the connections take turns; what is sent beside the plan goes by the first. */
  readonly doors: readonly CallersDoor[];
  readonly events: number;
  /** Requests under way at once, each on its own kept-alive connection. */
  readonly connections: number;
  /** Events in one request (CloudEvents batch). */
  readonly perRequest: number;
  /** Every so-manieth event does not fit the consumer's schema, and has to end parked. @default - all fit */
  readonly misfitEvery?: number;
  /** Events per second over all connections; undefined: as fast as the door answers. */
  readonly rate?: number;
  /** `ce_source`; with a fresh one per run the same numbers are new events. */
  readonly source: string;
  readonly onAnswer?: (accepted: number) => void;
  /** What is sent and answered goes into the history of the run. @default - no history is kept */
  readonly recorder?: Recorder;
  readonly signal: AbortSignal;
}

/** Sends CloudEvents in one request; resolves with an answer for each, in their order. Rejects where it heard none. */
export type CallersDoor = (events: readonly CloudEvent[], signal: AbortSignal) => Promise<readonly Answer[]>;

/** As its caller writes it. */
export interface CloudEvent {
  readonly id: string;
  readonly partitionkey: string;
  readonly type?: string;
  readonly specversion: string;
  readonly source: string;
  readonly data: object;
}

/** How long a caller that heard `unknown`, or nothing, asks again with the same event id, in milliseconds. */
const PATIENCE_MS = 120_000;
const EVENTS_PER_CUSTOMER = 20;
/** Keys over which events beside the plan are spread. */
const EXTRA_CUSTOMERS = 3;
const LARGE_BYTES = 100_000;
/** By which those are found, among the parked, that are taken once they are sent back. */
export const MENDABLE_TYPE = 'order.mendable';

export interface Answer {
  readonly outcome: Sent['outcome'];
  readonly partition?: number;
  readonly offset?: number;
  readonly reason?: string;
}

/**
 * Sends order events as a careful caller does: several connections, one event id for ever, and the same event again
 * when the answer was `unknown` or did not come. One customer's events go over one connection, in order.
 */
export class Load {
  readonly sent: Sent[];
  accepted = 0;
  private gate: Promise<void> = Promise.resolve();
  private open: (() => void) | undefined;
  private under = 0;
  private started = 0;

  constructor(private readonly options: LoadOptions) {
    const customers = Math.max(options.connections, Math.ceil(options.events / EVENTS_PER_CUSTOMER));
    const { misfitEvery = Infinity } = options;
    this.sent = Array.from({ length: options.events }, (_, n) => ({
      id: `order-${String(n + 1).padStart(7, '0')}`,
      // Two in a row are of one customer, so that one request holds several of a key.
      customer: `customer-${Math.floor(n / 2) % customers}`,
      kind: (n + 1) % misfitEvery === 0 ? ('misfit' as const) : ('order' as const),
      outcome: 'waiting' as const,
    }));
  }

  /** Sends everything; resolves when every event has its last answer. */
  async run(): Promise<void> {
    this.started = Date.now();
    const lanes: Sent[][] = Array.from({ length: this.options.connections }, () => []);
    for (const event of this.sent) lanes[Number(event.customer.slice(9)) % lanes.length]?.push(event);
    const { doors } = this.options;
    await Promise.all(lanes.map((lane, n) => this.connection(lane, `caller-${n + 1}`, doors[n % doors.length]!)));
  }

  /** Holds new requests back and waits for those under way. */
  async pause(): Promise<void> {
    this.gate = new Promise((open) => (this.open = open));
    while (this.under > 0 && !this.options.signal.aborted) await systemClock.sleep(10);
  }

  resume(): void {
    this.open?.();
  }

  /** Sends further events of one customer at once, outside the plan; they count like all others. */
  async burst(customer: string, count: number): Promise<Sent[]> {
    const events = Array.from({ length: count }, (_, n) => ({
      id: `order-burst-${String(n + 1).padStart(4, '0')}`,
      customer,
      kind: 'order' as const,
      outcome: 'waiting' as const,
    })) as Sent[];
    this.sent.push(...events);
    await this.request(events, 'caller-burst', this.options.doors[0]!);
    return events;
  }

  private extras = 0;
  /** Events sent that kill whoever works on them. */
  killers = 0;

  /** Sends new events of a kind in one request, beside the plan; resolves with how many were accepted. */
  extra(kind: Exclude<EventKind, 'twin'>, count: number): Promise<number> {
    const burst = (this.extras += 1);
    if (kind === 'killer') this.killers += count;
    return this.beside(
      Array.from({ length: count }, (_, n) => ({
        id: `${kind}-${burst}-${String(n + 1).padStart(4, '0')}`,
        customer: `${kind}-${burst}-${n % EXTRA_CUSTOMERS}`,
        ...{ kind, outcome: 'waiting' as const },
      })),
      `caller-${kind}-${burst}`,
    );
  }

  /** Ids of the events that went by the first door: by another one their source is another. */
  private readonly byFirst = new Set<string>();

  /** Sends other content under ids that were acknowledged long ago. */
  twins(count: number): Promise<number> {
    const burst = (this.extras += 1);
    const isKnown = ({ id, outcome, kind }: Sent) => outcome === 'acked' && kind === 'order' && this.byFirst.has(id);
    const known = this.sent.filter(isKnown).slice(0, count);
    const twins = known.map(({ id, customer }) => ({
      id,
      customer,
      kind: 'twin' as const,
      outcome: 'waiting' as const,
    }));
    // One request for each: an id has one answer.
    return this.beside(twins, `caller-twin-${burst}`);
  }

  /** They are no part of `sent`, whose rest is what the load still has to send. */
  private async beside(events: Sent[], caller: string): Promise<number> {
    await this.untilAnswered(events, caller, this.options.doors[0]!);
    return events.filter(({ outcome }) => isAccepted(outcome)).length;
  }

  private async connection(lane: readonly Sent[], caller: string, door: CallersDoor): Promise<void> {
    const { perRequest, signal } = this.options;
    for (let at = 0; at < lane.length && !signal.aborted; at += perRequest) {
      await this.gate;
      await this.keepPace(perRequest);
      await this.untilAnswered(lane.slice(at, at + perRequest), caller, door);
    }
  }

  private paced = 0;
  private async keepPace(events: number): Promise<void> {
    const { rate, signal } = this.options;
    if (!rate) return;
    const due = this.started + (this.paced / rate) * 1000;
    this.paced += events;
    if (due > Date.now()) await systemClock.sleep(due - Date.now(), signal);
  }

  private async untilAnswered(events: readonly Sent[], caller: string, door: CallersDoor): Promise<void> {
    const giveUp = Date.now() + PATIENCE_MS;
    let open = events;
    for (let pause = 200; open.length > 0 && !this.options.signal.aborted; pause = Math.min(pause * 2, 2000)) {
      await this.request(open, caller, door);
      open = open.filter((event) => event.outcome === 'unknown' || event.outcome === 'waiting');
      if (open.length > 0 && Date.now() > giveUp) return;
      if (open.length > 0) await systemClock.sleep(pause, this.options.signal);
    }
  }

  private async request(events: readonly Sent[], caller: string, door: CallersDoor): Promise<void> {
    this.under += 1;
    if (door === this.options.doors[0]) for (const { id } of events) this.byFirst.add(id);
    const bodies = events.map((event) => this.cloudEvent(event));
    this.options.recorder?.record({
      ...{ process: caller, op: 'publish', type: 'invoke' },
      ids: events.map(({ id }) => id),
      keys: events.map(({ customer }) => customer),
      kinds: events.map(({ kind }) => kind),
      bytes: Buffer.byteLength(JSON.stringify(bodies)),
    });
    try {
      const answers = await door(bodies, this.options.signal);
      events.forEach((event, n) => this.note(event, answers[n] ?? { outcome: 'unknown', reason: 'no answer for it' }));
    } catch (error) {
      for (const event of events) this.note(event, { outcome: 'unknown', reason: String(error) });
    } finally {
      this.under -= 1;
    }
    if (this.options.recorder) recordAnswers(this.options.recorder, caller, events);
    this.options.onAnswer?.(this.accepted);
  }

  private cloudEvent(event: Sent): CloudEvent {
    const { id, customer, kind } = event;
    return {
      specversion: '1.0',
      id,
      source: this.options.source,
      type: typeOf(kind),
      partitionkey: customer,
      data: { id, customer, ...contentOf(kind, Number(id.slice(id.lastIndexOf('-') + 1))) },
    };
  }

  private note(event: Sent, answer: Answer): void {
    const { outcome, partition, offset, reason } = answer;
    Object.assign(event, { outcome, partition, offset, reason });
    if (isAccepted(outcome)) {
      event.acceptedAt = Date.now();
      this.accepted += 1;
    }
  }
}

export const isAccepted = (outcome: Sent['outcome']): boolean =>
  outcome === 'acked' || outcome === 'spilled' || outcome === 'queued';

/** This caller takes 202 for what it says: everything is accepted, wherever it may lie. */
export const accepted = (answer: Answer): Answer =>
  answer.outcome === 'spilled' ? answer : { ...answer, outcome: 'acked' };

function typeOf(kind: EventKind): string | undefined {
  // Without a type it is no CloudEvent: the door has to say so.
  if (kind === 'invalid') return undefined;
  return kind === 'mendable' ? MENDABLE_TYPE : 'order.placed';
}

function contentOf(kind: EventKind, number: number): object {
  const amount = 100 + (number % 10);
  switch (kind) {
    case 'order':
    case 'failing':
    case 'mendable':
    case 'killer':
      return { amount };
    case 'twin':
      return { amount: -amount };
    case 'misfit':
    case 'invalid':
      return { amount: 'a lot' };
    case 'large':
      return { amount, note: 'x'.repeat(LARGE_BYTES) };
  }
}

/** One observation for each outcome among the answers, not one for each event. */
export function recordAnswers(
  recorder: Recorder,
  process: string,
  events: readonly Pick<Sent, 'id' | 'outcome' | 'partition' | 'offset' | 'reason'>[],
): void {
  const of = (outcome: Sent['outcome']) => events.filter((event) => event.outcome === outcome);
  const ids = (some: typeof events) => some.map(({ id }) => id);
  const [acked, rejected, unknown] = [of('acked'), of('rejected'), of('unknown')];
  if (acked.length > 0) {
    const partitions = acked.map(({ partition = -1 }) => partition);
    const offsets = acked.map(({ offset = -1 }) => offset);
    recorder.record({ process, op: 'send', type: 'ok', outcome: 'acked', ids: ids(acked), partitions, offsets });
  }
  for (const outcome of ['spilled', 'queued'] as const) {
    const some = of(outcome);
    if (some.length > 0) recorder.record({ process, op: 'send', type: 'ok', outcome, ids: ids(some) });
  }
  if (rejected.length > 0) {
    const { reason } = rejected[0]!;
    recorder.record({ process, op: 'send', type: 'fail', outcome: 'rejected', ids: ids(rejected), reason });
  }
  if (unknown.length > 0) {
    const { reason } = unknown[0]!;
    recorder.record({ process, op: 'send', type: 'unknown', outcome: 'unknown', ids: ids(unknown), reason });
  }
}
