/** Faults that lead somewhere only together: each list is one place of the pipeline that is struck from all sides. */
export const THEMES: readonly (readonly string[])[] = [
  // What is spilled, and its way back.
  ['kafka-away', 'two-brokers-down', 's3-out', 's3-answers-lost', 's3-refused', 'crash-of-doors', 'crash-of-sweeps', 'sweeps-woken-twice'], // prettier-ignore
  // What may be in the log, or may not.
  ['sends-lost', 'sends-slow', 'broker-isolated', 'broker-pause', 'crash-of-doors', 'large-events'],
  // Two at work on the same records.
  ['poller-stopped', 'rebalance', 'function-stopped', 'function-responses-lost', 'dynamodb-answers-lost', 'rival-writer', 'calls-lost'], // prettier-ignore
  // Who is to blame.
  ['killers', 'flood', 'bad-deploy', 'good-deploy', 'park-up-to', 'id-conflicts', 'dynamodb-refused'],
  // What was parked, and its way back.
  ['mendable', 'send-back', 'send-again', 'bad-deploy', 'good-deploy', 'crash-of-sweeps', 'function-killed', 'kafka-away', 's3-answers-lost', 'dynamodb-answers-lost'], // prettier-ignore
  // Where the mapping reads on.
  ['retention', 'retention-too-short', 'mapping-recreated', 'partition-added', 'poller-crash', 'commits-unanswered', 'dynamodb-out'], // prettier-ignore
];
