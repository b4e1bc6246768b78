/** Chance from a seed: the same seed draws the same numbers, so that a run of faults can be run again. */
export interface Chance {
  /** 0 ≤ x < 1. */
  next(): number;
  /** from ≤ x < to. */
  between(from: number, to: number): number;
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  /** @throws when there is nothing to choose from */
  oneOf<T>(choices: readonly T[]): T;
  /** `count` different ones of the choices (all of them when there are fewer), in the order drawn. */
  some<T>(choices: readonly T[], count: number): T[];
}

const SEEDS = 2 ** 32;

/**
 * @param seed - whole number from 0 to 4294967295
 * @throws when the seed is no such number
 */
export function chanceOf(seed: number): Chance {
  if (!Number.isInteger(seed) || seed < 0 || seed >= SEEDS) {
    throw new Error(`seed: got ${seed}, want a whole number from 0 to ${SEEDS - 1}; take the one that the run printed`);
  }
  const next = mulberry32(seed);
  const whole = (from: number, to: number) => from + Math.floor(next() * (to - from + 1));
  const some = <T>(choices: readonly T[], count: number) => {
    const left = [...choices];
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(whole(0, left.length - 1), 1)).flat();
  };
  return {
    next,
    whole,
    some,
    between: (from, to) => from + next() * (to - from),
    oneOf: (choices) => {
      if (choices.length === 0) throw new Error('got no choices, want at least one to draw from');
      return choices[whole(0, choices.length - 1)]!;
    },
  };
}

/** Tommy Ettinger's generator (public domain): 32 bits of state, even enough for schedules, the same on every machine. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / SEEDS;
  };
}
