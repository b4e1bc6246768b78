import type { Clock } from '../time/clock';
import type { ConsumerEnvironment } from '../contract';
import type { Decoder } from '../event/decode';
import type { Disposition } from './disposition';
import { timeOf, type EventId } from '../event/event';
import { park, parkClaimed } from '../idempotency/park';
import type { Transactions } from '../stores/tables';
import type { Log } from '../watching/log';
import type { Meter } from '../watching/metrics';
import type { ObjectStore } from '../stores/object-store';
import type { AttemptPlace } from './attempt';
import type { UnknownErrors } from './blame';
import type { Breaker } from './breaker';
import { attemptsOf, type Effect } from './effect';
import type { HeldClaims } from './held-claims';
import { limit } from '../time/limit';
import { eventParked } from './lines';
import type { ConsumerRecord } from '../event/records';
import type { Running } from './running';
import type { Steps } from './settle';
import type { Work } from './work';

/** The user's part of a consumer. */
export interface UserCode<T> {
  readonly decode: Decoder<T>;
  readonly eventId?: EventId<ConsumerRecord>;
  readonly effect: Effect<T>;
  readonly concurrency: number;
  readonly attempts: number;
  readonly unknownErrors: UnknownErrors;
}

export interface InvocationPlace {
  readonly environment: ConsumerEnvironment;
  readonly transactions: Transactions;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  /** Names the handler's code; undefined where nothing does. */
  readonly code?: string;
}

/** What all steps of one invocation share. */
export interface StepsPlace extends InvocationPlace {
  readonly signal: AbortSignal;
  readonly running: Running;
  readonly claims: HeldClaims;
  readonly breaker: Breaker;
  readonly told: AttemptPlace['told'];
}

/** What settling an event of this consumer consists of. */
export function stepsOf<T>(user: UserCode<T>, place: StepsPlace): Steps {
  const { breaker, running, clock, signal } = place;
  const attempt = attempts(user, place);
  return {
    attempt: (work) => running.mayRun(work) ?? attempt(work),
    mayPark: (work, { reason }) => breaker.mayPark(work, reason),
    park: parking(user, place),
    clock,
    signal,
  };
}

export const attemptPlace = (
  { attempts, unknownErrors }: Pick<UserCode<unknown>, 'attempts' | 'unknownErrors'>,
  place: StepsPlace,
): AttemptPlace => ({ ...place, attempts, unknownErrors, judge: place.breaker });

function parking<T>({ concurrency, effect }: UserCode<T>, place: StepsPlace): Steps['park'] {
  const { meter, log, signal, claims } = place;
  const inTurn = limit(concurrency);
  return (work, cause) =>
    inTurn(async () => {
      if (signal.aborted) return { kind: 'trouble', reason: 'time margin reached' };
      const { delivery, owner } = work;
      const claimant = { owner, signal, watch: work.watch };
      if (effect.kind === 'call') claims.add(work);
      const parked = await (effect.kind === 'call'
        ? parkClaimed(delivery, cause, place, claimant)
        : park(delivery, cause, place, claimant));
      if (parked.kind === 'settled' && parked.object) {
        meter.parked(cause.reason);
        // Whatever kills the function next, this was counted.
        meter.flush();
        eventParked(log, delivery, cause, parked.object);
      }
      return parked;
    });
}

function attempts<T>(user: UserCode<T>, place: StepsPlace): Steps['attempt'] {
  const { effect, concurrency } = user;
  const { breaker, running, claims: held } = place;
  const run = <R>(work: Work, code: () => Promise<R>) => {
    breaker.began(work);
    return running.run(work, code);
  };
  const decode = watched(user.decode, breaker);
  const attempt = attemptsOf({ decode, effect, concurrency }, { ...attemptPlace(user, place), ...place, run, held });
  return decodable(async (work) => metered(work, await attempt(work), place));
}

/** An applied event speaks for code and downstream, if this invocation's own attempt has applied it. */
function metered(work: Work, disposition: Disposition, { breaker, meter, clock }: StepsPlace): Disposition {
  if (disposition.kind !== 'done' || disposition.effect !== 'applied') return disposition;
  const time = timeOf(work.delivery.record);
  if (work.writes !== undefined || work.called) breaker.succeeded(work);
  meter.applied(time === undefined ? undefined : clock.now() - time);
  return disposition;
}

/** Tells the breaker of what is decoded. A tombstone shows nothing: any decoder takes it. */
const watched = <T>({ decode }: Decoder<T>, breaker: Breaker): Decoder<T> => ({
  decode: async (event) => {
    const decoded = await decode(event);
    if (event.value !== null && 'data' in Object(decoded)) breaker.decoded();
    return decoded;
  },
});

/** What cannot be read comes near no code of the user: a null in its place would be taken for a tombstone. */
const decodable =
  (attempt: Steps['attempt']): Steps['attempt'] =>
  (work) => {
    const { undecodable } = work.delivery;
    if (undecodable === undefined) return attempt(work);
    return Promise.resolve({ kind: 'park', reason: 'undecodable', detail: undecodable });
  };
