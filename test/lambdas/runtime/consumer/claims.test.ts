import { getMaxListeners } from 'node:events';
import { Park, Retry, type CallContext } from '../../../../lambdas/runtime';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import { json } from '../../../../lambdas/runtime/event/decode';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { environment, kafkaEvent, reported, simulation, type Given } from '../simulation';
import type { Clock } from '../../../../lambdas/runtime/time/clock';
import { unpack } from '../../../../lambdas/runtime/unpack';
import { deliverMortal } from '../simulation/mortal';

jest.setTimeout(60_000);

/** A claim is there so that one invocation at a time calls. It must not cost more time than that. */

const A: Given = { offset: 0, id: 'a', key: 'a' };
const B: Given = { offset: 1, id: 'b', key: 'b' };
const many = (n: number): Given[] => Array.from({ length: n }, (_, i) => ({ offset: i, id: `e${i}`, key: `k${i}` }));
const deliveryFor = (given: Given) => {
  const [record] = [...recordBatch(kafkaEvent(given)).partitions.values()].flat();
  return deliveryOf(record as never, environment);
};
const claimed = (given: Given, owner: string, beat: number) => {
  const { key, content } = deliveryFor(given);
  const { offset, partition = 0, timestamp = 1_700_000_000_000 } = given;
  return { key, content, state: 'claimed', owner, beat, topic: 'orders', partition, offset, timestamp };
};
const away = { decode: json(), call: () => Promise.reject(new Retry('the other system is away')) };
/** Keeps the claim of another alive for so long, a beat every three seconds. */
async function beating(all: ReturnType<typeof simulation>, given: Given, untilMs: number): Promise<void> {
  const started = all.clock.monotonic();
  for (let beat = 0; all.clock.monotonic() - started < untilMs; beat++) {
    all.tables.write('idempotency', claimed(given, 'other', beat));
    await all.clock.sleep(3_000);
  }
}
const callOf = (all: ReturnType<typeof simulation>) => {
  const at = new Map<string, number>();
  const call = (_: unknown, { event }: CallContext) => void at.set(event.id, all.clock.monotonic());
  return { at, options: { decode: json(), call } };
};

describe('events whose call was not over at the time margin', () => {
  test.each([
    [1_000, 12_000],
    [100, 18_000],
  ])(
    '%i of them, in a function of %i ms, are called by the next delivery without a lease for each',
    async (n, timeoutMs) => {
      const all = simulation();
      const given = many(n);
      expect(reported(await all.deliver(kafkaEvent(...given), away, timeoutMs))).toHaveLength(n);
      expect(all.records('claimed')).toEqual([]);
      const { options, at } = callOf(all);
      const started = all.clock.monotonic();
      expect(reported(await all.deliver(kafkaEvent(...given), options, Math.max(timeoutMs, 18_000)))).toEqual([]);
      expect(at.size).toBe(n);
      expect(Math.max(...at.values()) - started).toBeLessThan(8_000);
    },
  );

  test('those that are under way and obey their signal are free at once for the next delivery', async () => {
    const all = simulation();
    const given = many(4);
    const obeys = (_: unknown, { signal }: CallContext) =>
      all.clock.sleep(100_000, signal).then(() => Promise.reject(signal.reason as Error));
    expect(reported(await all.deliver(kafkaEvent(...given), { decode: json(), call: obeys }))).toHaveLength(4);
    expect(all.records('claimed')).toEqual([]);
    expect(all.entries().every(({ owner }) => owner === undefined)).toBe(true);
  });

  test('one that was claimed from a redrive goes back to it', async () => {
    const all = simulation();
    const redriven: Given = { ...A, headers: [['lossless-redrive', 'billing:2']] };
    const { key, content } = deliveryFor(redriven);
    all.tables.write('idempotency', { key, content, state: 'redriven', generation: 2, object: 'o' });
    expect(reported(await all.deliver(kafkaEvent(redriven), away))).toHaveLength(1);
    expect(all.entries()).toMatchObject([{ state: 'redriven', generation: 2, object: 'o' }]);
  });

  test('one that is to be parked and may not be, as the circuit breaker is open, is claimed no more', async () => {
    const all = simulation();
    const bad = { decode: json(), attempts: 1, call: () => Promise.reject(new Park('never')) };
    await all.deliver(kafkaEvent(...many(30)), bad);
    expect(all.records('parked')).toHaveLength(20);
    expect(all.records('claimed')).toEqual([]);
  });

  test('one that ends well after its margin is recorded, and not called again', async () => {
    const all = simulation();
    const reached: string[] = [];
    const call = async (_: unknown, { event }: CallContext) => {
      reached.push(event.id);
      if (reached.length === 1) await all.clock.sleep(50_500);
    };
    expect(reported(await all.deliver(kafkaEvent(A), { decode: json(), call }))).toEqual(['orders-0@0']);
    expect(reported(await all.deliver(kafkaEvent(A), { decode: json(), call }))).toEqual([]);
    expect(reached).toEqual(['a']);
  });

  test('one that has been called, and whose record is perhaps on its way, keeps its claim: a lease for it to arrive', async () => {
    const all = simulation();
    all.tables.script = () => ({ kind: 'unknown', detail: 'TimeoutError' });
    const { options } = callOf(all);
    expect(reported(await all.deliver(kafkaEvent(A), options, 15_000))).toHaveLength(1);
    expect(all.records('claimed')).toHaveLength(1);
  });

  test('one that hangs keeps its claim: it may still reach the other system', async () => {
    const all = simulation();
    const hangs = { decode: json(), call: () => new Promise(() => undefined) };
    await all.deliver(kafkaEvent(A), hangs);
    expect(all.records('claimed')).toHaveLength(1);
  });
});

test('events that a killed invocation had claimed are all called after one lease, and their neighbours at once', async () => {
  const all = simulation();
  const given = many(104);
  for (const each of given.slice(0, 100)) all.tables.write('idempotency', claimed(each, 'dead', 7));
  const { options, at } = callOf(all);
  const started = all.clock.monotonic();
  expect(reported(await all.deliver(kafkaEvent(...given), options))).toEqual([]);
  expect(at.size).toBe(104);
  const neighbours = ['e100', 'e101', 'e102', 'e103'].map((id) => at.get(id)! - started);
  expect(Math.max(...neighbours)).toBeLessThan(2_000);
  expect(Math.max(...at.values()) - started).toBeLessThan(15_000);
});

test('an event that another invocation works on holds up no other: its place among the calls goes to its neighbour', async () => {
  const all = simulation();
  const other = beating(all, A, 20_000);
  const { options, at } = callOf(all);
  const started = all.clock.monotonic();
  expect(reported(await all.deliver(kafkaEvent(A, B), { ...options, concurrency: 1 }))).toEqual([]);
  await other;
  expect(at.get('b')! - started).toBeLessThan(1_000);
  expect(at.get('a')! - started).toBeGreaterThan(20_000);
});

test('an event to be parked that another invocation works on holds up no other parking', async () => {
  const all = simulation();
  const other = beating(all, A, 20_000);
  const parkedAt = new Map<unknown, number>();
  const started = all.clock.monotonic();
  all.tables.script = ([item]) => {
    const { state, id } = item?.Put?.Item ?? {};
    if (state?.S === 'parked') parkedAt.set(id?.S, all.clock.monotonic() - started);
    return undefined;
  };
  const decode = { decode: () => ({ undecodable: 'a format of tomorrow' }) };
  const answer = await all.deliver(kafkaEvent(A, B), { decode, call: () => undefined, concurrency: 1 });
  await other;
  expect(reported(answer)).toEqual([]);
  expect(parkedAt.get('b')).toBeLessThan(1_000);
  expect(parkedAt.get('a')).toBeGreaterThan(20_000);
});

test('an event that is tried again shows a new beat each time: nobody takes its claim for a dead one', async () => {
  const all = simulation();
  const seen: string[] = [];
  let times = 0;
  const note = () => {
    const [item] = all.records('claimed');
    if (item) seen.push(`${String(item['owner'])} ${String(item['beat'])}`);
  };
  const call = () => {
    note();
    return ++times < 8 ? Promise.reject(new Retry('away')) : undefined;
  };
  expect(reported(await all.deliver(kafkaEvent(A), { decode: json(), call }))).toEqual([]);
  expect(seen).toHaveLength(8);
  expect(new Set(seen).size).toBe(8);
});

test('an event that another took over and parked during a call stays parked: what the call completes is its no more', async () => {
  const all = simulation();
  const call = () => {
    const parked = { ...claimed(A, 'other', 7), state: 'parked', object: 'letter', effect: 'unknown' };
    all.tables.write('idempotency', parked);
  };
  expect(reported(await all.deliver(kafkaEvent(A), { decode: json(), call }))).toEqual([]);
  expect(all.records('parked')).toMatchObject([{ owner: 'other', object: 'letter' }]);
  expect(all.records('done')).toEqual([]);
});

test('an event that was claimed and not given back, as neither was answered, is called at once: its invocation knows its own claim', async () => {
  const all = simulation();
  const { at, options } = callOf(all);
  let [claims, givenBack] = [0, 0];
  all.tables.updateScript = ({ UpdateExpression = '' }) => {
    if (UpdateExpression.includes(':claimed')) return ++claims === 1 ? 'lost' : undefined;
    if (!UpdateExpression.startsWith('REMOVE #state')) return undefined;
    givenBack++;
    return { kind: 'busy', detail: 'ThrottlingException' };
  };
  const started = all.clock.monotonic();
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual([]);
  expect([claims, givenBack]).toEqual([2, 1]);
  expect(at.get('a')! - started).toBeLessThan(5_000);
});

test('an event whose owner beats between the look and the taking over is not taken over', async () => {
  const all = simulation();
  all.tables.write('idempotency', claimed(A, 'other', 3));
  let beats = 0;
  all.tables.updateScript = ({ ExpressionAttributeValues = {} }) => {
    if (ExpressionAttributeValues[':dead'] && beats++ === 0) all.tables.write('idempotency', claimed(A, 'other', 4));
    return undefined;
  };
  const started = all.clock.monotonic();
  const { options, at } = callOf(all);
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual([]);
  expect(beats).toBeGreaterThanOrEqual(2);
  expect(at.get('a')! - started).toBeGreaterThan(20_000);
});

test('an event that was taken over from a call is no attempt on it, however the call ends then', async () => {
  const all = simulation();
  let times = 0;
  const call = async (_: unknown, { signal }: CallContext) => {
    if (++times > 1) return;
    all.tables.write('idempotency', claimed(A, 'other', 0));
    await all.clock.sleep(30_000, signal);
    throw new Error('the connection was closed');
  };
  expect(reported(await all.deliver(kafkaEvent(A), { decode: json(), call, attempts: 1 }))).toEqual([]);
  expect(all.letters()).toEqual([]);
  expect(all.log.of('attempt failed')).toEqual([]);
  expect(all.records('done')).toHaveLength(1);
});

test('an event whose call cannot renew its claim: told to stop within a lease of the last beat that may have arrived', async () => {
  const all = simulation({ latencyMs: () => 1_000 });
  let toldAt = 0;
  let lastBeatAt = 0;
  const call = async (_: unknown, { signal }: CallContext) => {
    if (toldAt > 0) return;
    signal.addEventListener('abort', () => (toldAt = all.clock.monotonic()));
    await all.clock.sleep(40_000, signal);
    throw new Error('stopped');
  };
  all.tables.updateScript = ({ UpdateExpression = '' }) => {
    if (UpdateExpression !== 'ADD #beat :one') return undefined;
    if (lastBeatAt === 0) lastBeatAt = all.clock.monotonic();
    else if (all.clock.monotonic() < lastBeatAt + 15_000) return { kind: 'unknown', detail: 'TimeoutError' };
    return undefined;
  };
  await all.deliver(kafkaEvent(A), { decode: json(), call });
  expect(lastBeatAt).toBeGreaterThan(0);
  expect(toldAt - lastBeatAt).toBeLessThan(10_000);
});

test('two deliveries of one event over a store of four seconds a request: one calls at a time, and one takes effect', async () => {
  const all = simulation({ latencyMs: () => 2_000 });
  let under = 0;
  let most = 0;
  let reached = 0;
  const call = async () => {
    most = Math.max(most, ++under);
    await all.clock.sleep(60_000);
    under--;
    reached++;
  };
  const deliver = () => all.invoke(kafkaEvent(A), { decode: json(), call }, 200_000);
  const both = [deliver(), all.clock.sleep(3_000).then(deliver)];
  expect((await all.clock.run(Promise.all(both))).flatMap(reported)).toEqual([]);
  expect({ most, reached }).toEqual({ most: 1, reached: 1 });
});

test('an event whose invocation was killed between two calls is called at once: it was claimed no more', async () => {
  const all = simulation();
  await deliverMortal(all.parts, kafkaEvent(A), (kill) => ({
    decode: json(),
    call: () => {
      void all.clock.sleep(30).then(kill);
      return Promise.reject(new Retry('away'));
    },
  }));
  const started = all.clock.monotonic();
  const { options, at } = callOf(all);
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual([]);
  expect(at.get('a')! - started).toBeLessThan(1_000);
});

test('an event whose invocation was killed while it called again is called after a lease at most', async () => {
  const all = simulation();
  let times = 0;
  await deliverMortal(all.parts, kafkaEvent(A), (kill) => ({
    decode: json(),
    call: () => (++times === 3 ? kill() : Promise.reject(new Retry('away'))),
  }));
  const started = all.clock.monotonic();
  const { options, at } = callOf(all);
  expect(reported(await all.deliver(kafkaEvent(A), options))).toEqual([]);
  expect(at.get('a')! - started).toBeLessThan(13_000);
});

/** 0: as many as like. Node 20 throws where it should say that. */
function mostListeners(signal: AbortSignal): number {
  try {
    return getMaxListeners(signal);
  } catch {
    return 0;
  }
}

test('a hundred records of an on-failure object that a killed invocation had claimed are parked by one sweep: a lease for all', async () => {
  const all = simulation();
  const given = many(100);
  for (const each of given) all.tables.write('idempotency', claimed(each, 'dead', 7));
  const payload = JSON.stringify(kafkaEvent(...given));
  const object = JSON.stringify({ requestContext: { condition: 'RetriesExhausted' }, payload });
  all.objects.content.set('on-failure/one', object);
  const end = all.clock.now() + 60_000;
  const left = { getRemainingTimeInMillis: () => end - all.clock.now() };
  const waits = new Map<AbortSignal, number>();
  const clock: Clock = {
    ...{ now: () => all.clock.now(), monotonic: () => all.clock.monotonic(), random: () => all.clock.random() },
    ...{
      uuid: () => all.clock.uuid(),
      timer: (...args) => all.clock.timer(...args),
      soon: (act) => all.clock.soon(act),
    },
    sleep: (ms, signal) => {
      if (signal) waits.set(signal, (waits.get(signal) ?? 0) + 1);
      return all.clock.sleep(ms, signal);
    },
  };
  expect(await all.clock.run(unpack({ ...all.parts, clock })({}, left))).toMatchObject({ objects: 1, parked: 100 });
  // Node warns, in anybody's log, of more than ten that listen to a signal which does not say that it takes them.
  const heard = [...waits].filter(([, times]) => times > 10).map(([signal]) => mostListeners(signal));
  expect(heard).toEqual([0]);
  expect(all.letters().every(({ effect }) => effect === 'unknown')).toBe(true);
});
