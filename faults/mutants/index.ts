export { hunt, type Hunt, type Hunted } from './hunt';
export type { Mutant } from './mutant';
export { MUTANTS } from './table';
