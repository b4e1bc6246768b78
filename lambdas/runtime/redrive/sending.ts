import type { Context } from 'aws-lambda';
import type { ProducerEnvironment, ReplayEnvironment } from '../contract';
import { replayEnvironments, type Variables } from '../contract/environment';
import { LosslessError } from '../contract/errors';
import { kafkajsReader } from '../kafka/kafkajs-reader';
import type { KafkaPort } from '../kafka/port';
import type { TopicReader } from '../kafka/topic-reader';
import { Pipe } from '../producer/pipe';
import { resendingEnvironment, resendingPort, type Resent } from '../producer/resending';
import { dynamoDbTransactions } from '../stores/dynamodb';
import type { ObjectStore } from '../stores/object-store';
import { s3ObjectStore } from '../stores/s3-object-store';
import type { Transactions } from '../stores/tables';
import { STORE_ANSWER_MS, timedObjectStore } from '../stores/timed-object-store';
import { systemClock, type Clock } from '../time/clock';
import { ANSWER_MS, timeLeft } from '../time/time-left';
import { powertoolsLog, type Log } from '../watching/log';

export interface RedriveDeps {
  readonly clock: Clock;
  readonly store: ObjectStore;
  readonly transactions: Transactions;
  readonly port: (environment: ProducerEnvironment) => KafkaPort;
  readonly reader: (environment: ProducerEnvironment) => TopicReader;
  readonly log: Log;
  readonly variables: Variables;
}

/** Milliseconds Kafka is tried in one invocation: the death of a broker takes about ten seconds to get over. */
export const TRY_MS = 20_000;
/** Milliseconds kept free after that, to delete letters. */
export const CONCLUDE_MS = 5_000;
/** What Kafka did not take by its deadline is settled before the pipe answers in its place. */
export const PIPE_ANSWER_MS = 500;

/** Why a letter stays whose event is not in the log of every in-sync replica. */
export const untaken = (result: Exclude<Resent, { readonly kind: 'acked' }>) =>
  result.kind === 'refused'
    ? ({ kind: 'refused', reason: 'rejected', detail: result.detail } as const)
    : ({ kind: 'waits', reason: 'not-taken', detail: result.reason } as const);

/** Most bytes of events on their way at once. */
const BUFFER_BYTES = 64 * 1024 * 1024;

interface Topic {
  readonly port: KafkaPort;
  readonly pipe: Pipe;
}

/** What a function needs that sends what was parked: its clients and its topics, kept as long as the sandbox lives. */
export class Sending {
  private readonly deps: RedriveDeps;
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
      reader: given.reader ?? ((environment) => kafkajsReader({ environment, clock, region: variables.AWS_REGION })), // prettier-ignore
    };
  }

  /**
   * What one invocation works with, on one topic.
   * @throws LosslessError NOT_CONFIGURED for a topic that is not this function's
   */
  begin(name: string, context: Pick<Context, 'getRemainingTimeInMillis'>) {
    const { clock, store, transactions, log } = this.deps;
    const left = timeLeft(context, clock);
    /** Milliseconds until the answer is due. */
    const leftMs = () => left() - ANSWER_MS;
    const { cluster, topic, deadLetters } = this.environmentOf(name);
    const timed = timedObjectStore(store, clock, () => Math.min(STORE_ANSWER_MS, leftMs()));
    return { cluster, topic, deadLetters, clock, transactions, log, leftMs, store: timed, ...this.topic(topic) };
  }

  /** Epoch milliseconds. */
  nowMs(): number {
    return this.deps.clock.now();
  }

  /** Whoever is given it closes it. */
  reader(topic: string): TopicReader {
    return this.deps.reader(resendingEnvironment(this.deps.variables, topic));
  }

  private environmentOf(topic: string): ReplayEnvironment {
    const environments = replayEnvironments(this.deps.variables);
    const found = environments.find((environment) => environment.topic === topic);
    if (found !== undefined) return found;
    const topics = environments.map((environment) => environment.topic).join(', ');
    throw new LosslessError(
      'NOT_CONFIGURED',
      `redrive.topic: got ${topic.slice(0, 255)}, want one of this function's (${topics || 'none'}); invoke the replay function of that topic's spill store`,
    );
  }

  private topic(topic: string): Topic {
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
