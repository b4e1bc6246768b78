import { newCounters } from '../../../local/event-source-mapping/counters';
import { watchFor } from '../../../local/event-source-mapping/watch';
import { Dispatcher, type DispatcherPorts } from '../../../local/event-source-mapping/dispatcher';
import { Lane } from '../../../local/event-source-mapping/lane';
import type { GivenUp } from '../../../local/event-source-mapping/on-failure';
import { DEFAULT_SWITCHES, type MappingSwitches } from '../../../local/event-source-mapping/switches';
import type { Outcome } from '../../../local/function-host';
import type { MappingSettings } from '../../../local/template/mappings';
import { chunk, frame, settings } from '../fixtures/records';

/** One invocation the test answers when it likes. */
interface Call {
  readonly offsets: readonly string[];
  answer(outcome: Outcome): Promise<void>;
}

const ok: Outcome = { kind: 'success', payload: 'null' };
const failed: Outcome = { kind: 'error', errorType: 'Error', errorMessage: 'no' };
const partly = (partition: number, offset: number): Outcome => ({
  kind: 'success',
  payload: JSON.stringify({ batchItemFailures: [{ itemIdentifier: { partition: `orders-${partition}`, offset } }] }),
});
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function world(
  changes: Partial<MappingSettings> = {},
  switches: Partial<MappingSwitches> = {},
  giveUp?: DispatcherPorts['giveUp'],
) {
  const calls: Call[] = [];
  const logged: string[] = [];
  const sleeps: { ms: number; wake: () => void }[] = [];
  const counters = newCounters();
  const dispatcher = new Dispatcher(settings(changes), { ...DEFAULT_SWITCHES, ...switches }, frame, counters, {
    watch: watchFor(undefined, 'group'),
    giveUp,
    invoke: (payload) =>
      new Promise((resolve) => {
        const { records } = JSON.parse(payload) as { records: Record<string, { o: number }[]> };
        const offsets = Object.entries(records).flatMap(([key, list]) =>
          list.map(({ o }) => `${key.replace('orders-', '')}@${o}`),
        );
        const answer = async (outcome: Outcome) => {
          resolve(outcome);
          await turn();
        };
        calls.push({ offsets, answer });
      }),
    moved: () => undefined,
    log: (line) => void logged.push(line),
    now: () => 1_000,
    sleep: (ms, signal) =>
      new Promise((wake) => {
        sleeps.push({ ms, wake });
        signal.addEventListener('abort', () => wake());
      }),
  });
  const lanes = [0, 1].map((partition) => new Lane(partition, 0));
  lanes.forEach((lane) => dispatcher.add(lane));
  const arrive = (partition: number, from: number, to: number) => {
    lanes[partition]?.accept(chunk(partition, from, to), 1_000);
    dispatcher.pump();
  };
  const wake = async () => {
    sleeps.shift()?.wake();
    await turn();
  };
  return {
    arrive,
    calls,
    counters,
    dispatcher,
    lanes,
    logged,
    sleeps,
    wake,
    positions: () => lanes.map(({ position }) => position),
  };
}

test('an offset is committable only after the answer for it', async () => {
  const { arrive, calls, positions } = world();
  arrive(0, 0, 2);
  expect([calls[0]?.offsets, positions()]).toEqual([
    ['0@0', '0@1', '0@2'],
    [0, 0],
  ]);
  await calls[0]?.answer(ok);
  expect(positions()).toEqual([3, 0]);
});

test('a partition has one batch in flight; another goes on meanwhile', async () => {
  const { arrive, calls } = world();
  arrive(0, 0, 1);
  arrive(0, 2, 3);
  arrive(1, 0, 0);
  expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0', '0@1'], ['1@0']]);
  await calls[0]?.answer(ok);
  expect(calls[2]?.offsets).toEqual(['0@2', '0@3']);
});

test.each<Outcome>([failed, { kind: 'timeout', detail: '' }, { kind: 'crash', detail: '' }])(
  'after a $kind the whole batch comes again, before anything newer, with growing pauses',
  async (outcome) => {
    const { arrive, calls, sleeps, wake, positions } = world();
    arrive(0, 0, 1);
    arrive(0, 2, 2);
    await calls[0]?.answer(outcome);
    expect([calls.length, sleeps[0]?.ms, positions()]).toEqual([1, 100, [0, 0]]);
    await wake();
    await calls[1]?.answer(outcome);
    expect([calls[1]?.offsets, sleeps[0]?.ms]).toEqual([['0@0', '0@1'], 200]);
    await wake();
    await calls[2]?.answer(ok);
    expect([calls[3]?.offsets, positions()]).toEqual([['0@2'], [2, 0]]);
  },
);

test('one partition that fails does not hold back the others of its batch', async () => {
  const { arrive, calls, dispatcher, lanes, positions } = world();
  dispatcher.pause();
  arrive(0, 0, 1);
  arrive(1, 0, 1);
  dispatcher.resume();
  expect(calls[0]?.offsets).toEqual(['0@0', '0@1', '1@0', '1@1']);
  await calls[0]?.answer(partly(0, 1));
  expect([positions(), lanes.map(({ busy }) => busy)]).toEqual([
    [1, 2],
    [true, false],
  ]);
  arrive(1, 2, 2);
  expect(calls[1]?.offsets).toEqual(['1@2']);
});

test('where the switch says so newer records go before the failed ones, and nothing is committed past those', async () => {
  const { arrive, calls, wake, positions } = world({}, { newerBeforeRedelivery: true });
  arrive(0, 0, 1);
  await calls[0]?.answer(partly(0, 1));
  arrive(0, 2, 3);
  expect(calls[1]?.offsets).toEqual(['0@2', '0@3']);
  await wake();
  expect(calls).toHaveLength(2);
  await calls[1]?.answer(ok);
  expect([calls[2]?.offsets, positions()]).toEqual([['0@1'], [1, 0]]);
  await calls[2]?.answer(ok);
  expect(positions()).toEqual([4, 0]);
});

test('a bisected batch is delivered half by half, in order', async () => {
  const { arrive, calls, wake, positions } = world({ bisect: true });
  arrive(0, 0, 3);
  await calls[0]?.answer(failed);
  await wake();
  expect(calls[1]?.offsets).toEqual(['0@0', '0@1']);
  await calls[1]?.answer(ok);
  expect([calls[2]?.offsets, positions()]).toEqual([
    ['0@2', '0@3'],
    [2, 0],
  ]);
});

test('records without a retry left go whole to the destination, and are committed after it confirmed', async () => {
  const given: GivenUp[] = [];
  let confirm: () => void = () => undefined;
  const { arrive, calls, counters, positions } = world({ retryLimit: 0 }, {}, (each) => {
    given.push(each);
    return new Promise((resolve) => (confirm = resolve));
  });
  arrive(0, 0, 1);
  await calls[0]?.answer(failed);
  expect([given[0]?.condition, given[0]?.records.length, positions()]).toEqual(['RetryAttemptsExhausted', 2, [0, 0]]);
  confirm();
  await turn();
  expect([positions(), counters.OnFailureDestinationDeliveredEventCount, counters.DroppedEventCount]).toEqual([
    [2, 0],
    2,
    0,
  ]);
});

test.each([
  ['no destination', undefined, 0],
  ['a destination that fails', () => Promise.reject(new Error('denied')), 1],
])('with %s given up records are counted as dropped', async (_, giveUp, errors) => {
  const { arrive, calls, counters, logged, positions } = world({ retryLimit: 0 }, {}, giveUp);
  arrive(0, 0, 1);
  await calls[0]?.answer(failed);
  expect([counters.DroppedEventCount, counters.OnFailureDestinationDeliveryErrorCount, positions()]).toEqual([
    2,
    errors,
    [2, 0],
  ]);
  expect(logged[0]).toContain('dropped 2 records (RetryAttemptsExhausted)');
});

test('records over the age limit are given up without an invocation', async () => {
  const given: GivenUp[] = [];
  const { arrive, calls, lanes } = world({ recordAgeLimitMs: 60_000 }, {}, (each) =>
    Promise.resolve(void given.push(each)),
  );
  lanes[0]?.accept(chunk(0, 0, 0, { timestamp: -60_000 }), 1_000);
  arrive(0, 1, 1);
  await turn();
  expect([given[0]?.condition, calls[0]?.offsets]).toEqual(['RecordAgeExceeded', ['0@1']]);
});

test('a record that fits in no event is given up with its own condition', async () => {
  const given: GivenUp[] = [];
  const { calls, dispatcher, lanes, positions } = world({}, {}, (each) => Promise.resolve(void given.push(each)));
  lanes[0]?.accept(chunk(0, 0, 0, { bytes: 7_000_000 }), 1_000);
  dispatcher.pump();
  await turn();
  expect([given[0]?.condition, calls.length, positions()]).toEqual(['MaximumPayloadSizeExceeded', 0, [1, 0]]);
});

test('an answer that comes after the partition went to another member settles nothing', async () => {
  const { arrive, calls, dispatcher, lanes } = world();
  arrive(0, 0, 1);
  dispatcher.remove(0);
  await calls[0]?.answer(failed);
  expect([calls.length, lanes[0]?.position, dispatcher.lanes.has(0)]).toEqual([1, 0, false]);
});

test('a stopped mapping delivers nothing again', async () => {
  const { arrive, calls, dispatcher, positions } = world();
  arrive(0, 0, 1);
  await calls[0]?.answer(failed);
  dispatcher.stop();
  await turn();
  expect([calls.length, positions()]).toEqual([1, [0, 0]]);
});
