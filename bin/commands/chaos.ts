import { Option, type Command } from 'commander';
import { chaos, FAULTS, GROUPS, SCENARIOS, type ChaosOptions } from '../../cli/chaos';
import { CONTROL_NAMES } from '../../cli/controls';
import { MUTANT_NAMES } from '../../cli/mutants';
import { oneOf, positive, someOf, wholeNumber } from './arguments';

export function register(program: Command): void {
  program
    .command('chaos')
    .description('Run the sample under faults, read everything back by other means, and judge')
    .option('--seed <n>', 'seed of the schedule; the same seed gives the same schedule', wholeNumber, 1)
    .option('--seconds <n>', 'how long faults come', positive, 90)
    .option('--rate <n>', 'events per second', positive, 60)
    .option('--fault <name>', 'one fault alone instead of a composition', oneOf(FAULTS))
    .option('--fault-seconds <n>', 'how long that fault lasts, in place of some seconds that are drawn', positive)
    .addOption(
      new Option('--group <name...>', `compose faults of these groups alone: ${GROUPS.join(', ')}`)
        .argParser(someOf(GROUPS.map((name) => ({ name }))))
        .conflicts('fault'),
    )
    .addOption(
      new Option(
        '--stack <variant>',
        'which of the sample’s stacks is judged: with the numbers for use, or smaller ones',
      )
        .choices(['sample', 'chaos', 'doors'])
        .default('chaos'),
    )
    .option('--list', 'list every fault, scenario and control')
    .option('--scenario <name>', 'play one of the stories of how Kafka loses messages', oneOf(SCENARIOS))
    .option('--control <name>', 'run what is known to be broken, which must be found; or all', oneOf(CONTROL_NAMES))
    .option('--mutant <name>', 'hunt a mutant of the product, which a check must find; or all', oneOf(MUTANT_NAMES))
    .option('--tries <n>', 'how often to run each control (5), or at most each mutant (3)', positive)
    .option('--resume <folder>', 'go on with the controls or mutants of an earlier sitting')
    .option('--check <history>', 'judge the history of an earlier run again')
    .option('--json', 'print one JSON object on stdout; progress goes to stderr')
    .action(async (options: ChaosOptions) => {
      process.exitCode = await chaos(options);
    });
}
