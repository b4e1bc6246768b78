import fc from 'fast-check';
import { consumer } from '../../../../lambdas/runtime/consumer';
import { recordBatch, type ConsumerRecord } from '../../../../lambdas/runtime/consumer/records';
import type { KafkaBatchResponse } from '../../../../lambdas/runtime/consumer/response';
import { json } from '../../../../lambdas/runtime/decode';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { update } from '../../../../lambdas/runtime/operations';
import { environment, invoke, kafkaEvent, simulation, type Given, type Script } from '../simulation';

jest.setTimeout(120_000);

/** Adds to a counter for each event and to a list for each key, so that a second application and a wrong order show. */
const additive = {
  decode: json(),
  write: (data: unknown, { event, record }: { event: { id: string }; record: ConsumerRecord }) => {
    const { fails, refused, customer } = data as { fails: boolean; refused: boolean; customer: string };
    if (fails) throw new Error('handler');
    const to = (TableName: string, id: string, UpdateExpression: string, values: Record<string, unknown>) =>
      update({
        TableName,
        Key: { id },
        UpdateExpression,
        ExpressionAttributeValues: values,
        ConditionExpression: refused ? 'attribute_exists(never)' : undefined,
      });
    return [
      to('orders', event.id, 'ADD n :one', { ':one': 1 }),
      to('customers', customer, 'SET applied = list_append(if_not_exists(applied, :none), :this)', {
        ':none': [],
        ':this': [record.offset],
      }),
    ];
  },
};

interface Plan {
  readonly records: readonly {
    key: number;
    partition: number;
    kind: 'good' | 'good again' | 'undecodable' | 'fails' | 'refused';
  }[];
  /** What becomes of one request after another; then all is well. */
  readonly answers: readonly ('ok' | 'lost' | 'unknown' | 'busy' | 'refused' | 'conflict')[];
  /** The same for requests that update one item: ledgers and attempts. */
  readonly updates: readonly ('ok' | 'lost' | 'unknown' | 'busy')[];
  readonly storeFails: readonly boolean[];
  readonly latencies: readonly number[];
  readonly timeouts: readonly number[];
  /** Whether two pollers deliver at once, as around a rebalance. */
  readonly twice: boolean;
}

const plans: fc.Arbitrary<Plan> = fc.record({
  records: fc.array(
    fc.record({
      key: fc.nat(3),
      partition: fc.nat(1),
      kind: fc.constantFrom('good', 'good', 'good', 'good again', 'undecodable', 'fails', 'refused'),
    }),
    { minLength: 1, maxLength: 14 },
  ),
  answers: fc.array(fc.constantFrom('ok', 'ok', 'lost', 'unknown', 'busy', 'refused', 'conflict'), { maxLength: 40 }),
  updates: fc.array(fc.constantFrom('ok', 'ok', 'ok', 'lost', 'unknown', 'busy'), { maxLength: 20 }),
  storeFails: fc.array(fc.boolean(), { maxLength: 10 }),
  latencies: fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 20 }),
  timeouts: fc.array(fc.integer({ min: 9_000, max: 40_000 }), { maxLength: 5 }),
  twice: fc.boolean(),
});

const KEYS = ['', 'a', 'b', null];

/** Offsets rise within a partition; `good again` is the event before it once more, as a producer's retry leaves it. */
function recordsOf({ records }: Plan): Given[] {
  const given: Given[] = [];
  records.forEach(({ key, partition, kind }, index) => {
    const before = given.findLast((other) => other.partition === partition);
    if (kind === 'good again' && before) given.push({ ...before, offset: index });
    else {
      const value = { fails: kind === 'fails', refused: kind === 'refused', customer: `${partition}-${key}` };
      given.push({
        partition,
        offset: index,
        id: `e${index}`,
        key: KEYS[key],
        value: kind === 'undecodable' ? '{' : value,
      });
    }
  });
  return given;
}

const scriptOf =
  ({ answers }: Plan): Script =>
  (items, call) => {
    const answer = answers[call] ?? 'ok';
    switch (answer) {
      case 'ok':
        return undefined;
      case 'lost':
        return 'lost';
      case 'conflict':
        return {
          kind: 'cancelled',
          reasons: items.map((_, i) => ({ code: i === call % items.length ? 'TransactionConflict' : 'None' })),
        };
      case 'unknown':
      case 'busy':
      case 'refused':
        return { kind: answer, detail: 'scripted' };
    }
  };

/** As a mapping does: what an answer reports is delivered again, until nothing is left. Checks P3 at each answer. */
async function deliverAll(plan: Plan, all: ReturnType<typeof simulation>): Promise<void> {
  const handler = consumer({ ...additive, deps: all.parts, concurrency: 3 });
  let pending = recordsOf(plan);
  for (let round = 0; pending.length > 0; round++) {
    if (round > 60) throw new Error('no end after 60 deliveries');
    const timeout = plan.timeouts[round] ?? 60_000;
    const deliveries = Array.from({ length: plan.twice ? 2 : 1 }, () =>
      invoke(all.clock, handler, kafkaEvent(...pending), timeout),
    );
    const [response] = await all.clock.run(Promise.all(deliveries));
    pending = afterCommit(pending, response as KafkaBatchResponse, all);
  }
}

/** What the answer leaves to be delivered again. P3: everything else is committed past, so it must be settled. */
function afterCommit(
  pending: readonly Given[],
  { batchItemFailures }: KafkaBatchResponse,
  all: ReturnType<typeof simulation>,
): Given[] {
  const failed = batchItemFailures.map(({ itemIdentifier: { partition, offset } }) => `${partition}@${offset}`);
  const settled = new Set(all.entries().map(({ key }) => key));
  const left = pending.filter(({ partition, offset }) => failed.includes(`orders-${partition}@${offset}`));
  for (const record of pending.filter((given) => !left.includes(given))) {
    expect(settled).toContain(keyOf(record));
    const behind = left.filter(({ partition, offset }) => partition === record.partition && offset < record.offset);
    expect(behind).toEqual([]);
  }
  return left;
}

const keyOf = (given: Given): string =>
  deliveryOf([...recordBatch(kafkaEvent(given)).partitions.values()].flat()[0] as ConsumerRecord, environment).key;

test('whatever the stores answer and whenever the time runs out, P1 to P4 and P8 hold', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      let turn = 0;
      const all = simulation({ latencyMs: () => plan.latencies[turn++ % plan.latencies.length] ?? 1 });
      all.tables.script = scriptOf(plan);
      all.tables.updateScript = (_, call) => {
        const answer = plan.updates[call] ?? 'ok';
        return answer === 'ok' ? undefined : answer === 'lost' ? 'lost' : { kind: answer, detail: 'scripted' };
      };
      let puts = 0;
      all.objects.failing = (call) => call === 'put' && (plan.storeFails[puts++] ?? false);
      const given = recordsOf(plan);
      await deliverAll(plan, all);
      // What an answered invocation left under way may still happen.
      await all.clock.run(all.clock.sleep(600_000));

      const counted = new Map(all.tables.items('orders').map(({ id, n }) => [id, n]));
      const parked = new Map(all.records('parked').map((record) => [record['id'], record]));
      for (const { id, value } of given) {
        const { fails, refused } =
          typeof value === 'object' ? (value as { fails: boolean; refused: boolean }) : { fails: true, refused: false };
        const applied = Number(counted.get(id) ?? 0);
        // P1 and P2: applied once or parked, never neither, never both; and which of them is the event's own doing.
        expect({ id, applied, parked: parked.has(id) }).toEqual({
          id,
          applied: fails || refused ? 0 : 1,
          parked: fails || refused,
        });
      }
      // P8: each partition's ledger says what happened to each of its records, whatever was lost or delivered twice.
      for (const partition of [0, 1]) {
        const ids = given.filter((record) => record.partition === partition).map(({ id }) => id);
        const events = [...new Set(ids)];
        const expected = {
          applied: events.filter((id) => counted.has(id)).length,
          duplicate: ids.length - events.length,
          parked: events.filter((id) => parked.has(id)).length,
        };
        if (ids.length > 0) expect(all.ledger(partition)).toMatchObject(expected);
      }
      for (const { object } of parked.values()) expect(all.objects.names(environment.deadLetters)).toContain(object);
      // P4: by key in offset order; a null key has none.
      for (const { id, applied } of all.tables.items('customers')) {
        if (String(id).endsWith('-3')) continue;
        expect(applied).toEqual([...(applied as number[])].sort((a, b) => a - b));
      }
    }),
    { numRuns: 60 },
  );
});
