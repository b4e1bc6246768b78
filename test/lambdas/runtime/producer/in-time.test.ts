import fc from 'fast-check';
import type { SpillObject } from '../../../../lambdas/runtime/contract';
import { messageOf } from '../../../../lambdas/runtime/dead-letters/letter';
import { partitionOfKey } from '../../../../lambdas/runtime/kafka/murmur2';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';
import { idOf, type Step } from '../simulation/scripted-port';

Error.stackTraceLimit = 0;

/** About 900 bytes of data, and a few hundred of headers. */
const sized = (id: string, key = 'k') => event(id, { key, data: Buffer.alloc(900) });
const ids = (count: number) => Array.from({ length: count }, (_, n) => `e${n}`);
/** A key of that partition. */
function keyOf(partition: number, partitions: number): string {
  for (let n = 0; ; n += 1) if (partitionOfKey(Buffer.from(`${n}`), partitions) === partition) return `${n}`;
}
const kinds = (outcomes: readonly Outcome[]) => outcomes.map(({ kind }) => kind);

describe('a full buffer', () => {
  const slow: Step = { does: 'ack', afterMs: 10 };

  test('an event published while an earlier call waits for room is not in the log before that call', async () => {
    const { clock, port, producer } = scriptedProducer({ bufferBytes: 1_500, kafka: () => slow });
    const calls = [
      producer.publishAll(ids(4).map((id) => sized(id))),
      producer.publish(sized('then')),
      producer.publishAll([sized('last'), sized('of all')]),
    ];
    await clock.run(Promise.all(calls));
    expect(port.ids()).toEqual([...ids(4), 'then', 'last', 'of all']);
  });

  test('an event that would fit waits its turn all the same, while a larger one of an earlier call waits for room', async () => {
    const { clock, port, producer } = scriptedProducer({ bufferBytes: 1_500, kafka: () => slow });
    const calls = [
      producer.publish(sized('first')),
      producer.publish(event('large', { key: 'k', data: Buffer.alloc(1_300) })),
      producer.publish(event('small', { key: 'k', data: Buffer.alloc(1) })),
    ];
    await clock.run(Promise.all(calls));
    expect(port.ids()).toEqual(['first', 'large', 'small']);
  });

  test('an event that leaves the queue before there was room for it lets the ones behind it in, in their order', async () => {
    const { clock, port, producer } = scriptedProducer({
      bufferBytes: 1_500,
      kafka: () => ({ does: 'ack', afterMs: 9_000 }),
    });
    const calls = [
      producer.publish(sized('first')),
      producer.publish(sized('impatient'), { remainingMs: 8_000 }),
      producer.publish(sized('second')),
      producer.publish(sized('third')),
    ];
    const outcomes = await clock.run(Promise.all(calls));
    expect(kinds(outcomes)).toEqual(['acked', 'rejected', 'acked', 'spilled']);
    expect(outcomes[1]).toMatchObject({
      reason: expect.stringContaining('no room within bufferBytes = 1500') as string,
    });
    expect(port.ids()).toEqual(['first', 'second']);
  });

  test('events that no room was found for in time are refused by name, and none of them was read twice or sent', async () => {
    const { clock, port, producer } = scriptedProducer({
      bufferBytes: 1_500,
      kafka: () => ({ does: 'not-now' }),
      puts: () => 'silent',
    });
    const start = clock.now();
    const outcomes = await clock.run(producer.publishAll(ids(1_000).map((id) => sized(id))));
    expect(clock.now() - start).toBe(25_000);
    expect(outcomes.map(({ id }) => id)).toEqual(ids(1_000));
    expect(outcomes[0]).toMatchObject({ kind: 'unknown' });
    expect(outcomes[1]).toMatchObject({ kind: 'rejected', code: 'BUFFER_EXHAUSTED' });
    expect(outcomes[999]).toMatchObject({ kind: 'rejected', code: 'BUFFER_EXHAUSTED', source: 'urn:test' });
    expect(port.ids()).toEqual([]);
  });
});

describe('every caller hears before its function dies', () => {
  test.each(['silent', 'failed'] as const)(
    'an event whose spill is %s is unknown 100 ms before the end',
    async (put) => {
      for (const remainingMs of [100, 101, 400, 1_000, 4_999, 5_001, 7_000]) {
        const { clock, producer } = scriptedProducer({
          puts: () => put,
          kafka: () => ({ does: 'silent', written: true }),
        });
        const start = clock.now();
        expect((await clock.run(producer.publish(event('a'), { remainingMs }))).kind).toBe('unknown');
        expect(clock.now() - start).toBeLessThanOrEqual(remainingMs - 100);
      }
    },
  );

  test('an event that is refused and cannot be stored in time is told before the end, too', async () => {
    const { clock, producer } = scriptedProducer({
      onRejected: { kind: 'park' },
      puts: () => 'silent',
      kafka: () => ({ does: 'refuse', about: 'record', afterMs: 900 }),
    });
    const start = clock.now();
    expect((await clock.run(producer.publish(event('a'), { remainingMs: 6_000 }))).kind).toBe('unknown');
    expect(clock.now() - start).toBe(5_900);
  });

  test('an event queued behind puts that hang is told in time, and was put nowhere', async () => {
    const { clock, store, producer } = scriptedProducer({ puts: () => 'silent', kafka: () => ({ does: 'not-now' }) });
    const large = Array.from({ length: 10 }, (_, n) => event(`e${n}`, { data: Buffer.alloc(3 * 1024 * 1024) }));
    const start = clock.now();
    const outcomes = await clock.run(producer.publishAll(large));
    expect(clock.now() - start).toBe(24_990);
    expect(kinds(outcomes)).toEqual([...Array<string>(8).fill('unknown'), 'rejected', 'rejected']);
    expect(store.puts).toBe(8);
  });

  test('an event acknowledged late while it is put aside is acked, and its bytes count until the put has ended', async () => {
    const { clock, producer } = scriptedProducer({
      bufferBytes: 2_000,
      puts: () => 'silent',
      kafka: ({ ids: [id] }) => (id === 'late' ? { does: 'ack', afterMs: 6_000 } : undefined),
    });
    const start = clock.now();
    const late = producer.publish(sized('late'), { remainingMs: 9_000 });
    const hold = producer.publish(event('hold', { key: 'k' }));
    await clock.run(clock.sleep(5_000));
    const next = producer.publish(sized('next', 'other'));
    expect(kinds(await clock.run(Promise.all([late, hold])))).toEqual(['acked', 'acked']);
    expect(clock.now() - start).toBeLessThan(6_100);
    expect((await clock.run(next)).kind).toBe('acked');
    // Its put began at 4,000 and was given up at 8,900; the S3 client may hold the bytes for twelve seconds more.
    expect(clock.now() - start).toBeGreaterThan(20_800);
  });
});

test('an event that is spilled while its request goes on takes up room until that has ended, and no longer', async () => {
  const { clock, producer } = scriptedProducer({ bufferBytes: 2_600, kafka: () => ({ does: 'ack', afterMs: 6_000 }) });
  const start = clock.now();
  const early = producer.publish(sized('early'), { remainingMs: 9_000 });
  const beside = producer.publish(sized('beside'));
  await clock.run(clock.sleep(1_000));
  const next = producer.publish(sized('next', 'other'));
  expect(kinds(await clock.run(Promise.all([early, beside, next])))).toEqual(['spilled', 'acked', 'acked']);
  expect(clock.now() - start).toBe(12_000);
  // It needs all of the room.
  const last = producer.publish(event('last', { key: 'other', data: Buffer.alloc(2_200) }));
  expect((await clock.run(last)).kind).toBe('acked');
});

test('an outage of 25 seconds over 200 partitions is over when Kafka is back: what is published then is not spilled', async () => {
  const simulated = scriptedProducer({
    topic: () => ({ partitions: 200 }),
    kafka: () => (simulated.clock.now() < back ? { does: 'not-now', afterMs: 0 } : undefined),
  });
  const { clock, port, producer } = simulated;
  const back = clock.now() + 25_000;
  const keyed = (round: string) => Array.from({ length: 1_000 }, (_, n) => event(`${round}${n}`, { key: `key-${n}` }));
  expect(new Set(kinds(await clock.run(producer.publishAll(keyed('a')))))).toEqual(new Set(['spilled']));
  await clock.run(clock.sleep(back - clock.now()));
  // The partition that was tried last: were turns booked, the other 199 would still have theirs before it.
  const last = port.requests.at(-1)!.partition;
  const outcome = await clock.run(producer.publish(event('b', { key: keyOf(last, 200) })));
  expect(outcome).toMatchObject({ kind: 'acked', partition: last });
  expect(clock.now() - back).toBeLessThan(1_000);
  expect(new Set(kinds(await clock.run(producer.publishAll(keyed('c')))))).toEqual(new Set(['acked']));
});

test('an event for a partition that is well does not wait behind a hundred that are tried in vain', async () => {
  const { clock, producer } = scriptedProducer({
    topic: () => ({ partitions: 101 }),
    kafka: ({ partition }) => (partition === 100 ? undefined : { does: 'not-now', afterMs: 0 }),
  });
  const stuck = producer.publishAll(Array.from({ length: 1_000 }, (_, n) => event(`s${n}`, { key: `key-${n}` })));
  await clock.run(clock.sleep(5_000));
  const start = clock.now();
  const well = await clock.run(producer.publish(event('well', { key: keyOf(100, 101) })));
  expect(well).toMatchObject({ kind: 'acked', partition: 100 });
  expect(clock.now() - start).toBeLessThan(1_100);
  await clock.run(stuck);
});

describe.each([600_000, -600_000])('a wall clock set by %p ms in the middle of it', (step) => {
  test('moves no deadline: the event is spilled after 20 seconds, not before or after', async () => {
    const { clock, producer } = scriptedProducer({ kafka: () => ({ does: 'not-now' }) });
    const start = clock.monotonic();
    const publishing = producer.publish(event('a'));
    await clock.run(clock.sleep(3_000));
    clock.step(step);
    expect((await clock.run(publishing)).kind).toBe('spilled');
    expect(clock.monotonic() - start).toBe(20_000);
  });

  test('ends no wait for room, no backoff and no put: the events are acknowledged as soon as Kafka is back', async () => {
    const simulated = scriptedProducer({
      bufferBytes: 1_500,
      kafka: () => (simulated.clock.monotonic() < back ? { does: 'not-now', afterMs: 0 } : undefined),
    });
    const { clock, producer } = simulated;
    const back = clock.monotonic() + 10_000;
    const publishing = producer.publishAll(ids(4).map((id) => sized(id)));
    await clock.run(clock.sleep(5_000));
    clock.step(step);
    expect(new Set(kinds(await clock.run(publishing)))).toEqual(new Set(['acked']));
    expect(clock.monotonic() - back).toBeLessThan(1_500);
  });
});

/** One generated call, and a world it is made in. */
const call = fc.record({
  afterMs: fc.constantFrom(0, 0, 1, 40, 900, 6_000),
  keys: fc.array(fc.constantFrom('k', 'l', 'm', 'n'), { minLength: 1, maxLength: 12 }),
  remainingMs: fc.constantFrom(undefined, undefined, 40, 1_000, 5_400, 9_000, 26_000),
});
const world = fc.record({
  calls: fc.array(call, { minLength: 1, maxLength: 6 }),
  /** What Kafka does, one after the other, each for so long; then it acknowledges. */
  weather: fc.array(
    fc.record({
      forMs: fc.constantFrom(10, 2_000, 15_000, 30_000),
      does: fc.constantFrom<Step>(
        { does: 'ack', afterMs: 1 },
        { does: 'ack', afterMs: 1_500 },
        { does: 'not-now', afterMs: 2 },
        { does: 'lose-answer', written: false, afterMs: 20 },
        { does: 'silent', written: 'late' },
      ),
    }),
    { maxLength: 4 },
  ),
  /** S3's client gives up by itself. */
  puts: fc.constantFrom([0, 'ok'], [30, 'ok'], [2_000, 'ok'], [4_000, 'ok'], [11_000, 'ok'], [11_000, 'fails'], [20, 'fails'] as const), // prettier-ignore
  bufferBytes: fc.constantFrom(1_500, 5_000, 20_000),
  step: fc.constantFrom(0, 600_000, -600_000),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

async function run({ calls, weather, puts: [putMs, putEnds], bufferBytes, step }: World): Promise<string[]> {
  const wrong: string[] = [];
  const simulated = scriptedProducer({
    bufferBytes,
    topic: () => ({ partitions: 3 }),
    kafka: () => {
      let until = began;
      const now = weather.find(({ forMs }) => simulated.clock.monotonic() < (until += forMs));
      return now?.does;
    },
  });
  const { clock, port, store, producer } = simulated;
  const began = clock.monotonic();
  /** What Kafka's client and S3's hold at this instant, by event; what Kafka's was told to give up it may hold on to. */
  const held = new Map<string, number>();
  const hold = (ids: readonly string[], by: 1 | -1) => {
    for (const id of ids) held.set(id, (held.get(id) ?? 0) + by);
    const bytes = 900 * [...held.values()].filter((times) => times > 0).length;
    if (bytes > bufferBytes) wrong.push(`${bytes} bytes on their way, want at most ${bufferBytes}`);
  };
  const send = port.send.bind(port);
  port.send = async (topic, partition, records, signal) => {
    hold(records.map(idOf), 1);
    const result = await send(topic, partition, records, signal);
    hold(records.map(idOf), -1);
    return result;
  };
  const put = store.putIfAbsent.bind(store);
  store.putIfAbsent = async (bucket, name, body) => {
    const inside = (JSON.parse(body) as SpillObject).events.map((each) => idOf(messageOf(each)));
    hold(inside, 1);
    await clock.sleep(putMs);
    hold(inside, -1);
    if (putEnds === 'fails') throw new LosslessError('STORE_UNAVAILABLE', 'no connection');
    return put(bucket, name, body);
  };
  const publishes = calls.map(async ({ afterMs, keys, remainingMs }, nth) => {
    await clock.sleep(afterMs);
    const start = clock.monotonic();
    const events = keys.map((key, index) => sized(`${nth}-${index}`, key));
    const one = events.length === 1 ? events[0] : undefined;
    const outcomes = one === undefined ? await producer.publishAll(events, { remainingMs }) : [await producer.publish(one, { remainingMs })]; // prettier-ignore
    const limitMs = Math.min(producerEnvironment.deadlineMs + producerEnvironment.spillTimeMs, remainingMs ?? Infinity);
    const tookMs = clock.monotonic() - start;
    if (tookMs > limitMs) wrong.push(`call ${nth} told after ${tookMs} ms, want ${limitMs}`);
    return { afterMs, nth, keys, outcomes };
  });
  void clock.sleep(1_700).then(() => clock.step(step));
  const ended = await clock.run(Promise.all(publishes));
  await clock.run(clock.sleep(60_000));
  const spilled = store
    .bodies<SpillObject>('spill')
    .flatMap(({ events }) => events.map((each) => idOf(messageOf(each))));
  for (const { outcomes } of ended) {
    for (const { id, kind } of outcomes) {
      const anywhere = port.ids().includes(id) || spilled.includes(id);
      if (kind === 'rejected' && anywhere) wrong.push(`${id} rejected, and somebody has it`);
      if (kind === 'spilled' && !spilled.includes(id)) wrong.push(`${id} spilled, and not in the store`);
      if (kind === 'acked' && !port.ids().includes(id)) wrong.push(`${id} acked, and not in the log`);
    }
  }
  const inOrder = [...ended].sort((a, b) => a.afterMs - b.afterMs || a.nth - b.nth);
  for (const key of ['k', 'l', 'm', 'n']) {
    const acked = inOrder.flatMap(({ keys, outcomes }) => outcomes.filter(({ kind }, n) => keys[n] === key && kind === 'acked').map(({ id }) => id)); // prettier-ignore
    const seen = [...new Set(port.ids())].filter((id) => acked.includes(id));
    if (seen.join() !== acked.join()) wrong.push(`key ${key}: got ${seen.join()}, want ${acked.join()}`);
  }
  return wrong;
}

test('whatever is published at once, and however long Kafka and S3 are away: every caller hears in time, the buffer holds its bytes, and the log of each key is in the order of the calls', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (given) => {
      const wrong = await run(given);
      if (wrong.length > 0) throw new Error(wrong.join('; '));
    }),
    { numRuns: 1_000 },
  );
}, 900_000);
