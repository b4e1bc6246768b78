import Table from 'cli-table3';
import { tableOfReach, unreached } from '../reach';
import { swarm, type Failure } from './swarm';
import { asCommand, asTest, findingsOf } from './told';
import type { Totals } from './totals';
import { gatheredInWords, TotalsFile, versionOf, type Gathered } from './totals-file';
import { Workers } from './workers';

export interface SwarmFlags {
  readonly seed: number;
  readonly hours: number;
  readonly workers: number;
  /** Failing cases that are made smaller. */
  readonly shrunk: number;
  readonly isJson: boolean;
  /** File to which it adds what it comes to. @default - none */
  readonly totals?: string;
}

/** Real time, of which the swarm's own process is free to speak. */
const secondsFrom = (began: number): number => (performance.now() - began) / 1_000;

/** `simulate --swarm`. @returns whether every promise was kept */
export async function swarmCommand({
  seed,
  hours,
  workers: count,
  shrunk,
  isJson,
  ...flags
}: SwarmFlags): Promise<boolean> {
  const began = performance.now();
  const file = flags.totals === undefined ? undefined : new TotalsFile(flags.totals, { seed, version: versionOf(process.cwd()) }); // prettier-ignore
  file?.begin();
  let gathered: Gathered | undefined;
  const workers = new Workers(count);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const failures: Failure[] = [];
  try {
    const run = { run: workers.run, atOnce: count, shrunk };
    const totals = await swarm({
      ...{ seed, hours, ...run },
      onRun: ({ runs, hours: done, events, failed }, result, hasFailed) => {
        gathered = file?.add(result, hasFailed);
        say(`${runs} runs, ${done.toFixed(1)} of ${hours} h, ${events} events, ${failed.length} failed, ${secondsFrom(began).toFixed(0)} s`); // prettier-ignore
      },
      onFailure: (failure) => {
        failures.push(failure);
        say(inWords(failure));
      },
    });
    const told: Totals = { ...totals, seconds: secondsFrom(began) };
    process.stdout.write(isJson ? `${JSON.stringify(jsonOf(told, failures))}\n` : tableOf(told));
    if (gathered && !isJson) process.stdout.write(`${flags.totals}: ${gatheredInWords(gathered)}\n`);
    return told.failed.length === 0;
  } finally {
    workers.end();
  }
}

const inWords = ({ found, result, smallest }: Failure): string =>
  [`seed ${found.seed}:`, ...findingsOf(result), asTest(smallest, result), asCommand(smallest)].join('\n');

function jsonOf(totals: Totals, failures: readonly Failure[]): object {
  return {
    ...totals,
    unreached: unreached(totals.reached),
    failures: failures.map(({ result, smallest }) => ({ seed: result.seed, findings: findingsOf(result), smallest })),
  };
}

function tableOf(totals: Totals): string {
  const { seed, runs, hours, events, faults, lost, appliedTwice, stuck, seconds, failed, reached } = totals;
  const figures = new Table({ head: ['seed', 'runs', 'hours', 'events', 'faults', 'lost', 'applied twice', 'stuck', 'failed', 'seconds'], style: { head: [], border: [] } }); // prettier-ignore
  figures.push([seed, runs, hours.toFixed(1), events, faults, lost, appliedTwice, stuck, failed.length, seconds.toFixed(0)]); // prettier-ignore
  const zero = unreached(reached);
  return [
    figures.toString(),
    tableOfReach(reached, hours),
    zero.length === 0 ? 'everything was reached' : `never reached: ${zero.join(', ')}`,
    ...(failed.length > 0 ? [`broken promises: npm run simulate -- --drawn --seed ${failed.join(' | ')}`] : []),
    '',
  ].join('\n');
}
