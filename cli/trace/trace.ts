import { counted } from '../../faults/report/numbers';
import { printable } from '../check/printable';
import type { Deployed } from '../deployed/clients';
import { notRead, type NotRead } from '../deployed/not-read';
import { partsOf, type TopicParts } from '../deployed/parts';
import { stackOf } from '../deployed/stack';
import { lettersOf, MOST_READ, recordsOf, spilledOf } from './find';
import { linesOf, type LinesWith } from './logs';
import { meaningOf } from './meaning';
import type { LogLine, Trace } from './model';

export interface TraceOptions {
  readonly stacks: readonly string[];
  /** `ce_source`. @default - that of what is found */
  readonly source?: string;
  /** Epoch milliseconds from which logs are looked at. */
  readonly since: number;
  readonly json?: boolean;
}

export interface Surroundings extends Deployed {
  readonly linesWith: LinesWith;
  readonly print: (text: string) => void;
  readonly now: () => number;
}

const TAKES = {
  bucket: ['s3:ListBucket', 's3:GetObject', 'kms:Decrypt'],
  table: ['dynamodb:BatchGetItem', 'kms:Decrypt'],
  logs: ['cloudformation:ListStackResources', 'logs:FilterLogEvents'],
} as const;

/** Prints where an event is. Resolves to the exit code: 0 it is found, 1 it is not, or something could not be looked at. */
export async function traceEvent(id: string, options: TraceOptions, around: Surroundings): Promise<0 | 1> {
  const { stacks, source, since, json } = options;
  const parts = partsOf(await Promise.all(stacks.map((name) => stackOf(name, around))));
  const missing: NotRead[] = [];
  const attempt = async <T>(what: string, takes: keyof typeof TAKES, ask: () => Promise<T>): Promise<T | undefined> =>
    ask().catch((error: unknown) => {
      missing.push(notRead(what, TAKES[takes], error));
      return undefined;
    });
  const [kept, lines] = await Promise.all([
    Promise.all(parts.map((each) => keptOf(id, each, around, attempt, missing))),
    attempt('logs', 'logs', () => linesOf(id, since, stacks, around)),
  ]);
  const letters = kept.flatMap((each) => each.letters).filter((each) => each.source === (source ?? each.source));
  const spilled = kept.flatMap((each) => each.spilled).filter((each) => each.source === (source ?? each.source));
  const told = [...letters, ...spilled].map((each) => each.source);
  const logged = (lines ?? []).flatMap(({ fields }) => (typeof fields['eventSource'] === 'string' ? [fields['eventSource']] : [])); // prettier-ignore
  const sources = source === undefined ? [...new Set([...told, ...logged])] : [source];
  const records = (
    await Promise.all(
      parts.flatMap(
        (topic) =>
        topic.groups.map((group) => attempt(`table ${group.table} of ${group.group}`, 'table', () => recordsOf(id, sources, topic, group, around.transactions))), // prettier-ignore
      ),
    )
  ).flatMap((each) => each ?? []);
  const found = { records, letters, spilled, lines, sources };
  const isFound = records.length + letters.length + spilled.length + (lines?.length ?? 0) > 0;
  const trace: Trace = {
    ...{ at: new Date(around.now()).toISOString(), id, sources, found: isFound },
    means: meaningOf(found, parts, source !== undefined),
    ...{ records, letters, spilled, lines, notRead: missing },
  };
  around.print(json === true ? `${JSON.stringify(trace)}\n` : inLines(trace));
  return isFound ? 0 : 1;
}

type Attempt = <T>(what: string, takes: keyof typeof TAKES, ask: () => Promise<T>) => Promise<T | undefined>;

/** What buckets keep of it. */
async function keptOf(
  id: string,
  parts: TopicParts,
  { store }: Surroundings,
  attempt: Attempt,
  missing: NotRead[],
): Promise<Pick<Trace, 'letters' | 'spilled'>> {
  const { topic, groups, unsent, spill } = parts;
  const places = [
    ...groups.map(({ group, deadLetters: bucket }) => ({ group, bucket })),
    ...(unsent === undefined ? [] : [{ group: '-', bucket: unsent }]),
  ];
  const of = (what: string, more: boolean | undefined) => {
    if (more === true) missing.push({ what, why: `there are more than the last ${counted(MOST_READ, 'object')}, which were read`, fix: 'give --source: the table knows its letter' }); // prettier-ignore
  };
  const letters = places.map(async ({ group, bucket }) => {
    const what = group === '-' ? `dead letters of what never reached ${topic}` : `dead letters of ${group}`;
    const found = await attempt(what, 'bucket', () => lettersOf(id, parts, { group, bucket }, store));
    of(what, found?.more);
    return found?.found ?? [];
  });
  const spilled = async () => {
    if (spill === undefined) return [];
    const found = await attempt(`spill store of ${topic}`, 'bucket', () => spilledOf(id, parts, spill, store));
    of(`spill store of ${topic}`, found?.more);
    return found?.found ?? [];
  };
  const [those, others] = await Promise.all([Promise.all(letters), spilled()]);
  return { letters: those.flat(), spilled: others };
}

function inLines({ id, sources, means, letters, spilled, lines, notRead: missing }: Trace): string {
  const rows: readonly (readonly [name: string, texts: readonly string[]])[] = [
    ['event', [`${id}${sources.length > 0 ? ` from ${sources.join(', ')}` : ''}`]],
    ['now', means],
    ['letter', letters.map(({ object }) => object)],
    ['spilled', spilled.map(({ object, spilledAt }) => `${spilledAt} ${object}`)],
    ['logs', lines === undefined ? ['not looked at'] : lines.length === 0 ? ['no line names it: none is written of what went well'] : lines.map(lineInWords)],
    ['not read', missing.map(({ what, why, fix }) => `${what}: ${why}; ${fix}`)],
  ]; // prettier-ignore
  return rows.flatMap(([name, texts]) => texts.map((text, n) => `${(n === 0 ? name : '').padEnd(10)}${printable(text)}\n`)).join(''); // prettier-ignore
}

function lineInWords({ at, log, level, message, fields }: LogLine): string {
  const { partition, offset, attempt, reason, what } = fields;
  const said = Object.entries({ partition, offset, attempt, reason, what }).filter(([, value]) => value !== undefined);
  return `${at} ${level} ${message}${said.map(([name, value]) => ` ${name}=${JSON.stringify(value)}`).join('')} (${log})`; // prettier-ignore
}
