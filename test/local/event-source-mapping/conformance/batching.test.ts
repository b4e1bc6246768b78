import { PAYLOAD_LIMIT } from '../../../../local/runtime-api';
import type { GivenUp } from '../../../../local/event-source-mapping/on-failure';
import { frameBytes, partitionBytes } from '../../../../local/event-source-mapping/record';
import { frame } from '../../fixtures/records';
import { ok, turn, world } from '../world';

describe('https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html', () => {
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'queueMicrotask', 'nextTick'] }));
  afterEach(() => jest.useRealTimers());

  test('a batch goes out when its window has elapsed, which begins with its first record', () => {
    const { arrive, calls, clock } = world({ windowMs: 500 });
    arrive(0, 0, 0);
    clock.now += 400;
    arrive(0, 1, 1);
    jest.advanceTimersByTime(99);
    expect(calls).toEqual([]);
    clock.now += 100;
    jest.advanceTimersByTime(1);
    expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0', '0@1']]);
  });

  test('a batch goes out as soon as it has the batch size, and holds no more', () => {
    const { arrive, calls } = world({ windowMs: 300_000, batchSize: 3 });
    arrive(0, 0, 1);
    expect(calls).toEqual([]);
    arrive(0, 2, 4);
    expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0', '0@1', '0@2']]);
  });

  const room = PAYLOAD_LIMIT - frameBytes(frame) - partitionBytes(frame, 0);
  test('a batch goes out as soon as the event has 6 MB, and the rest goes into the next one', async () => {
    const { arrive, calls, reply } = world({ windowMs: 300_000 });
    const bytes = Math.floor(room / 2);
    arrive(0, 0, 2, { bytes });
    expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0']]);
    await reply(ok);
    expect(calls.at(-1)?.offsets).toEqual(['0@1']);
  });

  test.each([
    ['of exactly 6 MB is delivered', 0, 1, []],
    ['of a byte more is given up without an invocation', 1, 0, ['MaximumPayloadSizeExceeded']],
  ])('a record that makes an event %s', async (_, more, invocations, conditions) => {
    const given: GivenUp[] = [];
    const { arrive, calls } = world({}, {}, (each) => Promise.resolve(void given.push(each)));
    arrive(0, 0, 0, { bytes: room - 1 + more });
    await turn();
    expect([calls.length, given.map(({ condition }) => condition)]).toEqual([invocations, conditions]);
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-low-latency.html', () => {
  test('a window of 0 delivers at once what is there', () => {
    const { arrive, calls } = world({ windowMs: 0 });
    arrive(0, 0, 0);
    expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0']]);
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html', () => {
  test('one event may hold several partitions, each in the order of its offsets', () => {
    const { arrive, calls, dispatcher } = world();
    dispatcher.pause();
    arrive(1, 0, 1);
    arrive(0, 0, 1);
    dispatcher.resume();
    expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0', '0@1', '1@0', '1@1']]);
  });

  test('a partition has one batch in flight, and its next one after the answer; other partitions go on', async () => {
    const { arrive, calls } = world();
    arrive(0, 0, 0);
    arrive(0, 1, 1);
    arrive(1, 0, 0);
    expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0'], ['1@0']]);
    await calls[0]?.answer(ok);
    expect(calls.at(-1)?.offsets).toEqual(['0@1']);
  });

  test('offsets are committed after the batch was processed, as the offset that comes next', async () => {
    const { arrive, positions, reply } = world();
    arrive(0, 0, 1);
    expect(positions()).toEqual([0, 0]);
    await reply(ok);
    expect(positions()).toEqual([2, 0]);
  });
});

describe('https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html', () => {
  test('invocations at once are limited by the pollers', async () => {
    const { arrive, calls } = world({ concurrency: 1 });
    arrive(0, 0, 0);
    arrive(1, 0, 0);
    expect(calls).toHaveLength(1);
    await calls[0]?.answer(ok);
    expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0'], ['1@0']]);
  });
});
