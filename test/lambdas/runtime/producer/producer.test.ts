import type { SpillObject } from '../../../../lambdas/runtime/contract';
import { messageOf } from '../../../../lambdas/runtime/dead-letters/letter';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { partitionOfKey } from '../../../../lambdas/runtime/kafka/murmur2';
import { producer, type Outcome } from '../../../../lambdas/runtime/producer';
import { contentBytes, undeliverable } from '../../../../lambdas/runtime/producer/size';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';
import { idOf, type Request, type Step } from '../simulation/scripted-port';

const kinds = (outcomes: readonly Outcome[]) => outcomes.map(({ kind }) => kind);
const many = (count: number, key?: string) => Array.from({ length: count }, (_, n) => event(`e${n}`, { key }));
/** The first requests follow the steps, the others are acknowledged. */
const steps =
  (...list: Step[]) =>
  () =>
    list.shift();
const always = (step: Step) => () => step;
/** Refuses every request that holds this event. */
const poison =
  (id: string) =>
  ({ ids }: Request): Step | undefined =>
    ids.includes(id) ? { does: 'refuse', about: 'record' } : undefined;

describe('acknowledged', () => {
  test('an acknowledged event lies in the log where the outcome says', async () => {
    const { clock, port, producer } = scriptedProducer();
    const outcome = await clock.run(producer.publish(event('a', { key: 'k' })));
    expect(outcome).toEqual({ kind: 'acked', id: 'a', source: 'urn:test', topic: 'orders', partition: partitionOfKey(Buffer.from('k'), 6), offset: 0 }); // prettier-ignore
    if (outcome.kind === 'acked') expect(port.at(outcome.partition, outcome.offset)).toBe('a');
  });

  test("an event's own headers lie in the log behind those of the event, byte for byte, and come back from the spill store", async () => {
    const headers = JSON.parse('{"tenant":"ä","__proto__":"p"}') as Record<string, string | Uint8Array>;
    headers.raw = new Uint8Array([0, 255]);
    headers.empty = '';
    const own = [
      ['tenant', Buffer.from('ä')],
      ['__proto__', Buffer.from('p')],
      ['raw', Buffer.from([0, 255])],
      ['empty', Buffer.alloc(0)],
    ];
    const bytes = (all: readonly (readonly [string, Uint8Array | null])[] = []) =>
      all.map(([name, value]) => [name, Buffer.from(value ?? [])]).slice(6);
    const { clock, port, store, producer } = scriptedProducer({ kafka: steps({ does: 'ack' }, { does: 'silent', written: false }) }); // prettier-ignore
    await clock.run(producer.publish(event('a', { key: 'k', headers })));
    expect(bytes(port.log.get(partitionOfKey(Buffer.from('k'), 6))?.[0]?.headers)).toEqual(own);
    await clock.run(producer.publish(event('b', { key: 'k', headers })));
    expect(bytes(messageOf(store.bodies<SpillObject>('spill')[0]!.events[0]!).headers)).toEqual(own);
  });

  test('events of one call keep their order in their partition, with one request in flight', async () => {
    const { clock, port, producer } = scriptedProducer();
    await clock.run(producer.publishAll(many(2_200, 'k')));
    expect(port.ids()).toEqual(many(2_200).map(({ id }) => id));
    expect(port.requests.map(({ ids }) => ids.length)).toEqual([2_000, 200]);
  });

  test('a hundred events published at once share few requests', async () => {
    const { clock, port, producer } = scriptedProducer();
    await clock.run(Promise.all(many(100, 'k').map((one) => producer.publish(one))));
    expect(port.requests.length).toBeLessThanOrEqual(2);
  });

  test('what arrives while a request is in flight is the next batch', async () => {
    const { clock, port, producer } = scriptedProducer({ kafka: steps({ does: 'ack', afterMs: 50 }) });
    const first = producer.publish(event('first', { key: 'k' }));
    await clock.run(clock.sleep(10));
    const rest = producer.publishAll(many(3, 'k'));
    await clock.run(Promise.all([first, rest]));
    expect(port.requests.map(({ ids }) => ids)).toEqual([['first'], ['e0', 'e1', 'e2']]);
  });

  test('what arrives while Kafka is busy with other partitions shares the request', async () => {
    const [busy, asked] = [[30, 30], [] as number[]];
    const { clock, port, producer } = scriptedProducer({
      busyMs: () => asked.push(0) && (busy.shift() ?? 0),
    });
    const first = producer.publish(event('first', { key: 'k' }));
    await clock.run(clock.sleep(40));
    expect(port.requests).toEqual([]);
    await clock.run(Promise.all([first, producer.publishAll(many(3, 'k'))]));
    expect(port.requests.map(({ ids }) => ids)).toEqual([['first', 'e0', 'e1', 'e2']]);
    expect(asked).toHaveLength(3);
  });

  test('what is given up while Kafka is busy is spilled, and never sent', async () => {
    let asks = 0;
    const { clock, port, producer } = scriptedProducer({ busyMs: () => ((asks += 1) < 200 ? 200 : 0) });
    expect((await clock.run(producer.publish(event('a')))).kind).toBe('spilled');
    expect((await clock.run(producer.publish(event('b')))).kind).toBe('acked');
    expect(port.ids()).toEqual(['b']);
  });

  test('requests stay below a mebibyte, except for a single event above it', async () => {
    const { clock, port, producer } = scriptedProducer();
    const sized = [400, 400, 400, 2_000, 10].map((kilo, n) =>
      event(`e${n}`, { key: 'k', data: Buffer.alloc(kilo * 1024) }),
    );
    await clock.run(producer.publishAll(sized));
    expect(port.requests.map(({ ids }) => ids)).toEqual([['e0', 'e1'], ['e2'], ['e3'], ['e4']]);
  });

  test('events without a key share requests and are spread over the partitions', async () => {
    let n = 0;
    const { clock, port, producer } = scriptedProducer({ random: () => (n++ % 6) / 6 });
    await clock.run(producer.publishAll(many(600)));
    expect(port.log.size).toBeGreaterThan(2);
    expect(port.requests.length).toBeLessThanOrEqual(6);
  });
});

describe('tried again', () => {
  test.each<[string, Step]>([
    ['too few replicas', { does: 'not-now' }],
    ['an answer lost before the write', { does: 'lose-answer', written: false }],
    ['an answer lost after the write', { does: 'lose-answer', written: true }],
  ])('after %s the events are in the log, first appearances in order', async (_what, step) => {
    const { clock, port, producer } = scriptedProducer({ kafka: steps(step, step, step) });
    const outcomes = await clock.run(producer.publishAll(many(20, 'k')));
    expect(new Set(kinds(outcomes))).toEqual(new Set(['acked']));
    expect([...new Set(port.ids())]).toEqual(many(20).map(({ id }) => id));
  });

  test('an event stays in the partition chosen first, with a key or without', async () => {
    const { clock, port, producer } = scriptedProducer({
      kafka: steps({ does: 'lose-answer', written: true }, { does: 'not-now' }),
    });
    await clock.run(producer.publish(event('a')));
    expect(new Set(port.requests.map(({ partition }) => partition)).size).toBe(1);
  });

  test('an event without a key avoids a partition that fails', async () => {
    const { clock, port, producer } = scriptedProducer({
      random: () => 0,
      kafka: ({ partition }) => (partition === 0 ? { does: 'not-now' } : undefined),
    });
    const stuck = producer.publish(event('stuck'));
    await clock.run(clock.sleep(200));
    const outcome = await clock.run(producer.publish(event('free')));
    expect(outcome).toMatchObject({ kind: 'acked', partition: 1 });
    expect(port.log.has(0)).toBe(false);
    expect((await clock.run(stuck)).kind).toBe('spilled');
  });

  test('the pause between tries doubles up to a second, and is half a second at least while Kafka answers nothing', async () => {
    const at: number[] = [];
    const { clock, producer } = scriptedProducer({
      random: () => 1,
      kafka: () => (at.push(clock.now()), { does: 'not-now', afterMs: 0 }),
    });
    await clock.run(producer.publish(event('a', { key: 'k' })));
    expect(at.slice(1, 8).map((time, index) => time - (at[index] ?? 0))).toEqual([
      50, 500, 500, 500, 800, 1_000, 1_000,
    ]);
  });

  test('a topic that cannot be read at first takes the events, in order, once it can', async () => {
    let reads = 0;
    const topic = () => {
      reads += 1;
      if (reads < 4) throw new Error('no broker');
      return { partitions: 6 };
    };
    const { clock, port, producer } = scriptedProducer({ topic });
    const outcomes = await clock.run(producer.publishAll(many(5, 'k')));
    expect(new Set(kinds(outcomes))).toEqual(new Set(['acked']));
    expect(port.ids()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
  });

  test('partitions added later are found after five minutes', async () => {
    let partitions = 1;
    const { clock, port, producer } = scriptedProducer({ topic: () => ({ partitions }) });
    await clock.run(producer.publish(event('a', { key: '1' })));
    partitions = 50;
    await clock.run(clock.sleep(5 * 60_000 + 1));
    await clock.run(producer.publish(event('b', { key: '1' })));
    await clock.run(producer.publish(event('c', { key: '1' })));
    expect(port.requests.map(({ partition }) => partition)).toEqual([0, 0, partitionOfKey(Buffer.from('1'), 50)]);
  });
});

describe('refused', () => {
  test('a refused event does not take its neighbours with it, and they keep their order', async () => {
    const { clock, port, producer } = scriptedProducer({ kafka: poison('e13') });
    const outcomes = await clock.run(producer.publishAll(many(40, 'k')));
    expect(outcomes.filter(({ kind }) => kind !== 'acked')).toEqual([
      { kind: 'rejected', id: 'e13', source: 'urn:test', code: 'MESSAGE_TOO_LARGE', reason: 'refused' },
    ]);
    expect(port.ids()).toEqual(many(40).map(({ id }) => id).filter((id) => id !== 'e13')); // prettier-ignore
  });

  test('missing rights refuse the whole batch at once', async () => {
    const { clock, port, producer } = scriptedProducer({ kafka: always({ does: 'refuse', about: 'setup' }) });
    const outcomes = await clock.run(producer.publishAll(many(40, 'k')));
    expect(new Set(kinds(outcomes))).toEqual(new Set(['rejected']));
    expect(port.requests).toHaveLength(1);
  });

  test('an event that may be in the log is spilled, not rejected, when a later try is refused', async () => {
    const { clock, store, producer } = scriptedProducer({
      kafka: steps({ does: 'lose-answer', written: true }, { does: 'refuse', about: 'record' }),
    });
    expect((await clock.run(producer.publish(event('a', { key: 'k' })))).kind).toBe('spilled');
    expect(store.objects.size).toBe(1);
  });

  test('an invalid event is rejected before anything is sent, its neighbours are published', async () => {
    const { clock, port, producer } = scriptedProducer();
    const outcomes = await clock.run(
      producer.publishAll([
        event('a'),
        event('', {}),
        { ...event('c'), type: undefined as never },
        null as never,
        event('d'),
      ]),
    );
    expect(kinds(outcomes)).toEqual(['acked', 'rejected', 'rejected', 'rejected', 'acked']);
    expect(outcomes[1]).toMatchObject({ id: '', code: 'INVALID_EVENT', reason: expect.stringContaining('event id') as string }); // prettier-ignore
    expect(port.ids()).toEqual(['a', 'd']);
  });

  test('an event that no mapping could deliver is rejected at the door, one just below is taken', async () => {
    const bytes = (count: number) => event('a', { data: Buffer.alloc(count), time: '2026-01-01T00:00:00Z' });
    const { clock, port, producer } = scriptedProducer({ topic: () => ({ partitions: 6 }) });
    // 6 MiB less 4 KiB for the envelope, less 378 for these headers and no key; three bytes of data in four of base64.
    const most = Math.floor((6 * 1024 * 1024 - 4 * 1024 - 378) / 4) * 3;
    expect((await clock.run(producer.publish(bytes(most)))).kind).toBe('acked');
    expect(await clock.run(producer.publish(bytes(most + 1)))).toMatchObject({ kind: 'rejected', code: 'MESSAGE_TOO_LARGE' }); // prettier-ignore
    expect(port.requests).toHaveLength(1);
  });

  test.each([
    ['header bytes, four characters each', 4, (count: number) => ['h', Buffer.alloc(count)] as const],
    [
      "control characters in a header's name, six each",
      6,
      (count: number) => ['\0'.repeat(count), Buffer.alloc(0)] as const,
    ],
  ])('a record that no mapping could deliver is told by its %s', (_what, each, header) => {
    const record = (count: number) => ({ key: null, value: null, headers: [header(count)] });
    const [fits, exceeds] = [6 * 1024 * 1024 - 4 * 1024 - 100, 6 * 1024 * 1024 - 4 * 1024 + 100]
      .map((characters) => record(Math.floor(characters / each)))
      .map((message) => undeliverable(message, contentBytes(message)));
    expect(fits).toBeUndefined();
    expect(exceeds).toMatch(/want at most 6287360/);
  });

  test("an event above the topic's limit is rejected without a request", async () => {
    const { clock, port, producer } = scriptedProducer({ topic: () => ({ partitions: 6, maxMessageBytes: 1_000 }) });
    const outcome = await clock.run(producer.publish(event('a', { data: Buffer.alloc(1_000) })));
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'MESSAGE_TOO_LARGE', reason: expect.stringContaining('max.message.bytes = 1000') as string }); // prettier-ignore
    expect(port.requests).toEqual([]);
  });

  test('a topic that cannot keep what it acknowledges makes publish throw, with nothing sent', async () => {
    const topic = () => {
      throw new LosslessError('NOT_CONFIGURED', 'min.insync.replicas: got 1');
    };
    const { clock, port, store, producer } = scriptedProducer({ topic });
    await expect(clock.run(producer.publishAll(many(3)))).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    expect([port.requests.length, store.objects.size]).toEqual([0, 0]);
  });
});

describe('at the deadline', () => {
  test('what Kafka did not take is spilled as one object, byte for byte', async () => {
    const { clock, store, log, producer } = scriptedProducer({ kafka: always({ does: 'not-now' }) });
    const outcomes = await clock.run(producer.publishAll([event('a', { key: 'k' }), event('b', { data: null })]));
    const [object] = store.bodies<SpillObject>('spill');
    const [name] = [...store.objects.keys()];
    expect(outcomes).toEqual(['a', 'b'].map((id) => ({ kind: 'spilled', id, source: 'urn:test', object: name?.slice('spill/'.length) }))); // prettier-ignore
    expect(object).toMatchObject({ version: 1, topic: 'orders', cluster: producerEnvironment.cluster });
    expect(object?.events.map((spilled) => [spilled.partition, idOf(messageOf(spilled)), spilled.value])).toEqual([
      [partitionOfKey(Buffer.from('k'), 6), 'a', Buffer.from('{"id":"a"}').toString('base64')],
      [expect.any(Number), 'b', null],
    ]);
    expect(log.lines).toMatchObject([
      { level: 'warn', fields: { topic: 'orders', events: 2, object: `s3://${name}` } },
    ]);
  });

  test('the deadline is the earlier of its own and the remaining time less the time to spill', async () => {
    const { clock, producer } = scriptedProducer({ kafka: always({ does: 'not-now' }) });
    const start = clock.now();
    await clock.run(producer.publish(event('a')));
    expect(clock.now() - start).toBe(20_000);
    await clock.run(producer.publish(event('b'), { remainingMs: 12_000 }));
    expect(clock.now() - start).toBe(27_000);
  });

  test('without time for Kafka the event goes to the spill store at once', async () => {
    const { clock, port, producer } = scriptedProducer();
    const start = clock.now();
    const outcomes = await clock.run(producer.publishAll(many(3), { remainingMs: 5_000 }));
    expect(kinds(outcomes)).toEqual(['spilled', 'spilled', 'spilled']);
    expect([clock.now() - start, port.requests.length]).toEqual([0, 0]);
  });

  test('a client that never answers does not hold up the event nor the ones after it', async () => {
    const { clock, producer } = scriptedProducer({ kafka: steps({ does: 'silent', written: true }) });
    const start = clock.now();
    expect((await clock.run(producer.publish(event('a', { key: 'k' })))).kind).toBe('spilled');
    expect(clock.now() - start).toBe(20_000);
    expect((await clock.run(producer.publish(event('b', { key: 'k' })))).kind).toBe('acked');
  });

  test('a topic that cannot be read in time does not lose the event', async () => {
    const topic = () => {
      throw new Error('no broker');
    };
    const { clock, store, producer } = scriptedProducer({ topic });
    expect((await clock.run(producer.publish(event('a', { key: 'k' })))).kind).toBe('spilled');
    expect(store.bodies<SpillObject>('spill')[0]?.events[0]?.partition).toBeNull();
  });

  test('single events that are due together share an object', async () => {
    const { clock, store, producer } = scriptedProducer({ kafka: always({ does: 'not-now' }) });
    const publishes = many(50).map((one) => producer.publish(one));
    await clock.run(Promise.all(publishes));
    expect(store.objects.size).toBe(1);
  });

  test.each<[string, Step, 'ok' | 'refused' | 'failed' | 'silent' | 'lost', Outcome['kind']]>([
    ['Kafka and S3 both said no', { does: 'not-now' }, 'refused', 'rejected'],
    ['S3 said no and Kafka did not answer', { does: 'lose-answer', written: true }, 'refused', 'unknown'],
    ['S3 said no while Kafka was silent', { does: 'silent', written: true }, 'refused', 'unknown'],
    ['S3 could not be reached', { does: 'not-now' }, 'failed', 'unknown'],
    ['S3 did not answer', { does: 'not-now' }, 'silent', 'unknown'],
    ['the answer of S3 was lost once', { does: 'not-now' }, 'lost', 'spilled'],
  ])('when %s the caller hears so within the time to spill', async (_what, step, act, kind) => {
    let puts = 0;
    const { clock, producer } = scriptedProducer({
      kafka: always(step),
      puts: () => (act === 'lost' && puts++ > 0 ? 'ok' : act),
    });
    const start = clock.now();
    expect((await clock.run(producer.publish(event('a', { key: 'k' })))).kind).toBe(kind);
    expect(clock.now() - start).toBeLessThanOrEqual(25_000);
  });

  test('an acknowledgement that arrives while the event is being spilled still counts', async () => {
    const { clock, producer } = scriptedProducer({
      kafka: steps({ does: 'ack', afterMs: 7_000 }),
      puts: () => 'silent',
    });
    const start = clock.now();
    const early = producer.publish(event('a', { key: 'k' }), { remainingMs: 10_000 });
    const late = producer.publish(event('b', { key: 'k' }));
    expect(kinds(await clock.run(Promise.all([early, late])))).toEqual(['acked', 'acked']);
    expect(clock.now() - start).toBe(7_000);
  });

  test('an event refused by S3 while its request is in flight is unknown: the request may still be carried out', async () => {
    const { clock, port, producer } = scriptedProducer({
      kafka: steps({ does: 'ack', afterMs: 7_000 }),
      puts: () => 'refused',
    });
    const early = producer.publish(event('a', { key: 'k' }), { remainingMs: 10_000 });
    const late = producer.publish(event('b', { key: 'k' }));
    expect(kinds(await clock.run(Promise.all([early, late])))).toEqual(['unknown', 'acked']);
    expect(port.ids()).toEqual(['a', 'b']);
  });

  test('an event in the hands of the spill store is not rejected by a late answer of Kafka', async () => {
    const { clock, store, producer } = scriptedProducer({
      kafka: steps({ does: 'refuse', about: 'setup', afterMs: 7_000 }),
      puts: () => (clock.now() < until ? 'failed' : 'ok'),
    });
    const until = clock.now() + 8_000;
    const early = producer.publish(event('a', { key: 'k' }), { remainingMs: 10_000 });
    const late = producer.publish(event('b', { key: 'k' }));
    expect(kinds(await clock.run(Promise.all([early, late])))).toEqual(['spilled', 'rejected']);
    expect(store.objects.size).toBe(1);
  });
});

describe('opening', () => {
  test('making a producer reads no environment and opens nothing', () => {
    expect(() => producer({ topic: 'nowhere', deps: { variables: {} } })).not.toThrow();
  });

  test('the first publish without an environment throws in words', async () => {
    await expect(producer({ topic: 'orders', deps: { variables: {} } }).publish(event('a'))).rejects.toThrow(
      'LOSSLESS_PRODUCER_<id>: got none',
    );
  });
});
