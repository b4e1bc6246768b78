import { styleText } from 'node:util';
import type { Command } from 'commander';
import { deployed } from '../../cli/deployed/clients';
import { interruption } from '../../cli/interruption';
import type { Paint } from '../../cli/status/screen';
import { showStatus } from '../../cli/status/status';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { positive } from './arguments';
import { keepHeapSmall } from './small-heap';

/** Seconds from one look to the next. */
const EVERY = 5;

interface Asked {
  readonly watch?: number | true;
  readonly json?: boolean;
  readonly region?: string;
}

export function register(program: Command): void {
  program
    .command('status')
    .description('Show on one screen what is lost, where events wait and for how long, who fails and which alarms ring')
    .argument('<stack...>', 'the stack of the pipeline, and those of its consumers where they are others')
    .option('--watch [seconds]', `look again and again, every ${EVERY} s if nothing is said, until Ctrl-C`, positive)
    .option('--json', 'print one JSON object on stdout, with --watch one a line')
    .option('--region <name>', 'region of the stacks')
    .action(async (stacks: string[], { watch, json, region }: Asked) => {
      keepHeapSmall();
      const interrupted = interruption();
      try {
        process.exitCode = await showStatus(
          { stacks, json, watch: watch === true ? EVERY : watch },
          {
            ...deployed({ region }),
            print: (text) => void process.stdout.write(text),
            screen: () => ({ columns: process.stdout.columns ?? 80, rows: process.stdout.rows, paint }),
            now: () => systemClock.now(),
            sleep: (ms) => systemClock.sleep(ms, interrupted.signal),
            signal: interrupted.signal,
          },
        );
      } finally {
        interrupted.release();
      }
    });
}

const STYLES = { bad: 'red', careful: 'yellow', good: 'green', faint: 'dim', bold: 'bold' } as const satisfies Record<Paint, string>; // prettier-ignore

const hasColours = process.stdout.isTTY && process.stdout.hasColors() && process.env['NO_COLOR'] === undefined;

const paint = (how: Paint, text: string): string => (hasColours ? styleText(STYLES[how], text) : text);
