import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import {
  CASES,
  lineOf,
  markdownOf,
  PAUSE_SIGNAL,
  reportOf,
  rowsOf,
  runSender,
  runSuite,
  type Contender,
  type Report,
  type SenderOptions,
} from '../faults/conformance';
import { systemClock } from '../lambdas/runtime/time/clock';
import { packageRoot } from '../local/toolchain';
import { adapterNamed, ADAPTERS } from './conformance-adapters';
import { interruption } from './interruption';
import { progressOn } from './progress';
import { versions } from './versions';

export { ADAPTERS, CASES };

/** The subcommand by which the suite starts each sender in a process of its own. */
export const SENDER_COMMAND = 'conformance-sender';
const CONTROL = 'usual';

export interface ConformanceOptions {
  readonly adapter: string;
  readonly seed: number;
  readonly events: number;
  readonly only?: readonly string[];
  readonly quick?: boolean;
  readonly json?: boolean;
}

/** Puts an adapter on trial beside the positive control. Resolves to the exit code: 0 admitted, and the control caught. */
export async function conformance(options: ConformanceOptions): Promise<0 | 1> {
  const { adapter, seed, events, only, quick = false, json } = options;
  const cases = CASES.filter(({ name }) => only === undefined || only.includes(name));
  const contenders = contendersOf(adapterNamed(adapter).name);
  const started = Date.now();
  const dir = join(packageRoot(), '.lossless', 'runs', `conformance-${stamp()}-${process.pid}`);
  const progress = progressOn(json ? process.stderr : process.stdout);
  const interrupted = interruption();
  try {
    const results = await runSuite({
      ...{ dir, cases, contenders, seed, events, quick, signal: interrupted.signal },
      say: (line) => progress.say(line),
      count: (done, total, what) => progress.count(done, total, what),
    });
    const seconds = (Date.now() - started) / 1000;
    const report = reportOf(results, contenders, { wanted: events, seed, seconds, dir, versions: await versions() });
    const kept = await keep(dir, report);
    progress.end();
    process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${tableOf(report)}tables: ${kept}\n`);
    return report.ok ? 0 : 1;
  } finally {
    progress.end();
    interrupted.release();
    await rm(join(dir, 'kafka'), { recursive: true, force: true });
  }
}

/** Sends until SIGTERM, what became of each send on standard output. Standard error is for people. */
export async function conformanceSender(name: string, options: string): Promise<void> {
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  let goOn: (() => void) | undefined;
  let gate = Promise.resolve();
  process.on(PAUSE_SIGNAL, () => {
    const paused = goOn;
    goOn = undefined;
    if (paused) paused();
    else gate = new Promise((resolve) => (goOn = resolve));
  });
  await runSender(adapterNamed(name), JSON.parse(options) as SenderOptions, {
    now: () => performance.now(),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    write: (sending) => process.stdout.write(lineOf(sending)),
    stopped: stop.signal,
    mayGoOn: () => gate,
  });
  process.exit(0); // whatever the client still holds open
}

function contendersOf(adapter: string): Contender[] {
  const program = { command: process.execPath, cli: process.argv[1] ?? '' };
  const contender = (name: string, role: Contender['role']): Contender => ({
    ...{ name, role, command: program.command },
    args: [...process.execArgv, program.cli, SENDER_COMMAND, name],
  });
  return adapter === CONTROL
    ? [contender(CONTROL, 'trial')]
    : [contender(adapter, 'trial'), contender(CONTROL, 'control')];
}

async function keep(dir: string, report: Report): Promise<string> {
  const markdown = join(dir, 'conformance.md');
  await writeFile(markdown, markdownOf(report));
  await writeFile(join(dir, 'conformance.json'), `${JSON.stringify(report, undefined, 2)}\n`);
  return markdown;
}

function tableOf(report: Report): string {
  const { head, rows } = rowsOf(report);
  const table = new Table({ head: [...head], style: { head: [], border: [] } });
  table.push(...rows);
  const broken = report.contenders.flatMap(({ name, cases }) =>
    cases.flatMap((each) => each.examples.slice(0, 1).map((example) => `${each.name}, ${name}: ${example}`)),
  );
  const sums = report.contenders.map(
    ({ name, verdict, acked, missing }) => `${name} is ${verdict}: ${acked} acknowledged, ${missing} of them missing`,
  );
  return [table.toString(), ...broken, ...sums, why(report), ''].join('\n');
}

function why({ ok, acked, wanted, contenders, unplayed }: Report): string {
  if (unplayed.length > 0) return `not played to the end: ${unplayed.join('; ')}: exit 1`;
  if (ok) return 'every promise held, and the control was caught';
  const trial = contenders.find(({ role }) => role === 'trial');
  if (trial?.verdict === 'admitted') return 'the control came through: this run proves nothing: exit 1';
  if (acked < wanted) return `${acked} events acknowledged, want ${wanted}: exit 1`;
  return 'a promise is BROKEN: exit 1';
}

const stamp = (): string => new Date().toISOString().replace(/[:.]/g, '-');
