import type { Fault } from '../fault';

const MOST_KILLS = 3;

export const killedInCall: Fault = {
  name: 'killed-in-call',
  title: 'Killed in a call',
  group: 'function',
  describe: 'SIGKILL of the consumers when a call has reached the other system: its claim is left behind.',
  seconds: [6, 9],
  start({ consumers, s3 }, chance) {
    const times = chance.whole(1, MOST_KILLS);
    const act = () => Promise.all(consumers.map((consumer) => consumer.kill()));
    // The sample's other system is a bucket of its own; see examples/orders/chaos/calling.ts.
    const which = ({ path }: { readonly path: string }) => path.includes('/customer-');
    s3.set({ kind: 'strike', operation: 'PUT', which, when: 'after', times, act });
    const heal = () => Promise.resolve(s3.set({ kind: 'pass' }));
    return Promise.resolve({ what: `consumers killed in a call, up to ${times} times`, heal });
  },
};
