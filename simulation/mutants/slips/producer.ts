import { known } from '../known';
import type { PlantedSlip, Trial } from '../mutant';

const BROKERS: Trial = {
  faults: ['broker-crash', 'broker-pause', 'broker-isolated', 'two-brokers-down', 'sends-lost'],
};

/** Slips in the producer, and in what the door makes of it. */
export const PRODUCER: readonly PlantedSlip[] = [
  // Sends that nobody waits for pile up, and each is tried again and again: a short window is dear enough.
  { ...known('acked-before-kafka'), trial: { faults: ['broker-crash'], windowMs: 30_000 }, hours: 0.2 },
  { ...known('unknown-as-acked'), trial: BROKERS, hours: 1 },
  {
    ...known('rejected-after-unknown'),
    trial: { faults: ['sends-lost', 'broker-pause', 'broker-isolated', 's3-refused', 's3-errors', 's3-answers-lost'] },
    hours: 2,
  },
  {
    name: 'doubt-forgotten',
    describe: 'A try that was answered takes back that an earlier one may be in the log.',
    search: 'this.maybeWritten ||= maybeWritten;',
    replace: 'this.maybeWritten = maybeWritten;',
    trial: {
      settings: { rate: 20 },
      faults: ['broker-crash', 'two-brokers-down', 'sends-lost', 's3-refused'],
      faultEveryMs: 4_000,
    },
    hours: 12,
  },
  { ...known('door-says-202'), trial: { settings: { kinds: { invalid: 0.05 } }, faults: [] }, hours: 1 },
  { ...known('spilled-without-put'), trial: BROKERS, hours: 1 },
  {
    name: 'put-in-doubt-rejected',
    describe: 'What the spill store may hold is rejected when it did not say.',
    search: "entry.maybeStored = result.kind === 'unknown';",
    replace: 'entry.maybeStored = false;',
    trial: { faults: ['brokers-unreachable', 's3-answers-mostly-lost', 'crash-of-doors'], faultEveryMs: 5_000 },
    hours: 2,
  },
  {
    ...known('retry-reorders'),
    trial: {
      settings: {
        ...{ kinds: { large: 0.6 }, bytes: 300_000, perRequest: 8, keys: 1, rate: 4 },
        producer: { deadlineMs: 4_000, spillTimeMs: 4_000, bufferBytes: 16 * 1024 * 1024 },
      },
      faults: ['broker-crash', 'sends-lost', 'broker-isolated'],
    },
    hours: 1,
  },
  {
    name: 'spoiled-client-used-again',
    describe: 'A client whose request has failed is used for the next one.',
    search: "if (result.kind !== 'acked' && result.kind !== 'sent') this.spoiled = true;",
    replace: '',
    trial: BROKERS,
    hours: 2,
  },
];
