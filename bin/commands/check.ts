import { InvalidArgumentError, type Command } from 'commander';
import { check, FORMATS, type CheckOptions } from '../../cli/check';

export function register(program: Command): void {
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
}

function format(text: string): CheckOptions['format'] {
  const known = FORMATS.find((name) => name === text);
  if (!known) throw new InvalidArgumentError(`want one of ${FORMATS.join(', ')}`);
  return known;
}
