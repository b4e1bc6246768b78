/**
 * What a run can come to beside its straight way. A promise that was kept while a state was never reached was not put to
 * the test there: so every run counts them.
 */
export interface State {
  readonly name: StateName;
  /** In words, for the report. */
  readonly title: string;
  /** Faults that lead there in the chaos variant of the stack, each by itself: after one that took hold it must be reached. */
  readonly by: readonly string[];
}

export const STATE_NAMES = [
  'spilled',
  'replayed',
  'leftForNextSweep',
  'bufferFull',
  'topicRefused',
  'unknownHeard',
  'clientReplaced',
  'unsettledReported',
  'redelivered',
  'lookedUp',
  'killed',
  'timedOut',
  'claimWaitedFor',
  'claimTakenOver',
  'breakerOpened',
  'breakerClosed',
  'careful',
  'killerParked',
  'givenUp',
  'unpacked',
  'idConflict',
  'undecodableParked',
  'commitUnconfirmed',
] as const;
export type StateName = (typeof STATE_NAMES)[number];

/** How often each was reached. */
export type StateCounts = Readonly<Record<StateName, number>>;

const CRASHES = ['crash-before-effect', 'crash-after-effect', 'killed-in-call'];

/** In the order of an event's way. */
export const STATES: readonly State[] = [
  { name: 'spilled', title: 'events spilled at the deadline', by: ['kafka-away', 'sends-lost'] },
  { name: 'replayed', title: 'spilled events brought to the topic by a sweep', by: ['kafka-away', 'sends-lost'] },
  { name: 'leftForNextSweep', title: 'spill objects left for the next sweep', by: ['sends-lost'] },
  { name: 'bufferFull', title: 'publishes larger than the buffer, which waited for room', by: ['large-events'] },
  { name: 'topicRefused', title: 'topics refused by the start-up check', by: ['topic-weakened'] },
  { name: 'unknownHeard', title: 'events answered unknown, or not at all', by: ['crash-before-response'] },
  {
    name: 'clientReplaced',
    title: 'Kafka clients given up after a failure',
    by: ['kafka-away', 'sends-lost'],
  },
  { name: 'unsettledReported', title: 'answers that reported records not settled', by: ['dynamodb-out'] },
  { name: 'redelivered', title: 'deliveries made again', by: ['dynamodb-out', ...CRASHES] },
  { name: 'lookedUp', title: 'looks at the table for events of a redelivery', by: ['dynamodb-out', ...CRASHES] },
  { name: 'killed', title: 'deliveries cut off by the death of the function', by: CRASHES },
  { name: 'timedOut', title: 'deliveries killed at their deadline', by: ['function-timeout'] },
  { name: 'claimWaitedFor', title: 'events that met the claim of another invocation', by: ['killed-in-call'] },
  { name: 'claimTakenOver', title: 'claims of dead invocations taken over', by: ['killed-in-call'] },
  { name: 'breakerOpened', title: 'times the circuit breaker held an event back', by: ['bad-deploy'] },
  { name: 'breakerClosed', title: 'times the circuit breaker closed', by: ['bad-deploy'] },
  { name: 'careful', title: 'records taken one at a time after kills', by: ['killers'] },
  { name: 'killerParked', title: 'records parked because they killed the function', by: ['killers'] },
  { name: 'givenUp', title: 'deliveries the mapping gave up', by: ['killers'] },
  { name: 'unpacked', title: 'records parked out of on-failure objects', by: ['killers'] },
  { name: 'idConflict', title: 'events parked because their id was used twice', by: ['id-conflicts'] },
  { name: 'undecodableParked', title: 'records parked because nobody can read them', by: ['flood'] },
  { name: 'commitUnconfirmed', title: 'commits whose confirmation did not come', by: ['commits-unanswered'] },
];

/** Faults that lead to some state by themselves; a composed run begins with those of its groups. */
export const LEADING: ReadonlySet<string> = new Set(STATES.flatMap(({ by }) => by));
