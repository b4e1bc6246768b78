#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { chaos, FAULTS, GROUPS, SCENARIOS, type ChaosOptions } from '../cli/chaos';
import { check, FORMATS, type CheckOptions } from '../cli/check';
import {
  ADAPTERS,
  CASES,
  conformance,
  conformanceSender,
  SENDER_COMMAND,
  type ConformanceOptions,
} from '../cli/conformance';
import { CONTROL_NAMES } from '../cli/controls';
import { PLANTED, run, type PlantedFault, type RunOptions } from '../cli/run';

// A word to developers about Node versions to come; users of a command have no use for it.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** Exit codes: 0 the promise held, 1 it was broken or the run failed, 2 the command line was wrong. */
const USAGE = 2;

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('want a whole number of at least 1');
  return value;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value < 2 ** 32) return value;
  throw new InvalidArgumentError(`want a whole number from 0 to ${2 ** 32 - 1}`);
}

function oneOf(known: readonly { readonly name: string }[]): (text: string) => string {
  return (text) => {
    if (known.some(({ name }) => name === text)) return text;
    throw new InvalidArgumentError(`want one of ${known.map(({ name }) => name).join(', ')}`);
  };
}

function someOf(known: readonly { readonly name: string }[]) {
  return (text: string, before?: readonly string[]): string[] => [...(before ?? []), oneOf(known)(text)];
}

function format(text: string): CheckOptions['format'] {
  const known = FORMATS.find((name) => name === text);
  if (!known) throw new InvalidArgumentError(`want one of ${FORMATS.join(', ')}`);
  return known;
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

program
  .command('chaos')
  .description('Run the sample under faults, read everything back by other means, and judge')
  .option('--seed <n>', 'seed of the schedule; the same seed gives the same schedule', wholeNumber, 1)
  .option('--seconds <n>', 'how long faults come', positive, 90)
  .option('--rate <n>', 'events per second', positive, 60)
  .option('--fault <name>', 'one fault alone instead of a composition', oneOf(FAULTS))
  .addOption(
    new Option('--group <name...>', `compose faults of these groups alone: ${GROUPS.join(', ')}`)
      .argParser(someOf(GROUPS.map((name) => ({ name }))))
      .conflicts('fault'),
  )
  .option('--list', 'list every fault, scenario and control')
  .option('--scenario <name>', 'play one of the stories of how Kafka loses messages', oneOf(SCENARIOS))
  .option('--control <name>', 'run what is known to be broken, which must be found; or all', oneOf(CONTROL_NAMES))
  .option('--tries <n>', 'how often to run each control', positive, 5)
  .option('--check <history>', 'judge the history of an earlier run again')
  .option('--json', 'print one JSON object on stdout; progress goes to stderr')
  .action(async (options: ChaosOptions) => {
    process.exitCode = await chaos(options);
  });

program
  .command('conformance')
  .description('Put a Kafka client on trial on real brokers under faults, beside the usual code, which must be caught')
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

program
  .command('check')
  .description('Judge CloudFormation templates, a cdk.out or a directory by the loss rules')
  .argument('<path...>', 'template (JSON, YAML, SAM), cdk.out, or directory of templates')
  .option('--format <format>', FORMATS.join(', '), format, 'table')
  .option('--strict', 'warnings and what is known only at deploy fail, too')
  .option('--acknowledge <file>', 'list of { code, path or logicalId, reason } that are accepted')
  .action((paths: string[], options: CheckOptions) => {
    process.exitCode = check(paths, options);
  });

program
  .parseAsync()
  .catch((error: unknown) => {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
      return;
    }
    console.error(error instanceof Error ? `error: ${error.message}` : error);
    process.exitCode = 1;
  })
  // Left to end by itself, Node.js 20 was seen to spin for ever while it closed the pipes of ended children.
  .finally(() => process.stdout.write('', () => process.stderr.write('', () => process.exit())));
