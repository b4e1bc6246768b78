import Table from 'cli-table3';
import { STATES } from '../faults/states';
import { METRIC, type ParkReason } from '../lambdas/runtime/contract';
import { CALLED, LAPSED, SENT_AGAIN } from './watching/whereabouts';
import { ALL_FAULTS } from './swarm/case';

/** A place that a run can come to: in the product, or in the world around it. A promise kept where nobody has been is worth nothing. */
export interface Branch {
  /** As runs count it. */
  readonly name: string;
  readonly title: string;
}

/** What functions say where something is not as it should be. */
const LINES = [
  'attempt failed',
  'event parked',
  'record killed the function three times',
  'circuit breaker open: nothing more of this partition is parked',
  'circuit breaker closed',
  'key or source found to blame: what fails of it is parked',
  'time margin reached before all was settled',
  'ledger not written, tried again',
  'events not taken',
  'events spilled',
  'events not spilled: the spill store did not take them',
  'events spilled or not: the spill store did not say',
  'spilled events of a topic not replayed',
  'spill objects left for the next sweep',
  'spilled events left for the next sweep',
  'spill object left for the next sweep',
  'another sweep is at work: this one leaves',
  'sweep goes on without a lease: another may send the same events',
  'topic not described: spilled events wait for the next sweep',
  'dead letters sent back',
  'looked at what the topic holds',
];

const REASONS: readonly ParkReason[] = ['handler-error', 'undecodable', 'killed-function', 'id-conflict', 'retries-exhausted']; // prettier-ignore

const TROUBLES = [
  ...['throttled', 'conflict', 'server-error', 'refused', 'no-reasons'].map((name) => `tables: ${name}`),
  ...['slow-down', 'server-error', 'refused', 'conflict'].map((name) => `objects: ${name}`),
  ...['request-lost', 'answer-lost', 'slow'].map((name) => `toTables: ${name}`),
  ...['request-lost', 'answer-lost', 'slow'].map((name) => `toBrokers: ${name}`),
  ...['request-lost', 'answer-lost'].map((name) => `toObjects: ${name}`),
  ...['killed', 'stopped', 'response-lost', 'recycled'].map((name) => `consumers: ${name}`),
  ...['killed', 'response-lost', 'recycled'].flatMap((name) => [`ingest: ${name}`, `sweepers: ${name}`]),
  ...['commit-answer-lost', 'commit-lost'].map((name) => `mapping: ${name}`),
  'schedules: woken-twice',
];

const same = (name: string): Branch => ({ name, title: name });

/** Everything that a long swarm has to come to. What the pipeline cannot come to here is not on it: `topicRefused` needs another topic. */
export const BRANCHES: readonly Branch[] = [
  ...STATES.filter(({ name }) => name !== 'topicRefused').map(({ name, title }) => ({ name, title })),
  ...LINES.map((line) => ({ name: line, title: `said: ${line}` })),
  ...REASONS.map((reason) => ({ name: `${METRIC.parkedByReason}/${reason}`, title: `parked as ${reason}` })),
  ...ALL_FAULTS.map(({ name }) => ({ name: `fault ${name}`, title: `fault ${name}` })),
  ...TROUBLES.map(same),
  ...[
    'elections',
    'rebalances',
    'transactions that conflict',
    'reads of one object that fail',
    LAPSED,
    CALLED,
    SENT_AGAIN,
    'cold starts',
  ].map(same),
];

/** Titles of what was not reached once. */
export const unreached = (reached: Readonly<Record<string, number>>): string[] =>
  BRANCHES.filter(({ name }) => (reached[name] ?? 0) === 0).map(({ title }) => title);

/** Times, and times in a thousand logical hours. */
export function tableOfReach(reached: Readonly<Record<string, number>>, hours: number): string {
  const table = new Table({ head: ['reached', 'times', 'in 1,000 h'], style: { head: [], border: [], compact: true } });
  for (const { name, title } of BRANCHES) {
    const times = reached[name] ?? 0;
    table.push([title, times, ((1_000 * times) / hours).toFixed(1)]);
  }
  return table.toString();
}
