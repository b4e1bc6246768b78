/** What the controller has decided. */
export interface Leadership {
  readonly leader: number | undefined;
  readonly epoch: number;
  readonly inSync: readonly number[];
  /** Raised by every decision. */
  readonly version: number;
}

/** Kafka's error codes, as far as brokers answer a produce request with them here. */
export const CODE = {
  none: 0,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  timedOut: 7,
  messageTooLarge: 10,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  topicAuthorizationFailed: 29,
  outOfOrderSequence: 45,
} as const;

/** The answer to a produce request. */
export interface Produced {
  readonly code: number;
  readonly base: number;
}
