import type { Fault } from '../fault';
import { PRODUCE } from '../proxies/kafka-answers';
import { inMode, saidAnew } from '../underway';

export const sendsLost: Fault = {
  name: 'sends-lost',
  title: 'Sends lost',
  group: 'network',
  describe:
    'No send reaches a broker, and all else is answered: what is taken meanwhile is spilled, and a sweep that offers it anew ' +
    'has to leave it.',
  seconds: [30, 34],
  async start(target) {
    const until = await saidAnew(target, 'spilled events left for the next sweep');
    const mode = { kind: 'lose-requests', apiKeys: [PRODUCE] } as const;
    const proxies = target.brokers.map(({ network }) => network);
    return { ...(await inMode(proxies, mode, 'no send reaches a broker')), until };
  },
};
