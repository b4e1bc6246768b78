import Table from 'cli-table3';
import { BUDGET, failuresOf, isOpen } from '../lambdas/runtime/ledger/breaker-budget';
import type { LedgerState } from '../lambdas/runtime/ledger/state';

export interface PartitionLedger {
  readonly partition: number;
  readonly state: LedgerState;
}

/** One JSON object: the fields are public and stable. */
export const asJson = (ledgers: readonly PartitionLedger[]): string =>
  `${JSON.stringify({ partitions: ledgers.map(summary) })}\n`;

/** What is told of one partition. Offsets are inclusive. */
function summary({ partition, state: { codes, counts, unsettled, parkUpTo } }: PartitionLedger) {
  const last = codes.at(-1);
  return {
    partition,
    open: last !== undefined && isOpen(last),
    failures: last ? failuresOf(last) : 0,
    budget: BUDGET,
    codes: codes.map((code) => ({
      code: code.code,
      failures: failuresOf(code),
      openings: code.openings,
      blamed: code.blamed.length,
    })),
    unsettled: unsettled && { from: unsettled[0], to: unsettled[1] },
    ...counts,
    parkUpTo: parkUpTo && { offset: parkUpTo.offset, saidAt: new Date(parkUpTo.saidAt).toISOString() },
  };
}

export function asTable(
  ledgers: readonly PartitionLedger[],
  { group, topic }: { group: string; topic: string },
): string {
  const table = new Table({
    head: ['partition', 'breaker', 'failed', 'code', 'not settled', 'applied', 'duplicate', 'parked', 'park up to'],
    style: { head: [], border: [] },
    colAligns: ['right', 'left', 'right', 'left', 'left', 'right', 'right', 'right', 'left'],
  });
  const rows = ledgers.map(summary);
  for (const row of rows) {
    table.push([
      row.partition,
      row.open ? 'OPEN' : 'closed',
      `${row.failures} of ${row.budget}`,
      row.codes.at(-1)?.code.slice(0, 12) ?? '–',
      row.unsettled ? `${row.unsettled.from} to ${row.unsettled.to}` : '–',
      ...[row.applied, row.duplicate, row.parked],
      row.parkUpTo ? `${row.parkUpTo.offset}, said ${row.parkUpTo.saidAt}` : '–',
    ]);
  }
  const open = rows.filter((row) => row.open).length;
  return (
    `${table.toString()}\n` +
    `group ${group} on ${topic}: ${open} of ${rows.length} circuit breakers open${open > 0 ? '; what fails there is held, not parked' : ''}\n`
  );
}

/** One partition in a sentence. */
export function told(ledger: PartitionLedger, { topic }: { topic: string }): string {
  const { partition, open, failures, unsettled, parkUpTo } = summary(ledger);
  const held = unsettled
    ? `offsets ${unsettled.from} to ${unsettled.to} are not settled`
    : 'everything delivered is settled';
  const said = parkUpTo ? `; what fails is parked up to offset ${parkUpTo.offset}` : '';
  return `${topic}-${partition}: circuit breaker ${open ? 'open' : 'closed'} after ${failures} events parked without a success since; ${held}${said}`;
}
