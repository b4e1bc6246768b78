import type { Fault } from '../fault';

export const functionFrozen: Fault = {
  name: 'function-frozen',
  title: 'Functions frozen between events',
  group: 'function',
  describe:
    'SIGSTOP of every sandbox as soon as it has responded, until its next event: what it left in flight stands still.',
  seconds: [6, 12],
  start({ producers, consumers }) {
    const functions = [...new Set([...producers, ...consumers])];
    for (const fn of functions) fn.freezeBetween(true);
    const heal = () => {
      for (const fn of functions) fn.freezeBetween(false);
      return Promise.resolve(functions.length);
    };
    return Promise.resolve({ what: `${functions.length} functions frozen between events`, heal });
  },
};
