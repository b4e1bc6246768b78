import { crashAtEffect } from '../crash';
import type { Fault } from '../fault';

export const crashAfterEffect: Fault = {
  name: 'crash-after-effect',
  title: 'Crash after the effect',
  group: 'function',
  describe: 'SIGKILL of the consumer when its effect has taken place and the answer has not reached it.',
  seconds: [4, 8],
  start: (target, chance) => crashAtEffect(target, chance, 'after'),
};
