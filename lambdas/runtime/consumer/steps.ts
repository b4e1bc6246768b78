import type { Clock } from '../time/clock';
import type { ConsumerEnvironment } from '../contract';
import { isCanary } from '../event/canary';
import type { Decoder } from '../event/decode';
import type { Disposition } from './disposition';
import { timeOf, type EventId } from '../event/event';
import type { Transactions } from '../stores/tables';
import type { Log } from '../watching/log';
import type { Meter } from '../watching/metrics';
import type { ObjectStore } from '../stores/object-store';
import type { AttemptDeps } from './attempt';
import type { UnknownErrors } from './blame';
import type { Breaker } from './breaker';
import { effectOf, type Effect, type EffectCode } from './effects';
import { limit } from '../time/limit';
import { eventParked } from './lines';
import type { ConsumerRecord } from '../event/records';
import type { Running } from './running';
import type { Steps } from './turn';
import type { Work } from './work';

/** The user's part of a consumer. */
export interface UserCode<T> {
  readonly decode: Decoder<T>;
  readonly eventId?: EventId<ConsumerRecord>;
  readonly effect: EffectCode<T>;
  readonly concurrency: number;
  readonly attempts: number;
  readonly unknownErrors: UnknownErrors;
}

export interface InvocationDeps {
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
export interface StepsDeps extends InvocationDeps, AttemptDeps {
  readonly environment: ConsumerEnvironment;
  readonly running: Running;
  readonly breaker: Breaker;
}

/** The effect of this consumer, which tells the breaker of what is tried and decoded. */
export function watchedEffect<T>({ effect, decode, concurrency }: UserCode<T>, deps: StepsDeps): Effect {
  const { breaker, running } = deps;
  const run = <R>(work: Work, code: () => Promise<R>) => {
    breaker.began(work);
    return running.run(work, code);
  };
  return effectOf(effect, watched(decode, breaker), concurrency, { ...deps, run });
}

/** A tombstone shows nothing, as any decoder takes it, nor does a canary, which no decoder sees. */
const watched = <T>({ decode }: Decoder<T>, breaker: Breaker): Decoder<T> => ({
  decode: async (event) => {
    const decoded = await decode(event);
    if (event.value !== null && !isCanary(event) && 'data' in Object(decoded)) breaker.decoded();
    return decoded;
  },
});

/** What settling an event of this consumer consists of. */
export function stepsOf(effect: Effect, { concurrency }: { readonly concurrency: number }, deps: StepsDeps): Steps {
  const { breaker, running, clock, signal } = deps;
  return {
    attempt: async (work, manner) => {
      const barred = running.mayRun(work);
      if (barred) return barred;
      const { undecodable } = work.delivery;
      // It comes near no code of the user: a null in its place would be taken for a tombstone.
      if (undecodable !== undefined) return { kind: 'park', reason: 'undecodable', detail: undecodable };
      return metered(work, await effect.attempt(work, manner), deps);
    },
    mayPark: (work, { reason }) => breaker.mayPark(work, reason),
    park: parking(effect, concurrency, deps),
    clock,
    signal,
  };
}

/** An applied event speaks for code and downstream, if this invocation's own attempt has applied it. A canary speaks for neither. */
function metered(work: Work, disposition: Disposition, { breaker, meter, clock }: StepsDeps): Disposition {
  if (disposition.kind !== 'done' || disposition.effect !== 'applied') return disposition;
  const { event, record } = work.delivery;
  if (isCanary(record)) {
    meter.canary(clock.now() - Date.parse(event.time ?? ''));
    return disposition;
  }
  const time = timeOf(record);
  if (work.stage.kind === 'prepared' || work.stage.kind === 'called') breaker.succeeded(work);
  meter.applied(time === undefined ? undefined : clock.now() - time);
  return disposition;
}

function parking(effect: Effect, concurrency: number, { meter, log, signal }: StepsDeps): Steps['park'] {
  const inTurn = limit(concurrency);
  return (work, cause) =>
    inTurn(async () => {
      if (signal.aborted) return { kind: 'trouble', reason: 'time margin reached' };
      const parked = await effect.park(work, cause);
      if (parked.kind === 'settled' && parked.object) {
        meter.parked(cause.reason);
        // At once: the function may be killed before its answer.
        meter.flush();
        eventParked(log, work.delivery, cause, parked.object);
      }
      return parked;
    });
}
