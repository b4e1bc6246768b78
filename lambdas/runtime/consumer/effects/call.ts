import type { Decoder } from '../../event/decode';
import { LOOK_MS, tryClaim, underClaim, type Claimed, type Elsewhere } from '../../idempotency/claim';
import { parkClaimed } from '../../idempotency/park';
import { doneUpdateByOwner, type DoneTo } from '../../idempotency/done';
import { CLAIMED, ID_CONFLICT, settledBefore } from '../../idempotency/verdict';
import { backoffMs } from '../../time/backoff';
import type { Clock } from '../../time/clock';
import { limit } from '../../time/limit';
import { afterError, notNow } from '../attempt';
import type { Disposition } from '../disposition';
import { isSettled, pause, type Manner, type Work } from '../work';
import { heed } from './answers';
import { commit } from './commit';
import { committer, type CommitRequest } from './committer';
import { claimantOf, type Effect, type EffectDeps } from './effect';
import { HeldClaims } from './held-claims';
import { decoded, type WriteContext } from './prepare';

/**
 * An event's effect on another system. It may take place more than once: after a crash, and when a claim was lost. It has
 * taken place when this ends well; an answer that says no (`heed`) is an error, anything else that is returned is ignored.
 */
export type Call<T> = (data: T, context: CallContext) => unknown;

export interface CallContext extends WriteContext {
  /** Aborts at the time margin, and when another invocation has taken the event over. */
  readonly signal: AbortSignal;
}

export interface CallCode<T> {
  readonly decode: Decoder<T>;
  readonly call: Call<T>;
  /** Calls under way at once. */
  readonly concurrency: number;
}

/** Completions of calls are small: few of them share a transaction, and few transactions are under way. */
const COMPLETIONS = { concurrency: 4, most: 10 };

/**
 * The event's effect is a call to another system, made under a claim. Where the function is killed the claim stays behind: nobody
 * knows whether the call has taken place. Whoever claims the event after that calls again, or parks it with effect `unknown`.
 */
export function callEffect<T>(code: CallCode<T>, deps: EffectDeps): Effect {
  const { clock, signal } = deps;
  const held = new HeldClaims(deps);
  const together = committer((group) => commit(group, deps), { ...COMPLETIONS, clock, signal });
  const steps: CallSteps<T> = {
    code,
    held,
    slot: limit(code.concurrency),
    // A call that ends after its margin has still taken place, and its record waits for no other.
    complete: async (request, over) => (over.aborted ? (await commit([request], deps))[0]! : together(request)),
  };
  return {
    attempt: (work, manner) => performCall(work, manner, steps, deps),
    park: (work, cause) => {
      held.add(work);
      return parkClaimed(work.delivery, cause, deps, claimantOf(work, deps));
    },
    letGo: (patienceMs) => held.giveUp(isSettled, patienceMs),
  };
}

interface CallSteps<T> {
  readonly code: CallCode<T>;
  readonly held: HeldClaims;
  /** Lets so many calls run at once. Who waits for another's claim, or for the store, is not among them. */
  readonly slot: <R>(code: () => Promise<R>) => Promise<R>;
  /** Writes the event's `done` record: in a transaction with others, or at once and alone when `over` has aborted. */
  readonly complete: (request: CommitRequest, over: AbortSignal) => Promise<Disposition>;
}

/** Claims the event, calls, and completes; what ended well is not called again, whatever the store answers. */
async function performCall<T>(work: Work, manner: Manner, steps: CallSteps<T>, deps: EffectDeps): Promise<Disposition> {
  const { clock, signal } = deps;
  const act = work.hasCalled ? () => recorded(work, steps, deps) : calling(work, steps, deps);
  while (!signal.aborted) {
    const once = async () => (signal.aborted ? notNow : steps.held.during(work, act));
    // In turns there is one at a time, and code that never ends must not keep its slot from it.
    const ended = await (manner === 'in turns' ? once() : steps.slot(() => keepingItsSlot(work, once, deps)));
    if (ended.kind !== 'elsewhere') return ended;
    work.waits(CLAIMED);
    if (manner === 'in turns') return { kind: 'retry', reason: CLAIMED.reason, afterMs: LOOK_MS };
    await clock.sleep(LOOK_MS, signal);
  }
  return notNow;
}

/**
 * What was begun in an earlier delivery waits within its slot for the claim that was left there, as long as that stands still: whoever took
 * the slot meanwhile would make it late once more.
 */
async function keepingItsSlot(
  work: Work,
  once: () => Promise<Disposition | Elsewhere>,
  { clock, signal }: EffectDeps,
): Promise<Disposition | Elsewhere> {
  let ended = await once();
  const { seen } = work.watch;
  while (ended.kind === 'elsewhere' && work.wasBegun && work.watch.seen === seen) {
    work.waits(CLAIMED);
    await clock.sleep(LOOK_MS, signal);
    ended = await once();
  }
  return ended;
}

/** One try of the call. Its event is decoded once, however often another's claim is looked at. */
function calling<T>(work: Work, steps: CallSteps<T>, deps: EffectDeps): () => Promise<Disposition | Elsewhere> {
  const { event, record } = work.delivery;
  const { decode, call } = steps.code;
  let data: { readonly data: T } | undefined;
  return async () => {
    if (!data) {
      try {
        const read = await deps.run(work, () => decoded(decode, event));
        if ('undecodable' in read) return { kind: 'park', reason: 'undecodable', detail: read.undecodable };
        data = read;
      } catch (error) {
        return afterError(work, 'call', error, deps);
      }
    }
    const known = data;
    return claimedFor(work, steps, deps, async (signal) => {
      await deps.run(work, async () => heed(await call(known.data, { event, record, signal })));
      work.called();
      return completed(work, steps, { ...deps, signal });
    });
  };
}

/** Only the record of the call is missing. */
const recorded = <T>(work: Work, steps: CallSteps<T>, deps: EffectDeps): Promise<Disposition | Elsewhere> =>
  claimedFor(work, steps, deps, (signal) => completed(work, steps, { ...deps, signal }));

/** Claims the event and works on it for as long as the claim is this one's. */
async function claimedFor<T>(
  work: Work,
  steps: CallSteps<T>,
  deps: EffectDeps,
  act: (signal: AbortSignal) => Promise<Disposition>,
): Promise<Disposition | Elsewhere> {
  const { delivery, owner } = work;
  steps.held.add(work);
  const claimed = await tryClaim(delivery, owner, work.watch, deps);
  if (claimed.kind !== 'mine') return withoutClaim(claimed, work, deps);
  return underClaim(delivery, { owner, sinceMs: claimed.sinceMs }, deps, deps.signal, async (signal) => {
    try {
      return await act(signal);
    } catch (error) {
      const isLost = signal.aborted && !deps.signal.aborted;
      if (isLost) return { ...notNow, reason: 'another invocation took the event over', afterMs: LOOK_MS };
      return await afterError(work, 'call', error, deps);
    }
  });
}

/** Records that the call has taken place, however often the store is in the way, for as long as the claim is this one's. */
async function completed<T>(
  work: Work,
  steps: CallSteps<T>,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Disposition> {
  const { delivery, owner } = work;
  for (;;) {
    const alone = work.stage.kind === 'called' && work.stage.alone;
    const record = (to: DoneTo) => doneUpdateByOwner(delivery, owner, to);
    const disposition = await steps.complete({ delivery, troubles: work.troubles, alone, writes: [], record }, signal);
    if (disposition.kind !== 'retry' || signal.aborted) return disposition;
    work.waits(disposition);
    if (disposition.afterMs > 0) await pause(work, disposition.afterMs, { clock, signal });
  }
}

function withoutClaim(
  claimed: Exclude<Claimed, { kind: 'mine' }> | Elsewhere,
  work: Work,
  { clock }: EffectDeps,
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
