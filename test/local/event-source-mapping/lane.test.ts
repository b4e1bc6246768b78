import { Lane } from '../../../local/event-source-mapping/lane';
import { chunk } from '../fixtures/records';

const takeAll = (lane: Lane): number[] => {
  const offsets: number[] = [];
  for (let next = lane.take(); next; next = lane.take()) offsets.push(next.offset);
  return offsets;
};

test('every offset is handed on once and in order, however often it is fetched', () => {
  const lane = new Lane(0, 10);
  lane.accept(chunk(0, 10, 14), 0);
  lane.accept(chunk(0, 10, 14), 0);
  lane.accept(chunk(0, 12, 17), 0);
  expect(takeAll(lane)).toEqual([10, 11, 12, 13, 14, 15, 16, 17]);
});

test('a client that skipped records is sent back to the first one missing', () => {
  const lane = new Lane(0, 0);
  lane.accept(chunk(0, 0, 4), 0);
  expect(lane.accept(chunk(0, 7, 9), 0)).toEqual({ kind: 'ahead', next: 5 });
  expect(takeAll(lane)).toEqual([0, 1, 2, 3, 4]);
  expect(lane.next).toBe(5);
});

test('a hole that the log itself has is passed', () => {
  const lane = new Lane(0, 0);
  lane.accept({ ...chunk(0, 3, 4), fetchedOffset: 0, lastOffset: 5 }, 0);
  expect(takeAll(lane)).toEqual([3, 4]);
  expect(lane.next).toBe(6);
});

test('what is committed is the lowest offset that is not settled', () => {
  const lane = new Lane(0, 0);
  lane.accept(chunk(0, 0, 4), 0);
  for (let count = 0; count < 3; count++) lane.take();
  lane.settle(1);
  lane.settle(2);
  expect(lane.position).toBe(0);
  lane.settle(0);
  expect(lane.position).toBe(3);
  takeAll(lane).forEach((offset) => lane.settle(offset));
  expect(lane.position).toBe(5);
});

test('records written anew after the log was cut off are handed on, though their offsets were seen before', () => {
  const lane = new Lane(0, 0);
  lane.accept(chunk(0, 0, 9, { leaderEpoch: 3 }), 0);
  expect(takeAll(lane)).toHaveLength(10);
  const again = {
    ...chunk(0, 0, 7, { leaderEpoch: 3 }),
    records: chunk(0, 0, 7).records.map((each) => ({ ...each, leaderEpoch: each.offset < 4 ? 3 : 5 })),
  };
  expect(lane.accept(again, 0)).toEqual({ kind: 'rewritten', from: 4, until: 10, count: 4, filteredOut: 0 });
  expect(takeAll(lane)).toEqual([4, 5, 6, 7]);
});

test('what another member settled meanwhile is not handed on again', () => {
  const lane = new Lane(0, 0);
  lane.accept(chunk(0, 0, 4), 0);
  lane.take();
  lane.drop(3);
  expect(lane.position).toBe(3);
  expect(takeAll(lane)).toEqual([3, 4]);
});

test('the bytes that wait are known after any number of records', () => {
  const lane = new Lane(0, 0);
  lane.accept(chunk(0, 0, 4_999), 0);
  for (let count = 0; count < 3_000; count++) lane.take();
  expect([lane.queued, lane.queuedBytes]).toEqual([2_000, 40_000]);
  lane.accept(chunk(0, 5_000, 5_000), 7);
  expect(takeAll(lane)).toHaveLength(2_001);
  expect([lane.queued, lane.queuedBytes, lane.waitingSince]).toEqual([0, 0, undefined]);
});
