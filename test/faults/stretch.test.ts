import type { Sent } from '../../faults/load';
import { chanceOf } from '../../faults/random';
import { stretchOf } from '../../faults/stretch';

const at = (partition: number, offset: number, kind: Sent['kind'] = 'order'): Sent => ({
  ...{ id: `${partition}-${offset}`, customer: 'ann', outcome: 'acked' },
  ...{ kind, partition, offset },
});

test('a stretch lies in what is known to be in the log of one partition, and holds nothing that is never taken', () => {
  const known = [at(0, 1), at(0, 2, 'misfit'), at(0, 4), at(0, 5, 'killer'), at(0, 6), at(1, 0, 'failing'), at(1, 9)];
  for (let seed = 0; seed < 50; seed++) {
    const { partition, from, to } = stretchOf(known, chanceOf(seed))!;
    expect([
      [0, 1, 4],
      [0, 2, 4],
      [0, 4, 4],
      [0, 6, 6],
      [1, 9, 9],
    ]).toContainEqual([partition, from, to]);
  }
  const long = Array.from({ length: 1_000 }, (_, offset) => at(0, offset));
  const { from, to } = stretchOf(long, chanceOf(1))!;
  expect(to - from).toBeLessThan(150);
});

test('of what nobody knows to be in the log, and of what is never taken, there is none', () => {
  const unknown: Sent = { id: 'a', customer: 'ann', kind: 'order', outcome: 'unknown' };
  expect(stretchOf([unknown, at(0, 1, 'killer')], chanceOf(1))).toBeUndefined();
});
