import type { PlantedSlip } from '../mutant';

/** Under all faults: nothing is known that would show them. */
const ANY = { trial: {}, hours: 1 } as const;

/** Slips that no run can show, each with the reason and with the unit test that does. */
export const BEYOND: readonly PlantedSlip[] = [
  {
    name: 'no-margin-for-the-answer',
    describe: 'The counting takes the whole time margin, and leaves none for the answer.',
    search: 'this.untilMs - marginMs / 2 - clock.monotonic()',
    replace: 'this.untilMs - clock.monotonic()',
    ...ANY,
    unseen:
      'the function is killed, and its records come again: that costs a delivery and breaks no promise. `consumer/guards.test.ts`',
  },
  {
    name: 'attempt-after-the-margin',
    describe: 'A handler that ends by its signal at the time margin has two attempts against its event.',
    search: 'if (signal.aborted) return notNow;\n  switch (blameOf(',
    replace: 'void signal;\n  switch (blameOf(',
    ...ANY,
    unseen:
      'an event that always fails is parked one attempt sooner. `consumer/guards.test.ts`, `consumer/committer.test.ts`',
  },
  {
    name: 'halved-after-the-margin',
    describe: 'A group that is halved is halved on after the time margin.',
    search: "if (context.signal.aborted) return all(group, later(group, 'time margin reached', context.clock));",
    replace: '',
    ...ANY,
    unseen:
      'what is written after the answer is found by its own record: it costs requests. `consumer/committer.test.ts`',
  },
  {
    name: 'held-without-another-look',
    describe: 'An event that the circuit breaker holds is not given to its handler again in the same delivery.',
    search: "this.at = this.hasCalled ? { kind: 'called', alone: false } : { kind: 'new' };",
    replace: 'void this.hasCalled;',
    ...ANY,
    unseen: 'the next delivery gives it to the handler: it costs one delivery. `consumer/guards.test.ts`',
  },
  {
    name: 'replay-with-the-acks-of-the-producer',
    describe: 'The replay deletes what the leader alone has, where the producer asks for no more.',
    search: "environment.topic), acks: 'all' };",
    replace: 'environment.topic) };',
    ...ANY,
    unseen: 'the simulated producer asks for `acks=all`, the default of the construct. `replay/replay.test.ts`',
  },
  {
    name: 'sweep-without-an-end',
    describe: 'A sweep of the replay begins another group of objects however little time is left.',
    search: "if (lease === undefined || leftMs() < LEAST_MS || (lease !== 'without' && lease.isLost)) break;",
    replace: 'if (lease === undefined) break;',
    ...ANY,
    unseen:
      'it is killed, and the next sweep sends again what it had sent: duplicates, which are legal. `replay/liveness.test.ts`',
  },
  {
    name: 'contradiction-deleted',
    describe: 'Unpack deletes an object that holds records it cannot tell apart.',
    search: 'if (stays) throw stays;',
    replace: 'void stays;',
    ...ANY,
    unseen: 'the mapping writes no such object. `unpack/unpack.test.ts`',
  },
  {
    name: 'not-idempotent',
    describe: 'Kafka is not asked to know a request that is sent again.',
    search: "idempotent: options.acks === 'all',",
    replace: "idempotent: options.acks === 'all' && false,",
    ...ANY,
    unseen:
      'a request that is sent again writes its records twice: legal, and caught by every consumer. `kafka/client-rules.test.ts`',
  },
  {
    name: 'old-offset-believed',
    describe: 'An acknowledgement with an offset that was acknowledged before counts.',
    search: 'if (!Number.isSafeInteger(offset) || offset <= last) {',
    replace: 'if (!Number.isSafeInteger(offset)) {',
    ...ANY,
    unseen:
      'a second guard behind the one that no spoiled client is used again: it shows where both are gone. `kafka/client-rules.test.ts`',
  },
  {
    name: 'room-out-of-turn',
    describe: 'An event that fits into the buffer passes an earlier one that waits for room.',
    search: 'if (this.drawing !== call) return new Promise(',
    replace: 'if (this.drawing !== call && !this.fits(entry)) return new Promise(',
    ...ANY,
    unseen:
      'callers at the door await each answer, and a key is one caller’s: none has two requests under way. `producer/in-time.test.ts`',
  },
  {
    name: 'weak-reads',
    describe: 'Redelivered events are looked up in a replica that may be behind.',
    search: '{ Keys, ConsistentRead: true }',
    replace: '{ Keys, ConsistentRead: false }',
    ...ANY,
    unseen: 'it is in the client of DynamoDB, in whose place the simulation has its own. `stores/dynamodb.test.ts`',
  },
  {
    name: 'one-event-twice-in-a-transaction',
    describe: 'Two records of one event may share a transaction.',
    search: 'touches: targets.length === 0 ? [delivery.key] : [delivery.key, ...new Set(targets)],',
    replace: 'touches: [...new Set(targets)],',
    ...ANY,
    unseen:
      'DynamoDB refuses a transaction with one item twice; it is halved then, and the second finds the first: it costs requests. `consumer/committer.test.ts`',
  },
  {
    name: 'lost-claim-blamed',
    describe: 'A call that ends because its claim was lost is an attempt on the event.',
    search: 'const isLost = signal.aborted && !deps.signal.aborted;',
    replace: 'const isLost = signal.aborted && deps.signal.aborted && false;',
    ...ANY,
    unseen:
      'an attempt is counted on condition that the claim is still its own, so that nothing but a line in the log is wrong. `consumer/claims.test.ts`',
  },
  {
    name: 'redrive-not-counted',
    describe: 'An event that is parked again forgets how often it was redriven.',
    search: '...(generation > 0 && { [RECORD.generation]: generation }),',
    replace: '',
    ...ANY,
    unseen: 'nobody redrives in the simulation yet. `idempotency/parking.test.ts`',
  },
];
