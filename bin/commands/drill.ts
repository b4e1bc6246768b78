import type { Command } from 'commander';
import { deployed } from '../../cli/deployed/clients';
import { drillClients } from '../../cli/drill/clients';
import { drill, type DrillOptions } from '../../cli/drill/drill';
import { interruption } from '../../cli/interruption';
import { progressOn } from '../../cli/progress';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { positive } from './arguments';
import { ask } from './ask';
import { keepHeapSmall } from './small-heap';

type Asked = Omit<DrillOptions, 'stacks' | 'rebootBroker'> & {
  readonly rebootBroker?: string | true;
  readonly region?: string;
};

export function register(program: Command): void {
  program
    .command('drill')
    .description('Send canaries through a deployed pipeline, reboot a broker if told, and account for every canary')
    .argument('<stack...>', 'the stack of the pipeline, and those of its consumers where they are others')
    .option('--minutes <n>', 'for how long canaries are sent', positive, 2)
    .option('--rate <n>', 'canaries a second, over all partitions', positive, 10)
    .option('--within <minutes>', 'after the last one, in which all have to be settled', positive, 5)
    .option('--reboot-broker [id]', 'reboot this broker meanwhile, the first if none is said; asks first')
    .option('--topic <name>', 'of several with a door, the one')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object on stdout')
    .option('--region <name>', 'region of the stacks')
    .action(async (stacks: string[], { rebootBroker, region, ...options }: Asked) => {
      keepHeapSmall();
      const interrupted = interruption();
      const found = deployed({ region });
      try {
        process.exitCode = await drill(
          { ...options, stacks, rebootBroker: rebootBroker === true ? '1' : rebootBroker },
          {
            ...{ deployed: found, transactions: found.transactions, clock: systemClock, ask },
            ...drillClients({ region }),
            print: (text) => void process.stdout.write(text),
            progress: progressOn(process.stderr),
            signal: interrupted.signal,
          },
        );
      } finally {
        interrupted.release();
      }
    });
}
