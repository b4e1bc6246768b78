import { createHash } from 'node:crypto';
import { chanceOf, type Chance } from '../../faults/random';

/** Chance for each part of a simulation, by its name. */
export type Chances = (part: string) => Chance;

/**
 * All chance of a run from one seed, a stream for each part: one more draw in one part shifts no other.
 * @throws when the seed is no whole number from 0 to 4294967295
 */
export function chancesOf(seed: number): Chances {
  chanceOf(seed);
  return (part) => chanceOf(createHash('sha256').update(`${seed}/${part}`).digest().readUInt32LE());
}
