import { json } from '../../../../lambdas/runtime/event/decode';
import { kafkaEvent, reported, simulation } from '../simulation';
import { events } from './many-events';

jest.setTimeout(60_000);

/** The budget of the circuit breaker and some more. */
const MANY = 25;

const writesThatFail = {
  decode: json(),
  attempts: 1,
  write: (): never => {
    throw new TypeError('a bad record');
  },
};

/** Another system that takes every call, and a table that will never take the record of one. */
function recordsRefused() {
  const all = simulation();
  const called = new Map<string, number>();
  all.tables.script = (items) =>
    items.some(({ Update }) => Update?.ExpressionAttributeValues?.[':state']?.S === 'done')
      ? { kind: 'invalid', detail: 'ValidationException' }
      : undefined;
  const call = (_: unknown, { event }: { event: { id: string } }) => {
    called.set(event.id, (called.get(event.id) ?? 0) + 1);
  };
  return { all, called, deliver: () => all.deliver(kafkaEvent(...events(MANY)), { decode: json(), call }) };
}

test('a call that has ended well is not repeated while the circuit breaker holds its event back from being parked', async () => {
  const { all, called, deliver } = recordsRefused();
  await deliver();
  expect(all.records('parked')).toHaveLength(20);
  expect([...called.values()]).toEqual(Array.from({ length: MANY }, () => 1));
});

test('an event that was called keeps its claim while it waits to be parked: nobody else calls it meanwhile', async () => {
  const { all, deliver } = recordsRefused();
  all.objects.failing = () => true;
  await deliver();
  expect(all.records('claimed')).toHaveLength(MANY);
});

test('an event spends the budget of the circuit breaker once, however often the store of dead letters is in the way', async () => {
  const all = simulation();
  let puts = 0;
  all.objects.failing = () => ++puts <= 40;
  const response = await all.deliver(kafkaEvent(...events(15)), writesThatFail);
  expect(puts).toBeGreaterThan(40);
  expect(reported(response)).toEqual([]);
  expect(all.records('parked')).toHaveLength(15);
});

test('a bad record between good ones is parked without one more write of its ledger', async () => {
  const all = simulation();
  // Between the two attempts on a bad one others begin, and end well: it is known to be to blame itself.
  await all.deliver(kafkaEvent(...events(60)), {
    decode: json(),
    attempts: 2,
    write: async (_: unknown, { event: { id } }: { event: { id: string } }) => {
      if (Number(id.slice(1)) < 10) throw new TypeError('a bad record');
      await all.clock.sleep(5);
      return [];
    },
  });
  expect(all.records('parked')).toHaveLength(10);
  const ofLedger = all.tables.updates.filter(({ Key }) => Key?.['key']?.S?.startsWith('ledger/'));
  expect(ofLedger.length).toBeLessThanOrEqual(2);
});
