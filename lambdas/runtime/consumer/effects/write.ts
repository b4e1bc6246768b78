import type { Decoder } from '../../event/decode';
import { endClaim } from '../../idempotency/claim';
import { doneUpdate } from '../../idempotency/done';
import { park } from '../../idempotency/park';
import { limit } from '../../time/limit';
import { afterError, notNow } from '../attempt';
import type { Disposition } from '../disposition';
import type { Manner, Stage, Work } from '../work';
import { commit } from './commit';
import { committer } from './committer';
import { claimantOf, type Effect, type EffectDeps } from './effect';
import { prepare, type Write } from './prepare';

/**
 * Calls of `decode` and `write` under way at once: no more than the circuit breaker's budget, so that most events of a
 * large batch begin after the first has failed, and those that end well show that it was not the code (decision 0015).
 */
const PREPARED_AT_ONCE = 20;

export interface WriteCode<T> {
  readonly decode: Decoder<T>;
  readonly write: Write<T>;
  /** Transactions under way at once. */
  readonly concurrency: number;
}

/**
 * The event's effect are DynamoDB writes, which commit in one transaction with the event's record. It needs no claim: whenever
 * the function is killed, both are there or neither is, and nothing is left behind.
 */
export function writeEffect<T>(code: WriteCode<T>, deps: EffectDeps): Effect {
  const { concurrency } = code;
  const { clock, signal } = deps;
  const complete = committer((group) => commit(group, deps), { concurrency, clock, signal });
  const slot = limit(PREPARED_AT_ONCE);
  return {
    attempt: async (work, manner) => {
      const { stage } = work;
      const once = () => preparedBy(work, code, deps);
      // In turns there is one at a time, and code that never ends must not keep its slot from it.
      const ready = stage.kind === 'prepared' ? stage : await (manner === 'in turns' ? once() : slot(once));
      const disposition = ready.kind === 'prepared' ? await complete(requestOf(work, ready)) : ready;
      return waitedForClaim(work, disposition, manner, deps);
    },
    park: (work, cause) => park(work.delivery, cause, deps, claimantOf(work, deps)),
    letGo: () => Promise.resolve(),
  };
}

type Prepared = Stage & { readonly kind: 'prepared' };

async function preparedBy<T>(work: Work, code: WriteCode<T>, deps: EffectDeps): Promise<Prepared | Disposition> {
  if (deps.signal.aborted) return notNow;
  try {
    const prepared = await deps.run(work, () => prepare(work.delivery, code));
    return prepared.kind === 'write' ? work.prepared(prepared.writes) : prepared;
  } catch (error) {
    return afterError(work, 'write', error, deps);
  }
}

const requestOf = ({ delivery, troubles }: Work, { writes, alone }: Prepared) => ({
  ...{ delivery, troubles, writes, alone },
  record: (to: Parameters<typeof doneUpdate>[1]) => doneUpdate(delivery, to),
});

/** A claim that stands in the way of a write is waited for, and given back when it is nobody's. */
async function waitedForClaim(
  work: Work,
  disposition: Disposition,
  manner: Manner,
  deps: EffectDeps,
): Promise<Disposition> {
  if (disposition.kind !== 'retry' || !disposition.claimed) return disposition;
  const { owner, signal, watch } = claimantOf(work, deps);
  const isOver = await endClaim(
    work.delivery,
    { owner, signal, watch: manner === 'in turns' ? watch : undefined },
    deps,
  );
  return isOver ? { ...disposition, afterMs: 0 } : disposition;
}
