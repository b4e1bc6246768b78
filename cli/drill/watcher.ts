import { canaryKey } from '../../lambdas/runtime/canary/newest';
import { RECORD } from '../../lambdas/runtime/contract';
import type { Item, Transactions } from '../../lambdas/runtime/stores/tables';
import { mayBeSettled, type SentCanary, type SettledCanary } from './canaries';
import type { DrillPlaces } from './places';

/** Looks in the tables of all groups for what is settled by now. */
export class Watcher {
  /** By group. */
  readonly settled: ReadonlyMap<string, Map<SentCanary, SettledCanary>>;
  private readonly open: ReadonlyMap<string, Set<SentCanary>>;

  constructor(
    private readonly places: DrillPlaces,
    private readonly transactions: Pick<Transactions, 'readMany'>,
    private readonly now: () => number,
  ) {
    const groups = places.groups.map(({ group }) => group);
    this.settled = new Map(groups.map((group) => [group, new Map()]));
    this.open = new Map(groups.map((group) => [group, new Set()]));
  }

  add(canaries: readonly SentCanary[]): void {
    for (const open of this.open.values()) for (const each of canaries) if (mayBeSettled(each)) open.add(each);
  }

  /** Accepted canaries that some group has not settled, as of the last look. @param isAwaited - those that count */
  waiting(isAwaited: (canary: SentCanary) => boolean): number {
    return Math.max(0, ...[...this.open.values()].map((open) => [...open].filter(isAwaited).length));
  }

  /** Rejects when a table did not answer. */
  async look(): Promise<void> {
    await Promise.all(this.places.groups.map((of) => this.lookAt(of)));
  }

  private async lookAt({ group, table }: DrillPlaces['groups'][number]): Promise<void> {
    const { cluster } = this.places;
    const open = this.open.get(group)!;
    const keys = new Map([...open].map((each) => [each, canaryKey({ cluster, group }, each.name, each)]));
    if (keys.size === 0) return;
    const found = await this.transactions.readMany(table, [...keys.values()]);
    const seenMs = this.now();
    for (const [canary, key] of keys) {
      const settled = settledAs(found.get(key), seenMs);
      if (settled === undefined) continue;
      this.settled.get(group)!.set(canary, settled);
      open.delete(canary);
    }
  }
}

/** In any state but these it may still be settled. */
function settledAs(item: Item | undefined, seenMs: number): SettledCanary | undefined {
  const settledMs = Number(item?.[RECORD.settledAt] ?? seenMs);
  switch (item?.[RECORD.state]) {
    case 'done':
      return { as: 'applied', settledMs, seenMs };
    case 'parked':
      return { as: 'parked', settledMs, seenMs };
    default:
      return undefined;
  }
}
