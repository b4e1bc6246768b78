import { crashAtEffect } from '../crash';
import type { Fault } from '../fault';

export const crashBeforeEffect: Fault = {
  name: 'crash-before-effect',
  title: 'Crash before the effect',
  group: 'function',
  describe: 'SIGKILL of the consumer when its effect is on the way to the store; the effect does not take place.',
  seconds: [4, 8],
  start: (target, chance) => crashAtEffect(target, chance, 'before'),
};
