import { known } from '../known';
import type { PlantedSlip, Trial } from '../mutant';
import { TWO_AT_ONCE } from './answers';

/** Ids that come again with other content, at doors that do not remember the first. */
const TWINS: Trial = {
  settings: { kinds: { twin: 0.1, misfit: 0.05 } },
  faults: ['crash-of-doors', 'dynamodb-answers-lost'],
};

/** Slips in what the table remembers of an event. */
export const RECORDS: readonly PlantedSlip[] = [
  { ...known('conflict-as-duplicate'), trial: TWINS, hours: 1 },
  {
    ...known('done-without-condition'),
    trial: { ...TWO_AT_ONCE, faults: [...(TWO_AT_ONCE.faults ?? []), 'dynamodb-answers-lost'] },
    hours: 1,
  },
  { ...known('id-with-offset'), trial: { faults: ['sends-lost', 'broker-crash', 'broker-isolated'] }, hours: 1 },
  {
    ...known('claimed-as-settled'),
    trial: { settings: { consumers: ['call'] }, faults: ['function-killed', 'function-stopped'] },
    hours: 1,
  },
  {
    name: 'record-forgotten-at-once',
    describe: 'The record of an applied event expires as soon as it is written.',
    search: '[RECORD.expiresAt]: Math.floor(nowMs / 1_000) + doneSeconds,',
    replace: '[RECORD.expiresAt]: Math.floor(nowMs / 1_000) + 0 * doneSeconds,',
    trial: {
      settings: { again: 0.2 },
      faults: ['sends-lost', 'broker-pause', 'two-brokers-down', 'function-responses-lost', 'poller-stopped'],
      windowMs: 600_000,
    },
    hours: 2,
  },
  {
    name: 'trouble-as-refusal',
    describe: 'A conflict of two transactions, or a throttled one, is taken for a refusal of the event.',
    search: known('trouble-as-refusal').search,
    replace: known('trouble-as-refusal').replace,
    trial: { faults: ['customers-in-conflict'] },
    hours: 1,
  },
  {
    name: 'id-with-timestamp',
    describe: 'An event is known by its id and the time of its record: written again, it is another event.',
    search: 'key: recordKey({ cluster, group }, identity),',
    replace: 'key: hashOf(cluster, group, ...identity, String(record.timestamp)),',
    trial: { faults: ['sends-lost', 'broker-crash', 'broker-isolated'] },
    hours: 1,
  },
];
