import type { Clock } from '../time/clock';
import { untilConfirmed } from '../stores/confirmed';
import type { ProducerEnvironment, RejectedEvent } from '../contract';
import { deadLetter, identityOf, putDeadLetter, storedMessage } from '../dead-letters/letter';
import { traceOf } from '../event/event';
import type { KafkaMessage } from '../event/message';
import type { Log } from '../watching/log';
import { isInvocationRefusal, type FunctionInvoker } from '../stores/function-invoker';
import { isStoreRefusal, type ObjectStore } from '../stores/object-store';
import { traceIdOf } from '../event/trace-context';
import type { Fate, Rejected } from './outcome';

export interface OnRejectedDeps {
  readonly environment: Pick<ProducerEnvironment, 'cluster' | 'topic' | 'deadLetters' | 'onRejected'>;
  readonly store: ObjectStore;
  readonly functions: FunctionInvoker;
  readonly clock: Clock;
  readonly log: Log;
  /** Hears of each event that was logged. */
  readonly onLogged: () => void;
}

/**
 * Deals with an event that was refused for good, as the producer's `onRejected` says. Where that fails the caller hears
 * the truth: still `rejected` if nobody has the event, `unknown` if somebody may.
 *
 * @param message the refused record
 * @param timeMs milliseconds it may take
 */
export async function dealWith(
  message: KafkaMessage,
  rejected: Rejected,
  timeMs: number,
  deps: OnRejectedDeps,
): Promise<Fate> {
  const { onRejected: choice = { kind: 'fail' } } = deps.environment;
  const event = rejectedEvent(message, rejected, deps);
  const { code, reason } = rejected;
  const told = {
    eventId: event.id,
    eventSource: event.source,
    traceId: traceIdOf(traceOf(message.headers)),
    code,
    reason,
  };
  switch (choice.kind) {
    case 'fail':
      return rejected;
    case 'log':
      deps.log.warn('event rejected', told);
      deps.onLogged();
      return rejected;
    case 'park':
    case 'forward':
      if (timeMs <= 0) return { ...rejected, reason: `${reason}; no time left to ${choice.kind} it` };
      if (choice.kind === 'park') return park(event, rejected, timeMs, deps);
      return handOver(event, choice.functionName, rejected, timeMs, deps);
    case 'drop':
      deps.log.warn('event dropped', { ...told, because: choice.reason });
      return { kind: 'dropped', because: choice.reason, code, reason };
  }
}

async function park(
  event: RejectedEvent,
  rejected: Rejected,
  timeMs: number,
  { store, clock, environment }: OnRejectedDeps,
): Promise<Fate> {
  const { code, reason, cluster, topic } = event;
  const nowMs = clock.now();
  const what = { kind: 'event', topic, message: event, timestamp: nowMs } as const;
  const letter = deadLetter(what, { reason: 'rejected-at-producer', detail: `${code}: ${reason}` }, { cluster, nowMs });
  let object = '';
  const put = async () => {
    object = await putDeadLetter(store, environment.deadLetters, letter);
  };
  const confirmed = await untilConfirmed(put, { clock, timeMs, isRefusal: isStoreRefusal });
  return confirmed.kind === 'confirmed' ? { kind: 'parked', object, code, reason } : undone(rejected, confirmed);
}

async function handOver(
  event: RejectedEvent,
  functionName: string,
  rejected: Rejected,
  timeMs: number,
  { functions, clock }: OnRejectedDeps,
): Promise<Fate> {
  const { code, reason } = rejected;
  const payload = JSON.stringify(event);
  const invoke = () => functions.invokeAsync(functionName, payload);
  const confirmed = await untilConfirmed(invoke, { clock, timeMs, isRefusal: isInvocationRefusal });
  return confirmed.kind === 'confirmed'
    ? { kind: 'forwarded', functionName, code, reason }
    : undone(rejected, confirmed);
}

function undone(rejected: Rejected, { kind, message }: { kind: 'refused' | 'unknown'; message: string }): Fate {
  const reason = `${rejected.reason}; ${message}`;
  switch (kind) {
    case 'refused':
      return { ...rejected, reason };
    case 'unknown':
      return { kind: 'unknown', reason: `${rejected.code}: ${reason}` };
  }
}

const rejectedEvent = (
  message: KafkaMessage,
  { code, reason }: Rejected,
  { environment: { cluster, topic } }: OnRejectedDeps,
): RejectedEvent => {
  const stored = storedMessage(message);
  return { version: 1, ...{ cluster, topic }, ...stored, ...identityOf(stored), ...{ code, reason } };
};
