import { join } from 'node:path';
import { packageRoot } from '../../local/toolchain';
import type { Fault } from '../fault';
import { someOf } from '../underway';

export const badDeploy: Fault = {
  name: 'bad-deploy',
  title: 'Bad deploy',
  group: 'people',
  describe:
    'The code of a consumer is exchanged for one that fails on every event; its successor is the good one again.',
  seconds: [24, 30],
  start({ consumers }, chance) {
    const deployed = someOf(consumers, chance, 'consumer');
    let failed = 0;
    deployed.around(async (payload, invoke) => {
      failed += 1;
      return invoke(payload);
    });
    deployed.deploy({ code: join(packageRoot(), 'dist', 'broken', 'bad-deploy') });
    const heal = () => {
      deployed.around(undefined);
      deployed.deploy(undefined);
      return Promise.resolve(failed);
    };
    return Promise.resolve({ what: `a bad deploy of ${deployed.path}`, heal });
  },
};
