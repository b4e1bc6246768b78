import { known } from '../known';
import type { PlantedSlip, Trial } from '../mutant';

/** A consumer that calls, whose functions stand still and are killed. */
const CALLING: Trial = {
  settings: { consumers: ['call'], pollers: 2 },
  faults: ['function-stopped', 'poller-stopped', 'rebalance', 'dynamodb-slow', 'function-killed'],
};

/** Slips in claims, which calls are made under. */
export const CLAIMS: readonly PlantedSlip[] = [
  { ...known('takeover-without-beat'), trial: CALLING, hours: 1 },
  { ...known('no-lease'), trial: { ...CALLING, faults: ['poller-stopped', 'rebalance'] }, hours: 1 },
  { ...known('completion-without-owner'), trial: CALLING, hours: 1 },
  {
    name: 'claim-never-given-back',
    describe: 'What an invocation has claimed and not settled stays claimed when it ends.',
    search: 'if (await giveBack(work.delivery, work.owner, this.deps)) this.held.delete(work);',
    replace: 'await Promise.resolve(giveBack);\n    this.held.delete(work);',
    trial: {
      settings: { consumers: ['call'], timeoutMs: 12_000, timeMarginMs: 4_000, handlerMs: 2_000 },
      faults: ['dynamodb-errors', 'dynamodb-throttled'],
    },
    hours: 1,
  },
  {
    name: 'called-again',
    describe: 'A call that has ended well is made again when its record was not written.',
    search: '      work.called();\n',
    replace: '',
    trial: { settings: { consumers: ['call'] }, faults: ['conflicts-at-completions'] },
    hours: 1,
  },
  {
    name: 'no-beat',
    describe: 'A claim is not kept alive while its call runs.',
    search: 'for (let nextAt = sinceMs + BEAT_MS; ;) {',
    replace: 'for (let nextAt = sinceMs + 1_000_000; ;) {',
    trial: {
      settings: { consumers: ['call'], pollers: 2, handlerMs: 20_000, rate: 2 },
      faults: ['poller-stopped', 'rebalance'],
    },
    hours: 1,
  },
  {
    name: 'own-claim-not-known',
    describe: 'An invocation whose claim was answered by nobody takes it for that of another.',
    search: "' OR (#state = :claimed AND #content = :content AND #owner = :owner)' +",
    replace: "'' +",
    trial: { settings: { consumers: ['call'] }, faults: ['dynamodb-answers-lost'] },
    hours: 1,
  },
];
