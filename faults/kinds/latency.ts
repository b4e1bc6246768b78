import type { Fault } from '../fault';
import { inMode } from '../underway';

export const latency: Fault = {
  name: 'latency',
  title: 'Slow network',
  group: 'network',
  describe: 'Everything between clients and brokers takes 50 to 400 ms more, each way.',
  seconds: [6, 10],
  start({ brokers }, chance) {
    const ms = chance.whole(50, 300);
    const jitterMs = Math.round(ms / 3);
    const proxies = brokers.map(({ network }) => network);
    return inMode(
      proxies,
      { kind: 'latency', ms, jitterMs } as const,
      `${ms} ± ${jitterMs} ms between clients and brokers`,
    );
  },
};
