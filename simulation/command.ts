import { Command } from 'commander';
import { numberOf } from './command-line';
import { simulate, type RunOptions, type RunResult } from './run';
import { optionsOf, readCase } from './swarm/case';
import { swarmCommand } from './swarm/command';
import { drawCase } from './swarm/draw';
import { asCommand } from './swarm/told';
import { tableOf } from './table';

interface Flags {
  readonly hours: string;
  readonly seed?: string;
  readonly faults: boolean;
  readonly rate?: string;
  readonly json?: true;
  readonly swarm?: true;
  readonly drawn?: true;
  readonly case?: string;
  readonly workers: string;
  readonly shrunk: string;
  readonly totals?: string;
}

/** `npm run simulate`: the whole pipeline in virtual time. Sets exit code 1 on a broken promise; rejects on bad input. */
export const simulateCommand = (): Command =>
  new Command('simulate')
    .exitOverride()
    .description('Runs the whole pipeline in virtual time, under faults drawn from a seed, and judges it.')
    .option('--hours <n>', 'logical hours', '1')
    .option('--seed <n>', 'whole number from 0 to 4294967295 that decides all (default: drawn)')
    .option('--rate <n>', 'events a second (default: 50)')
    .option('--no-faults', 'nothing goes wrong')
    .option('--json', 'print one line of JSON in place of the table')
    .option('--swarm', 'many runs, each with its own faults, sizes, switches and habits, until there are so many hours')
    .option('--workers <n>', 'of a swarm: processes', '2')
    .option('--shrunk <n>', 'of a swarm: failing runs that are made smaller', '3')
    .option('--totals <file>', 'of a swarm: file to which it adds what it comes to, run by run')
    .option('--drawn', 'the one run of a swarm that has this seed')
    .option('--case <json>', 'the run that a swarm printed')
    .action(async (flags: Flags) => {
      const seed = flags.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : numberOf('seed', flags.seed);
      if (flags.totals !== undefined && !flags.swarm)
        throw new Error('totals: got --totals without --swarm, want both: it adds up the runs of swarms');
      const isKept = flags.swarm
        ? await swarmCommand({
            ...{ seed, hours: numberOf('hours', flags.hours), isJson: flags.json === true },
            ...(flags.totals !== undefined && { totals: flags.totals }),
            ...{ workers: numberOf('workers', flags.workers), shrunk: numberOf('shrunk', flags.shrunk) },
          })
        : await oneRun(runOf(flags, seed), flags);
      if (!isKept) process.exitCode = 1;
    });

interface Run {
  readonly options: RunOptions;
  /** The command that repeats it. */
  readonly again: string;
}

function runOf(flags: Flags, seed: number): Run {
  if (flags.case !== undefined || flags.drawn) {
    const one = flags.case === undefined ? drawCase(seed) : readCase(flags.case);
    return { options: optionsOf(one), again: asCommand(one) };
  }
  const hours = numberOf('hours', flags.hours);
  const rate = flags.rate === undefined ? undefined : numberOf('rate', flags.rate);
  const options = {
    seed,
    hours,
    ...(!flags.faults && { faults: [] }),
    ...(rate !== undefined && { settings: { rate } }),
  };
  const words = [`--seed ${seed} --hours ${hours}`, ...(rate === undefined ? [] : [`--rate ${rate}`]), ...(flags.faults ? [] : ['--no-faults'])]; // prettier-ignore
  return { options, again: `npm run simulate -- ${words.join(' ')}` };
}

async function oneRun({ options, again }: Run, { json }: Flags): Promise<boolean> {
  const result = await simulate({
    ...options,
    onWindow: ({ hours: done, events, seconds }) => {
      if (!json) process.stderr.write(`${done.toFixed(1)} of ${options.hours} h, ${events} events, ${seconds.toFixed(0)} s\n`); // prettier-ignore
    },
  });
  process.stdout.write(json ? `${JSON.stringify(toldOf(result))}\n` : tableOf(result, again));
  return result.broken.length === 0 && result.lost + result.appliedTwice + result.stuck === 0;
}

/** What a machine reads. */
function toldOf({ broken, reached, steps, ...rest }: RunResult): object {
  return { ...rest, steps, reached, broken };
}
