import { Token, type Duration } from 'aws-cdk-lib';
import { CLAIM_LEASE_MS } from '../lambdas/runtime/contract';
import { LONGEST_KAFKA_TIMEOUT_SECONDS, MOST_RETRIES } from '../rules';
import type { EventConsumerProps } from './consumer-props';
import { DEFAULTS } from './defaults';
import { eventIdRules } from './event-ids';
import { timeoutOf } from './handler-rules';
import { mappable } from './topic';
import { knownSeconds, outside } from './validation';
import type { Rule } from './refusal';

/** An event whose invocation was killed is called again by one that has seen its claim stand still for a lease, and has time to call then. */
const LEAST_WORK_SECONDS = CLAIM_LEASE_MS / 1_000 + 5;

/** What of a consumer's own settings would lose events, or never start. */
export function consumerRules(props: EventConsumerProps, timeMargin: Duration, group: string): Rule[] {
  const timeout = knownSeconds(timeoutOf(props.handler));
  const margin = knownSeconds(timeMargin);
  const retention = knownSeconds(props.topic.retention);
  const persistence = MOST_RETRIES * (timeout - margin);
  const enough = Math.ceil(retention / MOST_RETRIES) + margin;
  return [
    ...eventIdRules(props.eventIds),
    mappable(props.topic.topicName),
    {
      when: timeout < 30 || timeout > LONGEST_KAFKA_TIMEOUT_SECONDS,
      message: `handler timeout: got ${timeout} s, want 30 s to ${LONGEST_KAFKA_TIMEOUT_SECONDS} s, the longest for Kafka; set the function's timeout`,
    },
    {
      when: margin < 1 || margin >= timeout,
      message: `timeMargin: got ${margin} s, want 1 s or more and less than the handler's timeout of ${timeout} s; change it`,
    },
    {
      when: margin >= 1 && margin < timeout && timeout - margin < LEAST_WORK_SECONDS,
      message: `timeMargin: got ${margin} s, which leaves ${timeout - margin} s of the handler's timeout of ${timeout} s to work, want ${LEAST_WORK_SECONDS} s or more, as the call of a killed invocation is made again after ${CLAIM_LEASE_MS / 1_000} s of waiting; lower the margin or raise the timeout`,
    },
    {
      when: timeout >= 30 && margin < timeout && persistence < retention,
      message: `handler timeout: got ${timeout} s, which less the margin of ${margin} s and over ${MOST_RETRIES} retries is ${persistence} s, want at least the topic's retention of ${retention} s, as an outage shorter than that must not send good records to the destination; raise the timeout to ${enough} s or shorten the retention`,
    },
    {
      when: outside(props.batchSize ?? DEFAULTS.batchSize, 1, 10_000),
      message: `batchSize: got ${props.batchSize}, want a whole number from 1 to 10000; change it`,
    },
    {
      // Lambda takes a star, too, which in the ARN of a right stands for every group.
      when: props.consumerGroup !== undefined && !Token.isUnresolved(group) && !/^[\w/:+=.@-]{1,200}$/.test(group),
      message: `consumerGroup: got '${group}', want 1 to 200 letters, digits and '-', '/', ':', '_', '+', '=', '.', '@', as Lambda takes them; change it`,
    },
    {
      when: props.consumerGroup === undefined && !Token.isUnresolved(group) && group.length > 200,
      message: `consumer group: got ${group.length} characters from topic and construct path, want at most 200; shorten the topic's name, or give consumerGroup`,
    },
  ];
}
