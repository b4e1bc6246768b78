import { RECORD } from '../../../lambdas/runtime/contract';
import { SETTLED, settledRecord } from '../../../faults/final-read/items';

const at = { [RECORD.partition]: 1, [RECORD.offset]: 7, [RECORD.settledAt]: 5 };

test('an event that a person ended is settled, like one that is applied, parked or sent back', () => {
  const states = ['done', 'parked', 'redriven', 'amended', 'discarded', 'claimed', undefined];
  expect(states.filter((state) => SETTLED.has(state))).toEqual(states.slice(0, 5));
});

test('an amended event names the one in its place, a discarded one nothing but where it lay', () => {
  const amended = {
    ...at,
    [RECORD.state]: 'amended',
    [RECORD.id]: 'a',
    [RECORD.amendedAs]: 'b',
    [RECORD.generation]: 2,
  };
  expect(settledRecord(amended)).toMatchObject({ state: 'amended', id: 'a', amendedAs: 'b', generation: 2 });
  const { id, amendedAs, ...discarded } = settledRecord({ ...at, [RECORD.state]: 'discarded' });
  expect([id, amendedAs]).toEqual([undefined, undefined]);
  expect(discarded).toMatchObject({ state: 'discarded', partition: 1, offset: 7, settledAt: 5 });
});
