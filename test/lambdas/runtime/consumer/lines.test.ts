import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, simulation, type Given } from '../simulation';
import { deliverMortal } from '../simulation/mortal';
import { events } from './many-events';
import { ModelMapping } from './model-mapping';

// Many deliveries, on a machine that may be busy.
jest.setTimeout(60_000);

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const traced: Given = {
  ...{ partition: 2, offset: 7, id: 'a' },
  headers: [['ce_traceparent', `00-${TRACE_ID}-00f067aa0ba902b7-01`]],
};
const record = { group: 'billing', topic: 'orders', partition: 2, offset: 7, eventId: 'a', eventSource: 'shop', traceId: TRACE_ID }; // prettier-ignore
const applied = (_: unknown, { event }: { event: { id: string } }) => [
  put({ TableName: 'orders', Item: { id: event.id } }),
];
const fails = () => {
  throw new RangeError('no');
};

test('an attempt that failed is told with its record, its number and where its error comes from', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent(traced), { decode: json(), write: fails });
  const told = all.log.of('attempt failed');
  expect(told.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
  expect(told[0]).toMatchObject({ ...record, of: 5, error: { name: 'RangeError' } });
  expect(told[0]?.['what']).toMatch(/^write failed, last with RangeError at .*lines\.test/);
});

test('an attempt that the table did not take down is told without a number', async () => {
  const all = simulation();
  const update = all.tables.update.bind(all.tables);
  all.tables.update = (input) =>
    String(input.Key?.['key']?.S).startsWith('ledger/')
      ? update(input)
      : Promise.resolve({ kind: 'busy', detail: 'ThrottlingException: ' });
  await all.deliver(kafkaEvent(traced), { decode: json(), write: fails }, 12_000);
  expect(all.log.of('attempt failed')[0]).toMatchObject({ ...record, attempt: undefined });
});

test('a handler that hangs is told at the time margin, as an attempt without an error', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent(traced), { decode: json(), call: () => new Promise(() => undefined) });
  expect(all.log.of('attempt failed')).toMatchObject([{ ...record, attempt: 1, error: undefined }]);
});

test('a parked event is told with its reason and its dead letter', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent(traced), { decode: json(), write: fails });
  expect(all.log.of('event parked')).toEqual([
    {
      ...record,
      reason: 'handler-error',
      detail: all.letters()[0]?.detail,
      object: all.objects.names('dead-letters')[0],
    },
  ]);
});

test('an event is told as parked by the delivery that has parked it, and by no later one', async () => {
  const all = simulation();
  for (let round = 0; round < 2; round++) await all.deliver(kafkaEvent(traced), { decode: json(), write: fails });
  expect(all.log.of('event parked')).toHaveLength(1);
  await all.deliver(kafkaEvent({ ...traced, offset: 8 }), { decode: json(), write: fails });
  expect([all.log.of('event parked').length, all.meter.counts.duplicate]).toEqual([1, 1]);
});

test.each([
  ['write', { write: fails }],
  ['call', { call: fails }],
])('an event (%s) of whose parking the answer was lost is told, too', async (_, effect) => {
  const all = simulation();
  let lost = 0;
  all.tables.script = (items) => {
    const parks = JSON.stringify(items).includes('"parked"') && items[0]?.Put?.Item?.['object'] !== undefined;
    return parks && lost++ === 0 ? 'lost' : undefined;
  };
  await all.deliver(kafkaEvent(traced), { decode: json(), ...effect });
  expect(lost).toBeGreaterThan(0);
  expect(all.log.of('event parked')).toMatchObject([{ ...record, object: all.objects.names('dead-letters')[0] }]);
});

test('what is left at the time margin is counted by what it waited for', async () => {
  const all = simulation();
  all.tables.script = () => ({ kind: 'busy', detail: 'ThrottlingException: rate exceeded' });
  await all.deliver(kafkaEvent(...events(3)), { decode: json(), write: applied });
  expect(all.log.lines).toEqual([
    {
      ...{ level: 'warn', message: 'time margin reached before all was settled' },
      fields: { group: 'billing', records: 3, left: 3, waitsFor: { 'ThrottlingException: rate exceeded': 3 } },
    },
  ]);
});

test('a delivery that comes with no time left is told', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent(...events(3)), { decode: json(), write: applied }, 5_000);
  expect(all.log.lines).toMatchObject([
    { level: 'warn', fields: { records: 3, left: 3, waitsFor: { 'its turn': 3 } } },
  ]);
});

test('a ledger that cannot be written is told once, and not with every try', async () => {
  const all = simulation();
  all.tables.update = () => Promise.resolve({ kind: 'refused', detail: 'ResourceNotFoundException: ' });
  await all.deliver(kafkaEvent(...events(3)), { decode: json(), write: applied });
  expect(all.log.of('ledger not written, tried again')).toEqual([
    { group: 'billing', outcome: 'refused', detail: 'ResourceNotFoundException: ' },
  ]);
});

test('a good deploy closes the breaker that a bad one before it has opened: told when it has applied something, and once', async () => {
  const all = simulation();
  const mapping = new ModelMapping(all, events(90), { window: 60, together: true });
  const closed = () => all.log.of('circuit breaker closed');
  const failing = () => ({ decode: json(), write: fails });
  await mapping.rounds(2, failing, 'bad');
  // It uses some of the budget that a new code has, and not all of it.
  await new ModelMapping(all, mapping.backlog.slice(0, 1), { window: 1, together: true }).round(failing, 'no better');
  expect([all.log.of('circuit breaker open: nothing more of this partition is parked').length > 0, closed()]).toEqual([true, []]); // prettier-ignore
  await mapping.rounds(3, () => ({ decode: json(), write: applied }), 'good');
  expect([mapping.backlog, closed()]).toEqual([[], [{ group: 'billing', topic: 'orders', partition: 0 }]]);
});

test('a circuit breaker that holds is told once for each delivery and partition, and when it has closed', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent(...events(60)), { decode: json(), write: fails });
  const open = { group: 'billing', topic: 'orders', partition: 0 };
  expect(all.log.lines.filter(({ message }) => message.startsWith('circuit breaker'))).toEqual([
    { level: 'error', message: 'circuit breaker open: nothing more of this partition is parked', fields: open },
  ]);
  await all.deliver(kafkaEvent(...events(60)), { decode: json(), write: applied });
  expect(all.log.of('circuit breaker closed')).toEqual([open]);
  await all.deliver(kafkaEvent({ offset: 60, id: 'e60' }), { decode: json(), write: applied });
  expect(all.log.of('circuit breaker closed')).toHaveLength(1);
});

test('a record that killed the function three times is told by name', async () => {
  const all = simulation();
  const deliver = () =>
    deliverMortal(all.parts, kafkaEvent(traced), (kill) => ({ decode: json(), write: () => kill() }));
  for (let round = 0; all.letters().length === 0; round++) {
    if (round > 20) throw new Error('no end after 20 deliveries');
    await deliver();
    await all.clock.run(all.clock.sleep(60_000));
  }
  expect(all.log.of('record killed the function three times')).toEqual([record]);
  expect(all.log.of('event parked')).toMatchObject([{ ...record, reason: 'killed-function' }]);
});
