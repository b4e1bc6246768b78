#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { ownVersion } from '../cli/own-version';

// A word to developers about Node versions to come; users of a command have no use for it.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** Exit codes: 0 the promise held, 1 it was broken or the run failed, 2 the command line was wrong. */
const USAGE = 2;

/** Each is loaded when it is asked for: `check`, in a build, need not wait for Kafka's client and the SDK. */
const COMMANDS = {
  run: () => import('./commands/run.js'),
  chaos: () => import('./commands/chaos.js'),
  conformance: () => import('./commands/conformance.js'),
  check: () => import('./commands/check.js'),
};

async function parse(): Promise<void> {
  const program = new Command('cdk-lossless-kafka')
    .description('Event pipelines on Amazon MSK and Lambda that lose no event')
    .version(ownVersion())
    .showHelpAfterError('(--help lists the options)')
    .exitOverride();
  const [asked] = process.argv.slice(2);
  const named = Object.entries(COMMANDS).filter(([name]) => name === asked);
  for (const [, load] of named.length > 0 ? named : Object.entries(COMMANDS)) (await load()).register(program);
  await program.parseAsync();
}

parse()
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
