import type { Fault } from '../fault';

const MOST_CRASHES = 3;

export const crashAfterResponse: Fault = {
  name: 'crash-after-response',
  title: 'Crash after the response',
  group: 'function',
  describe: 'SIGKILL of every function as soon as it has responded: what it left for later never takes place.',
  seconds: [4, 8],
  start({ producers, consumers }, chance) {
    const functions = [...new Set([...producers, ...consumers])];
    const times = chance.whole(1, MOST_CRASHES);
    let hits = 0;
    for (const fn of functions) {
      let left = times;
      fn.around(async (payload, invoke) => {
        const outcome = await invoke(payload);
        if (outcome.kind !== 'success' || left === 0) return outcome;
        left -= 1;
        hits += 1;
        await fn.kill();
        return outcome;
      });
    }
    const heal = () => {
      for (const fn of functions) fn.around(undefined);
      return Promise.resolve(hits);
    };
    return Promise.resolve({ what: `${functions.length} functions killed after ${times} responses each`, heal });
  },
};
