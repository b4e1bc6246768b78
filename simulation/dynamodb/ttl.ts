import { TABLE_EXPIRY } from '../../lambdas/runtime/contract';
import type { Chance } from '../../faults/random';
import type { Scheduler } from '../kernel/scheduler';
import { BEGINNING } from '../kernel/trace';
import type { MemoryTables } from './memory-tables';

/** Between two looks. */
const EVERY_MS = 60_000;

/** DynamoDB's time to live: an item goes some time after it has expired (`lagMs` at most), never before. */
export function expireItems(
  tables: MemoryTables,
  table: string,
  { scheduler, chance, lagMs }: { readonly scheduler: Scheduler; readonly chance: Chance; readonly lagMs: number },
): void {
  const look = () => {
    const nowSeconds = (BEGINNING + scheduler.now - chance.between(0, lagMs)) / 1_000;
    for (const item of tables.items(table)) {
      const expiry = item[TABLE_EXPIRY];
      if (typeof expiry === 'number' && expiry < nowSeconds) tables.remove(table, String(item['key']));
    }
    scheduler.after(EVERY_MS, look);
  };
  scheduler.after(EVERY_MS, look);
}
