import type { Command } from 'commander';
import { breakerParkUpTo, breakerStatus, tableAt, type ParkUpToOptions, type Surroundings } from '../../cli/breaker';
import type { BreakerOptions } from '../../cli/breaker-options';
import { atLeastZero } from './arguments';
import { ask } from './ask';

export function register(program: Command): void {
  const breaker = program
    .command('breaker')
    .description('See the circuit breakers of a consumer group, and say what may be parked');
  where(breaker.command('status'))
    .description('Show the circuit breaker of every partition, or of one')
    .option('--partition <n>', 'one partition alone', atLeastZero)
    .action(async (options: BreakerOptions) => {
      process.exitCode = await breakerStatus(options, around(options));
    });
  where(breaker.command('park-up-to'))
    .description(
      'Park what fails of one partition up to an offset, although its breaker is open; asks first, and ends by itself',
    )
    .requiredOption('--partition <n>', 'the partition', atLeastZero)
    .requiredOption('--offset <n>', 'the last offset to be parked, inclusive', atLeastZero)
    .option('--yes', 'do not ask')
    .action(async (options: ParkUpToOptions) => {
      process.exitCode = await breakerParkUpTo(options, around(options));
    });
}

/** All of these are in the environment of the consumer function. */
const where = (command: Command): Command =>
  command
    .requiredOption('--table <name>', 'idempotency table of the consumer')
    .requiredOption('--cluster <arn>', 'cluster, as the consumer function names it')
    .requiredOption('--group <name>', 'consumer group')
    .requiredOption('--topic <name>', 'topic')
    .option('--endpoint <url>', 'DynamoDB of a local run, as it prints it')
    .option('--region <name>', 'region of the table')
    .option('--json', 'print one JSON object on stdout');

const around = (options: BreakerOptions): Surroundings => ({
  transactions: tableAt(options),
  print: (text) => void process.stdout.write(text),
  ask,
  now: () => Date.now(),
});
