import type { Mutant } from './mutant';

const KILLS = ['crash-before-effect', 'crash-after-effect', 'killed-in-call'];

/** Slips in the consumer's answer and in its ledger. */
const ANSWERS: readonly Mutant[] = [
  {
    name: 'reports-nothing',
    describe: 'The batch response reports nothing that is unsettled.',
    search: 'batchItemFailures: [...unsettled, ...refused].flatMap(',
    replace: 'batchItemFailures: ([] as typeof unsettled).flatMap(',
    faults: ['dynamodb-out'],
    finds: ['P1', 'P3'],
  },
  {
    name: 'reports-failed-only',
    describe: 'The batch response reports the first unsettled record of a partition, and none behind it.',
    search: 'offsets: records.slice(lowest === -1 ? records.length : lowest).map(({ offset }) => offset)',
    replace: 'offsets: records.slice(lowest === -1 ? records.length : lowest).slice(0, 1).map(({ offset }) => offset)',
    faults: ['dynamodb-out'],
    mapping: { redeliver: 'only-failed' },
    finds: ['P1', 'P3'],
  },
  {
    name: 'settled-though-not-counted',
    describe: 'Records are reported settled although the ledger did not confirm that it has counted them.',
    search: "return ended.kind === 'value' ? ended.value : [];",
    replace: "return ended.kind === 'value' ? ended.value : works.flatMap(settledOf);",
    faults: ['ledgers-throttled'],
    finds: ['P8'],
  },
  {
    name: 'ledger-counts-twice',
    describe: 'The ledger counts again what it has counted before.',
    search: 'const isCounted = (offset: number) =>',
    replace: 'const isCounted = (offset: number) => offset < 0 &&',
    faults: ['delivered-twice', 'crash-before-response', 'pollers-overlap'],
    finds: ['P8'],
  },
  {
    name: 'order-lost',
    describe: 'Records of one key no longer wait for each other.',
    search: 'entry(queues, key === null ? `at ${offset}` : `of ${latin1(key)}`,',
    replace: 'entry(queues, key === null ? `at ${offset}` : `of ${latin1(key)} at ${offset}`,',
    faults: ['dynamodb-conflicts', 'dynamodb-throttled', 'dynamodb-answers-lost'],
    finds: ['P4'],
  },
];

/** Slips in what the table remembers. */
const RECORDS: readonly Mutant[] = [
  {
    name: 'done-without-condition',
    describe: 'The record of an applied event is written whatever is there already.',
    search: `    'attribute_not_exists(#state) OR (#state = :redriven AND #content = :content)',
    { ':redriven': 'redriven' satisfies RecordState },`,
    replace: `    'attribute_not_exists(#state) OR attribute_exists(#state) OR (#state = :redriven AND #content = :content)',
    { ':redriven': 'redriven' satisfies RecordState },`,
    faults: ['dynamodb-answers-lost', 'pollers-overlap'],
    finds: ['P2'],
  },
  {
    name: 'id-with-offset',
    describe: 'An event is known by its id and its place: its second record in the log is another event.',
    search: 'key: recordKey({ cluster, group }, identity),',
    replace: 'key: hashOf(cluster, group, ...identity, String(record.offset)),',
    faults: ['answers-lost', 'kafka-away', 'leader-killed'],
    finds: ['P2'],
  },
  {
    name: 'conflict-as-duplicate',
    describe: 'Other content under a known id counts as the event that came before.',
    search: "if (item[RECORD.content] !== delivery.content) return { kind: 'other content' };",
    replace: '',
    faults: ['id-conflicts'],
    finds: ['P9'],
  },
  {
    name: 'claimed-as-settled',
    describe: 'An event that another invocation has claimed counts as settled.',
    search: "  found.kind === 'done' || found.kind === 'parked' ? {",
    replace:
      "  found.kind === 'claimed' ? { kind: 'done', effect: 'duplicate' } : found.kind === 'done' || found.kind === 'parked' ? {",
    faults: KILLS,
    finds: ['P1', 'P3'],
  },
  {
    name: 'trouble-as-refusal',
    describe: 'A conflict of two transactions is taken for a refusal of the event.',
    search: 'const passing = reasons.find(({ code }) => !FINAL.has(code));',
    replace: 'const passing = reasons.find(() => false);',
    faults: ['dynamodb-conflicts'],
    finds: ['P9'],
  },
];

/** Slips in claims, which calls are made under. */
const CLAIMS: readonly Mutant[] = [
  {
    name: 'takeover-without-beat',
    describe: 'A claim is taken over from a dead owner and from one whose beat went on.',
    search: 'AND #owner = :dead AND #beat = :still)',
    replace: 'AND (#owner = :dead OR #beat >= :still))',
    faults: ['pollers-overlap', 'dynamodb-slow', 'killed-in-call', 'function-frozen'],
    finds: ['P2'],
    hole: 'between the last look at a claim and its takeover less than a second passes: a beat hardly ever falls into it. Exploration finds it.',
  },
  {
    name: 'no-lease',
    describe: 'A claim is taken over as soon as it is seen.',
    search: 'const dead = seen && sinceMs - seen.sinceMs >= CLAIM_LEASE_MS ? seen.claim : undefined;',
    replace: 'const dead = seen?.claim;',
    // A call has to last until the other poller has looked twice.
    faults: ['pollers-overlap', 's3-slow'],
    together: true,
    finds: ['P2', 'P6'],
  },
  {
    name: 'completion-without-owner',
    describe: 'The completion of a call does not ask whether the claim is still its own.',
    search: `asDone(delivery, to, '#state = :claimed AND #owner = :owner', {`,
    replace: `asDone(delivery, to, 'attribute_exists(#state) OR #state = :claimed OR #owner = :owner', {`,
    faults: ['function-frozen', 'function-paused', 'pollers-overlap', 'killed-in-call'],
    finds: ['P2', 'P8'],
    hole: 'an invocation has to stand still for a lease and go on while the mapping still waits for it; the control completion-without-token arranges that.',
  },
];

/** Slips in how events are parked, and sent back into the way. */
const PARKING: readonly Mutant[] = [
  {
    name: 'parked-without-record',
    describe: 'An event counts as parked when its object lies there; no record says so.',
    search: '  const recorded = await record(',
    replace: `  if (object) return { kind: 'settled', as: 'parked', object };
  const recorded = await record(`,
    faults: ['flood'],
    finds: ['P1', 'P3', 'P8'],
  },
  {
    name: 'parked-without-object',
    describe: 'The record says parked, and nothing was put.',
    search: 'object = await putDeadLetter(objects, environment.deadLetters, letter);',
    replace: 'object = await Promise.resolve(`nowhere/${delivery.key}`);',
    faults: ['flood'],
    finds: ['P1', 'P5'],
  },
  {
    name: 'letter-not-whole',
    describe: 'A dead letter holds the value without its last byte.',
    search: 'value: value && base64(value), headers',
    replace: 'value: value && base64(value.subarray(0, -1)), headers',
    faults: ['flood'],
    finds: ['P5'],
  },
  {
    name: 'unpack-deletes-first',
    describe: 'An on-failure object is deleted before its records are settled.',
    search: 'const { records, cause, stays } = parseOnFailure(text, where, environment);',
    replace: `const { records, cause, stays } = parseOnFailure(text, where, environment);
  await sweep.objects.delete(environment.onFailure, name);`,
    faults: ['killers', 'dynamodb-throttled', 'dynamodb-down', 's3-refusing'],
    finds: ['P1', 'P3'],
    hole: 'the stores have to fail in the moment in which a sweep is at work on an object. Unit tests of unpack find it.',
  },
  {
    name: 'breaker-never-opens',
    describe: 'A bad deploy parks as many events as it fails on.',
    search: 'export const BUDGET = 20;',
    replace: 'export const BUDGET = 1_000_000;',
    faults: ['bad-deploy'],
    finds: ['P9'],
  },
  {
    name: 'killers-never-known',
    describe: 'A record that killed the function is never found out.',
    search: 'export const STRIKES = 3;',
    replace: 'export const STRIKES = 3_000;',
    faults: ['killers'],
    finds: ['P1', 'P6'],
  },
];

/** Slips in the producer, the spill store and the replay. */
const PRODUCER: readonly Mutant[] = [
  {
    name: 'acked-before-kafka',
    describe: 'A send is answered as acknowledged before Kafka has answered.',
    search: 'return await port.send(topic, partition, messages, this.abandoned.signal);',
    replace: `void port.send(topic, partition, messages, this.abandoned.signal);
      return { kind: 'acked', offsets: messages.map(() => -1) };`,
    faults: ['kafka-away', 'leader-killed', 'connections-cut'],
    finds: ['K1', 'K2', 'P1', 'P7'],
  },
  {
    name: 'unknown-as-acked',
    describe: 'A request without an answer counts as acknowledged.',
    search: "      case 'unknown':\n        return this.failed(batch, result.message, true);",
    replace: "      case 'unknown':\n        return batch.forEach((entry) => this.acked(entry, -1));",
    faults: ['kafka-away', 'broker-silent', 'leader-paused', 'connections-cut'],
    finds: ['K1', 'K2', 'P1', 'P7'],
  },
  {
    name: 'retry-reorders',
    describe: 'What failed goes to the end of its queue.',
    search: 'this.queue = this.queue.filter((entry) => entry.open);\n    let bytes',
    replace:
      'this.queue = this.queue.filter((entry) => entry.open).sort((a, b) => a.failures - b.failures);\n    let bytes',
    faults: ['large-events', 'leader-killed', 'leader-paused', 'answers-lost', 'two-brokers-killed'],
    finds: ['K6', 'P4'],
    hole: 'a careful caller awaits each request, so that a retry has nothing of its key to overtake; conformance, which has not, finds it.',
  },
  {
    name: 'rejected-after-unknown',
    describe: 'What Kafka may have written is rejected when the spill store does not take it.',
    search: 'const maybe = this.unknown',
    replace: 'const maybe = false && this.unknown',
    faults: ['answers-lost', 's3-down'],
    together: true,
    finds: ['K3'],
    hole: 'an answer has to be lost, and its deadline to come, in the few seconds in which the spill store is away. Unit tests find it.',
  },
  {
    name: 'door-says-202',
    describe: 'The door answers 202 for events that it has rejected.',
    search: 'if (outcome.code === INVALID) return 422;',
    replace: 'if (outcome.code === INVALID) return 202;',
    faults: ['flood'],
    finds: ['P7', 'P1'],
  },
  {
    name: 'spilled-without-put',
    describe: 'Events are said to be spilled that were never put into the spill store.',
    search: 'store.putIfAbsent(bucket, object, text)',
    replace: "Promise.resolve('created' as const)",
    faults: ['kafka-away'],
    finds: ['P1', 'P7'],
  },
  {
    name: 'spill-deleted-early',
    describe: 'A spilled object is deleted before its events are acknowledged.',
    search: "if (result?.kind === 'untaken') return result;",
    replace: "if (result?.kind === 'untaken') return undefined;",
    faults: ['sends-lost'],
    finds: ['P1', 'P7'],
  },
  {
    name: 'unreadable-spill-dropped',
    describe: 'The replay deletes an object that it cannot read.',
    search: 'await parkObject(name, found.text, found, this.parking(run));',
    replace: '',
    faults: ['kafka-away'],
    finds: ['P1', 'P7'],
    hole: 'no fault writes an unreadable object into the spill store: nobody but the producer may. Unit tests of the replay find it.',
  },
];

/** Every mutant there is. Run them by `chaos --mutant`; docs/judge.md has what came of it. */
export const MUTANTS: readonly Mutant[] = [...ANSWERS, ...RECORDS, ...CLAIMS, ...PARKING, ...PRODUCER];
