import { assemble, type BatchLimits } from '../../../local/event-source-mapping/batch';
import { Lane } from '../../../local/event-source-mapping/lane';
import { chunk, frame } from '../fixtures/records';

const limits = (changes: Partial<BatchLimits> = {}): BatchLimits => ({
  batchSize: 100,
  windowMs: 500,
  maxBytes: 10_000,
  ...changes,
});
const lane = (partition: number, records: number, at = 0, bytes = 20) => {
  const made = new Lane(partition, 0);
  made.accept(chunk(partition, 0, records - 1, { bytes }), at);
  return made;
};
const offsets = (result: ReturnType<typeof assemble>) =>
  result.kind === 'batch' ? result.records.map(({ partition, offset }) => `${partition}@${offset}`) : result;

test('a batch waits for its window, which begins with the first record', () => {
  const lanes = [lane(0, 1, 300), lane(1, 1, 100)];
  expect(assemble(lanes, limits(), frame, 599)).toEqual({ kind: 'wait', until: 600 });
  expect(offsets(assemble(lanes, limits(), frame, 600))).toEqual(['1@0', '0@0']);
});

test('a full batch does not wait', () => {
  expect(offsets(assemble([lane(0, 3), lane(1, 2)], limits({ batchSize: 4 }), frame, 0))).toEqual([
    '0@0',
    '0@1',
    '0@2',
    '1@0',
  ]);
});

test('an event never grows over its limit, and the next record waits for the next one', () => {
  const lanes = [lane(0, 3, 0, 100)];
  expect(offsets(assemble(lanes, limits({ maxBytes: 250 }), frame, 0))).toEqual(['0@0', '0@1']);
});

test('a record that fits in no event is taken out by itself', () => {
  expect(assemble([lane(0, 1, 0, 300)], limits({ maxBytes: 250 }), frame, 0)).toMatchObject({
    kind: 'too-large',
    record: { offset: 0 },
  });
});

test('a partition with a batch in flight gives nothing to the next one', () => {
  const busy = lane(0, 5);
  const free = lane(1, 1);
  assemble([busy], limits({ batchSize: 2 }), frame, 0);
  expect(busy.busy).toBe(true);
  expect(offsets(assemble([busy, free], limits({ windowMs: 0 }), frame, 0))).toEqual(['1@0']);
  expect(assemble([busy, free], limits({ windowMs: 0 }), frame, 0)).toEqual({ kind: 'wait', until: undefined });
});

test('a partition that went to another member gives nothing', () => {
  const lost = lane(0, 5);
  lost.owned = false;
  expect(assemble([lost], limits({ windowMs: 0 }), frame, 0)).toEqual({ kind: 'wait', until: undefined });
});
