import { DEAD_LETTERS_OUTPUT, type DeadLettersOutput, type EventIds } from '../../lambdas/runtime/contract';
import { outputOf } from '../deployed/output';
import { explained } from './errors';
import type { FilterOptions, PlaceOptions } from './options';

/** Dead letters of one consumer group on one topic, or with fewer names of several. */
export interface Place {
  readonly deadLetters: string;
  readonly cluster?: string;
  readonly topic?: string;
  readonly group?: string;
  readonly table?: string;
  /** The function that sends them back. */
  readonly replay?: string;
  /** How events are told apart; not said: the handler may do it. */
  readonly eventIds?: EventIds;
}

/** Values of the outputs of a stack. */
export type OutputsOf = (stack: string) => Promise<readonly string[]>;

/**
 * Where the dead letters are that are asked about. Never empty.
 * @throws Error in one sentence for options that clash, and for stacks that say nothing of dead letters
 */
export async function placesOf(options: PlaceOptions & FilterOptions, outputsOf: OutputsOf): Promise<Place[]> {
  const { stack = [], bucket, table, topic, group, partition, since, until } = options;
  if (partition !== undefined && group !== undefined && (group === '-') !== partition < 0) {
    throw new Error(`--partition: got ${partition} together with --group ${group}, want a partition of a group that parked, or -1 of -, as what never reached its topic lies in none; leave one of them out`); // prettier-ignore
  }
  if (since !== undefined && until !== undefined && since >= until) {
    throw new Error(`--since: got ${new Date(since).toISOString()}, want a time before --until, ${new Date(until).toISOString()}; give them the other way round`); // prettier-ignore
  }
  if (stack.length > 0) {
    const named = (['bucket', 'function', 'table'] as const).find((name) => options[name] !== undefined);
    if (named !== undefined) {
      throw new Error(`--${named}: got it together with --stack, which says it already; leave one of them out`);
    }
    const told = (await Promise.all(stack.map((name) => toldBy(name, outputsOf)))).flat();
    const places = told.filter((place) => (topic ?? place.topic) === place.topic && (group ?? place.group) === place.group); // prettier-ignore
    if (places.length > 0) return places;
    const known = told.map((place) => `${place.topic} of group ${place.group}`).join(', ');
    throw new Error(`--topic, --group: got none that --stack ${stack.join(', ')} knows, want one of ${known}; correct them`); // prettier-ignore
  }
  if (bucket === undefined) {
    throw new Error('--stack, --bucket: got neither, want the stack of the pipeline, or the bucket of its dead letters; give one of them'); // prettier-ignore
  }
  if (table !== undefined && (group === undefined || group === '-')) {
    throw new Error('--table: got one without --group, want the consumer group that remembers in it; give --group');
  }
  return [{ deadLetters: bucket, topic, group, table, replay: options.function }];
}

async function toldBy(stack: string, outputsOf: OutputsOf): Promise<DeadLettersOutput[]> {
  const values = await outputsOf(stack).catch((error: unknown) => {
    throw explained(`outputs of stack ${stack}`, error);
  });
  const told = values.flatMap((value) => outputOf<DeadLettersOutput>(value, DEAD_LETTERS_OUTPUT) ?? []);
  if (told.length > 0) return told;
  throw new Error(
    `outputs of stack ${stack}: got ${values.length}, none of which says where dead letters are, want those that EventPipeline and EventConsumer make; deploy the stack with this version, or give --bucket, --function, --group and --table`,
  );
}
