import type { PlantedSlip } from './mutant';
import { ANSWERS } from './slips/answers';
import { BEYOND } from './slips/beyond';
import { BLAME } from './slips/blame';
import { CLAIMS } from './slips/claims';
import { PARKING } from './slips/parking';
import { PRODUCER } from './slips/producer';
import { RECORDS } from './slips/records';
import { SENT } from './slips/sent-back';
import { SPILLED } from './slips/spilled';

/** Every slip that is planted for the simulation. docs/simulation-mutants.md has what came of it. */
export const SLIPS: readonly PlantedSlip[] = [
  ...ANSWERS,
  ...RECORDS,
  ...CLAIMS,
  ...BLAME,
  ...PARKING,
  ...PRODUCER,
  ...SPILLED,
  ...SENT,
  ...BEYOND,
];
