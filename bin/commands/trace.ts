import type { Command } from 'commander';
import { deployed } from '../../cli/deployed/clients';
import { linesWith } from '../../cli/trace/clients';
import { traceEvent } from '../../cli/trace/trace';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { moment } from './arguments';
import { keepHeapSmall } from './small-heap';

/** Of logs so much is read where nobody says more. */
const DAY_MS = 86_400_000;

interface Asked {
  readonly stack: string[];
  readonly source?: string;
  readonly since?: number;
  readonly json?: boolean;
  readonly region?: string;
}

export function register(program: Command): void {
  program
    .command('trace')
    .description('Show where an event is now, in tables, dead letters and spill store, and what logs say of it')
    .argument('<event id>', '`ce_id` of the event')
    .requiredOption('--stack <name...>', 'the stack of the pipeline, and those of its consumers where they are others')
    .option('--source <ce_source>', 'its source; needed for one that was applied')
    .option('--since <time>', 'logs from this time on: ISO 8601, or as 30m, 12h, 7d ago (default: 24h)', moment)
    .option('--json', 'print one JSON object on stdout')
    .option('--region <name>', 'region of the stacks')
    .action(async (id: string, { stack, since, region, ...options }: Asked) => {
      keepHeapSmall();
      process.exitCode = await traceEvent(
        id,
        { ...options, stacks: stack, since: since ?? systemClock.now() - DAY_MS },
        {
          ...deployed({ region }),
          linesWith: linesWith({ region }),
          print: (text) => void process.stdout.write(text),
          now: () => systemClock.now(),
        },
      );
    });
}
