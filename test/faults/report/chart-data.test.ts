import { rates, sparser } from '../../../faults/report/chart-data';

describe('fewer points than the run has', () => {
  test('a dip and a peak of a single sample stay in sight', () => {
    const at = Array.from({ length: 10_000 }, (_, n) => n / 10);
    const value = at.map((_, n) => (n === 4_321 ? 1 : n === 7_777 ? 9 : 3));
    const few = sparser({ at, value }, 100);
    expect(few.at.length).toBeLessThanOrEqual(100);
    expect(few.at[few.value.indexOf(1)]).toBe(432.1);
    expect(few.at[few.value.indexOf(9)]).toBe(777.7);
  });

  test('the points that are kept stay in the order of time', () => {
    const at = Array.from({ length: 1_000 }, (_, n) => n);
    const few = sparser({ at, value: at.map((n) => (n * 7_919) % 1_000) }, 50);
    expect(few.at).toEqual([...few.at].sort((a, b) => a - b));
  });

  test('a series that is short enough is left as it is', () => {
    const series = { at: [0, 1, 2], value: [3, 2, 3] };
    expect(sparser(series, 3)).toEqual(series);
  });

  test('rates are averaged, not picked: no event drops out of the sum', () => {
    const perSecond = { accepted: [4, 0, 8, 0, 6], applied: [0, 4, 0, 8, 6], parked: [1, 1, 0, 0, 0] };
    expect(rates(perSecond, 3)).toEqual({ at: [0, 2, 4], accepted: [2, 4, 6], applied: [2, 4, 6], parked: [1, 0, 0] });
  });
});
