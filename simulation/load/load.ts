import type { EventKind, Recorder } from '../../faults/history';
import { accepted, MENDABLE_TYPE, recordAnswers, type Sent } from '../../faults/load';
import type { Chance } from '../../faults/random';
import type { Outcome } from '../../local/function-host';
import type { Scheduler } from '../kernel/scheduler';
import type { Settings } from '../pipeline/settings';
import type { Order } from './orders';

/** How many events callers send, and of what kind. */
type Habits = Pick<Settings, 'rate' | 'callers' | 'keys' | 'perRequest' | 'bytes' | 'kinds' | 'again'>;

export interface LoadOptions extends Habits {
  readonly scheduler: Scheduler;
  readonly chance: Chance;
  readonly recorder: Recorder;
  /** Invokes the door. */
  readonly post: (payload: string) => Promise<Outcome>;
}

interface Posted extends Order {
  outcome: Sent['outcome'];
  partition?: number;
  offset?: number;
  reason?: string;
}

interface Answer {
  readonly outcome: Posted['outcome'];
  readonly partition?: number;
  readonly offset?: number;
  readonly reason?: string;
}

/** How long a caller that heard `unknown`, or nothing, asks again with the same ids. */
const PATIENCE_MS = 120_000;
/** Acknowledged orders of a caller that may have a twin. */
const REMEMBERED = 50;
/** API Gateway's limit. */
const ANSWER_MS = 29_000;

/** Callers who post orders at the door, each one request after the other, and again when they do not know. */
export class Load {
  /** Events sent, each once. */
  sent = 0;
  /** Ids accepted since the last `forget`. */
  accepted = new Set<string>();
  /** Times that events were posted since then that kill whoever works on them. */
  killers = 0;
  /** Those of them that turn in a loop until the time of the function is over. */
  spinning = 0;
  /** Times that events were posted since then that fail whenever they are handled, or until they are sent back. */
  failing = 0;
  readonly #waiting: Posted[][][];
  readonly #isBusy: boolean[];
  /** Some orders of each caller that were acknowledged: their ids may come again with other content. */
  readonly #acked = new Map<number, Posted[]>();
  #stop: () => void = () => undefined;

  constructor(private readonly options: LoadOptions) {
    this.#waiting = Array.from({ length: options.callers }, () => []);
    this.#isBusy = Array.from({ length: options.callers }, () => false);
  }

  /** Nobody waits for an answer, and nobody has anything to send. */
  get isIdle(): boolean {
    return !this.#isBusy.includes(true);
  }

  start(): void {
    const { scheduler, chance, rate, perRequest } = this.options;
    // Independent of each other, as callers are.
    const gapMs = () => (-Math.log(1 - chance.next()) * 1_000 * (perRequest + 1)) / 2 / rate;
    const next = () => {
      this.#arrive();
      this.#stop = scheduler.after(gapMs(), next);
    };
    this.#stop = scheduler.after(gapMs(), next);
  }

  forget(): void {
    this.accepted = new Set();
    this.killers = 0;
    this.spinning = 0;
    this.failing = 0;
    this.#acked.clear();
  }

  stop(): void {
    this.#stop();
  }

  /** Some of what was posted lately looks like a bad deploy, where nothing beside it is applied. */
  get isDoubtful(): boolean {
    return this.failing + this.killers > 0;
  }

  /** Orders of that kind at once, beside the others, in requests of a size; of one key, if it is given. */
  burst(kind: EventKind, count: number, perRequest = count, key?: string): void {
    const caller = this.options.chance.whole(0, this.options.callers - 1);
    for (let sent = 0; sent < count; sent += perRequest) {
      const length = Math.min(perRequest, count - sent);
      this.#enqueue(caller, Array.from({ length }, () => this.#order(caller, kind, key))); // prettier-ignore
    }
  }

  #arrive(): void {
    const { chance, callers, perRequest } = this.options;
    const caller = chance.whole(0, callers - 1);
    const orders = Array.from({ length: chance.whole(1, perRequest) }, () => this.#order(caller, this.#kind()));
    this.#enqueue(caller, orders);
  }

  #kind(): EventKind {
    let draw = this.options.chance.next();
    for (const [kind, share] of Object.entries(this.options.kinds)) if ((draw -= share) < 0) return kind as EventKind;
    return 'order';
  }

  #order(caller: number, kind: EventKind, keyed?: string): Posted {
    const { chance, keys } = this.options;
    const number = ++this.sent;
    // Some keys are busier than others.
    const key = keyed ?? Math.floor(keys * chance.next() ** 2);
    const known = kind === 'twin' ? this.#acked.get(caller)?.shift() : undefined;
    if (known) return { ...known, kind, outcome: 'waiting' };
    return { id: `order-${number}`, customer: `customer-${caller}-${key}`, kind: kind === 'twin' ? 'order' : kind, amount: 100 + (number % 10), outcome: 'waiting' }; // prettier-ignore
  }

  #enqueue(caller: number, orders: Posted[]): void {
    this.#waiting[caller]!.push(orders);
    if (!this.#isBusy[caller]) void this.#work(caller);
  }

  async #work(caller: number): Promise<void> {
    this.#isBusy[caller] = true;
    for (let orders = this.#waiting[caller]!.shift(); orders; orders = this.#waiting[caller]!.shift()) {
      await this.#untilAnswered(caller, orders);
    }
    this.#isBusy[caller] = false;
  }

  async #untilAnswered(caller: number, orders: readonly Posted[]): Promise<void> {
    const { scheduler, chance, again } = this.options;
    const giveUp = scheduler.now + PATIENCE_MS;
    let open = orders;
    for (let pause = 200; open.length > 0 && scheduler.now <= giveUp; pause = Math.min(2_000, pause * 2)) {
      await this.#request(caller, open);
      open = open.filter(({ outcome }) => outcome === 'unknown' || outcome === 'waiting');
      if (open.length > 0) await scheduler.sleep(pause);
    }
    const known = orders.filter(({ outcome }) => outcome === 'acked' || outcome === 'spilled');
    for (const order of known) {
      this.accepted.add(order.id);
      if (order.kind === 'order' && order.outcome === 'acked') this.#remember(caller, order);
    }
    if (known.length > 0 && chance.next() < again) await this.#request(caller, known);
  }

  #remember(caller: number, order: Posted): void {
    const known = this.#acked.get(caller) ?? [];
    this.#acked.set(caller, known);
    if (known.length < REMEMBERED) known.push(order);
  }

  /** Each time: what is posted again may be another record of the log. */
  #count({ kind, amount }: Posted): void {
    if (kind === 'failing' || kind === 'mendable') this.failing++;
    if (kind !== 'killer') return;
    this.killers++;
    if (amount % 2 === 1) this.spinning++;
  }

  async #request(caller: number, orders: readonly Posted[]): Promise<void> {
    const { recorder, scheduler, post } = this.options;
    for (const order of orders) this.#count(order);
    const process = `caller-${caller}`;
    const body = JSON.stringify(orders.map((order) => this.#cloudEvent(order)));
    recorder.record({
      ...{ process, op: 'publish', type: 'invoke' },
      ids: orders.map(({ id }) => id),
      keys: orders.map(({ customer }) => customer),
      kinds: orders.map(({ kind }) => kind),
      bytes: body.length,
    });
    const answers = await new Promise<readonly Answer[] | string>((resolve) => {
      const over = scheduler.after(ANSWER_MS, () => resolve('no answer in time'));
      void post(requestOf(body)).then((outcome) => {
        over();
        resolve(answersIn(outcome));
      });
    });
    orders.forEach((order, n) => {
      const answer = typeof answers === 'string' ? undefined : answers[n];
      const { outcome, partition, offset, reason } = answer ?? {
        outcome: 'unknown',
        reason: typeof answers === 'string' ? answers : 'no answer for it',
      };
      Object.assign(order, { outcome, partition, offset, reason });
    });
    recordAnswers(recorder, process, orders);
  }

  #cloudEvent({ id, customer, kind, amount }: Posted): object {
    const { bytes } = this.options;
    return {
      specversion: '1.0',
      id,
      source: 'shop',
      type: typeOf(kind),
      partitionkey: customer,
      data: {
        id,
        customer,
        kind,
        amount: kind === 'misfit' ? 'a lot' : kind === 'twin' ? -amount : amount,
        ...(kind === 'large' && { note: 'x'.repeat(bytes) }),
      },
    };
  }
}

/** Of what will never be taken, so that whoever sends good events back can tell it. */
export const REFUSED_TYPE = 'order.refused';
export const PLACED_TYPE = 'order.placed';

function typeOf(kind: EventKind): string | undefined {
  switch (kind) {
    case 'invalid':
      // Without a type it is no CloudEvent: the door has to say so.
      return undefined;
    case 'mendable':
      return MENDABLE_TYPE;
    case 'failing':
    case 'killer':
      return REFUSED_TYPE;
    case 'order':
    case 'large':
    case 'misfit':
    case 'twin':
      return PLACED_TYPE;
  }
}

const requestOf = (body: string): string =>
  JSON.stringify({
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body,
    isBase64Encoded: false,
    requestContext: {},
  });

/** What the door said of each event, or why it said nothing. */
function answersIn(outcome: Outcome): readonly Answer[] | string {
  if (outcome.kind !== 'success') return outcome.kind;
  const { statusCode, body } = JSON.parse(outcome.payload) as { statusCode: number; body: string };
  const { results } = JSON.parse(body) as { results?: readonly Answer[] };
  if (results && statusCode === 202) return results.map(accepted);
  return results ?? `HTTP ${statusCode}`;
}
