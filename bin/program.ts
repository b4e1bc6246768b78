import { Command } from 'commander';
import { ownVersion } from '../cli/own-version';

/** Each is loaded when it is asked for: `check`, in a build, need not wait for Kafka's client and the SDK. */
const COMMANDS = {
  run: () => import('./commands/run.js'),
  chaos: () => import('./commands/chaos.js'),
  conformance: () => import('./commands/conformance.js'),
  breaker: () => import('./commands/breaker.js'),
  'dead-letters': () => import('./commands/dead-letters.js'),
  status: () => import('./commands/status.js'),
  drill: () => import('./commands/drill.js'),
  trace: () => import('./commands/trace.js'),
  check: () => import('./commands/check.js'),
  verify: () => import('./commands/verify.js'),
};

/** The command line, with the command that is asked for; with all of them where none of them is. */
export async function programFor(asked: string | undefined): Promise<Command> {
  const program = new Command('cdk-lossless-kafka')
    .description('Event pipelines on Amazon MSK and Lambda that lose no event')
    .version(ownVersion())
    .showHelpAfterError('(--help lists the options)')
    .exitOverride();
  const named = Object.entries(COMMANDS).filter(([name]) => name === asked);
  for (const [, load] of named.length > 0 ? named : Object.entries(COMMANDS)) (await load()).register(program);
  return program;
}
