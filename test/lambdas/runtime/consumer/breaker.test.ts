import { Retry } from '../../../../lambdas/runtime';
import { json } from '../../../../lambdas/runtime/event/decode';
import { ledgerKey } from '../../../../lambdas/runtime/contract';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { environment, kafkaEvent, reported, simulation, type Given } from '../simulation';
import { events } from './many-events';

// Many deliveries, on a machine that may be busy.
jest.setTimeout(60_000);

type Simulation = ReturnType<typeof simulation>;
const failing = (isBad: (id: string) => boolean) => ({
  decode: json(),
  write: (_: unknown, { event }: { event: { id: string } }) => {
    if (isBad(event.id)) throw new Error('bad deploy');
    return [put({ TableName: 'orders', Item: { id: event.id } })];
  },
});

/** Delivers in batches, as a mapping does: a batch again until nothing of it is reported, at most `rounds` deliveries. */
async function deliverLog(
  all: Simulation,
  given: Given[],
  size: number,
  rounds: number,
  isBad: (id: string) => boolean,
) {
  let left = given;
  for (let round = 0; round < rounds && left.length > 0; round++) {
    const batch = left.slice(0, size);
    const failed = new Set(reported(await all.deliver(kafkaEvent(...batch), failing(isBad))));
    left = left.filter((record) => !batch.includes(record) || failed.has(`orders-0@${record.offset}`));
  }
  return left;
}

describe.each([
  [1, 25],
  [100, 1],
])('a deploy that fails every record, in batches of %i', (size, rounds) => {
  test('parks at most 20 events of a partition, rings, and leaves the rest in the log for the next good deploy', async () => {
    const all = simulation();
    const left = await deliverLog(all, events(100), size, rounds, () => true);
    expect(all.records('parked')).toHaveLength(20);
    expect(all.meter.counts.breakerOpen).toBeGreaterThan(0);
    expect(left).toHaveLength(80);
    // The next deploy is a good one: it goes on by itself.
    expect(await deliverLog(all, left, size, 200, () => false)).toEqual([]);
    expect(all.tables.items('orders')).toHaveLength(80);
    expect(all.records('parked')).toHaveLength(20);
    expect(all.ledger()).toMatchObject({ failures: 0, applied: 80, parked: 20 });
  });
});

test('after the breaker has closed again, bad records are parked again', async () => {
  const all = simulation();
  const left = await deliverLog(all, events(60), 60, 2, () => true);
  expect(all.records('parked')).toHaveLength(20);
  await deliverLog(all, left, 60, 5, (id) => id === 'e59');
  expect(all.records('parked')).toHaveLength(21);
});

test('one poison among good records is parked, however often that happens', async () => {
  const all = simulation();
  expect(await deliverLog(all, events(100), 10, 60, (id) => id.endsWith('5'))).toEqual([]);
  expect(all.records('parked')).toHaveLength(10);
  expect(all.meter.counts.breakerOpen).toBe(0);
});

test('one poison alone in its batch is parked', async () => {
  const all = simulation();
  expect(await deliverLog(all, events(1), 1, 2, () => true)).toEqual([]);
  expect(all.records('parked')).toHaveLength(1);
});

test('where the records are bad, not the deploy, they are parked up to the offset that a person has set', async () => {
  const all = simulation();
  const left = await deliverLog(all, events(60), 60, 2, () => true);
  const key = ledgerKey({ ...environment, partition: 0 });
  all.tables.write('idempotency', { ...all.ledger(), key, parkUpTo: 49 });
  await deliverLog(all, left, 60, 3, () => true);
  expect(
    all
      .records('parked')
      .map(({ offset }) => Number(offset))
      .sort((a, b) => a - b),
  ).toEqual(events(50).map(({ offset }) => offset));
});

test('a crash while events are parked does not let more than 20 of them through', async () => {
  const all = simulation();
  for (let crash = 0; crash < 2; crash++) {
    let writes = 0;
    all.tables.script = (items) =>
      items[0]?.Put?.Item?.['state']?.S === 'parked' && ++writes > 8 ? { kind: 'unknown', detail: 'cut' } : undefined;
    await all.deliver(
      kafkaEvent(...events(30)),
      failing(() => true),
    );
  }
  all.tables.script = () => undefined;
  await all.deliver(
    kafkaEvent(...events(30)),
    failing(() => true),
  );
  expect(all.records('parked').length).toBeLessThanOrEqual(20);
});

test('the breakers of two partitions know nothing of each other', async () => {
  const all = simulation();
  const other = events(5).map((record) => ({ ...record, partition: 1, id: `good-${record.id}` }));
  const response = await all.deliver(
    kafkaEvent(...events(40), ...other),
    failing((id) => !id.startsWith('good')),
  );
  expect(reported(response).every((each) => each.startsWith('orders-0@'))).toBe(true);
  expect(all.records('parked')).toHaveLength(20);
  expect(all.tables.items('orders')).toHaveLength(5);
});

test('an id that was used twice is parked whatever the breaker says: no deploy is to blame for it', async () => {
  const all = simulation();
  await all.deliver(
    kafkaEvent({ offset: 0, id: 'same', key: 'k' }),
    failing(() => false),
  );
  const conflicts = Array.from({ length: 30 }, (_, i): Given => ({
    offset: i + 1,
    id: 'same',
    key: `k${i}`,
    value: { i },
  }));
  expect(
    reported(
      await all.deliver(
        kafkaEvent(...conflicts),
        failing(() => false),
      ),
    ),
  ).toEqual([]);
  expect(all.records('parked')).toHaveLength(30);
});

test.each([
  ['a thrown Retry', new Retry('the other system is away')],
  ['throttling', Object.assign(new Error('x'), { name: 'ThrottlingException' })],
  ['a 503 of an AWS service', Object.assign(new Error('x'), { $metadata: { httpStatusCode: 503 } })],
  ['refused access', Object.assign(new Error('x'), { name: 'AccessDeniedException' })],
  [
    'a connection that is refused, as fetch tells it',
    new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }),
  ],
])('%s is no attempt: the event is tried for as long as it takes and never parked', async (_, error) => {
  const all = simulation();
  let tries = 0;
  const handler = {
    decode: json(),
    write: () => {
      if (++tries <= 90) throw error;
      return [];
    },
  };
  const event = kafkaEvent({ offset: 1, id: 'a' });
  while (reported(await all.deliver(event, handler)).length > 0);
  expect(tries).toBe(91);
  expect(all.letters()).toEqual([]);
  expect(all.log.of('attempt failed')).toEqual([]);
});
