import type { ConsumerEnvironment } from '../contract';
import type { Decoder } from '../event/decode';
import type { Disposition } from './disposition';
import { endClaim, type ClaimPlace } from '../idempotency/claim';
import { donePut } from '../idempotency/record';
import { afterError, notNow, type AttemptPlace } from './attempt';
import { performCall, type Call } from './call';
import { commit } from './commit';
import { committer, type CommitRequest } from './committer';
import type { HeldClaims } from './held-claims';
import { limit } from '../time/limit';
import { prepare, type Write } from './prepare';
import type { Steps } from './settle';
import type { Work } from './work';

/** What a handler does with an event. */
export type Effect<T> =
  { readonly kind: 'write'; readonly write: Write<T> } | { readonly kind: 'call'; readonly call: Call<T> };

export interface EffectPlace extends AttemptPlace, ClaimPlace {
  readonly environment: ConsumerEnvironment;
  /** Runs the handler's code on the event, and remembers that it does. */
  readonly run: <R>(work: Work, code: () => Promise<R>) => Promise<R>;
  readonly held: HeldClaims;
}

/**
 * Calls of `decode` and `write` under way at once: no more than the circuit breaker's budget, so that most events of a
 * large batch begin after the first has failed, and those that end well show that it was not the code (decision 0015).
 */
const PREPARED_AT_ONCE = 20;
/** Completions of calls are small: few of them share a transaction, and few transactions are under way. */
const COMPLETIONS = { concurrency: 4, most: 10 };

/** Runs the handler's code on one event after another, and records what it comes to. */
export function attemptsOf<T>(
  {
    decode,
    effect,
    concurrency,
  }: { readonly decode: Decoder<T>; readonly effect: Effect<T>; readonly concurrency: number },
  place: EffectPlace,
): Steps['attempt'] {
  const { clock, signal, run } = place;
  const together = effect.kind === 'call' ? COMPLETIONS : { concurrency };
  const complete = committer((group) => commit(group, place), { ...together, clock, signal });
  switch (effect.kind) {
    case 'write': {
      const preparing = limit(PREPARED_AT_ONCE);
      return async (work) => {
        if (!work.writes) {
          const once = () => preparedBy(work, { decode, write: effect.write }, place);
          // In turns there is one at a time, and code that never ends must not keep its place from it.
          const prepared = await (work.inTurns ? once() : preparing(once));
          if (prepared.kind !== 'write') return waitedForClaim(work, prepared, place);
          work.writes = prepared.writes;
        }
        const { delivery, alone, troubles, writes } = work;
        const disposition = await complete({
          delivery,
          alone,
          troubles,
          writes,
          record: (to) => donePut(delivery, to),
        });
        return waitedForClaim(work, disposition, place);
      };
    }
    case 'call': {
      const completeLate = async (request: CommitRequest) => (await commit([request], place))[0]!;
      const steps = {
        decode,
        call: effect.call,
        run,
        slot: limit(concurrency),
        held: place.held,
        complete,
        completeLate,
      };
      return (work) => performCall(work, steps, place);
    }
  }
}

async function preparedBy<T>(
  work: Work,
  user: { readonly decode: Decoder<T>; readonly write: Write<T> },
  place: EffectPlace,
) {
  if (place.signal.aborted) return notNow;
  try {
    return await place.run(work, () => prepare(work.delivery, user));
  } catch (error) {
    return afterError(work, 'write', error, place);
  }
}

/** A claim that stands in the way of a write is waited for, and given back when it is nobody's. */
async function waitedForClaim(work: Work, disposition: Disposition, place: EffectPlace): Promise<Disposition> {
  if (disposition.kind !== 'retry' || !disposition.claimed) return disposition;
  const { delivery, owner, watch, inTurns } = work;
  const isOver = await endClaim(delivery, { owner, signal: place.signal, watch: inTurns ? watch : undefined }, place);
  return isOver ? { ...disposition, afterMs: 0 } : disposition;
}
