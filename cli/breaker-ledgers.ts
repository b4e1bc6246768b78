import { ledgerKey } from '../lambdas/runtime/contract';
import { stateOf } from '../lambdas/runtime/ledger/item';
import type { Transactions } from '../lambdas/runtime/stores/tables';
import type { BreakerOptions } from './breaker-options';
import type { PartitionLedger } from './breaker-report';

/** Partitions asked for at once, until a page has no ledger. */
const PAGE = 100;

/** Ledgers of every partition, or of one, in order; those that there are. Rejects when the table did not answer. */
export async function ledgersOf(
  options: Pick<BreakerOptions, 'table' | 'cluster' | 'group' | 'topic' | 'partition'>,
  { transactions, now }: { readonly transactions: Pick<Transactions, 'readMany'>; readonly now: () => number },
): Promise<PartitionLedger[]> {
  const read = async (partitions: readonly number[]): Promise<PartitionLedger[]> => {
    const keys = new Map(partitions.map((partition) => [ledgerKey({ ...options, partition }), partition]));
    const found = await transactions.readMany(options.table, [...keys.keys()]);
    return [...found]
      .map(([key, item]) => ({ partition: keys.get(key)!, state: stateOf(item, now()) }))
      .sort((a, b) => a.partition - b.partition);
  };
  if (options.partition !== undefined) return read([options.partition]);
  const ledgers: PartitionLedger[] = [];
  for (let first = 0; ; first += PAGE) {
    const page = await read(Array.from({ length: PAGE }, (_, index) => first + index));
    ledgers.push(...page);
    if (page.length === 0) return ledgers;
  }
}
