import type { Fault, FaultFunction } from '../fault';
import type { Chance } from '../random';
import { someOf } from '../underway';

const MOST_CRASHES = 3;

export const crashBeforeResponse: Fault = {
  name: 'crash-before-response',
  title: 'Crash before the response',
  group: 'function',
  describe:
    'SIGKILL of the doors, the replay and a consumer that have done everything, in place of their responses: whoever called ' +
    'hears of a crash.',
  seconds: [4, 8],
  start({ producers, consumers }, chance) {
    const struck = [...producers, someOf(consumers, chance, 'consumer')];
    const crashes = struck.map((fn) => crashing(fn, chance));
    const hits = () => crashes.reduce((sum, crash) => sum + crash.hits(), 0);
    const heal = () => {
      for (const fn of struck) fn.around(undefined);
      return Promise.resolve(hits());
    };
    const until = () => Promise.resolve(crashes.every((crash) => crash.hits() > 0));
    const what = `${struck.map(({ path }) => path).join(', ')} killed before their responses`;
    return Promise.resolve({ what, until, heal });
  },
};

function crashing(struck: FaultFunction, chance: Chance): { readonly hits: () => number } {
  const times = chance.whole(1, MOST_CRASHES);
  let hits = 0;
  struck.around(async (payload, invoke) => {
    const outcome = await invoke(payload);
    if (outcome.kind !== 'success' || hits >= times) return outcome;
    hits += 1;
    await struck.kill();
    return { kind: 'crash', detail: 'killed before its response' };
  });
  return { hits: () => hits };
}
