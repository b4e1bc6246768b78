import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../../time/backoff';
import type { Clock } from '../../time/clock';
import type { ConsumerEnvironment } from '../../contract';
import type { Disposition, RetryLater } from '../disposition';
import type { Delivery } from '../../idempotency/delivery';
import type { DoneTo } from '../../idempotency/done';
import type { CancellationReason, Transactions } from '../../stores/tables';
import { nameOf } from '../../idempotency/operations';
import { verdictOf, type Verdict } from '../../idempotency/verdict';

/** An event ready to be committed. */
export interface EventWrite {
  readonly delivery: Delivery;
  readonly writes: readonly TransactWriteItem[];
  /** The event's own `done` record, on its condition. */
  readonly record: (to: DoneTo) => TransactWriteItem;
  /** How often a store was in the way of it, in this invocation. */
  readonly troubles: number;
}

export interface CommitDeps {
  readonly environment: Pick<ConsumerEnvironment, 'table' | 'doneSeconds'>;
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Commits several events in one transaction, each with its own record, and says for each what is to become of it.
 * A lost answer needs no memory: the next try finds the event's own `done` record.
 *
 * @param group - of different event ids, keys and target items; 1 to 100 items with their records
 */
export async function commit(group: readonly EventWrite[], context: CommitDeps): Promise<Disposition[]> {
  const { environment, transactions, clock } = context;
  const to: DoneTo = { table: environment.table, doneSeconds: environment.doneSeconds, nowMs: clock.now() };
  const items = group.map(({ record, writes }) => [record(to), ...writes]);
  const outcome = await transactions.transact(items.flat(), patienceMs(group));
  switch (outcome.kind) {
    case 'committed':
      return all(group, { kind: 'done', effect: 'applied' });
    case 'cancelled':
      return fromReasons(group, items, outcome.reasons, clock);
    case 'invalid':
      if (group.length > 1) return halves(group, context);
      return [{ kind: 'park', reason: 'write-refused', detail: outcome.detail }];
    case 'refused':
      if (group.length > 1) return halves(group, context);
      return [{ ...later(group, `${outcome.detail}${tablesOf(group)}`, clock), alone: true }];
    case 'busy':
    case 'unknown':
      return all(group, later(group, outcome.detail, clock));
  }
}

const PATIENCE_MS = 5_000;
const MOST_PATIENCE_MS = 40_000;

/** Twice as long after every trouble: a store that is merely slow must be able to finish (decision 0005). */
const patienceMs = (group: readonly EventWrite[]): number =>
  Math.min(MOST_PATIENCE_MS, PATIENCE_MS * 2 ** Math.max(...group.map(({ troubles }) => troubles)));

/** Nobody knows which event is in the way: halve until it stands alone. */
async function halves(group: readonly EventWrite[], context: CommitDeps): Promise<Disposition[]> {
  if (context.signal.aborted) return all(group, later(group, 'time margin reached', context.clock));
  const middle = Math.ceil(group.length / 2);
  return [...(await commit(group.slice(0, middle), context)), ...(await commit(group.slice(middle), context))];
}

/** A refusal for want of a table or a right does not say of which operation. */
const tablesOf = (group: readonly EventWrite[]): string => {
  const names = new Set(group.flatMap(({ writes }) => writes.map(nameOf)));
  return names.size === 0 ? '' : ` (${[...names].join(', ')})`;
};

function fromReasons(
  group: readonly EventWrite[],
  items: readonly (readonly TransactWriteItem[])[],
  reasons: readonly CancellationReason[],
  clock: Clock,
): Disposition[] {
  let from = 0;
  const verdicts = group.map(({ delivery, writes }, index) => {
    const to = from + (items[index]?.length ?? 0);
    const verdict = verdictOf(delivery, writes, reasons.slice(from, to));
    from = to;
    return verdict;
  });
  const pause = later(group, 'a neighbour in the transaction was refused', clock);
  // Were all innocent, sending the same again at once would never end.
  const unexplained = verdicts.every(({ kind }) => kind === 'not in the way');
  return verdicts.map((verdict) =>
    dispositionOf(verdict, unexplained ? pause : { ...pause, afterMs: 0 }, pause.afterMs),
  );
}

function dispositionOf(verdict: Verdict, again: RetryLater, afterMs: number): Disposition {
  switch (verdict.kind) {
    case 'done':
    case 'park':
      return verdict;
    case 'not in the way':
      return again;
    case 'trouble':
      return { ...verdict, kind: 'retry', afterMs };
  }
}

/** One pause for the whole group, so that it meets again in one transaction. */
function later(group: readonly EventWrite[], reason: string, clock: Clock): RetryLater {
  const tries = 1 + Math.max(...group.map(({ troubles }) => troubles));
  return { kind: 'retry', reason, afterMs: backoffMs(tries, clock) };
}

const all = (group: readonly EventWrite[], disposition: Disposition): Disposition[] => group.map(() => disposition);
