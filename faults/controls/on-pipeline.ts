import { join } from 'node:path';
import { packageRoot } from '../../local/toolchain';
import { composedRun, type ComposedRun } from '../composed-run';
import type { Fault } from '../fault';
import { planOfOne, type Plan } from '../schedule';
import type { Control } from './control';

export interface OnPipeline extends Pick<ComposedRun, 'mapping' | 'maxSandboxes' | 'redrives' | 'tamper'> {
  /** End of a function's construct path → file in `faults/broken/` that takes its place. */
  readonly code?: Readonly<Record<string, string>>;
  /** What makes the flaw show. @default - nothing but the load is needed */
  readonly fault?: Fault;
}

const RATE = 60;
const QUIET_SECONDS = 5;

/** The sample with something broken in it, under one fault. */
export function onPipeline({ code = {}, fault, redrives, ...given }: OnPipeline): Control['recipe'] {
  return async (ground) => {
    const plan = planFor(fault, ground.seed);
    const built = join(packageRoot(), 'dist', 'broken');
    const replaceCode = Object.fromEntries(Object.entries(code).map(([path, name]) => [path, join(built, name)]));
    // The chaos variant's handlers take what is sent back, and fail at it before.
    const assembly = await ground.assembly(redrives ? 'chaos' : 'sample');
    const about = { command: 'npx cdk-lossless-kafka chaos --control', versions: {} };
    const run = { ...ground, ...about, assembly, plan, rate: RATE, replaceCode, redrives, ...given };
    return (await composedRun(run)).verdict;
  };
}

/** The shortest plan: some load before the fault, the fault, and a moment after its heal. */
const planFor = (fault: Fault | undefined, seed: number): Plan =>
  fault ? planOfOne({ seed, seconds: 6 + fault.seconds[1], fault }) : { seed, seconds: QUIET_SECONDS, windows: [] };
