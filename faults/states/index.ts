export { countStates } from './count';
export { missed, reachOf, type Reached } from './demand';
export { timesSaid, toldIn, type Asked, type Observed, type Told } from './observed';
export { LEADING, STATE_NAMES, STATES, type State, type StateCounts, type StateName } from './state';
export { StoreTally } from './store-tally';
