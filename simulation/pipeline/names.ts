import type { ConsumerEnvironment, ProducerEnvironment, UnpackEnvironment } from '../../lambdas/runtime/contract';
import { addressOf } from '../kafka/kafkajs';
import type { Settings } from './settings';

export const TOPIC = 'orders';
export const CLUSTER = 'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/1-2-3';
export const BUCKETS = { spill: 'spill', deadLetters: 'dead-letters' } as const;
export const BOOTSTRAP = [1, 2, 3].map(addressOf).join(',');

/** What the construct writes into the environment of whoever publishes. */
export const producerOf = ({ producer }: Settings): Extract<ProducerEnvironment, { acks: 'all' }> => ({
  ...{ cluster: CLUSTER, topic: TOPIC, brokers: BOOTSTRAP, authentication: 'none', acks: 'all', source: 'urn:door' },
  ...BUCKETS,
  ...producer,
});

/** The idempotency table of a group. */
export const tableOf = (group: string): string => `idempotency-${group}`;
export const onFailureOf = (group: string): string => `on-failure-${group}`;
export const functionArnOf = (group: string): string => `arn:aws:lambda:eu-west-1:000000000000:function:${group}`;

/** What the construct writes into a consumer's environment, and into that of unpack for it. */
export function environmentsOf(
  group: string,
  { timeMarginMs, timeoutMs, doneSeconds }: Settings,
): { readonly consumer: ConsumerEnvironment; readonly unpack: UnpackEnvironment } {
  const common = { cluster: CLUSTER, topic: TOPIC, group, table: tableOf(group), deadLetters: BUCKETS.deadLetters };
  return {
    consumer: { ...common, timeMarginMs, timeoutMs, doneSeconds },
    unpack: { ...common, onFailure: onFailureOf(group), functionArn: functionArnOf(group) },
  };
}
