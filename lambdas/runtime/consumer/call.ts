import { backoffMs } from '../backoff';
import type { Decoder } from '../decode';
import type { Disposition } from '../disposition';
import { claim, keepClaim, type ClaimPlace, type Claimed } from '../idempotency/claim';
import { donePutByOwner } from '../idempotency/record';
import { ID_CONFLICT, settledBefore } from '../idempotency/verdict';
import { afterError, notNow, type AttemptPlace } from './attempt';
import type { CommitRequest } from './committer';
import type { WriteContext } from './prepare';
import type { Work } from './work';

/** An event's effect on another system. It may take place more than once: after a crash, and when a claim was lost. */
export type Call<T> = (data: T, context: CallContext) => unknown;

export interface CallContext extends WriteContext {
  /** Aborts at the time margin, and when another invocation has taken the event over. */
  readonly signal: AbortSignal;
}

export interface CallSteps<T> {
  readonly decode: Decoder<T>;
  readonly call: Call<T>;
  /** Runs the user's code, and remembers that it does. */
  readonly run: <R>(work: Work, code: () => Promise<R>) => Promise<R>;
  /** Writes the event's `done` record, in a transaction with others. */
  readonly complete: (request: CommitRequest) => Promise<Disposition>;
}

/** Claims the event, calls, and completes; what ended well is not called again, whatever the store answers. */
export async function performCall<T>(
  work: Work,
  steps: CallSteps<T>,
  place: AttemptPlace & ClaimPlace,
): Promise<Disposition> {
  const { delivery, owner } = work;
  const { event, record } = delivery;
  let decoded;
  try {
    decoded = await steps.run(work, async () => steps.decode.decode(event));
  } catch (error) {
    return afterError(work, 'call', error, place);
  }
  if ('undecodable' in decoded) return { kind: 'park', reason: 'undecodable', detail: decoded.undecodable };
  const { data } = decoded;
  const claimed = await claim(delivery, owner, place, place.signal);
  if (claimed.kind !== 'mine') return unclaimed(claimed, work, place);
  const over = new AbortController();
  const lost = new AbortController();
  // A call that hangs goes on after the answer, in a sandbox that stays warm: its claim must not.
  const ended = AbortSignal.any([over.signal, place.signal]);
  const kept = keepClaim(delivery, owner, place, { ended, lost });
  try {
    const signal = AbortSignal.any([place.signal, lost.signal]);
    if (!work.called) await steps.run(work, async () => void (await steps.call(data, { event, record, signal })));
    work.called = true;
    const toDone: CommitRequest['record'] = (to) => donePutByOwner(delivery, owner, to);
    return await steps.complete({ ...work, writes: [], record: toDone });
  } catch (error) {
    if (lost.signal.aborted) return { ...notNow, reason: 'another invocation took the event over', afterMs: 1_000 };
    return await afterError(work, 'call', error, place);
  } finally {
    over.abort();
    await kept;
  }
}

function unclaimed(claimed: Exclude<Claimed, { kind: 'mine' }>, work: Work, { clock }: AttemptPlace): Disposition {
  if (claimed.kind === 'found') {
    if (claimed.found.kind === 'other content') return { kind: 'park', reason: 'id-conflict', detail: ID_CONFLICT };
    const settled = settledBefore(claimed.found);
    if (settled) return settled;
  }
  const reason = claimed.kind === 'trouble' ? claimed.reason : `the event's record is ${claimed.found.kind}`;
  return { kind: 'retry', reason, afterMs: backoffMs(work.troubles + 1, clock) };
}
