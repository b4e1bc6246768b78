import { Command } from 'commander';
import { join } from 'node:path';
import { packageRoot } from '../../local/toolchain';
import { numberOf } from '../command-line';
import { Hunter, type Hunted } from './hunt';
import { kept, readResults } from './results';
import { SLIPS } from './table';

interface Flags {
  readonly mutant: string;
  readonly seeds: string;
  readonly budgetHours?: string;
  readonly capSeconds: string;
}

const BUNDLES = join(packageRoot(), '.lossless', 'simulation-mutants', 'bundles');

/** `npm run simulate:mutants`. Sets exit code 1 when a slip is not found that should be; rejects on bad input. */
export const mutantsCommand = (): Command =>
  new Command('simulate:mutants')
    .exitOverride()
    .description('Plants slips in the runtime and runs the simulation until it finds each of them.')
    .option('--mutant <name>', 'one of them, several with commas between, or all that a run can show', 'all')
    .option('--seeds <list>', 'seeds, each of which must find it', '1,2,3')
    .option('--budget-hours <n>', 'logical hours a seed (default: each mutant has its own)')
    .option('--cap-seconds <n>', 'real seconds a seed', '120')
    .action(async (flags: Flags) => {
      const slips = chosen(flags.mutant);
      const hunter = new Hunter({
        dir: BUNDLES,
        seeds: flags.seeds.split(',').map((seed) => numberOf('seeds', seed, 0)),
        ...(flags.budgetHours !== undefined && { hours: numberOf('budget-hours', flags.budgetHours, 0) }),
        capSeconds: numberOf('cap-seconds', flags.capSeconds, 0),
        say: (line) => process.stderr.write(`${line}\n`),
      });
      const before = await readResults();
      const hunted: Hunted[] = [];
      for (const slip of slips) {
        try {
          hunted.push(await hunter.hunt(slip));
          await kept(before, hunted);
        } catch (error) {
          process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
          process.exitCode = 1;
        }
      }
      const missed = hunted.filter(({ slip, tries }) => !slip.unseen && tries.some(({ end }) => end !== 'found'));
      for (const { slip } of missed) process.stdout.write(`not found: ${slip.name}\n`);
      if (missed.length > 0) process.exitCode = 1;
    });

function chosen(names: string): typeof SLIPS {
  if (names === 'all') return SLIPS.filter(({ unseen }) => unseen === undefined);
  return names.split(',').map((name) => {
    const slip = SLIPS.find((each) => each.name === name);
    if (slip) return slip;
    throw new Error(`mutant: got ${name}, want all or one of ${SLIPS.map((each) => each.name).join(', ')}`);
  });
}
