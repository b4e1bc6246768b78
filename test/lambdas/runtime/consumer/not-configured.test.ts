import { LosslessError, type ErrorCode } from '../../../../lambdas/runtime/contract/errors';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, reported, simulation, type Given } from '../simulation';

/** What the function lacks is missing for every event: none is to blame for it. */
jest.setTimeout(60_000);

const THIRTY = Array.from({ length: 30 }, (_, i): Given => ({ offset: i, id: `e${i}`, key: `k${i}` }));
/** Of which ten are the margin: what waits does so for ever. */
const SHORT_MS = 15_000;
type Context = { readonly event: { readonly id: string } };
/** The variable is not set, say. */
const into = (table: unknown) => ({
  decode: json(),
  write: (_: unknown, { event }: Context) => [put({ TableName: table as string, Item: { id: event.id } })],
});
const LINE = 'handler not configured: its events wait';

test.each([
  ['no table', undefined],
  ['an empty name', ''],
  ['a name of another type', 7],
  ['a name that no table can have', 'my table'],
])('thirty events whose write names %s wait, and not one is parked or has an attempt counted', async (_, table) => {
  const all = simulation();
  expect(reported(await all.deliver(kafkaEvent(...THIRTY), into(table), SHORT_MS))).toHaveLength(30);
  expect(all.letters()).toEqual([]);
  expect(all.entries()).toEqual([]);
  expect(all.tables.calls).toEqual([]);
  expect(all.meter.counts).toMatchObject({ retried: 30, breakerOpen: 0 });
});

test('that the table has no name is said once in a delivery, at the first event, with what to do; and again by what all waited for', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent(...THIRTY), into(undefined), SHORT_MS);
  const reason = expect.stringMatching(
    /operation 0 \(put\): got undefined as TableName, want the name of a table; set the environment variable/,
  ) as string;
  expect(all.log.of(LINE)).toMatchObject([{ offset: 0, eventId: 'e0', code: 'NOT_CONFIGURED', reason }]);
  expect(all.log.of('attempt failed')).toEqual([]);
  const [left] = all.log.of('time margin reached before all was settled');
  expect(Object.entries(left?.['waitsFor'] ?? {})).toEqual([[reason, 30]]);
  await all.deliver(kafkaEvent(...THIRTY), into(undefined), SHORT_MS);
  expect(all.log.of(LINE)).toHaveLength(2);
});

test('events that waited for the name of their table are applied by the deploy that sets it', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent(...THIRTY), into(undefined), SHORT_MS);
  expect(reported(await all.deliver(kafkaEvent(...THIRTY), into('orders')))).toEqual([]);
  expect(all.tables.items('orders')).toHaveLength(30);
});

test('an event whose table has no name holds up its key, and no event whose table has one', async () => {
  const all = simulation();
  const write = (_: unknown, { event }: Context) => into(event.id === 'e1' ? undefined : 'orders').write(_, { event });
  const event = kafkaEvent(...THIRTY, { offset: 30, id: 'e30', key: 'k1' });
  await all.deliver(event, { decode: json(), write }, SHORT_MS);
  expect(all.tables.items('orders').map(({ id }) => id)).toHaveLength(29);
  expect(all.tables.items('orders').map(({ id }) => id)).not.toContain('e30');
  expect(all.letters()).toEqual([]);
});

test.each<ErrorCode>(['NOT_CONFIGURED', 'INSECURE_BROKERS'])(
  'an event whose call uses a part of this library that says %s waits',
  async (code) => {
    const all = simulation();
    const call = () => Promise.reject(new LosslessError(code, 'producer of topic x: got none'));
    expect(reported(await all.deliver(kafkaEvent(...THIRTY), { decode: json(), call }, SHORT_MS))).toHaveLength(30);
    expect(all.letters()).toEqual([]);
    expect(all.log.of(LINE)).toMatchObject([{ code, reason: 'producer of topic x: got none' }]);
  },
);

test('an event that this library refuses for its own content is parked, as any other fault is', async () => {
  const all = simulation();
  const call = () => Promise.reject(new LosslessError('INVALID_EVENT', 'card 4111'));
  expect(reported(await all.deliver(kafkaEvent({ offset: 1 }), { decode: json(), call }))).toEqual([]);
  expect(JSON.stringify([all.letters(), all.log.lines])).not.toContain('4111');
});

test.each([
  ['a tombstone', null, 'null'],
  ['a number', 7, 'a value of type number'],
  ['a list', [1], 'a list'],
])(
  '%s that a handler takes for an item is parked in words, and does not hold up its key for ever',
  async (_, value, got) => {
    const all = simulation();
    const write = (order: unknown) => [put({ TableName: 'orders', Item: order as Record<string, unknown> })];
    const event = kafkaEvent(
      { offset: 1, id: 'bad', key: 'k', value },
      { offset: 2, id: 'good', key: 'k', value: { id: 'good' } },
    );
    expect(reported(await all.deliver(event, { decode: json(), write }))).toEqual([]);
    const detail = `operation 0 (put): got ${got} as Item, want an object of attributes`;
    expect(all.letters()).toMatchObject([{ id: 'bad', reason: 'write-refused', detail }]);
    expect(all.tables.items('orders')).toEqual([{ id: 'good' }]);
  },
);

test.each(['AccessDeniedException: no', 'ResourceNotFoundException: no'])(
  'an event whose table answers %s waits, and is told with the table',
  async (detail) => {
    const all = simulation();
    all.tables.script = () => ({ kind: 'refused', detail });
    expect(reported(await all.deliver(kafkaEvent(...THIRTY), into('orders'), SHORT_MS))).toHaveLength(30);
    expect([all.letters(), all.records('parked')]).toEqual([[], []]);
    const [left] = all.log.of('time margin reached before all was settled');
    expect(left).toMatchObject({ waitsFor: { [`${detail} (put in table orders)`]: 30 } });
  },
);
