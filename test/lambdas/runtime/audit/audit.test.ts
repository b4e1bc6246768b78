import { group, ledgerOf, MEMORY, table, topic, world } from './world';

const lines = ({ log }: ReturnType<typeof world>) => log.of('events unaccounted');

/** Two partitions of ten records each, of which the second waits for its last five. */
async function busy(given: Parameters<typeof world>[0] = {}) {
  const around = world(given);
  for (const partition of [0, 1]) around.logs.set(partition, { start: 0, end: 10 });
  await around.applied(0, 0, 9);
  await around.applied(1, 0, 4);
  return around;
}

test('every record is accounted for: settled, or waiting in the topic', async () => {
  const around = await busy();
  for (let n = 0; n < 3; n++) await around.audit();
  expect(around.told[group]).toEqual({
    ...{ unaccounted: 0, oldestUnsettled: 0 },
    waiting: { topic: 5, 'on-failure': 0 },
  });
  expect(around.log.lines).toEqual([]);
});

test('it reads what explains a thing after the thing itself', async () => {
  const around = await busy({
    transactions: (tables) => ({
      ...{ transact: (items) => tables.transact(items), update: (input) => tables.update(input) },
      read: (of, key) => (around.asked.push(key === MEMORY ? 'memory' : 'ledger'), tables.read(of, key)),
      readMany: (of, keys) => (around.asked.push('ledgers'), tables.readMany(of, keys)),
    }),
  });
  around.objects.script = (_, __, bucket) => (around.asked.push(bucket), 'ok');
  await around.audit();
  const order = ['open', 'memory', 'committed', 'ends', 'on-failure', 'ledgers', 'since', 'close']; // prettier-ignore
  expect(around.asked).toEqual(order);
});

test('a consumer that skips one record is found out within two audits, with the place of it', async () => {
  const around = await busy();
  await around.audit();
  await around.applied(1, 6, 9);
  await around.audit();
  expect(around.told[group]?.unaccounted).toBe(0);
  const found = await around.audit();
  expect(found[0]).toMatchObject({ group, unaccounted: 1 });
  expect(lines(around)).toEqual([{ topic, group, events: 1, partitions: ['1: 5; the log begins at 0'] }]);
});

test('a ledger that was deleted is found out within two audits', async () => {
  const around = await busy();
  await around.audit();
  around.tables.remove(table, ledgerOf(0));
  await around.audit();
  await around.audit();
  expect(lines(around)).toMatchObject([{ events: 10, partitions: ['0: 0-9; the log begins at 0'] }]);
});

test('a topic whose retention bit is found out within two audits', async () => {
  const around = await busy();
  await around.audit();
  around.logs.set(1, { start: 8, end: 12 });
  await around.audit();
  await around.audit();
  expect(lines(around)).toMatchObject([{ events: 3, partitions: ['1: 5-7; the log begins at 8'] }]);
});

test('what it remembers outlives its sandbox', async () => {
  const around = await busy();
  around.logs.set(1, { start: 8, end: 12 });
  // The first audit sees the partition for the first time; what it finds is no news to the second, a new sandbox.
  await around.audit();
  expect(around.tables.item(table, MEMORY)).toMatchObject({ version: 1, partitions: '[[0,0,0],[1,0,0,5,7]]' });
  around.renew();
  await around.audit();
  expect(around.told[group]?.unaccounted).toBe(3);
});

test('a ledger for which DynamoDB had no time is no ledger that is gone', async () => {
  const around = await busy({
    transactions: (tables) => ({
      ...{ transact: (items) => tables.transact(items), update: (input) => tables.update(input) },
      read: (of, key) => tables.read(of, key),
      readMany: () => Promise.resolve(new Map()),
    }),
  });
  for (let n = 0; n < 3; n++) await around.audit();
  expect(around.told[group]).toMatchObject({ unaccounted: 0, waiting: { topic: 5 } });
});

test('an audit that was overtaken while it looked tells the next one nothing, and fails', async () => {
  const around = await busy();
  await around.audit();
  around.logs.set(1, { start: 8, end: 12 });
  around.tables.updateScript = () => ({ kind: 'not met' });
  await expect(around.audit()).rejects.toThrow(
    'table idempotency: got not met for what the audit of billing remembers, want it written; the next audit tries again',
  );
});

test.each(['open', 'committed', 'ends', 'since'])('where Kafka does not answer (%s) nothing is told of the group, and the audit fails', async (what) => {
  const around = await busy();
  around.failing.add(what);
  await expect(around.audit()).rejects.toThrow(`${what}: got no answer`);
  expect(around.told).toEqual({});
  expect(around.log.of('not audited')).toMatchObject([{ topic, group }]);
}); // prettier-ignore

test('where the on-failure bucket does not answer nothing is told of the group', async () => {
  const around = await busy();
  around.objects.failing = (call, name) => call === 'list' && name === '';
  await expect(around.audit()).rejects.toThrow();
  expect(around.told[group]).toBeUndefined();
});

test('the age of the oldest record that is not settled is told, to an eighth', async () => {
  const around = await busy();
  const hour = around.clock.now() - 3_600_000;
  around.logs.set(1, { start: 0, end: 10, timestamps: Array.from({ length: 10 }, (_, n) => (n < 6 ? hour : hour + 3_000_000)) }); // prettier-ignore
  await around.audit();
  const { oldestUnsettled } = around.told[group]!;
  expect(oldestUnsettled).toBeLessThanOrEqual(3_601);
  expect(oldestUnsettled).toBeGreaterThan(3_600 / 1.13);
});

test('what the mapping gave up is counted where it lies', async () => {
  const around = await busy();
  around.objects.content.set('on-failure/aws/lambda/one', '{}');
  await around.audit();
  expect(around.told[group]?.waiting).toEqual({ topic: 5, 'on-failure': 1 });
});

describe('what is unaccounted', () => {
  const skipped = async () => {
    const around = await busy();
    await around.audit();
    await around.applied(1, 6, 9);
    await around.audit();
    return around;
  };

  test('is accepted for a reason, which is kept in the log, and is no news from then on', async () => {
    const around = await skipped();
    await around.audit({ accept: 'a test order, gone with its topic' });
    expect(around.log.of('unaccounted events accepted')).toMatchObject([
      { events: 1, partitions: ['1: 5; the log begins at 0'], why: 'a test order, gone with its topic' },
    ]);
    await around.audit();
    await around.audit();
    expect(around.told[group]?.unaccounted).toBe(0);
    expect(lines(around)).toEqual([]);
  });

  test.each([true, '', ' ', 7, null])('is not accepted without a reason: %j', async (accept) => {
    const around = await skipped();
    await expect(around.audit({ accept })).rejects.toThrow(/want why the events .* are accepted, in words/);
    await around.audit();
    expect(around.told[group]?.unaccounted).toBe(1);
  });

  test('ends by itself once the group was set back and has settled it', async () => {
    const around = await skipped();
    await around.audit();
    await around.applied(1, 5, 9);
    await around.audit();
    expect(around.told[group]?.unaccounted).toBe(0);
  });
});
