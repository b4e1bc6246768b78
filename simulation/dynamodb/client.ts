import type { Clock } from '../../lambdas/runtime/time/clock';
import type { Failed, Transactions, TransactOutcome } from '../../lambdas/runtime/stores/tables';
import { within } from '../../lambdas/runtime/time/within';
import type { Troubles } from '../kernel/troubles';
import type { Link, Near } from '../network/link';
import type { MemoryTables } from './memory-tables';

export type TableTrouble =
  /** Too much at once: nothing is written. */
  | 'throttled'
  /** A conflict with somebody who is not part of the run. */
  | 'conflict'
  /** 500 or 503: written or not. */
  | 'server-error'
  /** Access is refused: a key, a policy. */
  | 'refused'
  /** A transaction is cancelled, and its reasons are not told. */
  | 'no-reasons';

export interface TablesClientOptions {
  readonly tables: MemoryTables;
  readonly home: Near & { readonly clock: Clock };
  readonly link: Link;
  readonly troubles: Troubles<TableTrouble>;
}

/** As the runtime's own client has it. */
const PATIENCE_MS = 5_000;
const UNANSWERED: Failed = { kind: 'unknown', detail: 'TimeoutError: …' };

/** DynamoDB as a function reaches it: behind a network, with a time limit, and with what may go wrong there. */
export function tablesClient({ tables, home, link, troubles }: TablesClientOptions): Transactions {
  const ask = async <T>(serve: () => Promise<T>, patienceMs: number): Promise<T | Failed> => {
    const ended = await within(
      link.request(home, () => served(serve, troubles)),
      patienceMs,
      { clock: home.clock },
    );
    if (ended.kind === 'value') return ended.value;
    return ended.kind === 'error' ? { kind: 'unknown', detail: String(ended.error) } : UNANSWERED;
  };
  const read = async <T>(serve: () => Promise<T>): Promise<T> => {
    const request = link.request(home, () => {
      if (troubles.happens('throttled')) throw named('ThrottlingException');
      if (troubles.happens('server-error')) throw named('InternalServerError');
      if (troubles.happens('refused')) throw named('AccessDeniedException');
      return serve();
    });
    const ended = await within(request, PATIENCE_MS, { clock: home.clock });
    if (ended.kind === 'value') return ended.value;
    throw ended.kind === 'error' && ended.error instanceof Error ? ended.error : named('TimeoutError');
  };
  return {
    transact: (items, patienceMs = PATIENCE_MS) =>
      ask(() => {
        if (troubles.happens('no-reasons')) return Promise.resolve(NO_REASONS);
        if (troubles.happens('conflict')) return Promise.resolve(conflictOf(items.length));
        return tables.transact(items);
      }, patienceMs),
    update: (input, patienceMs = PATIENCE_MS) =>
      ask(() => {
        if (troubles.happens('conflict')) return Promise.resolve(CONFLICT);
        return tables.update(input);
      }, patienceMs),
    read: (table, key) => read(() => tables.read(table, key)),
    readMany: (table, keys) => read(() => tables.readMany(table, keys)),
  };
}

const CONFLICT: Failed = { kind: 'busy', detail: 'TransactionConflictException: …' };
/** A transaction is cancelled, and the item that another one is at work on is named: here its first. */
const conflictOf = (items: number): TransactOutcome => ({
  kind: 'cancelled',
  reasons: Array.from({ length: items }, (_, n) => (n === 0 ? { code: 'TransactionConflict' } : { code: 'None' })),
});
const NO_REASONS: Failed = { kind: 'refused', detail: 'TransactionCanceledException without its reasons' };

async function served<T>(serve: () => Promise<T>, troubles: Troubles<TableTrouble>): Promise<T | Failed> {
  if (troubles.happens('throttled')) return { kind: 'busy', detail: 'ThrottlingException: …' };
  if (troubles.happens('refused')) return { kind: 'refused', detail: 'AccessDeniedException: …' };
  if (!troubles.happens('server-error')) return serve();
  // Half of them after the deed.
  if (troubles.happens('server-error')) await serve();
  return { kind: 'unknown', detail: 'InternalServerError: …' };
}

const named = (name: string): Error => Object.assign(new Error(`${name}: …`), { name });
