import { group, MEMORY, table, topic, world } from './world';

/** Two partitions of ten records each; the second waits for its last five, of which the first was written an hour ago. */
async function busy() {
  const around = world();
  const now = around.clock.now();
  const timestamps = Array.from({ length: 10 }, (_, n) => (n < 6 ? now - 3_600_000 : now - 600_000));
  around.logs.set(0, { start: 0, end: 10 });
  around.logs.set(1, { start: 0, end: 10, timestamps });
  around.logs.set(2, { start: 3, end: 4 });
  await around.applied(0, 0, 9);
  await around.applied(1, 0, 4);
  return around;
}

test('each partition says what its log holds, what is settled, and what waits for how long', async () => {
  const around = await busy();
  const { groups, failed } = await around.status();
  expect(failed).toEqual([]);
  expect(JSON.parse(JSON.stringify(groups))).toEqual([
    {
      ...{ topic, group, onFailure: 0 },
      partitions: [
        { partition: 0, start: 0, end: 10, committed: 10, settled: 10, waiting: 0, unaccounted: 0 },
        // To an eighth: less than 3,703 s.
        { partition: 1, start: 0, end: 10, committed: 5, settled: 5, waiting: 5, unaccounted: 0, oldestSeconds: 3_291 },
        { partition: 2, start: 3, end: 4, settled: 0, waiting: 1, unaccounted: 0, oldestSeconds: 0 },
      ],
    },
  ]);
});

test('it tells no metric, remembers nothing and says nothing in the log: the audits beside it find what they would have found', async () => {
  const around = await busy();
  await around.audit();
  const memory = around.tables.item(table, MEMORY);
  around.told[group] = { unaccounted: 9, oldestUnsettled: 9, waiting: { topic: 9, 'on-failure': 9 } };
  await around.applied(1, 6, 9);
  for (let n = 0; n < 3; n++) await around.status();
  expect(around.tables.item(table, MEMORY)).toEqual(memory);
  expect(around.told[group]).toMatchObject({ unaccounted: 9 });
  expect(around.log.lines).toEqual([]);
  // The first audit that sees the gap: a second one has to.
  await around.audit();
  expect(around.told[group]).toMatchObject({ unaccounted: 0 });
});

test('what an audit has found and is there still is unaccounted, partition by partition', async () => {
  const around = await busy();
  await around.audit();
  await around.applied(1, 6, 9);
  const before = await around.status();
  await around.audit();
  const after = await around.status();
  const unaccounted = ({ groups }: typeof before) => groups[0]!.partitions.map((each) => each.unaccounted);
  expect(unaccounted(before)).toEqual([0, 0, 0]);
  expect(unaccounted(after)).toEqual([0, 1, 0]);
});

test('a group that cannot be read is named, with the reason: the answer is an answer all the same', async () => {
  const around = await busy();
  around.failing.add('committed');
  expect(await around.status()).toEqual({ groups: [], failed: [{ topic, group, detail: 'committed: got no answer' }] });
});

test('where nothing is old Kafka is asked for times once', async () => {
  const around = await busy();
  around.logs.set(1, { start: 0, end: 10 });
  await around.status();
  expect(around.asked.filter((what) => what === 'since')).toHaveLength(1);
});
