import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { seconds, type Bench } from './measure';

const root = resolve(__dirname, '..');
const runs = 3;

export const synth: Bench = {
  name: 'synth',
  claim: 'npx cdk synth of the sample, handlers bundled, validation on',
  measure: async (say) => {
    const values: number[] = [];
    for (let n = 0; n < runs; n++) {
      const out = await mkdtemp(join(tmpdir(), 'lossless-synth-'));
      values.push(await seconds(() => promisify(execFile)('npx', ['cdk', 'synth', '-q', '-o', out], { cwd: root })));
      await rm(out, { recursive: true });
      say(`synth ${n + 1}: ${values[n]?.toFixed(1)} s`);
    }
    return [{ what: 'cdk synth', unit: 's', values }];
  },
};
