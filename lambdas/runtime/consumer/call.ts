import { backoffMs } from '../backoff';
import type { Decoder } from '../decode';
import type { Disposition } from '../disposition';
import { claim, underClaim, type ClaimPlace, type Claimed } from '../idempotency/claim';
import { donePutByOwner } from '../idempotency/record';
import { ID_CONFLICT, settledBefore } from '../idempotency/verdict';
import { afterError, notNow, type AttemptPlace } from './attempt';
import type { CommitRequest } from './committer';
import type { WriteContext } from './prepare';
import { pause, type Work } from './work';

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
  const { event, record } = work.delivery;
  if (work.called) return claimedFor(work, place, (signal) => completed(work, steps, { ...place, signal }));
  let decoded;
  try {
    decoded = await steps.run(work, async () => steps.decode.decode(event));
  } catch (error) {
    return afterError(work, 'call', error, place);
  }
  if ('undecodable' in decoded) return { kind: 'park', reason: 'undecodable', detail: decoded.undecodable };
  const { data } = decoded;
  return claimedFor(work, place, async (signal) => {
    await steps.run(work, async () => void (await steps.call(data, { event, record, signal })));
    work.called = true;
    return completed(work, steps, { ...place, signal });
  });
}

/** Claims the event and works on it for as long as the claim is this one's. */
async function claimedFor(
  work: Work,
  place: AttemptPlace & ClaimPlace,
  act: (signal: AbortSignal) => Promise<Disposition>,
): Promise<Disposition> {
  const { delivery, owner } = work;
  const claimed = await claim(delivery, owner, place, place.signal);
  if (claimed.kind !== 'mine') return unclaimed(claimed, work, place);
  return underClaim(delivery, owner, place, place.signal, async (signal) => {
    try {
      return await act(signal);
    } catch (error) {
      const isLost = signal.aborted && !place.signal.aborted;
      if (isLost) return { ...notNow, reason: 'another invocation took the event over', afterMs: 1_000 };
      return await afterError(work, 'call', error, place);
    }
  });
}

/** Records that the call has taken place, however often the store is in the way, for as long as the claim is this one's. */
async function completed<T>(work: Work, { complete }: CallSteps<T>, place: AttemptPlace): Promise<Disposition> {
  for (;;) {
    const toDone: CommitRequest['record'] = (to) => donePutByOwner(work.delivery, work.owner, to);
    const disposition = await complete({ ...work, writes: [], record: toDone });
    if (disposition.kind !== 'retry' || place.signal.aborted) return disposition;
    work.waitsFor = disposition.reason;
    work.alone = disposition.alone ?? false;
    if (disposition.afterMs > 0) await pause(work, disposition.afterMs, place);
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
