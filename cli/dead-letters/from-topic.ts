import { AGAIN_BACK_MS, type AgainAnswer, type AgainRequest, type AgainRest } from '../../lambdas/runtime/contract';
import { counted } from '../../faults/report/numbers';
import { printable } from '../check/printable';
import { answerOf } from './call';
import { othersOf } from './dry-run';
import { Lane } from './lane';
import type { FromTopicOptions } from './options';
import { placesOf, type Place } from './places';
import { CHUNK, mayGo, requireFunction, WORDS, type ExitCode } from './redrive';
import type { Surroundings } from './surroundings';
import { Tally } from './tally';

/** In the order in which they are shown. */
const AGAIN_WORDS = {
  ...WORDS,
  redriven: 'sent again',
  undeleted: 'sent again, their letters still there',
  applied: 'not sent: their events are applied',
  ended: 'not sent: people have ended their events',
  'under-way': 'not sent: their events are on their way already',
  repeated: 'not sent: another record of the same event comes before them',
} as const;

type Kind = keyof typeof AGAIN_WORDS;

/** Sends again what offsets of a topic hold, as far as the table of the group lets it, and says what became of them. */
export async function redriveFromTopic(options: FromTopicOptions, around: Surroundings): Promise<ExitCode> {
  const range = await rangeOf(options, around);
  if (options.dryRun === true) return dryRun(range, options, around);
  const { from, to } = options.offsets;
  if (to - from + 1 > CHUNK && options.yes !== true) {
    const { send } = await lookedAt(range, around);
    const go = await mayGo(send, `Send ${send} events of ${options.fromTopic}-${range.partition} again?`, options, around);
    if (go !== true) return go;
  }
  const tally = new Tally<Kind>(to - from + 1, AGAIN_WORDS, around, 'records');
  await send(range, options, around, tally);
  around.progress.end();
  around.print(options.json === true ? tally.asJson() : `${tally.asTable()}${hintOn(tally.countOf('applied'), range)}`);
  return tally.isClean && !around.signal.aborted ? 0 : 1;
} // prettier-ignore

interface AgainRange extends Omit<AgainRequest['again'], 'from' | 'to' | 'most'> {
  readonly offsets: { readonly from: number; readonly to: number };
  readonly place: Place & { readonly topic: string; readonly group: string };
}

/** @throws Error in one sentence for options that clash, and where it is not known who gets them again */
async function rangeOf(options: FromTopicOptions, around: Surroundings): Promise<AgainRange> {
  const { fromTopic: topic, partition, offsets, again, maxRedrives } = options;
  const stray = (['topic', 'reason', 'type', 'key', 'since', 'until'] as const).find((name) => options[name] !== undefined);
  if (stray !== undefined) throw new Error(`--${stray}: got it together with --from-topic, want --partition and --offsets alone to choose what is sent; leave it out`);
  if (partition === undefined) throw new Error('--partition: got none, want the partition of --from-topic whose offsets are meant; give it');
  const newest = around.clock.now() - AGAIN_BACK_MS;
  if (again !== undefined && again > newest) {
    throw new Error(`--again: got ${new Date(again).toISOString()}, want ten minutes ago or earlier, ${new Date(newest).toISOString()} now, as clocks may differ; give the time by which the good code was there, and wait until it is that long ago`);
  }
  const places = (await placesOf({ ...options, topic }, around.outputsOf)).filter(({ group }) => group !== '-');
  const [place] = places;
  if (place === undefined || places.length > 1) {
    const known = places.map(({ group }) => group).join(', ') || 'none that parks events of it';
    throw new Error(`topic ${topic}: got ${known}, want the one consumer group that is to get the events again; give --group, and a stack that names it`);
  }
  requireFunction(place);
  const { group = '', table = '', eventIds } = place;
  return { topic, partition, offsets, group, table, before: again ?? 0, eventIds, maxRedrives, place: { ...place, topic, group } };
} // prettier-ignore

/** One answer of the function after the other, until the last offset is reached. Each is asked for when the one before is dealt with. */
async function* answers(
  { place, offsets, ...range }: AgainRange,
  around: Surroundings,
  asked: () => Pick<AgainRequest['again'], 'most' | 'look' | 'behind'>,
): AsyncIterable<AgainAnswer> {
  const expected = { read: answerIn, want: 'what the offsets hold', since: '--from-topic' };
  let from = offsets.from;
  let behind: readonly string[] = [];
  while (from <= offsets.to && !around.signal.aborted) {
    const more = asked();
    const request: AgainRequest = { again: { ...range, from, to: offsets.to, ...more, behind: [...new Set([...behind, ...(more.behind ?? [])])] } }; // prettier-ignore
    const answer = await answerOf(place.replay ?? '', request, around, expected);
    yield answer;
    from = answer.next;
    behind = answer.behind;
  }
}

async function send(range: AgainRange, options: FromTopicOptions, around: Surroundings, tally: Tally<Kind>): Promise<void> {
  const { rate, limit } = options;
  const lane = new Lane(range.place, { maxRedrives: range.maxRedrives, rate, concurrency: 1 }, around, tally);
  let left = limit ?? Number.POSITIVE_INFINITY;
  const most = () => Math.max(1, Math.min(CHUNK, left, Math.floor(rate ?? CHUNK)));
  for await (const answer of answers(range, around, () => ({ most: most(), behind: lane.behind }))) {
    for (const rest of answer.rest) tally.addMany(outcomeOf(rest, range));
    // The letters of one answer are sent before those of the next are put: killed, few are left.
    await lane.send(answer.send);
    left -= answer.send.length;
    if (left <= 0) break;
  }
  // Not every offset has a record.
  if (!around.signal.aborted) tally.endsHere();
} // prettier-ignore

/** What is not sent is a trouble where a person has to know; nothing is left to do for what a person has ended. */
function outcomeOf(rest: AgainRest, { topic, partition }: AgainRange) {
  const objects = rest.offsets.map((offset) => `${topic}-${partition} at offset ${offset}`);
  const told = 'reason' in rest && rest.kind !== 'ended' ? { reason: rest.reason, detail: rest.detail } : {};
  return { kind: rest.kind, count: rest.count, objects, ...told };
}

async function lookedAt(range: AgainRange, around: Surroundings): Promise<{ readonly send: number; readonly rest: AgainRest[]; readonly cluster: string }> {
  let send = 0;
  let cluster = '';
  const rest: AgainRest[] = [];
  const { from, to } = range.offsets;
  for await (const answer of answers(range, around, () => ({ most: LOOKED_AT, look: true }))) {
    send += answer.send.length;
    rest.push(...answer.rest);
    cluster = answer.cluster;
    around.progress.count(answer.next - from, to - from + 1, 'offsets', 'looked at');
  }
  around.progress.end();
  return { send, rest, cluster };
} // prettier-ignore

/** Letters named in one answer to a look. */
const LOOKED_AT = 500;

/** Says what would be sent, and who else would see it again. Puts and sends nothing. */
async function dryRun(range: AgainRange, options: FromTopicOptions, around: Surroundings): Promise<0> {
  const { topic, partition, group, offsets } = range;
  const { send, rest, cluster } = await lookedAt(range, around);
  const counts = new Map<string, number>();
  for (const each of rest) {
    const name = 'reason' in each ? `${each.kind}: ${each.reason}` : each.kind;
    counts.set(name, (counts.get(name) ?? 0) + each.count);
  }
  const others = await othersOf({ cluster, topic, group }, [range.place], around);
  if (options.json === true) {
    const told = { topic, partition, ...offsets, group, send, rest: Object.fromEntries(counts), others };
    around.print(`${JSON.stringify({ dryRun: true, wouldSend: told })}\n`);
    return 0;
  }
  around.print(`${counted(send, 'event')} of ${printable(topic)}-${partition}, offsets ${offsets.from} to ${offsets.to}, would be sent again to group ${printable(group)}\n`); // prettier-ignore
  for (const [name, count] of counts) around.print(`  ${count} would not: ${name}\n`);
  around.print(`  groups that would see them again, and know each event by its id: ${others}\n`);
  around.print(`${hintOn(counts.get('applied') ?? 0, range)}nothing was sent\n`);
  return 0;
}

const hintOn = (applied: number, { before }: AgainRange): string =>
  applied === 0 || before > 0
    ? ''
    : `${counted(applied, 'event')} ${applied === 1 ? 'is' : 'are'} applied: --again <time> sends those again that were settled before that time, as by a bad deploy\n`;

/** As the function answers. */
function answerIn(payload: unknown): AgainAnswer | undefined {
  const answer = payload as Partial<AgainAnswer> | null | undefined;
  const isOne = Array.isArray(answer?.send) && Array.isArray(answer.rest) && Number.isSafeInteger(answer.next);
  return isOne ? (answer as AgainAnswer) : undefined;
}
