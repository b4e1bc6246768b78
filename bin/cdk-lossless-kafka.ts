#!/usr/bin/env node
import { CommanderError } from 'commander';
import { programFor } from './program';

// A word to developers about Node versions to come; users of a command have no use for it.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** Exit codes: 0 the promise held, 1 it was broken or the run failed, 2 the command line was wrong. */
const USAGE = 2;

programFor(process.argv[2])
  .then((program) => program.parseAsync())
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
