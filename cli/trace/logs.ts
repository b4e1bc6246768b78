import type { Deployed } from '../deployed/clients';
import type { LogLine } from './model';

/** A line as CloudWatch Logs keeps it. */
export interface RawLine {
  readonly atMs: number;
  readonly text: string;
}

/** Lines of a log group that hold a text, from a time on; rejects where there is no such group. */
export type LinesWith = (group: string, text: string, sinceMs: number) => Promise<readonly RawLine[]>;

/** Traces of which the other lines are looked for. */
const MOST_TRACES = 3;

/** What functions of these stacks have said of an event: by its id, and then by the traces in which it was. The oldest first. */
export async function linesOf(
  id: string,
  sinceMs: number,
  stacks: readonly string[],
  { resourcesOf, linesWith }: Pick<Deployed, 'resourcesOf'> & { readonly linesWith: LinesWith },
): Promise<LogLine[]> {
  const resources = (await Promise.all(stacks.map(resourcesOf))).flat();
  const groups = new Set(
    resources.flatMap(({ type, id: name }) =>
      type === 'AWS::Logs::LogGroup' ? [name] : type === 'AWS::Lambda::Function' ? [`/aws/lambda/${name}`] : [],
    ),
  );
  const search = async (text: string, isMeant: (fields: Readonly<Record<string, unknown>>) => boolean) => {
    const found: LogLine[] = [];
    for (const group of groups) {
      for (const line of await linesIn(group, text, sinceMs, linesWith)) {
        const read = lineIn(group, line);
        if (read !== undefined && isMeant(read.fields)) found.push(read);
      }
    }
    return found;
  };
  const own = await search(id, ({ eventId }) => eventId === id);
  const traces = [...new Set(own.flatMap(({ fields }) => (typeof fields['traceId'] === 'string' ? [fields['traceId']] : [])))].slice(0, MOST_TRACES); // prettier-ignore
  for (const trace of traces) {
    // Lines of other events of the trace are theirs.
    own.push(...(await search(trace, ({ traceId, eventId }) => traceId === trace && eventId === undefined)));
  }
  return own.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** A function that was never called, or that logs elsewhere, has no group of that name. */
async function linesIn(group: string, text: string, sinceMs: number, linesWith: LinesWith): Promise<readonly RawLine[]> {
  try {
    return await linesWith(group, text, sinceMs);
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return [];
    throw error;
  }
} // prettier-ignore

function lineIn(log: string, { atMs, text }: RawLine): LogLine | undefined {
  try {
    const { level, message, ...fields } = Object(JSON.parse(text)) as Record<string, unknown>;
    return { at: new Date(atMs).toISOString(), log, level: String(level), message: String(message), fields };
  } catch {
    // A line that is no JSON is none of the runtime's.
    return undefined;
  }
}
