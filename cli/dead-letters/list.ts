import Table from 'cli-table3';
import { counted } from '../../faults/report/numbers';
import { printable } from '../check/printable';
import { limit } from '../../lambdas/runtime/time/limit';
import { countEnds, type EndsCount } from './ends';
import {
  contentOf,
  meantLetters,
  needsContent,
  READ_AT_ONCE,
  typeOf,
  type Content,
  type ListedLetter,
  type MeantLetter,
} from './letters';
import { Newest } from './newest';
import type { ListOptions } from './options';
import { placesOf } from './places';
import { statesOf } from './states';
import type { Surroundings } from './surroundings';

/** Letters of which reasons are counted, the newest ones, where nothing else asks for all of them to be read. */
const REASONS_OF = 1_000;

/** Prints the newest dead letters, and above them how many there are by topic and by reason. */
export async function listDeadLetters(options: ListOptions, around: Surroundings): Promise<0> {
  const places = await placesOf(options, around.outputsOf);
  const byTopic = new Map<string, number>();
  const reasons = new Map<string, number>();
  const kept = Math.max(options.limit, REASONS_OF);
  const newest = new Newest(kept);
  let strangers = 0;
  for (const place of places) {
    for await (const found of meantLetters(place, options, around.store, () => (strangers += 1))) {
      const { group, topic } = found.listed;
      count(byTopic, `${topic} of ${group === '-' ? 'no group: never in the topic' : `group ${group}`}`);
      if (found.letter !== undefined) count(reasons, found.letter.reason);
      newest.add(found);
    }
  }
  const shown = await read(newest.all().slice(0, needsContent(options) ? options.limit : kept), around);
  if (!needsContent(options)) for (const { content } of shown) count(reasons, content?.reason ?? 'not readable');
  const first = shown.slice(0, options.limit);
  const states = await statesOf(first, around);
  const letters = first.map((one) => ({ ...one, state: states.get(one.listed.name) }));
  const ends = await countEnds(places, options, around.store);
  const found = { byTopic, reasons, ends, letters, strangers, all: sum(byTopic) };
  around.print(options.json ? inJson(found) : inWords(found));
  return 0;
}

interface Found {
  readonly letters: readonly Shown[];
  /** Letters that are meant, shown or not. */
  readonly all: number;
  readonly byTopic: ReadonlyMap<string, number>;
  readonly reasons: ReadonlyMap<string, number>;
  readonly ends: EndsCount | undefined;
  readonly strangers: number;
}

/** A line for each letter, and one of counts. */
function inJson({ letters, all, ends }: Found): string {
  const counts = { letters: all, ...(ends && { ended: ends.ended, ...Object.fromEntries(ends.byKind) }) };
  return [...letters.map(row), { counts }].map((line) => `${JSON.stringify(line)}\n`).join('');
}

function inWords({ letters, all, byTopic, reasons, ends, strangers }: Found): string {
  const newestOf = (counts: ReadonlyMap<string, number>, of: number) =>
    sum(counts) < of ? `, of the newest ${sum(counts)}` : '';
  const ended = ends !== undefined && ends.ended > 0 ? histogram(`ended by a person: ${ends.ended}${newestOf(ends.byKind, ends.ended)}`, ends.byKind) : ''; // prettier-ignore
  const others = strangers === 0 ? '' : `; ${counted(strangers, 'object')} in the bucket ${strangers === 1 ? 'is none and is' : 'are none and are'} left alone`; // prettier-ignore
  return [
    histogram('by topic', byTopic),
    histogram(`by reason${newestOf(reasons, all)}`, reasons),
    ended,
    table(letters),
    `${letters.length} of ${all} dead letters, newest first${others}\n`,
  ].join('');
}

interface Shown {
  readonly listed: ListedLetter;
  readonly content: Content;
  /** What its table says. @default - no table is known, or it is not asked about this one */
  readonly state?: string;
}

function read(found: readonly MeantLetter[], { store }: Surroundings): Promise<Shown[]> {
  const together = limit(READ_AT_ONCE);
  return Promise.all(
    found.map(({ listed, letter }) =>
      together(async () => ({ listed, content: letter ?? (await contentOf(listed, store)) })),
    ),
  );
}

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((all, each) => all + each, 0);

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** One line of `--json`: the fields are public and stable. */
const row = ({ listed: { name, bytes, cluster, group, topic, partition }, content, state }: Shown) => ({
  ...{ object: name, bytes, cluster, group, topic, partition, state },
  ...(content && {
    ...{ offset: content.offset, reason: content.reason, detail: content.detail, effect: content.effect },
    ...{ source: content.source, id: content.id, type: typeOf(content), parkedAt: content.parkedAt },
  }),
});

/** Characters of the longest bar. */
const BAR = 30;

function histogram(title: string, counts: ReadonlyMap<string, number>): string {
  const rows = [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1));
  const most = Math.max(1, ...counts.values());
  const width = Math.max(0, ...rows.map(([name]) => printable(name).length));
  const lines = rows.map(([name, n]) => `  ${printable(name).padEnd(width)}  ${'█'.repeat(Math.max(1, Math.round((n / most) * BAR)))} ${n}`); // prettier-ignore
  return `${title}\n${lines.length > 0 ? lines.join('\n') : '  none'}\n\n`;
}

/** Characters of a text in a cell. */
const CELL = 60;
const cell = (text: string): string => printable(text.length > CELL ? `${text.slice(0, CELL - 1)}…` : text);

function table(letters: readonly Shown[]): string {
  if (letters.length === 0) return '';
  const rows = new Table({
    head: ['parked', 'topic', 'partition', 'offset', 'group', 'state', 'reason', 'event', 'detail'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right', 'right', 'left', 'left', 'left', 'left', 'left'],
  });
  for (const { listed, content, state } of letters) {
    const at = listed.partition < 0 ? ['–', '–'] : [String(listed.partition), String(content?.offset ?? '–')];
    rows.push([
      content?.parkedAt ?? (listed.putAtMs === undefined ? '–' : new Date(listed.putAtMs).toISOString()),
      cell(listed.topic),
      ...at,
      cell(listed.group),
      state ?? '–',
      content?.reason ?? 'not readable',
      cell(content ? `${content.source} ${content.id}` : '–'),
      cell(content?.detail ?? 'the object is no dead letter of this version, or it is cut off'),
    ]);
  }
  // The names are what `show` and `redrive` take.
  const names = letters.map(({ listed }) => `  ${printable(listed.name)}`).join('\n');
  return `${rows.toString()}\n${letters.length <= 20 ? `\nobjects, in the same order:\n${names}\n\n` : ''}`;
}
