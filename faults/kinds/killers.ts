import type { Fault } from '../fault';
import { meanwhile } from '../underway';

export const killers: Fault = {
  name: 'killers',
  title: 'Killers in the load',
  group: 'load',
  describe: 'One or two events that kill every function that works on them, as memory that runs out does.',
  seconds: [4, 6],
  start({ callers }, chance) {
    const count = chance.whole(1, 2);
    return Promise.resolve({
      what: `${count} events that kill the function`,
      heal: meanwhile(() => callers.send('killer', count)),
    });
  },
};
