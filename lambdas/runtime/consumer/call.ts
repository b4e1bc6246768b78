import { backoffMs } from '../time/backoff';
import type { Decoder } from '../event/decode';
import type { Disposition } from './disposition';
import { LOOK_MS, tryClaim, underClaim, type Claimed, type ClaimPlace, type Elsewhere } from '../idempotency/claim';
import { donePutByOwner } from '../idempotency/record';
import { CLAIMED, ID_CONFLICT, settledBefore } from '../idempotency/verdict';
import { heed } from './answers';
import { afterError, notNow, type AttemptPlace } from './attempt';
import type { CommitRequest } from './committer';
import type { HeldClaims } from './held-claims';
import { decoded, type WriteContext } from './prepare';
import { pause, type Work } from './work';

/**
 * An event's effect on another system. It may take place more than once: after a crash, and when a claim was lost. It has
 * taken place when this ends well; an answer that says no (`heed`) is an error, anything else that is returned is ignored.
 */
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
  /** Lets so many calls run at once. Who waits for another's claim, or for the store, is not among them. */
  readonly slot: <R>(code: () => Promise<R>) => Promise<R>;
  readonly held: HeldClaims;
  /** Writes the event's `done` record, in a transaction with others. */
  readonly complete: (request: CommitRequest) => Promise<Disposition>;
  /** Writes it at once, and alone: the time margin has come. */
  readonly completeLate: (request: CommitRequest) => Promise<Disposition>;
}

type Place = AttemptPlace & ClaimPlace;

/** Claims the event, calls, and completes; what ended well is not called again, whatever the store answers. */
export async function performCall<T>(work: Work, steps: CallSteps<T>, place: Place): Promise<Disposition> {
  const { clock, signal } = place;
  const act = work.called ? () => recorded(work, steps, place) : calling(work, steps, place);
  while (!signal.aborted) {
    const once = async () => (signal.aborted ? notNow : steps.held.during(work, act));
    // In turns there is one at a time, and code that never ends must not keep its slot from it.
    const ended = await (work.inTurns ? once() : steps.slot(once));
    if (ended.kind !== 'elsewhere') return ended;
    work.waitsFor = CLAIMED.reason;
    if (work.inTurns) return { kind: 'retry', reason: CLAIMED.reason, afterMs: LOOK_MS };
    await clock.sleep(LOOK_MS, signal);
  }
  return notNow;
}

/** One try of the call. Its event is decoded once, however often another's claim is looked at. */
function calling<T>(work: Work, steps: CallSteps<T>, place: Place): () => Promise<Disposition | Elsewhere> {
  const { event, record } = work.delivery;
  let data: { readonly data: T } | undefined;
  return async () => {
    if (!data) {
      try {
        const read = await steps.run(work, () => decoded(steps.decode, event));
        if ('undecodable' in read) return { kind: 'park', reason: 'undecodable', detail: read.undecodable };
        data = read;
      } catch (error) {
        return afterError(work, 'call', error, place);
      }
    }
    const known = data;
    return claimedFor(work, steps, place, async (signal) => {
      await steps.run(work, async () => heed(await steps.call(known.data, { event, record, signal })));
      work.called = true;
      return completed(work, steps, { ...place, signal });
    });
  };
}

/** Only the record of the call is missing. */
const recorded = <T>(work: Work, steps: CallSteps<T>, place: Place): Promise<Disposition | Elsewhere> =>
  claimedFor(work, steps, place, (signal) => completed(work, steps, { ...place, signal }));

/** Claims the event and works on it for as long as the claim is this one's. */
async function claimedFor<T>(
  work: Work,
  steps: CallSteps<T>,
  place: Place,
  act: (signal: AbortSignal) => Promise<Disposition>,
): Promise<Disposition | Elsewhere> {
  const { delivery, owner } = work;
  steps.held.add(work);
  const claimed = await tryClaim(delivery, owner, work.watch, place);
  if (claimed.kind !== 'mine') return withoutClaim(claimed, work, place);
  return underClaim(delivery, { owner, sinceMs: claimed.sinceMs }, place, place.signal, async (signal) => {
    try {
      return await act(signal);
    } catch (error) {
      const isLost = signal.aborted && !place.signal.aborted;
      if (isLost) return { ...notNow, reason: 'another invocation took the event over', afterMs: LOOK_MS };
      return await afterError(work, 'call', error, place);
    }
  });
}

/** Records that the call has taken place, however often the store is in the way, for as long as the claim is this one's. */
async function completed<T>(work: Work, steps: CallSteps<T>, place: AttemptPlace): Promise<Disposition> {
  const { signal } = place;
  const toDone: CommitRequest['record'] = (to) => donePutByOwner(work.delivery, work.owner, to);
  for (;;) {
    const request = { ...work, writes: [], record: toDone };
    // A call that ends after its margin has still taken place: once is enough.
    if (signal.aborted) return steps.completeLate(request);
    const disposition = await steps.complete(request);
    if (disposition.kind !== 'retry' || signal.aborted) return disposition;
    work.waitsFor = disposition.reason;
    work.alone = disposition.alone ?? false;
    if (disposition.afterMs > 0) await pause(work, disposition.afterMs, place);
  }
}

function withoutClaim(
  claimed: Exclude<Claimed, { kind: 'mine' }> | Elsewhere,
  work: Work,
  { clock }: AttemptPlace,
): Disposition | Elsewhere {
  if (claimed.kind === 'elsewhere') return claimed;
  if (claimed.kind === 'found') {
    if (claimed.found.kind === 'other content') return { kind: 'park', reason: 'id-conflict', detail: ID_CONFLICT };
    const settled = settledBefore(claimed.found);
    if (settled) return settled;
  }
  const reason = claimed.kind === 'trouble' ? claimed.reason : `the event's record is ${claimed.found.kind}`;
  return { kind: 'retry', reason, afterMs: backoffMs(work.troubles + 1, clock) };
}
