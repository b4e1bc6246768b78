import { simulate } from '../run';
import type { Trial } from './mutant';
import { runOptions } from './trial';

/** What a child is told, as JSON in its first argument. */
export interface Order {
  readonly seed: number;
  readonly hours: number;
  /** Ends with the first window that is over after so many logical hours; windows are the same as without it. */
  readonly until?: number;
  readonly trial: Trial;
}

/** What a child tells, one a line: how far it has come, and in the end what was found. */
export type Told =
  | { readonly kind: 'progress'; readonly hours: number }
  | { readonly kind: 'ended'; readonly hours: number; readonly events: number; readonly broken: readonly Broken[] };

/** A promise that does not hold. `stuck`, `lost` and `applied twice` are found without the checker. */
export interface Broken {
  readonly check: string;
  readonly example: string;
}

const tell = (told: Told): void => void process.stdout.write(`${JSON.stringify(told)}\n`);

/** One run of the simulation that this file is bundled with. */
async function run({ seed, hours, until = Infinity, trial }: Order): Promise<void> {
  const result = await simulate({
    ...{ seed, hours, ...runOptions(trial) },
    onWindow: ({ hours: done, events, broken }) => {
      tell({ kind: 'progress', hours: done });
      if (done < until || broken > 0) return;
      tell({ kind: 'ended', hours: done, events, broken: [] });
      process.exit();
    },
  });
  const { lost, appliedTwice, stuck } = result;
  const counted = Object.entries({ lost, 'applied twice': appliedTwice, stuck }).filter(([, count]) => count > 0);
  const broken = [
    ...result.broken.map(({ check: { check, examples } }) => ({ check, example: examples[0] ?? '' })),
    ...counted.map(([check, count]) => ({ check, example: `${count} events` })),
  ];
  tell({ kind: 'ended', hours: result.hours, events: result.events, broken });
}

run(JSON.parse(process.argv[2] ?? '') as Order).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
