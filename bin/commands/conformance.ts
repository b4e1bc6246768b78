import type { Command } from 'commander';
import {
  ADAPTERS,
  CASES,
  conformance,
  conformanceSender,
  SENDER_COMMAND,
  type ConformanceOptions,
} from '../../cli/conformance';
import { oneOf, positive, someOf, wholeNumber } from './arguments';

export function register(program: Command): void {
  program
    .command('conformance')
    .description(
      'Put a Kafka client on trial on real brokers under faults, beside the usual code, which must be caught',
    )
    .option('--adapter <name>', 'the client on trial', oneOf(ADAPTERS), 'kafkajs')
    .option('--seed <n>', 'seed of everything drawn', wholeNumber, 1)
    .option('--events <n>', 'events it shall have acknowledged over all cases', positive, 100_000)
    .option('--only <case...>', `play these cases alone: ${CASES.map(({ name }) => name).join(', ')}`, someOf(CASES))
    .option('--quick', 'one round of every fault in place of several')
    .option('--json', 'print one JSON object on stdout; progress goes to stderr')
    .action(async (options: ConformanceOptions) => {
      process.exitCode = await conformance(options);
    });

  program
    .command(`${SENDER_COMMAND} <adapter> <options>`, { hidden: true })
    .action((adapter: string, options: string) => conformanceSender(adapter, options));
}
