import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBrokers } from '../local/brokers';
import { Processes } from '../local/processes';
import { seconds, type Bench } from './measure';

const runs = 5;

export const clusterReady: Bench = {
  name: 'cluster-ready',
  claim: 'one controller and three brokers from nothing to an admin call that lists three; format included',
  measure: async (say) => {
    const values: number[] = [];
    for (let n = 0; n < runs; n++) {
      const dir = await mkdtemp(join(tmpdir(), 'lossless-bench-'));
      const processes = new Processes({ logDir: dir });
      try {
        values.push(await seconds(() => startBrokers({ dir, processes })));
      } finally {
        await processes.stopAll();
        await rm(dir, { recursive: true, force: true });
      }
      say(`cluster ready ${n + 1}: ${values[n]?.toFixed(1)} s`);
    }
    return [{ what: 'cluster ready', unit: 's', values }];
  },
};
