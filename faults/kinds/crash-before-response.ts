import type { Fault } from '../fault';
import { someOf } from '../underway';

const MOST_CRASHES = 3;

export const crashBeforeResponse: Fault = {
  name: 'crash-before-response',
  title: 'Crash before the response',
  group: 'function',
  describe:
    'SIGKILL of a function that has done everything, in place of its response: whoever called hears of a crash.',
  seconds: [4, 8],
  start({ producers, consumers }, chance) {
    const struck = someOf([...producers, ...consumers], chance, 'producer or a consumer');
    const times = chance.whole(1, MOST_CRASHES);
    let hits = 0;
    struck.around(async (payload, invoke) => {
      const outcome = await invoke(payload);
      if (outcome.kind !== 'success' || hits >= times) return outcome;
      hits += 1;
      await struck.kill();
      return { kind: 'crash', detail: 'killed before its response' };
    });
    const heal = () => {
      struck.around(undefined);
      return Promise.resolve(hits);
    };
    return Promise.resolve({ what: `${struck.path} killed before its response, up to ${times} times`, heal });
  },
};
