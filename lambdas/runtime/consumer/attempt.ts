import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import type { Disposition } from './disposition';
import { isMisconfigured } from '../contract/errors';
import { attemptRestart, attemptUpdate, foundBy } from '../idempotency/record';
import type { Transactions, UpdateOutcome } from '../stores/tables';
import { ID_CONFLICT, settledBefore } from '../idempotency/verdict';
import { RECORD } from '../contract';
import type { Log } from '../watching/log';
import { blameOf, parkDetailOf, whereOf, type UnknownErrors } from './blame';
import { attemptFailed, lateBegin, notConfigured } from './lines';
import { heldMs, type Work } from './work';

export interface AttemptDeps {
  readonly environment: { readonly table: string };
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Attempts of the handler on one event, over all invocations, before it is parked. */
  readonly attempts: number;
  readonly unknownErrors: UnknownErrors;
  readonly log: Log;
  readonly breaker: Judge;
  /** What this invocation has said already: of that, once is enough. */
  readonly told: Set<string>;
}

/** Whether an attempt speaks against its event. */
export interface Judge {
  /** False where it says nothing: the circuit breaker is open. */
  failed(work: Work): boolean;
  /** In this invocation. */
  hasFailed(work: Work): boolean;
  attemptsNeeded(work: Work): number;
  /** Attempts under one name count together. */
  tag(work: Work): string;
}

/** What becomes of an event on which the handler's code threw. Attempts are counted in the table, so a crash forgets none. */
export async function afterError(
  work: Work,
  step: 'write' | 'call',
  error: unknown,
  deps: AttemptDeps,
): Promise<Disposition> {
  const { clock, signal } = deps;
  if (signal.aborted) return notNow;
  switch (blameOf(error, deps.unknownErrors)) {
    case 'park':
      return { kind: 'park', reason: 'handler-error', detail: parkDetailOf(error) };
    case 'circumstances':
      if (isMisconfigured(error) && !deps.told.has(error.message)) {
        deps.told.add(error.message);
        notConfigured(deps.log, work.delivery, error);
      }
      return { kind: 'retry', reason: `${step}: ${whereOf(error)}`, afterMs: backoffMs(work.troubles + 1, clock) };
    case 'attempt':
      return afterAttempt(work, `${step} failed, last with ${whereOf(error)}`, deps, { error });
  }
}

/** The handler's code did not end in time: the event may be one on which it never does. */
export const afterHang = (work: Work, deps: AttemptDeps): Promise<Disposition> =>
  afterAttempt(work, 'the handler did not end before the time margin', deps);

/**
 * The handler's code began late, behind that of others, and did not end in time: it may be slow, and nothing speaks against the event.
 * It is noted that it was begun, so that the next delivery begins with it, and gives it all of the time: after that it is an attempt.
 */
export async function afterLateBegin(work: Work, deps: AttemptDeps): Promise<void> {
  const outcome = await counted(work, 0, deps);
  // Without the note it may begin late again.
  if (outcome.kind === 'written') lateBegin(deps.log, work.delivery);
}

async function afterAttempt(
  work: Work,
  what: string,
  deps: AttemptDeps,
  thrown?: { readonly error: unknown },
): Promise<Disposition> {
  const { clock, log, breaker } = deps;
  const isFirst = !breaker.hasFailed(work);
  if (!breaker.failed(work)) {
    // Tried every few seconds: said once.
    if (isFirst) attemptFailed(log, work.delivery, { what, of: deps.attempts, thrown });
    return { kind: 'retry', reason: BREAKER_OPEN, afterMs: heldMs(work) };
  }
  const outcome = await counted(work, 1, deps);
  const attempt = outcome.kind === 'written' ? Number(outcome.item[RECORD.attempts]) : undefined;
  attemptFailed(log, work.delivery, { what, attempt, of: deps.attempts, thrown });
  switch (outcome.kind) {
    case 'written': {
      const attempts = Number(outcome.item[RECORD.attempts]);
      if (attempts < breaker.attemptsNeeded(work))
        return { kind: 'retry', reason: what, afterMs: backoffMs(attempts, clock) };
      return exhausted(attempts, what);
    }
    case 'not met': {
      const found = foundBy(work.delivery, outcome.item);
      if (found.kind === 'other content') return { kind: 'park', reason: 'id-conflict', detail: ID_CONFLICT };
      return settledBefore(found) ?? { ...changed(work, clock), ...(found.kind === 'claimed' && { claimed: true }) };
    }
    case 'invalid':
    case 'refused':
    case 'busy':
    case 'unknown':
      return { kind: 'retry', reason: outcome.detail, afterMs: backoffMs(work.troubles + 1, clock) };
  }
}

/** Counts it with those of the same code; those of another begin anew. */
async function counted(
  work: Work,
  count: 0 | 1,
  { transactions, environment, breaker }: AttemptDeps,
): Promise<UpdateOutcome> {
  const { delivery, owner } = work;
  const to = { table: environment.table, owner, by: breaker.tag(work), count };
  const outcome = await transactions.update(attemptUpdate(delivery, to));
  const by = outcome.kind === 'not met' ? outcome.item?.[RECORD.attemptsBy] : to.by;
  return by === to.by ? outcome : transactions.update(attemptRestart(delivery, { ...to, insteadOf: by }));
}

/** What an event waits for while nothing is known against it. */
export const BREAKER_OPEN = 'the circuit breaker is open';

export const exhausted = (attempts: number, what: string): Disposition & { kind: 'park' } => ({
  kind: 'park',
  reason: 'handler-error',
  detail: `${attempts} attempts: ${what}`,
});

export const notNow = { kind: 'retry', reason: 'time margin reached', afterMs: 0 } as const;

const changed = (work: Work, clock: Clock): Disposition => ({
  kind: 'retry',
  reason: 'the record changed meanwhile',
  afterMs: backoffMs(work.troubles + 1, clock),
});
