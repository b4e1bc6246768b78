import type { Context } from 'aws-lambda';
import { systemClock, type Clock } from '../time/clock';
import type { ProducerEnvironment, ReplayEnvironment } from '../contract';
import { replayEnvironments, type Variables } from '../contract/environment';
import type { KafkaPort } from '../kafka/port';
import { errorFields, powertoolsLog, type Log } from '../watching/log';
import type { ObjectStore } from '../stores/object-store';
import { resendingEnvironment, resendingPort } from '../producer/resending';
import { s3ObjectStore } from '../stores/s3-object-store';
import { ANSWER_MS, timeLeft } from '../time/time-left';
import { isNotification } from './notification';
import { Sweep, type ReplayCounts } from './sweep';

export type { ReplayCounts } from './sweep';

export interface ReplayDeps {
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly port: (environment: ProducerEnvironment) => KafkaPort;
  readonly log: Log;
  readonly variables: Variables;
}

/**
 * Handler of the replay function: sweeps every spill store in its environment, each within its share of the time. It rejects
 * after all of them when one could not be swept: its topic refuses, say, or its bucket cannot be listed. Woken by notifications
 * it does not: they have done what they are for, and the next scheduled sweep fails as well if nothing has changed.
 */
export function replay(
  given: Partial<ReplayDeps> = {},
): (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<ReplayCounts[]> {
  let opened: { readonly deps: ReplayDeps; readonly topics: readonly Topic[] } | undefined;
  return async (event, context) => {
    opened ??= open(given);
    const { topics, deps } = opened;
    const left = timeLeft(context, deps.clock);
    const counts: ReplayCounts[] = [];
    const failures: unknown[] = [];
    for (const [index, topic] of topics.entries()) {
      const end = deps.clock.monotonic() + (left() - ANSWER_MS) / (topics.length - index);
      const counted = { replayed: 0, parked: 0, left: 0 };
      counts.push(counted);
      try {
        await topic.sweep().run(() => end - deps.clock.monotonic(), counted);
      } catch (error) {
        failures.push(error);
        const told = { topic: topic.environment.topic, ...counted, error: errorFields(error, true) };
        deps.log.error('spilled events of a topic not replayed', told);
      }
    }
    if (failures.length > 0 && !isNotification(event)) throw failures[0];
    return counts;
  };
}

/** One spill store; its sweep is kept, with what it has learnt, as long as the sandbox lives. */
interface Topic {
  readonly environment: ReplayEnvironment;
  /** @throws LosslessError when what its topic needs is missing in the environment */
  sweep(): Sweep;
}

function open(given: Partial<ReplayDeps>): { deps: ReplayDeps; topics: Topic[] } {
  const variables = given.variables ?? process.env;
  const clock = given.clock ?? systemClock;
  const log = given.log ?? powertoolsLog(variables);
  const deps: ReplayDeps = {
    variables,
    clock,
    log,
    store: given.store ?? s3ObjectStore(),
    port: given.port ?? ((environment) => resendingPort(environment, { clock, log, variables })),
  };
  return { deps, topics: replayEnvironments(variables).map((environment) => topicOf(environment, deps)) };
}

function topicOf(environment: ReplayEnvironment, { variables, port, ...deps }: ReplayDeps): Topic {
  let sweep: Sweep | undefined;
  return {
    environment,
    sweep: () => {
      if (sweep !== undefined) return sweep;
      sweep = new Sweep(environment, { ...deps, port: port(resendingEnvironment(variables, environment.topic)) });
      return sweep;
    },
  };
}
