#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { PLANTED, run, type PlantedFault, type RunOptions } from '../cli/run';

/** Exit codes: 0 the promise held, 1 it was broken or the run failed, 2 the command line was wrong. */
const USAGE = 2;

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('want a whole number of at least 1');
  return value;
}

function planted(text: string): PlantedFault {
  const known = PLANTED.find((name) => name === text);
  if (!known) throw new InvalidArgumentError(`want one of ${PLANTED.join(', ')}`);
  return known;
}

const program = new Command('cdk-lossless-kafka')
  .description('Event pipelines on Amazon MSK and Lambda that lose no event')
  .showHelpAfterError('(--help lists the options)')
  .exitOverride();

program
  .command('run')
  .description('Run the sample on this machine with a broker killed half-way, and account for every event')
  .option('--events <n>', 'order events to send', positive, 10_000)
  .option('--rate <n>', 'events per second (default: as fast as the door answers)', positive)
  .option('--no-fault', 'leave the brokers alone')
  .option('--break <fault>', `plant one fault of construction, which must show: ${PLANTED.join(', ')}`, planted)
  .option('--keep', 'keep data and logs of the run')
  .option('--json', 'print one JSON object on stdout; progress goes to stderr')
  .action(async (options: RunOptions) => {
    process.exitCode = await run(options);
  });

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : USAGE;
    return;
  }
  console.error(error instanceof Error ? `error: ${error.message}` : error);
  process.exitCode = 1;
});
