import { InvalidArgumentError, type Command } from 'commander';
import { PLANTED } from '../../cli/planted';
import { run } from '../../cli/run';
import type { PlantedFault } from '../../cli/planted';
import type { RunOptions } from '../../cli/run-options';
import { positive } from './arguments';

export function register(program: Command): void {
  program
    .command('run')
    .description('Run the sample on this machine with a broker killed half-way, and account for every event')
    .option('--events <n>', 'order events to send (default: 10000; with --keep-running none)', positive)
    .option('--rate <n>', 'events per second (default: as fast as the door answers)', positive)
    .option('--no-fault', 'leave the brokers alone')
    .option('--break <fault>', `plant one fault of construction, which must show: ${PLANTED.join(', ')}`, planted)
    .option('--keep-running', 'leave the stack up until Ctrl-C, and say where everything is')
    .option('--keep', 'keep data and logs of the run')
    .option('--json', 'print one JSON object on stdout; progress goes to stderr')
    .action(async (options: RunOptions) => {
      process.exitCode = await run(options);
    });
}

function planted(text: string): PlantedFault {
  const known = PLANTED.find((name) => name === text);
  if (!known) throw new InvalidArgumentError(`want one of ${PLANTED.join(', ')}`);
  return known;
}
