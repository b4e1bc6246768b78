/** Brokers do in simulation what Apache Kafka does: these cases end the same on both (kafka.pair.test.ts). */
import { CASES } from './cases';
import { playSimulated } from './simulated-stage';

const SEEDS = [1, 2, 3, 4, 5];

test.each(CASES)('$promise', async ({ play, want }) => {
  for (const seed of SEEDS) expect({ seed, outcome: await playSimulated(play, seed) }).toEqual({ seed, outcome: want });
});
