/** What a consumer does where its options say nothing. The docs of `ConsumerOptions` say why. */
export const CONSUMER_DEFAULTS = {
  /** Transactions, or calls, under way at once. */
  concurrency: 4,
  /** Attempts on one event, over all its deliveries, before it is parked. */
  attempts: 5,
  unknownErrors: 'attempt',
} as const;
