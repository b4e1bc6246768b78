import { known } from '../known';
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
    search: "  acks: 'all',\n});",
    replace: '});',
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
    name: 'called-again',
    describe: 'It is forgotten that a call has ended well, while its record is not written.',
    search: '      work.called();\n',
    replace: '',
    ...ANY,
    unseen:
      'a call is made again only after its delivery has ended without an answer for it, which excuses it either way. `consumer/claims.test.ts`',
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
    unseen:
      'it is sent back more often than `--max-redrives` says: that costs a record each time. `idempotency/parking.test.ts`',
  },
  {
    name: 'own-claim-not-known',
    describe: 'An invocation whose claim was answered by nobody takes it for that of another.',
    search: "' OR (#state = :claimed AND #content = :content AND #owner = :owner)' +",
    replace: "'' +",
    ...ANY,
    unseen: 'it waits for itself for a lease: that costs time. `consumer/claims.test.ts`',
  },
  {
    name: 'careful-mode-waits',
    describe: 'Where records are taken one at a time, one that waits holds up all others.',
    search: 'const ended = await within(taken, Math.max(SLICE.leastMs, steps.leftMs() * SLICE.share), steps);',
    replace: 'const ended = await within(taken, 1e9, steps);',
    ...ANY,
    unseen:
      'no simulated handler hangs without its function: what kills there is over at once. `consumer/careful.test.ts`',
  },
  {
    name: 'one-strike',
    describe: 'A record is parked as a killer after one delivery that did not end.',
    search: 'export const STRIKES = 3;',
    replace: 'export const STRIKES = 1;',
    ...ANY,
    unseen:
      'three kills anywhere excuse one event parked as a killer: the judge does not know which of them killed. `ledger/markers.test.ts`',
  },
  {
    name: 'old-success-absolves',
    describe: 'A success shows an event to be at fault, also one that came before it failed.',
    search: 'if (failedAt === undefined || latest <= failedAt) return false;',
    replace: 'if (failedAt === undefined || latest === 0) return false;',
    ...ANY,
    unseen:
      'code and the other system go bad between two invocations, and not within one. `consumer/who-is-to-blame.test.ts`',
  },
  {
    name: 'attempts-of-all-codes',
    describe: 'Attempts under a bad deploy count on under the good one.',
    search: 'return by === to.by ? outcome : transactions.update(attemptRestart(delivery, { ...to, insteadOf: by }));',
    replace: 'return by === to.by ? outcome : transactions.update(attemptUpdate(delivery, { ...to, by: String(by) }));',
    ...ANY,
    unseen: 'good events never fail under good code. `consumer/attempts.test.ts`, `consumer/who-is-to-blame.test.ts`',
  },
  {
    name: 'conflict-behind-a-letter',
    describe:
      'An event that cannot be applied, and whose id belongs to other content, is looked at as if it were that one.',
    search: "if (found.kind === 'other content' && key !== conflictKeyOf(delivery)) return found;",
    replace: '',
    ...ANY,
    unseen: 'the simulated twin of an event can be applied, and is found out by its write. `consumer/attempts.test.ts`',
  },
  {
    name: 'goes-on-behind-a-wait',
    describe: 'The next event of a key begins though the one before it waits.',
    search: 'if (!isSettled(work)) break;',
    replace: '',
    ...ANY,
    unseen: 'equivalent: an event that is not settled is left only once the time is over, and none begins then.',
  },
  {
    name: 'unpack-does-not-look',
    describe: 'Unpack puts a dead letter for what is settled already.',
    search: "if (before) return { kind: 'settled', record, as: before.effect, now: false };",
    replace: 'void before;',
    ...ANY,
    unseen:
      'the letter belongs to nobody: the condition of the record decides, and nothing is parked. `unpack/unpack.test.ts`',
  },
  {
    name: 'claim-never-given-back',
    describe: 'What an invocation has claimed and not settled stays claimed when it ends.',
    search: 'if (await giveBack(work.delivery, work.owner, this.deps)) this.held.delete(work);',
    replace: 'await Promise.resolve(giveBack);\n    this.held.delete(work);',
    ...ANY,
    unseen:
      'whoever waits for a claim keeps no slot from others: the next delivery is a lease later, 10 s for all of them. `consumer/claims.test.ts`',
  },
  {
    ...known('takeover-without-beat'),
    ...ANY,
    unseen:
      'between the last look at a claim and its takeover a beat hardly ever falls, and who stands still for a lease may be called for again. `consumer/claims.test.ts`',
  },
  {
    ...known('completion-without-owner'),
    ...ANY,
    unseen:
      'who stands still for a lease may be called for again, and whichever of the two completes, the event has had its effect. `consumer/claims.test.ts`',
  },
];
