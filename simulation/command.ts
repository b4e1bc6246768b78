import { Command } from 'commander';
import { simulate, type RunResult } from './run';
import { habitsOf } from './swarm';
import { tableOf } from './table';

interface Flags {
  readonly hours: string;
  readonly seed?: string;
  readonly faults: boolean;
  readonly rate?: string;
  readonly swarm?: true;
  readonly json?: true;
}

/** `npm run simulate`: the whole pipeline in virtual time. Sets exit code 1 on a broken promise; rejects on bad input. */
export const simulateCommand = (): Command =>
  new Command('simulate')
    .exitOverride()
    .description('Runs the whole pipeline in virtual time, under faults drawn from a seed, and judges it.')
    .option('--hours <n>', 'logical hours', '1')
    .option('--seed <n>', 'whole number from 0 to 4294967295 that decides all (default: drawn)')
    .option('--rate <n>', 'events a second (default: 50)')
    .option('--swarm', 'sizes, switches, habits and faults are drawn from the seed, too')
    .option('--no-faults', 'nothing goes wrong')
    .option('--json', 'print one line of JSON in place of the table')
    .action(async (flags: Flags) => {
      const seed = flags.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : numberOf('seed', flags.seed);
      const hours = numberOf('hours', flags.hours);
      const result = await simulate({
        ...{ seed, hours },
        ...(flags.swarm && habitsOf(seed)),
        ...(!flags.faults && { faults: [] }),
        ...(flags.rate !== undefined && { settings: { rate: numberOf('rate', flags.rate) } }),
        onWindow: ({ hours: done, events, seconds }) => {
          if (!flags.json) process.stderr.write(`${done.toFixed(1)} of ${hours} h, ${events} events, ${seconds.toFixed(0)} s\n`); // prettier-ignore
        },
      });
      process.stdout.write(flags.json ? `${JSON.stringify(toldOf(result))}\n` : tableOf(result));
      if (result.broken.length > 0 || result.lost + result.appliedTwice + result.stuck > 0) process.exitCode = 1;
    });

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new Error(`${name}: got ${JSON.stringify(text)}, want a number`);
}

/** What a machine reads. */
function toldOf({ broken, reached, steps, ...rest }: RunResult): object {
  return { ...rest, steps, reached, broken };
}
