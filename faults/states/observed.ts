import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What functions said of themselves: lines of their log and embedded metrics, as an operator would find them. */
export interface Told {
  /** Log lines by their message. */
  readonly lines: Readonly<Record<string, number>>;
  /** Sums by metric; with a `reason` also by `<metric>/<reason>`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Requests to the stores that say where the pipeline has come, as the proxies in front of them saw them. */
export interface Asked {
  readonly lookUps: number;
  readonly claimsMet: number;
  readonly claimsTakenOver: number;
  readonly marks: number;
}

/** Kept beside the history, so that a run can be judged again. */
export interface Observed extends Told {
  readonly asked: Asked;
  /** Bytes of the door's buffer. */
  readonly bufferBytes?: number;
}

/** The logs of all functions in a folder; what is no JSON of ours is passed over. */
export async function toldIn(folder: string): Promise<Told> {
  const lines: Record<string, number> = {};
  const metrics: Record<string, number> = {};
  for (const file of await logsIn(folder)) {
    for (const line of (await readFile(file, 'utf8')).split('\n')) tell(line, lines, metrics);
  }
  return { lines, metrics };
}

async function logsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.log'));
  return names.sort().map((name) => join(folder, name));
}

/** How many lines with this message are in the logs of a folder. */
export async function timesSaid(folder: string, message: string): Promise<number> {
  const sought = `"message":${JSON.stringify(message)}`;
  const texts = await Promise.all((await logsIn(folder)).map((file) => readFile(file, 'utf8')));
  return texts.reduce((sum, text) => sum + text.split(sought).length - 1, 0);
}

function tell(line: string, lines: Record<string, number>, metrics: Record<string, number>): void {
  // A function that is killed may leave half a line, and others write what is no JSON.
  const said = line.startsWith('{') ? parsed(line) : undefined;
  if (said === undefined) return;
  const { message } = said;
  if (typeof message === 'string') lines[message] = (lines[message] ?? 0) + 1;
  for (const name of metricsIn(said)) {
    const value = said[name];
    // Powertools writes one number, or a list where a metric was added several times.
    const sum = (Array.isArray(value) ? (value as unknown[]) : [value]).reduce<number>((s, v) => s + Number(v ?? 0), 0);
    for (const key of typeof said['reason'] === 'string' ? [name, `${name}/${said['reason']}`] : [name]) {
      metrics[key] = (metrics[key] ?? 0) + sum;
    }
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

interface Emf {
  readonly CloudWatchMetrics?: readonly { readonly Metrics?: readonly { readonly Name: string }[] }[];
}

const metricsIn = ({ _aws }: Readonly<Record<string, unknown>>): string[] =>
  ((_aws ?? {}) as Emf).CloudWatchMetrics?.flatMap(({ Metrics = [] }) => Metrics.map(({ Name }) => Name)) ?? [];
