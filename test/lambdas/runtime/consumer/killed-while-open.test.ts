import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { CountingMeter, kafkaEvent, simulation, type Given } from '../simulation';
import { deliverMortal } from '../simulation/mortal';
import { ModelMapping } from './model-mapping';

jest.setTimeout(60_000);

const log: Given[] = Array.from({ length: 30 }, (_, i) => ({ offset: i, id: `e${i}`, key: `k${i}` }));
const fails = () => {
  throw new Error('bad deploy');
};

/** Remembers what had been written before the function died. */
class Written extends CountingMeter {
  written = { breakerOpen: 0, parked: 0 };
  override flush = (): undefined => {
    this.written = { breakerOpen: this.counts.breakerOpen, parked: this.parkedFor.length };
  };
}

test('a killer that is delivered first does not keep the alarm of an open breaker from ringing', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent(...log), { decode: json(), write: fails });
  const meter = new Written();
  const left = kafkaEvent(...log.slice(20));
  expect(await deliverMortal({ ...all.parts, meter }, left, (kill) => ({ decode: json(), write: kill }))).toBe(
    'killed',
  );
  expect(meter.written.breakerOpen).toBeGreaterThan(0);
});

test('the alarm of a breaker that opens in the delivery that is killed has rung', async () => {
  const all = simulation();
  const meter = new Written();
  const late = [
    { offset: 18, id: 'late', key: 'l' },
    { offset: 19, id: 'killer', key: 'm' },
  ];
  const given = [...log.slice(0, 18), ...late, ...[20, 21].map((offset) => ({ offset, id: `e${offset}` }))];
  // The twentieth failure comes late, when all that was parked before is flushed; then nothing more is.
  const write = async (id: string, kill: () => Promise<never>) => {
    if (id === 'late') await all.clock.sleep(20_000);
    if (id === 'killer') await all.clock.sleep(30_000).then(kill);
    return fails();
  };
  const answer = await deliverMortal({ ...all.parts, meter }, kafkaEvent(...given), (kill) => ({
    ...{ decode: json(), attempts: 1 },
    write: (_, { event }) => write(event.id, kill),
  }));
  expect(answer).toBe('killed');
  expect(all.records('parked')).toHaveLength(20);
  expect(meter.written.breakerOpen).toBeGreaterThan(0);
});

test('what was parked before the function was killed is counted', async () => {
  const all = simulation();
  const meter = new Written();
  const event = kafkaEvent({ offset: 0, id: 'bad', key: 'a', value: '{' }, { offset: 1, id: 'killer', key: 'b' });
  const killing = async (kill: () => Promise<never>) => {
    await all.clock.sleep(5_000);
    return kill();
  };
  await deliverMortal({ ...all.parts, meter }, event, (kill) => ({ decode: json(), write: () => killing(kill) }));
  expect(meter.written.parked).toBe(1);
});

test('a killer that the breaker holds is not tried again by the same code, so the others come to their turn', async () => {
  const all = simulation();
  const mapping = new ModelMapping(all, log, { window: 30, together: true, bisect: false });
  let isAway = true;
  const handler = (kill: () => Promise<never>) => ({
    decode: json(),
    write: async (_: unknown, { event }: { event: { id: string } }) => {
      if (event.id === 'e25') await kill();
      if (isAway) throw new Error('refused');
      return [put({ TableName: 'orders', Item: { id: event.id } })];
    },
  });
  await mapping.rounds(20, handler);
  expect(all.records('parked').length).toBeLessThanOrEqual(20);
  const told = all.log.of('record killed the function three times').length;
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(20);
  isAway = false;
  await mapping.rounds(20, handler);
  expect(mapping.backlog).toEqual([]);
  expect(all.letters().filter(({ reason }) => reason === 'killed-function')).toMatchObject([{ id: 'e25' }]);
});

test('partitions without kills are not held up by one that is taken with care, and a record that waits holds up its key alone', async () => {
  const all = simulation();
  const given: Given[] = [
    { partition: 0, offset: 0, id: 'waits', key: 'a' },
    { partition: 0, offset: 1, id: 'other-key', key: 'b' },
    ...Array.from({ length: 5 }, (_, i) => ({ partition: 1, offset: i, id: `free-${i}`, key: 'c' })),
  ];
  for (let i = 0; i < 3; i++) {
    const struck = kafkaEvent(...given.slice(0, 2));
    expect(await deliverMortal(all.parts, struck, (kill) => ({ decode: json(), write: kill }))).toBe('killed');
  }
  await all.clock.run(all.clock.sleep(61_000));
  const began = all.clock.monotonic();
  const at = new Map<string, number>();
  await all.deliver(kafkaEvent(...given), {
    decode: json(),
    write: async (_, { event: { id } }) => {
      await all.clock.sleep(100);
      if (id === 'waits') throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      at.set(id, all.clock.monotonic() - began);
      return [];
    },
  });
  expect([...at.keys()].sort()).toEqual(['free-0', 'free-1', 'free-2', 'free-3', 'free-4', 'other-key']);
  expect(at.get('free-4')).toBeLessThan(2_000);
});

test('while records are taken with care no code runs on those of other partitions: what kills there is not blamed on them', async () => {
  const all = simulation();
  const struck = kafkaEvent({ partition: 0, offset: 0, id: 'care-0', key: 'a' });
  for (let i = 0; i < 3; i++) {
    expect(await deliverMortal(all.parts, struck, (kill) => ({ decode: json(), write: kill }))).toBe('killed');
  }
  const given: Given[] = [0, 1, 2].flatMap((i) => [
    { partition: 0, offset: i, id: `care-${i}`, key: 'a' },
    { partition: 1, offset: i, id: `free-${i}`, key: `k${i}` },
  ]);
  const running = new Set<string>();
  const beside: string[] = [];
  const cared: string[] = [];
  await all.deliver(kafkaEvent(...given), {
    decode: json(),
    write: async (_, { event: { id } }) => {
      running.add(id);
      if (running.size > 1 && [...running].some((each) => each.startsWith('care'))) beside.push([...running].join());
      await all.clock.sleep(2_000);
      running.delete(id);
      // It is tried for as long as it may be.
      if (id.startsWith('free')) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      cared.push(id);
      return [];
    },
  });
  expect(cared).toEqual(['care-0', 'care-1', 'care-2']);
  expect(beside).toEqual([]);
});
