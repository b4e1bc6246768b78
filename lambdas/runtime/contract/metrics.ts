/**
 * CloudWatch namespace; dimensions `topic` and `service`: the consumer group, of a producer its environment's `source`, of what waits the
 * name of the bucket in which it does.
 */
export const METRICS_NAMESPACE = 'LosslessKafka';

export const METRIC = {
  received: 'EventsReceived',
  applied: 'EventsApplied',
  duplicate: 'EventsDuplicate',
  /** Of a consumer group; of a producer what its `onRejected` parked. */
  parked: 'EventsParked',
  /** The same by `reason`, one more dimension. */
  parkedByReason: 'EventsParkedByReason',
  /** Records reported to the mapping, to be delivered again. */
  retried: 'EventsRetried',
  /** Tries that the circuit breaker held back from being parked: above 0 it is open. */
  breakerOpen: 'CircuitBreakerOpen',
  /** Milliseconds from the record's time on the broker to its effect. */
  timeToEffect: 'TimeToEffect',
  // Canaries, which are none of the counts above.
  canarySettled: 'CanarySettled',
  /** Milliseconds from the sending of a canary to its effect. */
  canaryTimeToEffect: 'CanaryTimeToEffect',
  // Of a producer: events by how they ended, each when its caller hears of it; `logged` are some of the rejected again.
  acked: 'EventsAcked',
  spilled: 'EventsSpilled',
  rejected: 'EventsRejected',
  unknown: 'EventsUnknown',
  sent: 'EventsSent',
  forwarded: 'EventsForwarded',
  dropped: 'EventsDropped',
  logged: 'EventsLogged',
  /** Looks at the topic that could not see whether its min.insync.replicas keep what is acknowledged. */
  unchecked: 'TopicUnchecked',
  /** Kafka clients given up after a failure, with another in their place. */
  replaced: 'KafkaClientReplaced',
  // Of a consumer group, at each audit.
  /** Records that are neither settled nor waiting anywhere. */
  unaccounted: 'UnaccountedEvents',
  /** Seconds for which the oldest record has been in the topic that is not settled. */
  oldestUnsettled: 'OldestUnsettledAge',
  /** By `place`, one more dimension: records in the topic, and objects of what the mapping gave up. */
  waiting: 'EventsWaiting',
  /** At each round of canaries: seconds since the latest one that is settled was sent, in the partition where that is longest ago. */
  canaryAge: 'CanaryAge',
  // Of a bucket, at each scheduled sweep: objects of the topic, 10,000 at most, and seconds since the oldest of these was put.
  objectsWaiting: 'ObjectsWaiting',
  oldestObject: 'OldestObjectAge',
} as const;

/** Where a consumer group's events wait, as the audit counts them: records of the topic, objects of what the mapping gave up. */
export type Place = 'topic' | 'on-failure';
