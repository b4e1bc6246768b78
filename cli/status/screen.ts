import { count, instant } from '../../faults/report/numbers';
import { printable } from '../check/printable';
import type { AlarmStatus, GroupStatus, Status, TopicStatus, Verdict, Waiting } from './model';
import { clippedTo, span, wrapped } from './words';

export interface ScreenOptions {
  /** Characters of a line. */
  readonly columns: number;
  /** Puts a text in a colour where the terminal has some. */
  readonly paint: (how: Paint, text: string) => string;
}
export type Paint = 'bad' | 'careful' | 'good' | 'faint' | 'bold';

const VERDICTS: Readonly<Record<Verdict, readonly [Paint, string]>> = {
  well: ['good', 'ALL IS WELL'],
  'not known': ['careful', 'NOT ALL IS KNOWN'],
  'at risk': ['bad', 'AT RISK'],
};

/** One screen: the verdict, what to do now, and the four questions with their numbers. */
export function screenOf(status: Status, options: ScreenOptions): string {
  const sections = [
    headOf(status, options),
    findings(status, options),
    unread(status, options),
    waits(status, options),
    fails(status, options),
    partitions(status, options),
    alarms(status, options),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function headOf({ stacks, at, verdict, findings: found, notRead, topics }: Status, { columns, paint }: ScreenOptions): string[] {
  const [how, word] = VERDICTS[verdict];
  const title = clippedTo(printable(stacks.join(', ')), columns - 30);
  const lost = topics.flatMap(({ groups }) => groups).map(({ log }) => log?.unaccounted);
  const sum = lost.reduce<number>((all, each) => all + (each ?? 0), 0);
  const loss = sum > 0 ? paint('bad', `${count(sum)} unaccounted`) : lost.includes(undefined) || lost.length === 0 ? paint('careful', 'whether anything is lost is not known') : 'no event is unaccounted';
  const now = found.filter(({ when }) => when === 'now').length;
  const more = [now > 0 ? `${now} to do now` : '', found.length > now ? `${found.length - now} for later` : '', notRead.length > 0 ? `${notRead.length} not read` : ''];
  return [`${paint('bold', title)}${instant(Date.parse(at)).padStart(columns - title.length)}`, '', [paint(how, word), loss, ...more.filter(Boolean)].join(' · ')];
} // prettier-ignore

function findings({ findings: found }: Status, { columns, paint }: ScreenOptions): string[] {
  return found.flatMap(({ when, what, next }) => {
    const [first = '', ...rest] = wrapped(printable(what), columns - 8);
    const mark = when === 'now' ? paint('bad', 'now  ') : paint('careful', 'later');
    // Not cut and not broken: it is there to be copied.
    const action = next === undefined ? [] : [`        ${paint('faint', printable(next))}`];
    return [`  ${mark} ${first}`, ...rest.map((line) => `        ${line}`), ...action];
  });
}

function unread({ notRead }: Status, { columns, paint }: ScreenOptions): string[] {
  if (notRead.length === 0) return [];
  const lines = notRead.flatMap(({ what, why, fix }) => wrapped(`${printable(what)}: ${printable(why)}; ${fix}`, columns - 4).map((line, n) => `${n === 0 ? '  ' : '    '}${line}`)); // prettier-ignore
  return [paint('careful', 'NOT READ'), ...lines];
}

/** A cell, and how it is painted. */
type Cell = string | readonly [Paint, string];

/** The first column takes what the others leave. */
function table(head: readonly string[], rows: readonly (readonly Cell[])[], { columns, paint }: ScreenOptions): string[] {
  const text = (cell: Cell) => (typeof cell === 'string' ? cell : cell[1]);
  const widths = head.map((name, n) => Math.max(name.length, ...rows.map((row) => text(row[n] ?? '').length)));
  const others = widths.slice(1).reduce((all, width) => all + width + 2, 0);
  const first = Math.max(8, Math.min(Math.max(widths[0] ?? 0, 24), columns - others));
  const line = (cells: readonly Cell[], isHead: boolean) =>
    cells
      .map((cell, n) => {
        const shown = n === 0 ? clippedTo(text(cell), first).padEnd(first) : text(cell).padStart((widths[n] ?? 0) + 2);
        if (isHead) return paint(n === 0 ? 'bold' : 'faint', shown);
        return typeof cell === 'string' ? shown : paint(cell[0], shown);
      })
      .join('')
      .trimEnd();
  return [line(head, true), ...rows.map((row) => line(row, false))];
} // prettier-ignore

const UNKNOWN: Cell = ['careful', '?'];
const NOTHING = '–';

function waits({ topics, at }: Status, options: ScreenOptions): string[] {
  const nowMs = Date.parse(at);
  const rows = topics.flatMap((topic) => [
    [`  topic ${topic.topic}`],
    ...topic.groups.map((group) => inLog(group, topic)),
    ['  spill store, objects', ...inBucket(topic.spilled, nowMs)],
    ['  dead letters'],
    ...topic.groups.map(({ group, deadLetters }) => [`    ${group}`, ...inBucket(deadLetters, nowMs), latest(deadLetters)]),
    ['    never in the topic', ...inBucket(topic.unsent, nowMs), latest(topic.unsent)],
  ]);
  return table(['WHERE EVENTS WAIT', 'events', 'oldest', ''], rows, options);
} // prettier-ignore

function inLog({ group, log }: GroupStatus, { retentionSeconds }: TopicStatus): Cell[] {
  if (log === undefined) return [`    ${group}`, UNKNOWN, UNKNOWN, UNKNOWN];
  const { waiting, oldestSeconds, untilRetentionSeconds: left } = log;
  const isLate = left !== undefined && retentionSeconds !== undefined && left < retentionSeconds / 3;
  const until = left === undefined ? '' : `retention in ${span(left)}`;
  return [`    ${group}`, count(waiting), oldestSeconds === undefined ? NOTHING : span(oldestSeconds), isLate ? ['bad', until] : until]; // prettier-ignore
}

function inBucket(waiting: Waiting | undefined, nowMs: number): Cell[] {
  if (waiting === undefined) return [UNKNOWN, UNKNOWN];
  const { objects, more, oldestAt } = waiting;
  const age = oldestAt === undefined ? NOTHING : span(Math.max(0, nowMs - Date.parse(oldestAt)) / 1_000);
  return [`${more ? '> ' : ''}${count(objects)}`, age];
}

const latest = (waiting: Waiting | undefined): Cell =>
  waiting === undefined || waiting.lastHour === 0 ? '' : ['careful', `${count(waiting.lastHour)} in the last hour`];

function fails({ topics }: Status, options: ScreenOptions): string[] {
  const rows = topics.flatMap(({ groups }) =>
    groups.map(({ group, log, breakers, mapping }): Cell[] => [
      `  ${group}`,
      log === undefined ? UNKNOWN : log.unaccounted > 0 ? ['bad', count(log.unaccounted)] : '0',
      breakers === undefined ? UNKNOWN : breakers.open > 0 ? ['bad', `${count(breakers.open)} of ${count(breakers.partitions)} open`] : 'closed',
      mapping === undefined ? UNKNOWN : mapping.state === 'Enabled' ? 'enabled' : ['bad', mapping.state.toLowerCase()],
      log === undefined ? UNKNOWN : log.givenUp > 0 ? ['careful', count(log.givenUp)] : '0',
    ]),
  );
  return rows.length === 0 ? [] : table(['WHO FAILS', 'unaccounted', 'breakers', 'mapping', 'given up'], rows, options);
} // prettier-ignore

function partitions({ worst }: Status, options: ScreenOptions): string[] {
  if (worst.length === 0) return [];
  const rows = worst.map((each): Cell[] => [
    `  ${each.group}`,
    String(each.partition),
    count(each.waiting),
    each.oldestSeconds === undefined ? NOTHING : span(each.oldestSeconds),
    String(each.committed ?? NOTHING),
    String(each.end),
    each.unaccounted > 0 ? ['bad', `${count(each.unaccounted)} unaccounted`] : each.breakerOpen === true ? ['bad', 'breaker open'] : '',
  ]);
  return table(['WORST PARTITIONS', 'no.', 'events', 'oldest', 'committed', 'log end', ''], rows, options);
} // prettier-ignore

function alarms({ alarms: found, at }: Status, options: ScreenOptions): string[] {
  const { paint } = options;
  if (found === undefined) return [`${paint('bold', 'ALARMS')}  ${paint('careful', '?')}`];
  const { known, ringing } = found;
  if (known === 0) return [`${paint('bold', 'ALARMS')}  none here: a local stack has none, and \`monitoring: false\` leaves them out`];
  const head = `${paint('bold', 'ALARMS')}  ${ringing.length === 0 ? `none of ${count(known)} rings` : paint('bad', `${ringing.length} of ${count(known)} ring`)}`;
  return [head, ...ringing.flatMap((alarm) => alarmLines(alarm, Date.parse(at), options))];
} // prettier-ignore

function alarmLines({ name, since, description }: AlarmStatus, nowMs: number, { columns }: ScreenOptions): string[] {
  const age = span(Math.max(0, nowMs - Date.parse(since)) / 1_000);
  const [first = '', ...rest] = wrapped(printable(description === '' ? name : description), columns - 14);
  return [`  ${age.padEnd(11)} ${first}`, ...rest.map((line) => `${' '.repeat(14)}${line}`)];
}
