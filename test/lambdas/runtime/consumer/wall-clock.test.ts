import { consumer, Retry } from '../../../../lambdas/runtime';
import { json } from '../../../../lambdas/runtime/event/decode';
import { untilConfirmed } from '../../../../lambdas/runtime/stores/confirmed';
import { unpack } from '../../../../lambdas/runtime/unpack';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { environment, kafkaEvent, reported, simulation, VirtualClock, type Given } from '../simulation';

jest.setTimeout(60_000);

/** Somebody sets the clock of the machine. Time itself goes on as before. */
const STEPS = [
  ['ten minutes ahead', 600_000],
  ['ten minutes back', -600_000],
] as const;
const A: Given = { offset: 5, id: 'a', key: 'k', value: { amount: 1 } };

describe.each(STEPS)('the wall clock is set %s', (_, stepMs) => {
  test('during a call, with one beat throttled: its claim is kept, it is not told to stop, and whoever waits for it does not call', async () => {
    const all = simulation();
    const reached: string[] = [];
    let told = false;
    const handler = (who: string) => ({
      decode: json(),
      call: async (_: unknown, { signal }: { signal: AbortSignal }) => {
        reached.push(who);
        await all.clock.sleep(16_000);
        told ||= signal.aborted;
      },
    });
    const first = all.invoke(kafkaEvent(A), handler('first'));
    const second = all.clock.sleep(1_000).then(() => all.invoke(kafkaEvent(A), handler('second')));
    let isSet = false;
    void all.clock.sleep(7_000).then(() => (all.clock.step(stepMs), (isSet = true)));
    all.tables.updateScript = ({ UpdateExpression = '' }) => {
      if (!isSet || UpdateExpression !== 'ADD #beat :one') return undefined;
      isSet = false;
      return { kind: 'busy', detail: 'throttled' };
    };
    const answers = await all.clock.run(Promise.all([first, second]));
    expect(answers.flatMap(reported)).toEqual([]);
    expect({ reached, told }).toEqual({ reached: ['first'], told: false });
  });

  test('while a dead claim is waited for: the event is called once a lease has passed', async () => {
    const all = simulation();
    const given = { decode: json(), call: () => new Promise(() => undefined) };
    await all.deliver(kafkaEvent(A), given, 20_000);
    const item = all.entries()[0]!;
    all.tables.write('idempotency', { ...item, state: 'claimed', owner: 'dead', beat: 0, content: item['content'] });
    const started = all.clock.monotonic();
    void all.clock.sleep(5_000).then(() => all.clock.step(stepMs));
    let calledAt = 0;
    const call = () => void (calledAt = all.clock.monotonic());
    expect(reported(await all.deliver(kafkaEvent(A), { decode: json(), call }))).toEqual([]);
    expect(calledAt - started).toBeGreaterThanOrEqual(10_000);
    expect(calledAt - started).toBeLessThan(13_000);
  });

  test('while the other system is away: the invocation works until its margin, answers in time, and counts what is settled', async () => {
    const all = simulation();
    const given = [A, { ...A, offset: 6, id: 'b', key: 'l' }];
    void all.clock.sleep(20_000).then(() => all.clock.step(stepMs));
    const started = all.clock.monotonic();
    const answer = await all.deliver(kafkaEvent(...given), {
      decode: json(),
      call: (_, { event }) => (event.id === 'b' ? Promise.reject(new Retry('away')) : undefined),
    });
    const tookMs = all.clock.monotonic() - started;
    expect(tookMs).toBeGreaterThanOrEqual(49_000);
    expect(tookMs).toBeLessThan(56_000);
    expect(reported(answer)).toEqual(['orders-0@6']);
    expect(all.ledger()).toMatchObject({ applied: 1 });
  });

  test('while the answer is counted: what is settled is still counted, and none of it is delivered again', async () => {
    const all = simulation();
    const given = [A, { ...A, offset: 6, id: 'b', key: 'l' }];
    void all.clock.sleep(50_001).then(() => all.clock.step(stepMs));
    all.tables.updateScript = () =>
      all.clock.monotonic() - started > 50_000 && all.clock.monotonic() - started < 51_000
        ? { kind: 'busy', detail: 'throttled' }
        : undefined;
    const started = all.clock.monotonic();
    const answer = await all.deliver(kafkaEvent(...given), {
      decode: json(),
      write: async (_, { event: { id } }) => {
        if (id === 'b') await all.clock.sleep(100_000);
        return [put({ TableName: 'orders', Item: { id } })];
      },
    });
    expect(reported(answer)).toEqual(['orders-0@6']);
    expect(all.ledger()).toMatchObject({ applied: 1 });
  });

  test('between two deliveries: the second goes on where the first ended', async () => {
    const all = simulation();
    let away = true;
    const handler = {
      decode: json(),
      call: () => (away ? Promise.reject(new Retry('away')) : undefined),
    };
    expect(reported(await all.deliver(kafkaEvent(A), handler))).toEqual(['orders-0@5']);
    all.clock.step(stepMs);
    away = false;
    expect(reported(await all.deliver(kafkaEvent(A), handler))).toEqual([]);
    expect(all.records('done')).toHaveLength(1);
  });

  test('before a delivery, on its machine alone: it works as long as its function lives, and no longer', async () => {
    const all = simulation();
    all.parts.variables.LOSSLESS_CONSUMER_Billing = JSON.stringify({ ...environment, timeoutMs: 60_000 });
    const handler = consumer({
      decode: json(),
      call: (_, { event }) => (event.id === 'b' ? Promise.reject(new Retry('away')) : undefined),
      deps: all.parts,
    });
    // Lambda's deadline is a time of its own clock; this machine's is another.
    const deadline = all.clock.now() + 60_000;
    all.clock.step(stepMs);
    const started = all.clock.monotonic();
    const context = { getRemainingTimeInMillis: () => deadline - all.clock.now() };
    const given = [A, { ...A, offset: 6, id: 'b', key: 'l' }];
    const answer = await all.clock.run(handler(kafkaEvent(...given), context));
    expect(reported(answer)).toEqual(['orders-0@6']);
    expect(all.ledger()).toMatchObject({ applied: 1 });
    expect(all.clock.monotonic() - started).toBeGreaterThan(45_000);
    expect(all.clock.monotonic() - started).toBeLessThan(58_000);
  });

  test('during a sweep of on-failure objects: it goes on as long as its function lives, and no longer', async () => {
    const all = simulation();
    const object = (id: string) =>
      JSON.stringify({
        requestContext: { condition: 'RetriesExhausted' },
        payload: JSON.stringify(kafkaEvent({ ...A, id })),
      });
    for (const id of ['a', 'b', 'c']) all.objects.content.set(`on-failure/${id}`, object(id));
    all.tables.updateScript = () => (all.clock.step(stepMs), undefined);
    const end = all.clock.now() + 60_000;
    const sweep = unpack(all.parts);
    const left = { getRemainingTimeInMillis: () => end - all.clock.now() };
    expect(await all.clock.run(sweep({}, left))).toMatchObject({ objects: 3, parked: 3, complete: true });
  });

  test('while a service is asked to confirm: it is asked for as long as was said', async () => {
    const clock = new VirtualClock();
    const started = clock.monotonic();
    let asked = 0;
    const hand = () => Promise.reject(asked++ === 3 ? (clock.step(stepMs), new Error('away')) : new Error('away'));
    const confirmed = untilConfirmed(hand, { clock, timeMs: 10_000, isRefusal: () => false });
    expect(await clock.run(confirmed)).toMatchObject({ kind: 'unknown' });
    expect(clock.monotonic() - started).toBeGreaterThan(8_000);
    expect(clock.monotonic() - started).toBeLessThanOrEqual(10_000);
  });
});
