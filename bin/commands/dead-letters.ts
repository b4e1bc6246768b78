import { Option, type Command } from 'commander';
import { clientsOf } from '../../cli/dead-letters/clients';
import { listDeadLetters } from '../../cli/dead-letters/list';
import { amendDeadLetter } from '../../cli/dead-letters/amend';
import { discardDeadLetters } from '../../cli/dead-letters/discard';
import type {
  AmendOptions,
  DiscardOptions,
  FromTopicOptions,
  ListOptions,
  PlaceOptions,
  RedriveOptions,
  ShowOptions,
} from '../../cli/dead-letters/options';
import { redriveFromTopic } from '../../cli/dead-letters/from-topic';
import { redriveDeadLetters } from '../../cli/dead-letters/redrive';
import { showDeadLetter } from '../../cli/dead-letters/show';
import type { Surroundings } from '../../cli/dead-letters/surroundings';
import { interruption } from '../../cli/interruption';
import { progressOn } from '../../cli/progress';
import { PARK_REASONS } from '../../cli/dead-letters/reasons';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { atLeastZero, fileBytes, header, instant, maxRedrives, moment, offsets, positive } from './arguments';
import { ask } from './ask';
import { keepHeapSmall } from './small-heap';

export function register(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description(
      'See parked events, send them back to their topic under their own ids, publish corrected ones, or end them',
    );
  filters(places(letters.command('list')))
    .description('List dead letters, newest first, with how many there are by topic and by reason')
    .option('--limit <n>', 'letters shown', positive, 50)
    .option('--json', 'print one JSON object a line on stdout')
    .action((options: ListOptions) => around(options, (surroundings) => listDeadLetters(options, surroundings)));
  places(letters.command('show'))
    .argument('<object>', 'name of the dead letter, as list shows it')
    .description('Show one dead letter: what it holds, where it came from, and what to do next')
    .option('--json', 'print one JSON object on stdout')
    .action((object: string, options: ShowOptions) =>
      around(options, (surroundings) => showDeadLetter(object, options, surroundings)),
    );
  filters(places(letters.command('redrive')))
    .description(
      'Send dead letters back to their topic, or what a topic still holds once more; asks before more than 100',
    )
    .option('--from-topic <name>', 'in place of dead letters: events of this topic, by --partition and --offsets')
    .option('--offsets <a-b>', 'with --from-topic: the first and the last', offsets)
    .option(
      '--again <time>',
      'with --from-topic: those, too, that were applied before this time, as 2026-01-31T12:00:00Z',
      instant,
    )
    .option('--dry-run', 'say what would be sent where, and send nothing')
    .option('--limit <n>', 'letters sent', positive)
    .option('--rate <n>', 'letters a second, at most', positive)
    .option(
      '--concurrency <n>',
      'partitions whose letters are sent at once; within one they keep their order',
      positive,
      4,
    ) // prettier-ignore
    .option('--max-redrives <n>', 'an event that was sent back so often stays parked', maxRedrives, 3)
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object on stdout')
    .action((options: RedriveOptions & Partial<FromTopicOptions>) =>
      around(options, (surroundings) => redriveEither(options, surroundings)),
    );
  registerEnds(letters);
}

function redriveEither(options: RedriveOptions & Partial<FromTopicOptions>, around: Surroundings): Promise<number> {
  const { fromTopic, offsets: range } = options;
  if (fromTopic !== undefined && range !== undefined) return redriveFromTopic({ ...options, fromTopic, offsets: range }, around);
  if (fromTopic !== undefined) throw new Error('--offsets: got none, want the first and the last offset of --from-topic, as 1200-1499; give it');
  const stray = range !== undefined ? 'offsets' : options.again !== undefined ? 'again' : undefined;
  if (stray !== undefined) throw new Error(`--${stray}: got it without --from-topic, want the topic that holds the events; give it, or leave --${stray} out`);
  return redriveDeadLetters(options, around);
} // prettier-ignore

/** What ends a parked event otherwise than by sending it back. */
function registerEnds(letters: Command): void {
  places(letters.command('amend'))
    .argument('<object>', 'name of the dead letter, as list shows it')
    .description(
      'Publish a corrected event in place of a parked one, under an id of its own; with the name alone go on with one that was begun',
    )
    .option('--value <file>', 'file that holds the whole new value', fileBytes)
    .option('--key <text>', 'the new key')
    .option('--header <name=value>', 'header in place of all of its name; may be given several times', header)
    .option('--without-header <name...>', 'headers that are left out')
    .option('--by <name>', 'who amends, in place of the caller as AWS knows it')
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object on stdout')
    .action((object: string, options: AmendOptions) =>
      around(options, (surroundings) => amendDeadLetter(object, options, surroundings)),
    );
  places(chosen(letters.command('discard')))
    .argument('[object]', 'name of the dead letter, as list shows it; or give filters')
    .description(
      'End parked events for a written reason, never to be applied, and remove every version of their letters',
    )
    .requiredOption('--reason <text>', 'why, in a sentence that is kept')
    .addOption(new Option('--parked-for <word>', 'parked for this reason alone').choices(PARK_REASONS))
    .option('--by <name>', 'who discards, in place of the caller as AWS knows it')
    .option('--limit <n>', 'letters discarded', positive)
    .option('--yes', 'do not ask')
    .option('--json', 'print one JSON object on stdout')
    .action((object: string | undefined, options: DiscardOptions) =>
      around(options, (surroundings) => discardDeadLetters(object, options, surroundings)),
    );
}

const places = (command: Command): Command =>
  command
    .option('--stack <name...>', 'stacks of the pipeline and its consumers, whose outputs say the rest')
    .option('--bucket <name>', 'without --stack: bucket of the dead letters')
    .option('--function <name>', 'without --stack: replay function of the topic, for redrive and amend')
    .option('--table <name>', 'without --stack: idempotency table of the group')
    .option('--group <name>', 'consumer group; - for what never reached its topic')
    .option('--region <name>', 'region of the stack');

const filters = (command: Command): Command =>
  chosen(command).addOption(new Option('--reason <word>', 'parked for this reason alone').choices(PARK_REASONS));

const chosen = (command: Command): Command =>
  command
    .option('--topic <name>', 'of this topic alone')
    .option('--partition <n>', 'of this partition alone', atLeastZero)
    .option('--type <ce_type>', 'of this event type alone')
    .option('--key <text>', 'of this key alone')
    .option('--since <time>', 'put at this time or later: ISO 8601, or as 30m, 12h, 7d ago', moment)
    .option('--until <time>', 'put before this time', moment);

async function around(
  options: PlaceOptions & { readonly json?: boolean },
  act: (surroundings: Surroundings) => Promise<number>,
): Promise<void> {
  keepHeapSmall();
  const interrupted = interruption();
  try {
    process.exitCode = await act({
      ...clientsOf(options),
      print: (text) => void process.stdout.write(text),
      progress: progressOn(process.stderr),
      ask,
      clock: systemClock,
      nowMs: () => performance.now(),
      sleep: (ms) => systemClock.sleep(ms, interrupted.signal),
      signal: interrupted.signal,
    });
  } finally {
    interrupted.release();
  }
}
