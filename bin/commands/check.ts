import { InvalidArgumentError, type Command } from 'commander';
import { check } from '../../cli/check';
import { explained, listOfRules } from '../../cli/check/explain';
import { FORMATS, isCode, SEVERITIES, type CheckOptions } from '../../cli/check/options';
import { optimiseLater } from './optimise-later';

interface Asked extends CheckOptions {
  readonly listRules?: boolean;
  readonly explain?: string;
}

export function register(program: Command): void {
  program
    .command('check')
    .description('Judge CloudFormation templates, a cdk.out or a directory by the loss rules')
    .argument('[path...]', "template (JSON, YAML, SAM), cdk.out, directory of templates, a pattern in quotes, or '-'")
    .option('--format <format>', `${FORMATS.join(', ')} (default: table)`, among(FORMATS))
    .option('--output <file>', 'write the findings there')
    .option('--strict', 'warnings and what is known only at deploy fail, too')
    .option('--severity <severity>', 'error: leave warnings out', among(SEVERITIES))
    .option('--ignore <codes...>', 'rules that are not asked', code)
    .option('--parameters <key=value...>', 'what parameters are given; the others may be all that they allow')
    .option('--parameter-files <files...>', "files that say so, in CloudFormation's JSON")
    .option('--acknowledge <file>', 'list of { code, path or logicalId, reason } that are accepted')
    .option('--baseline <file>', 'what an earlier --format json has found fails nothing')
    .option('--config <file>', 'these options in YAML (default: .lossless-check.yaml)')
    .option('--list-rules', 'one line for each rule')
    .option('--explain <rule>', 'all about one rule, by code or name')
    .action((paths: string[], { listRules, explain, ...options }: Asked, command: Command) => {
      if (listRules) process.stdout.write(listOfRules());
      else if (explain !== undefined) process.stdout.write(explained(explain));
      else if (paths.length === 0) command.error("error: got no path, want a template, a cdk.out, a directory or '-'");
      else {
        optimiseLater();
        process.exitCode = check(paths, options);
      }
    });
}

const among =
  <T extends string>(known: readonly T[]) =>
  (text: string): T => {
    const found = known.find((name) => name === text);
    if (found === undefined) throw new InvalidArgumentError(`want one of ${known.join(', ')}`);
    return found;
  };

function code(text: string, before: readonly string[] = []): string[] {
  const codes = text.split(',');
  const unknown = codes.find((each) => !isCode(each));
  if (unknown !== undefined) throw new InvalidArgumentError(`${unknown} is no rule; --list-rules names them all`);
  return [...before, ...codes];
}
