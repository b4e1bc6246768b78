import type { Clock } from '../time/clock';
import { Age } from './age';

/** A broker that hung is asked last for so long: about the time in which one is restarted. */
const LAST_FOR_MS = 60_000;
/** What a client is given to find its way into the cluster; doubled while none does, up to `MOST_MS`. */
const FIRST_MS = 3_000;
const MOST_MS = 10_000;

/**
 * The bootstrap brokers, of which one may accept connections and answer nothing: kafkajs leaves a broker of the list
 * only when its connection fails, so that each new client begins with another one, and soon.
 */
export class Seeds {
  private readonly brokers: readonly string[];
  private readonly hung = new Map<string, Age>();
  private begun = 0;
  private failures = 0;

  /** @param brokers comma-separated, as a cluster lists them. They are shuffled, so that sandboxes do not all begin with the same one */
  constructor(
    brokers: string,
    private readonly clock: Pick<Clock, 'now' | 'monotonic' | 'random'>,
  ) {
    this.brokers = shuffled(brokers.split(','), clock);
  }

  get count(): number {
    return this.brokers.length;
  }

  /** Milliseconds after which a client that has not found its way in is to be given up. */
  get patienceMs(): number {
    return Math.min(MOST_MS, FIRST_MS * 2 ** this.failures);
  }

  /** The brokers in the order in which the next client is to ask them. */
  order(): string[] {
    const at = this.begun % this.brokers.length;
    this.begun += 1;
    const turned = [...this.brokers.slice(at), ...this.brokers.slice(0, at)];
    const isHung = (broker: string) => (this.hung.get(broker)?.ms ?? LAST_FOR_MS) < LAST_FOR_MS;
    return [...turned.filter((broker) => !isHung(broker)), ...turned.filter(isHung)];
  }

  /** A client that began with this order found its way in. */
  answered(order: readonly string[]): void {
    this.failures = 0;
    if (order[0] !== undefined) this.hung.delete(order[0]);
  }

  /** One that began with this order did not. */
  failed(order: readonly string[]): void {
    this.failures += 1;
    if (order[0] !== undefined) this.hung.set(order[0], new Age(this.clock));
  }
}

function shuffled(brokers: readonly string[], { random }: Pick<Clock, 'random'>): string[] {
  const order = [...brokers];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
