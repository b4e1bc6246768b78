import type { ProducerEnvironment, ReplayEnvironment } from '../contract';
import { replayEnvironments, type Variables } from '../contract/environment';
import { LosslessError } from '../contract/errors';
import type { KafkaPort } from '../kafka/port';
import { Pipe } from '../producer/pipe';
import { resendingEnvironment, resendingPort } from '../producer/resending';
import { dynamoDbTransactions } from '../stores/dynamodb';
import type { ObjectStore } from '../stores/object-store';
import { s3ObjectStore } from '../stores/s3-object-store';
import type { Transactions } from '../stores/tables';
import { systemClock, type Clock } from '../time/clock';
import { powertoolsLog, type Log } from '../watching/log';

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

interface Topic {
  readonly port: KafkaPort;
  readonly pipe: Pipe;
}

/** What a function needs that sends what was parked: its clients and its topics, kept as long as the sandbox lives. */
export class Sending {
  readonly deps: RedriveDeps;
  private readonly topics = new Map<string, Topic>();

  constructor(given: Partial<RedriveDeps>) {
    const variables = given.variables ?? process.env;
    const clock = given.clock ?? systemClock;
    const log = given.log ?? powertoolsLog(variables);
    this.deps = {
      variables,
      clock,
      log,
      store: given.store ?? s3ObjectStore(),
      transactions: given.transactions ?? dynamoDbTransactions(),
      port: given.port ?? ((environment) => resendingPort(environment, { clock, log, variables })),
    };
  }

  /** @throws LosslessError NOT_CONFIGURED for a topic that is not this function's */
  environmentOf(topic: string): ReplayEnvironment {
    const environments = replayEnvironments(this.deps.variables);
    const found = environments.find((environment) => environment.topic === topic);
    if (found !== undefined) return found;
    const topics = environments.map((environment) => environment.topic).join(', ');
    throw new LosslessError(
      'NOT_CONFIGURED',
      `redrive.topic: got ${topic.slice(0, 255)}, want one of this function's (${topics || 'none'}); invoke the replay function of that topic's spill store`,
    );
  }

  topic(topic: string): Topic {
    const known = this.topics.get(topic) ?? this.opened(topic);
    this.topics.set(topic, known);
    return known;
  }

  private opened(topic: string): Topic {
    const { clock, variables } = this.deps;
    const port = this.deps.port(resendingEnvironment(variables, topic));
    const pipe = new Pipe({
      ...{ topic, clock, port, bufferBytes: BUFFER_BYTES },
      // They lie among the dead letters already, and stay there.
      onGivenUp: (entries, release) => {
        for (const entry of entries) {
          entry.settleUntaken();
          release(entry);
        }
      },
    });
    return { port, pipe };
  }
}
