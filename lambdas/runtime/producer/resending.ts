import type { ProducerEnvironment } from '../contract';
import { producerEnvironment, type Variables } from '../contract/environment';
import { isAboutRecord } from '../kafka/error-codes';
import { kafkajsPort } from '../kafka/kafkajs';
import type { KafkaPort } from '../kafka/port';
import type { Clock } from '../time/clock';
import { withFields, type Log } from '../watching/log';
import { noMeter } from '../watching/metrics';
import type { EntryOutcome, Fate } from './outcome';
import { startUpCheck } from './start-up-check';

/** How what replay and redrive send again, and delete where it lies once it is acknowledged, comes to Kafka. */

/** Deleting what is kept takes the word of all in-sync replicas, whatever the producer took. */
export const resendingEnvironment = (variables: Variables, topic: string): ProducerEnvironment => ({
  ...producerEnvironment(variables, topic),
  acks: 'all',
});

/** The client of a function that sends again. */
export function resendingPort(
  environment: ProducerEnvironment,
  { clock, log, variables }: { readonly clock: Clock; readonly log: Log; readonly variables: Variables },
): KafkaPort {
  const { denied: warn } = startUpCheck(withFields(log, { topic: environment.topic }), noMeter);
  return kafkajsPort({ environment, clock, warn, region: variables.AWS_REGION });
}

/** What may be done with an event that was sent again. */
export type Resent =
  | Extract<Fate, { readonly kind: 'acked' }>
  /** It will never be taken. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** It may be in the log or not, and is to be sent again. */
  | { readonly kind: 'untaken'; readonly reason: string };

/** @param outcome - undefined: there was no room for it in time */
export function resent(outcome: EntryOutcome | undefined): Resent {
  switch (outcome?.kind) {
    case undefined:
      return untaken('no room for it in time');
    case 'acked':
      return outcome;
    case 'rejected': {
      const detail = `${outcome.code}: ${outcome.reason}`;
      return isAboutRecord(outcome.code) ? { kind: 'refused', detail } : untaken(detail);
    }
    case 'failed':
      return untaken(outcome.error.message);
    case 'unknown':
    case 'dropped':
    case 'forwarded':
    case 'parked':
      return untaken(outcome.reason);
    case 'sent':
    case 'spilled':
      return untaken(`got ${outcome.kind}, want it acknowledged by all in-sync replicas`);
  }
}

const untaken = (reason: string): Resent => ({ kind: 'untaken', reason });
