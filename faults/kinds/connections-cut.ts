import type { Fault } from '../fault';
import { inMode } from '../underway';

export const connectionsCut: Fault = {
  name: 'connections-cut',
  title: 'Connections cut',
  group: 'network',
  describe: 'Every connection of clients to one broker, or to all of them, is reset, and so is every new one.',
  seconds: [3, 9],
  start({ brokers }, chance) {
    const cut = chance.oneOf([chance.some(brokers, 1), brokers]);
    const what = `clients cut off from ${cut.length === 1 ? `broker ${cut[0]!.id}` : 'every broker'}`;
    return inMode(
      cut.map(({ network }) => network),
      { kind: 'cut' } as const,
      what,
    );
  },
};
