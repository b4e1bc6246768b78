import { known } from '../known';
import type { PlantedSlip, Trial } from '../mutant';

/** The table fails for seconds, so that deliveries end with something unsettled. */
export const TABLE_AWAY: Trial = {
  settings: { timeoutMs: 12_000, timeMarginMs: 4_000 },
  faults: ['dynamodb-out', 'dynamodb-errors', 'dynamodb-throttled'],
};

/** Some keys wait, and others do not. */
const SOME_CUSTOMERS: Trial = { ...TABLE_AWAY, faults: ['customers-in-conflict', 'dynamodb-answers-lost'] };

/** Two work on the same records. */
export const TWO_AT_ONCE: Trial = {
  settings: { pollers: 2, timeoutMs: 12_000, timeMarginMs: 4_000 },
  faults: ['poller-stopped', 'poller-crash', 'rebalance', 'function-stopped', 'function-responses-lost'],
};

/** Slips in what a consumer answers, and in what its ledger counts. */
export const ANSWERS: readonly PlantedSlip[] = [
  { ...known('reports-nothing'), trial: TABLE_AWAY, hours: 1 },
  {
    ...known('reports-failed-only'),
    trial: { ...TABLE_AWAY, settings: { ...TABLE_AWAY.settings, switches: { redeliver: 'only-failed' } } },
    hours: 1,
  },
  { ...known('settled-though-not-counted'), trial: { ...TABLE_AWAY, faults: ['ledgers-throttled'] }, hours: 1 },
  { ...known('ledger-counts-twice'), trial: TWO_AT_ONCE, hours: 1 },
  {
    ...known('order-lost'),
    trial: { faults: ['dynamodb-conflicts', 'dynamodb-throttled', 'dynamodb-answers-lost'] },
    hours: 1,
  },
  {
    name: 'settled-before-written',
    describe: 'A write counts as done when it was handed on, before the table has answered.',
    search: "const disposition = ready.kind === 'prepared' ? await complete(requestOf(work, ready)) : ready;",
    replace: `if (ready.kind === 'prepared') void complete(requestOf(work, ready));
      const disposition = ready.kind === 'prepared' ? ({ kind: 'done', effect: 'applied' } as const) : ready;`,
    trial: TABLE_AWAY,
    hours: 1,
  },
  {
    name: 'ledger-without-version',
    describe: 'A ledger is written over whatever stands there by now.',
    search: "over.version === 0 ? 'attribute_not_exists(#version)' : '#version = :over',",
    replace:
      "over.version === 0 ? 'attribute_not_exists(#version)' : '#version = :over OR attribute_exists(#version)',",
    // One invocation stands still, and another, which is given more, ends before it.
    trial: {
      settings: { pollers: 2, handlerMs: 3_000, rate: 4 },
      faults: ['poller-crash', 'rebalance', 'function-stopped'],
      faultEveryMs: 5_000,
    },
    hours: 1,
  },
  {
    name: 'settled-after-the-margin',
    describe: 'An event that is settled while the answer is made up is reported, though the ledger has not counted it.',
    search: "if (signal.aborted) return { kind: 'waits', afterMs: 0 };\n  work.settled(as);",
    replace: 'void signal;\n  work.settled(as);',
    trial: {
      settings: { timeoutMs: 8_000, timeMarginMs: 4_000 },
      faults: ['dynamodb-slow', 'dynamodb-errors', 'dynamodb-answers-lost'],
    },
    hours: 1,
  },
  {
    name: 'wholly-settled-prefix',
    describe: 'The ledger counts what is settled behind an event that is not.',
    search: '.slice(0, first === -1 ? works.length : first)',
    replace: '.slice(0, first === -1 ? works.length : works.length)',
    trial: SOME_CUSTOMERS,
    hours: 1,
  },
];
