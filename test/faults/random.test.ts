import { chanceOf } from '../../faults/random';

test('the same seed draws the same numbers, another seed others', () => {
  const draws = (seed: number) => {
    const chance = chanceOf(seed);
    return [chance.next(), chance.whole(1, 1000), chance.between(5, 6), ...chance.some([1, 2, 3, 4, 5], 3)];
  };
  expect(draws(7)).toEqual(draws(7));
  expect(draws(7)).not.toEqual(draws(8));
});

test('the numbers of a seed never change between versions, or a printed seed would run something else', () => {
  const chance = chanceOf(1);
  expect([chance.next(), chance.next(), chance.whole(0, 99)]).toEqual([0.6270739405881613, 0.002735721180215478, 52]);
});

test('draws stay in their range, both ends of a whole number are drawn, and none of some comes twice', () => {
  const chance = chanceOf(3);
  const wholes = Array.from({ length: 2000 }, () => chance.whole(2, 4));
  expect(new Set(wholes)).toEqual(new Set([2, 3, 4]));
  for (let n = 0; n < 2000; n++) {
    expect(chance.between(10, 15)).toBeGreaterThanOrEqual(10);
    expect(chance.between(10, 15)).toBeLessThan(15);
    expect(new Set(chance.some(['a', 'b', 'c'], 2)).size).toBe(2);
  }
  expect(chance.some(['a', 'b'], 5).sort()).toEqual(['a', 'b']);
});

test.each([-1, 2 ** 32, 1.5, Number.NaN])('a seed that is none (%p) is refused in words', (seed) => {
  expect(() => chanceOf(seed)).toThrow(/seed: got .*, want a whole number from 0 to 4294967295/);
});
