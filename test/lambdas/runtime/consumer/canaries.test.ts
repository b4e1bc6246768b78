import type { ConsumerOptions } from '../../../../lambdas/runtime/consumer';
import { CANARY_SOURCE, CANARY_TYPE } from '../../../../lambdas/runtime/contract';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, reported, simulation, type Given } from '../simulation';
import { applied, events, handling, parkedIds } from './many-events';
import { ModelMapping } from './model-mapping';

// Many deliveries, on a machine that may be busy.
jest.setTimeout(60_000);

const canary = (offset: number, more: Partial<Given> = {}): Given => ({
  ...{ offset, id: `c${offset}`, source: CANARY_SOURCE, type: CANARY_TYPE, key: `canary-${offset}` },
  ...more,
});

/** Both kinds of effect, with code that notes of what it hears. */
function deaf() {
  const heard: string[] = [];
  const decode: ConsumerOptions<unknown>['decode'] = { decode: (event) => (heard.push(`decode ${event.id}`), { data: {} }) }; // prettier-ignore
  const write: ConsumerOptions<unknown> = { decode, write: (_, { event }) => (heard.push(`write ${event.id}`), []) };
  const call: ConsumerOptions<unknown> = { decode, call: (_, { event }) => void heard.push(`call ${event.id}`) };
  return { heard, write, call };
}

describe.each(['write', 'call'] as const)('to a consumer whose effect is a %s', (kind) => {
  test('a canary ends done without the handler’s code, which hears of the events beside it', async () => {
    const all = simulation();
    const { heard, [kind]: options } = deaf();
    const answer = await all.deliver(kafkaEvent({ offset: 1, id: 'a' }, canary(2), { offset: 3, id: 'b' }), options);
    expect(reported(answer)).toEqual([]);
    expect(heard.sort()).toEqual([`decode a`, `decode b`, `${kind} a`, `${kind} b`].sort());
    expect(all.records('done').map(({ offset }) => offset).sort()).toEqual([1, 2, 3]); // prettier-ignore
    expect(all.ledger()).toMatchObject({ applied: 3, duplicate: 0, parked: 0 });
  });

  test('a canary is none of the events that are counted: not of those received, applied, twice there or tried again', async () => {
    const all = simulation();
    const { [kind]: options } = deaf();
    await all.deliver(kafkaEvent(canary(1, { headers: [['ce_time', '2026-01-01T00:00:00Z']] })), options);
    // Sent twice.
    await all.deliver(kafkaEvent({ ...canary(1), offset: 5 }, { offset: 6, id: 'a' }), options);
    expect(all.meter.counts).toMatchObject({ received: 1, applied: 1, duplicate: 0, retried: 0, canary: 1 });
    all.tables.script = () => ({ kind: 'busy', detail: 'ThrottlingException' });
    await all.deliver(kafkaEvent(canary(7), { offset: 8, id: 'b' }), options);
    expect(all.meter.counts).toMatchObject({ received: 2, retried: 1, canary: 1 });
  });
});

test('the type alone, or the source alone, makes no canary: what others write reaches the handler', async () => {
  const all = simulation();
  const { heard, write } = deaf();
  await all.deliver(kafkaEvent(canary(1, { source: 'shop' }), canary(2, { type: 'order.placed' })), write);
  expect(heard.filter((each) => each.startsWith('write')).sort()).toEqual(['write c1', 'write c2']);
  expect(all.meter.counts).toMatchObject({ received: 2, applied: 2, canary: 0 });
});

test('how long a canary took is told from its sending, and is none where clocks are apart', async () => {
  const all = simulation();
  const sent = (offset: number, ce_time: string) => canary(offset, { headers: [['ce_time', ce_time]] });
  await all.deliver(kafkaEvent(sent(1, '2025-12-31T23:59:58Z'), canary(2)), deaf().write);
  const told = all.meter.canaryMs;
  expect(told[0]).toBeGreaterThan(2_000);
  expect(told[0]).toBeLessThan(2_100);
  expect(told[1]).toBeNaN();
});

test('canaries say nothing for a deploy that fails every event: 20 are parked, the breaker is open, and holds the rest', async () => {
  const all = simulation();
  const log = events(100).flatMap((event, n): Given[] => [{ ...event, offset: 2 * n }, canary(2 * n + 1)]);
  const mapping = new ModelMapping(all, log, { window: 20, together: true });
  await mapping.rounds(
    20,
    handling(() => true),
  );
  expect(parkedIds(all)).toHaveLength(20);
  expect(all.meter.counts.breakerOpen).toBeGreaterThan(0);
  // What is behind the held events is held, too: of it nobody may think that it arrives.
  expect(mapping.backlog.filter(({ type }) => type === CANARY_TYPE).length).toBeGreaterThan(50);
  await mapping.rounds(
    200,
    handling(() => false),
  );
  expect([mapping.backlog, applied(all).length, parkedIds(all).length]).toEqual([[], 80, 20]);
});

test('nor do they show that the code can decode anything', async () => {
  const all = simulation();
  const undecodable: ConsumerOptions<unknown> = { decode: { decode: () => ({ undecodable: 'another schema' }) }, write: () => [] }; // prettier-ignore
  const log = [...Array.from({ length: 10 }, (_, n) => canary(n)), ...events(60, () => ({}), 10)];
  await new ModelMapping(all, log, { window: 70, together: true }).rounds(10, () => undecodable);
  expect(parkedIds(all)).toHaveLength(20);
});

test('a canary whose id is another event’s is parked like every event', async () => {
  const all = simulation();
  const options = { decode: json(), write: () => [put({ TableName: 'orders', Item: { id: 'x' } })] };
  await all.deliver(kafkaEvent(canary(1)), options);
  await all.deliver(kafkaEvent(canary(2, { id: 'c1', key: 'other' })), options);
  expect(all.records('parked')).toMatchObject([{ reason: 'id-conflict', id: 'c1' }]);
});
