import type { Command } from 'commander';
import { verify } from '../../cli/verify';
import { accountOf } from '../../cli/verify/aws';
import type { VerifyOptions } from '../../cli/verify/options';
import { policyFor } from '../../cli/verify/policy';

export function register(program: Command): void {
  program
    .command('verify')
    .description('Hold what is deployed against what the loss rules promised; changes nothing')
    .argument('[stack...]', 'names of deployed stacks; those nested in them come with them')
    .option('--region <name>', 'region of the stacks')
    .option('--json', 'print one JSON object on stdout')
    .option('--policy', 'print the least IAM policy that it needs, and look at nothing')
    .action(async (stacks: string[], options: VerifyOptions, command: Command) => {
      if (options.policy) process.stdout.write(`${JSON.stringify(policyFor(stacks), undefined, 2)}\n`);
      else if (stacks.length === 0)
        command.error('error: got no stack, want the name of a deployed one; give it, as in `verify Orders`');
      else {
        process.exitCode = await verify(stacks, options, {
          account: accountOf(options),
          print: (text) => void process.stdout.write(text),
          complain: (line) => console.error(line),
          colour: process.stdout.isTTY,
        });
      }
    });
}
