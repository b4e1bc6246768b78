import type { Context } from 'aws-lambda';
import type { LetterFate, ProducerEnvironment, RedriveAnswer, ReplayEnvironment } from '../contract';
import { replayEnvironments, type Variables } from '../contract/environment';
import { LosslessError } from '../contract/errors';
import type { KafkaPort } from '../kafka/port';
import { Pipe } from '../producer/pipe';
import { resendingEnvironment, resendingPort } from '../producer/resending';
import { dynamoDbTransactions } from '../stores/dynamodb';
import type { ObjectStore } from '../stores/object-store';
import { s3ObjectStore } from '../stores/s3-object-store';
import type { Transactions } from '../stores/tables';
import { STORE_ANSWER_MS, timedObjectStore } from '../stores/timed-object-store';
import { systemClock, type Clock } from '../time/clock';
import { ANSWER_MS, timeLeft } from '../time/time-left';
import { powertoolsLog, type Log } from '../watching/log';
import { redriveChunk } from './chunk';
import { redriveRequest } from './request';

export { isRedriveRequest } from './request';

export interface RedriveDeps {
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly transactions: Transactions;
  readonly port: (environment: ProducerEnvironment) => KafkaPort;
  readonly log: Log;
  readonly variables: Variables;
}

/** Most bytes of events on their way at once. */
const BUFFER_BYTES = 64 * 1024 * 1024;

/**
 * Sends the dead letters that a `RedriveRequest` names back to their topic, in their order, and answers what became of each.
 * Safe to run at any time, also twice at once: what was sent twice is a duplicate under the same event id.
 *
 * The handler rejects before anything is done: INVALID_ARGUMENT for what is no such request, NOT_CONFIGURED for a topic that is
 * not this function's.
 */
export function redrive(
  given: Partial<RedriveDeps> = {},
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<RedriveAnswer> {
  let deps: RedriveDeps | undefined;
  /** Kept, with their connections, as long as the sandbox lives. */
  const pipes = new Map<string, Pipe>();
  return async (event, context) => {
    const request = redriveRequest(event);
    deps ??= opened(given);
    const { clock, variables, store, transactions, log } = deps;
    const left = timeLeft(context, clock);
    const leftMs = () => left() - ANSWER_MS;
    const { cluster, topic, deadLetters } = environmentOf(request.topic, variables);
    const pipe = pipes.get(topic) ?? pipeTo(topic, deps);
    pipes.set(topic, pipe);
    const timed = timedObjectStore(store, clock, () => Math.min(STORE_ANSWER_MS, leftMs()));
    const answer = await redriveChunk({ ...request, cluster }, { clock, transactions, pipe, deadLetters, leftMs, store: timed }); // prettier-ignore
    log.info('dead letters sent back', { topic, group: request.group, ...countsOf(answer) });
    return answer;
  };
}

function opened(given: Partial<RedriveDeps>): RedriveDeps {
  const variables = given.variables ?? process.env;
  const clock = given.clock ?? systemClock;
  const log = given.log ?? powertoolsLog(variables);
  return {
    variables,
    clock,
    log,
    store: given.store ?? s3ObjectStore(),
    transactions: given.transactions ?? dynamoDbTransactions(),
    port: given.port ?? ((environment) => resendingPort(environment, { clock, log, variables })),
  };
}

function environmentOf(topic: string, variables: Variables): ReplayEnvironment {
  const environments = replayEnvironments(variables);
  const found = environments.find((environment) => environment.topic === topic);
  if (found !== undefined) return found;
  const topics = environments.map((environment) => environment.topic).join(', ');
  throw new LosslessError(
    'NOT_CONFIGURED',
    `redrive.topic: got ${topic.slice(0, 255)}, want one of this function's (${topics || 'none'}); invoke the replay function of that topic's spill store`,
  );
}

function pipeTo(topic: string, { clock, variables, port }: RedriveDeps): Pipe {
  return new Pipe({
    ...{ topic, clock, port: port(resendingEnvironment(variables, topic)), bufferBytes: BUFFER_BYTES },
    // They lie among the dead letters already, and stay there.
    onGivenUp: (entries, release) => {
      for (const entry of entries) {
        entry.settleUntaken();
        release(entry);
      }
    },
  });
}

function countsOf({ outcomes }: RedriveAnswer): Partial<Record<LetterFate['kind'], number>> {
  const counts: Partial<Record<LetterFate['kind'], number>> = {};
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
