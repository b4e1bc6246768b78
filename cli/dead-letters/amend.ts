import {
  letterPlace,
  type AmendFate,
  type AmendRequest,
  type LetterPlace,
  type StoredHeader,
} from '../../lambdas/runtime/contract';
import { printable } from '../check/printable';
import { answerOf, pauseMs } from './call';
import { othersOf } from './dry-run';
import { consent } from '../consent';
import type { AmendOptions } from './options';
import { placesOf, type Place } from './places';
import { requireFunction, type ExitCode } from './redrive';
import type { Surroundings } from './surroundings';

/** Tries while it waits for something that passes. */
const TRIES = 4;
/** Most bytes of a value: an invocation carries 6 MB of JSON. */
const MOST_BYTES = 4 * 1024 * 1024;

/** Publishes a corrected event in place of a parked one, and says under which id. */
export async function amendDeadLetter(object: string, options: AmendOptions, around: Surroundings): Promise<ExitCode> {
  const at = letterPlace(object);
  if (at === undefined) throw new Error(`object: got ${printable(object.slice(0, 200))}, want the name of a dead letter as \`dead-letters list\` shows it; copy it whole`); // prettier-ignore
  const size = options.value?.length ?? 0;
  if (size > MOST_BYTES) throw new Error(`--value: got ${size} bytes, want at most ${MOST_BYTES}; make it smaller`);
  const places = await placesOf({ ...options, topic: at.topic, group: at.group }, around.outputsOf);
  const [place] = places;
  if (place === undefined) throw new Error('object: no place is known for it');
  requireFunction(place);
  const go = await mayGo(at, places, options, around);
  if (go !== true) return go;
  const by = options.by ?? (await around.caller());
  const fate = await amended(requestOf(object, at, by, place, options), place, around);
  around.print(options.json ? `${JSON.stringify({ object, ...fate })}\n` : `${inWords(fate, at)}\n`);
  return fate.kind === 'amended' || (fate.kind === 'gone' && fate.id !== undefined) ? 0 : 1;
}

/** Other groups have not seen the new id, and may have applied the old event: a person has to know. */
async function mayGo(
  at: LetterPlace,
  places: readonly Place[],
  options: AmendOptions,
  around: Surroundings,
): Promise<true | 1 | 2> {
  if (options.yes) return true;
  const others = await othersOf(at, places, around);
  const question = `Publish a corrected event to topic ${printable(at.topic)}? It is a new one for every group that reads it, also where the old one is applied: ${others}.`;
  const instead = `other groups that read the topic: ${others}; add --yes`;
  return consent({ question, nothing: 'nothing was published', instead }, options, around);
}

function requestOf(object: string, { topic, group }: LetterPlace, by: string, place: Place, options: AmendOptions): AmendRequest {
  const { value, key, header = [], withoutHeader = [] } = options;
  const headers: StoredHeader[] = [
    ...withoutHeader.map((name): StoredHeader => [name, null]),
    ...header.map(([name, text]): StoredHeader => [name, Buffer.from(text).toString('base64')]),
  ];
  return {
    amend: {
      ...{ topic, group, object, by, table: group === '-' ? undefined : place.table },
      value: value && Buffer.from(value).toString('base64'),
      key: key === undefined ? undefined : Buffer.from(key).toString('base64'),
      ...(headers.length > 0 && { headers }),
    },
  };
} // prettier-ignore

async function amended(request: AmendRequest, place: Place, around: Surroundings): Promise<AmendFate> {
  const expected = { read: fateIn, want: 'what became of the letter', since: 'amendments' };
  for (let tries = 1; ; tries++) {
    const fate = await answerOf(place.replay ?? '', request, around, expected);
    if (fate.kind !== 'waits' || tries === TRIES || around.signal.aborted) return fate;
    await around.sleep(pauseMs(tries));
  }
}

function fateIn(payload: unknown): AmendFate | undefined {
  const fate = payload as Partial<AmendFate> | null | undefined;
  return typeof fate?.kind === 'string' ? (fate as AmendFate) : undefined;
}

function inWords(fate: AmendFate, { topic }: LetterPlace): string {
  switch (fate.kind) {
    case 'amended':
      return `amended: ${printable(fate.id)} takes its place, in ${topic}-${fate.partition} at offset ${fate.offset}; the letter is deleted`; // prettier-ignore
    case 'undeleted':
      return `amended: ${printable(fate.id)} takes its place, in ${topic}-${fate.partition} at offset ${fate.offset}; the letter is still there, run it again: ${printable(fate.detail)}`; // prettier-ignore
    case 'gone':
      return fate.id === undefined
        ? 'gone: there is no letter of this name; it was sent back or discarded, or the name is cut off'
        : `amended before: ${printable(fate.id)} takes its place, and the letter is deleted`;
    case 'refused':
    case 'waits':
      return `${fate.kind} ${fate.reason}: ${printable(fate.detail)}`;
  }
}
