import { Lane } from '../../../local/event-source-mapping/lane';
import type { Outcome } from '../../../local/function-host';
import { crash, failed, failures, ok, timeout, turn, world } from './world';

test.each<Outcome>([failed, timeout, crash])(
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
  await calls[0]?.answer(failures([0, 1]));
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
  await calls[0]?.answer(failures([0, 1]));
  arrive(0, 2, 3);
  expect(calls[1]?.offsets).toEqual(['0@2', '0@3']);
  await wake();
  expect(calls).toHaveLength(2);
  await calls[1]?.answer(ok);
  expect([calls[2]?.offsets, positions()]).toEqual([['0@1'], [1, 0]]);
  await calls[2]?.answer(ok);
  expect(positions()).toEqual([4, 0]);
});

test('two redeliveries of one partition that wait for each other leave a place to the records of another', async () => {
  const { arrive, calls, wake } = world({ concurrency: 1 }, { newerBeforeRedelivery: true });
  arrive(0, 0, 0);
  await calls[0]?.answer(failed);
  arrive(0, 1, 1);
  await wake();
  arrive(1, 0, 0);
  await calls[1]?.answer(failed);
  expect(calls.map(({ offsets }) => offsets)).toEqual([['0@0'], ['0@1'], ['1@0']]);
  await calls[2]?.answer(ok);
  expect(calls[3]?.offsets).toEqual(['0@0']);
});

test('records of a third partition are delivered while those of two others fail on and on in the only place', async () => {
  const { arrive, calls, dispatcher, lanes, wake } = world({ concurrency: 1 });
  const third = new Lane(2, 0);
  lanes.push(third);
  dispatcher.add(third);
  arrive(0, 0, 0);
  await calls[0]?.answer(failed);
  arrive(1, 0, 0);
  await wake(); // the record of partition 0 has rested, and waits for the place
  await calls[1]?.answer(failed);
  arrive(2, 0, 0);
  await wake(); // and now that of partition 1
  await calls[2]?.answer(failed);
  await calls[3]?.answer(ok);
  expect(calls.slice(0, 5).map(({ offsets }) => offsets)).toEqual([['0@0'], ['1@0'], ['0@0'], ['2@0'], ['1@0']]);
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
