import { TABLE_EXPIRY } from '../../lambdas/runtime/contract';
import type { Chance } from '../../faults/random';
import type { Scheduler } from '../kernel/scheduler';
import { BEGINNING } from '../kernel/trace';
import type { MemoryTables } from './memory-tables';

/** Between two looks. */
const EVERY_MS = 60_000;

/** What expired longer ago is taken for no time, and stays. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
const OLDEST_S = 5 * 365 * 86_400;

/** Only a number is a time: epoch seconds. */
const hasExpired = (expiry: unknown, nowSeconds: number): boolean =>
  typeof expiry === 'number' && expiry < nowSeconds && expiry > nowSeconds - OLDEST_S;

/** DynamoDB's time to live: an item goes some time after it has expired (`lagMs` at most), never before. */
export function expireItems(
  tables: MemoryTables,
  table: string,
  { scheduler, chance, lagMs }: { readonly scheduler: Scheduler; readonly chance: Chance; readonly lagMs: number },
): void {
  const look = () => {
    const nowSeconds = (BEGINNING + scheduler.now - chance.between(0, lagMs)) / 1_000;
    for (const item of tables.items(table)) {
      if (hasExpired(item[TABLE_EXPIRY], nowSeconds)) tables.remove(table, String(item['key']));
    }
    scheduler.after(EVERY_MS, look);
  };
  scheduler.after(EVERY_MS, look);
}
