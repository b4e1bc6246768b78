import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Table from 'cli-table3';
import { composedRun, OFTEN_MS, type Judged } from '../faults/composed-run';
import { FINAL_READ, OBSERVED, writeJudgement, type Seen } from '../faults/judgement';
import type { FinalRead } from '../faults/final-read';
import { checkHistory, type CheckResult, type HistoryVerdict, type Verdict } from '../faults/checker';
import { CONTROLS } from '../faults/controls';
import { readHistory } from '../faults/history';
import { MUTANTS } from '../faults/mutants';
import { GROUPS, type Group } from '../faults/fault';
import { FAULTS, faultNamed } from '../faults/kinds';
import { planOf, planOfOne, type Plan } from '../faults/schedule';
import { playScenario, SCENARIOS, type Sender, type Told } from '../faults/scenarios';
import { LEADING, missed, type Reached } from '../faults/states';
import { packageRoot } from '../local/toolchain';
import { producer } from '../lambdas/runtime/producer';
import { controls } from './controls';
import { mutants } from './mutants';
import { interruption } from './interruption';
import { progressOn } from './progress';
import { runFolder } from './run-folder';
import { synthesize, type Variant } from './synthesize';
import { versions } from './versions';

export { FAULTS, GROUPS, SCENARIOS };

export interface ChaosOptions {
  readonly list?: boolean;
  readonly fault?: string;
  /** How long that one lasts. @default - drawn, some seconds */
  readonly faultSeconds?: number;
  /** Faults of these groups alone are composed. @default - all */
  readonly group?: readonly Group[];
  readonly scenario?: string;
  /** A control's name, or `all`. */
  readonly control?: string;
  /** A mutant's name, or `all`. */
  readonly mutant?: string;
  /** Of each control (@default 5), or at most of each mutant (@default 3). */
  readonly tries?: number;
  /** Folder of an earlier sitting of controls or mutants. */
  readonly resume?: string;
  readonly check?: string;
  readonly seed: number;
  readonly seconds: number;
  readonly rate: number;
  /** Which of the sample's stacks. */
  readonly stack: Variant;
  readonly json?: boolean;
}

/** 0: every promise held. 1: one is broken. 3: none is, and the run did not come to all that its faults lead to. */
export type ChaosCode = 0 | 1 | 3;

/** Runs what was asked for. Resolves to the exit code: 0 as promised, or told; 1 or 3 otherwise. */
export async function chaos(options: ChaosOptions): Promise<ChaosCode> {
  if (options.list) return list();
  if (options.check) return checkAgain(options.check, options);
  if (options.scenario) return scenario(options.scenario, options);
  const { control, mutant, tries } = options;
  if (control) return controls({ ...options, control, tries: tries ?? 5 });
  if (mutant) return mutants({ ...options, mutant, tries: tries ?? 3 });
  return composed(options);
}

function list(): 0 {
  const table = new Table({
    head: ['fault', 'group', 'what it does'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [26, 12, 76],
  });
  for (const { name, group, describe } of FAULTS) table.push([name, group, describe]);
  const names = (listed: readonly { readonly name: string }[]) => listed.map(({ name }) => name).join(', ');
  process.stdout.write(
    `${table.toString()}\nscenarios: ${names(SCENARIOS)}\ncontrols: ${names(CONTROLS)}\nmutants: ${names(MUTANTS)}\n`,
  );
  return 0;
}

async function scenario(name: string, { json }: ChaosOptions): Promise<0 | 1> {
  const found = SCENARIOS.find((each) => each.name === name);
  if (!found) throw new Error(`scenario: got ${name}, want one of ${SCENARIOS.map((each) => each.name).join(', ')}`);
  const dir = runFolder('scenario');
  const progress = progressOn(json ? process.stderr : process.stdout);
  progress.say(found.describe);
  try {
    const told = await playScenario(found, { dir, say: (line) => progress.say(line), ours });
    process.stdout.write(json ? `${JSON.stringify(told)}\n` : scenarioTable(told));
    return told.asTold ? 0 : 1;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** The product's producer on the scenario's brokers. There is no spill store: Kafka alone is on trial. */
function ours(topic: string, brokers: string): Sender {
  const nowhere = 'none-in-this-scenario';
  const publisher = producer({
    environment: {
      ...{ cluster: 'scenario', topic, brokers, authentication: 'none', acks: 'all', source: 'urn:scenario' },
      ...{ spill: nowhere, deadLetters: nowhere, spillTimeMs: 1_000, deadlineMs: 120_000 },
    },
  });
  return {
    send: async (ids) => {
      const outcomes = await publisher.publishAll(ids.map((id) => ({ id, type: 'scenario', key: 'one', data: id })));
      return ids.filter((_, n) => outcomes[n]?.kind === 'acked');
    },
    close: () => publisher.close(),
  };
}

function scenarioTable({ arms, asTold }: Told): string {
  const table = new Table({ head: ['', 'acknowledged', 'lost', 'the story says'], style: { head: [], border: [] } });
  for (const arm of arms) {
    table.push([arm.name, arm.acknowledged, arm.lost, arm.expectedLoss ? 'lost' : 'kept']);
  }
  return `${table.toString()}\n${asTold ? 'it went as told' : 'it did NOT go as told: exit 1'}\n`;
}

async function composed(options: ChaosOptions): Promise<ChaosCode> {
  const { seed, seconds, rate, json, stack } = options;
  const plan: Plan = options.fault
    ? planOfOne({ seed, seconds, fault: faultNamed(options.fault), lasts: options.faultSeconds })
    : composition(options);
  const dir = runFolder('chaos');
  await mkdir(dir, { recursive: true });
  const progress = progressOn(json ? process.stderr : process.stdout);
  const interrupted = interruption();
  try {
    const assembly = join(dir, 'cdk.out');
    progress.say(`seed ${seed}: ${plan.windows.filter(({ kind }) => kind === 'fault').length} faults in ${seconds} s`);
    await synthesize(packageRoot(), assembly, interrupted.signal, stack);
    const judged = await composedRun({
      ...{ assembly, dir, plan, rate, signal: interrupted.signal },
      command: commandOf(options),
      versions: await versions(),
      sweepEveryMs: stack !== 'sample' ? OFTEN_MS : undefined,
      redrives: stack !== 'sample',
      say: (line) => progress.say(line),
      count: (done, total, what) => progress.count(done, total, what),
    });
    progress.end();
    process.stdout.write(json ? `${JSON.stringify(summary(judged))}\n` : verdictTable(judged.verdict, judged.report));
    return codeOf(judged.verdict);
  } finally {
    progress.end();
    interrupted.release();
  }
}

/** What leads to a state by itself comes first, so that a run of some minutes comes to all that its groups can. */
function composition({ seed, seconds, group, stack }: ChaosOptions): Plan {
  const kinds = FAULTS.filter((fault) => group?.includes(fault.group) ?? true);
  const first = stack !== 'sample' ? kinds.filter(({ name, alone }) => !alone && LEADING.has(name)) : [];
  return planOf({ seed, seconds, kinds, first });
}

function codeOf({ ok, reach = [] }: Verdict): ChaosCode {
  if (!ok) return 1;
  return missed(reach).length > 0 ? 3 : 0;
}

/** Judges a history again, with the final read beside it; a run that was killed has none, and is judged as far as it goes. */
async function checkAgain(historyFile: string, options: ChaosOptions): Promise<ChaosCode> {
  const dir = dirname(historyFile);
  const read = await besideHistory<FinalRead>(dir, FINAL_READ);
  if (!read) {
    const alone = checkHistory(await readHistory(historyFile));
    process.stdout.write(options.json ? `${JSON.stringify(alone)}\n` : aloneTable(alone));
    return 1;
  }
  const seen = await besideHistory<Seen>(dir, OBSERVED);
  const { verdict, report } = await writeJudgement({ dir, historyFile, read, seen, command: commandOf(options) });
  process.stdout.write(options.json ? `${JSON.stringify(verdict)}\n` : verdictTable(verdict, report));
  return codeOf(verdict);
}

async function besideHistory<Content>(dir: string, name: string): Promise<Content | undefined> {
  const file = join(dir, name);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Content;
  } catch (cause) {
    const fix = 'move it away to judge the history alone, or run again';
    throw new Error(`check: got text that is not JSON in ${file}, want what a run leaves there; ${fix}`, { cause });
  }
}

const commandOf = ({ fault, faultSeconds, group, seed, seconds, rate, stack }: ChaosOptions): string =>
  `npx cdk-lossless-kafka chaos --seed ${seed} --seconds ${seconds} --rate ${rate}` +
  (stack === 'chaos' ? '' : ` --stack ${stack}`) +
  (fault
    ? ` --fault ${fault}${faultSeconds ? ` --fault-seconds ${faultSeconds}` : ''}`
    : group
      ? ` --group ${group.join(' ')}`
      : '');

const summary = ({ verdict, history, report }: Judged) => ({
  ok: verdict.ok,
  seed: verdict.seed,
  totals: verdict.totals,
  failed: verdict.checks.filter(({ ok }) => !ok).map(({ check, count, examples }) => ({ check, count, examples })),
  faults: verdict.faults.length,
  reached: Object.fromEntries((verdict.reach ?? []).map(({ name, times }) => [name, times])),
  missed: missed(verdict.reach ?? []).map(({ name }) => name),
  history,
  report,
});

function verdictTable({ ok, checks, totals, reach = [] }: Verdict, report: string): string {
  const { accepted, applied, parked, lost, appliedTwice, unknown, rejected, redriven, amended, discarded } = totals;
  return (
    `${checksTable(checks)}\n${reachTable(reach)}${accepted} accepted, ${rejected} rejected, ${unknown} unknown; ` +
    `${applied} applied, ${parked} parked, ${lost} lost, ${appliedTwice} applied twice; ` +
    `${redriven} sent back, ${amended} amended, ${discarded} discarded\n` +
    `${ok ? held(missed(reach)) : 'a promise is BROKEN: exit 1'}\nreport: ${report}\n`
  );
}

const held = (missing: readonly Reached[]): string =>
  missing.length === 0
    ? 'every promise held'
    : `every promise held, and this run should have come to ${missing.map(({ title }) => title).join('; ')}: exit 3`;

function reachTable(reach: readonly Reached[]): string {
  if (reach.length === 0) return '';
  const table = new Table({ head: ['state', 'times', ''], style: { head: [], border: [] } });
  for (const { title, times, verdict, by } of reach) {
    table.push([title, times, verdict === 'missed' ? `NOT REACHED, though ${by.join(', ')} came` : verdict]);
  }
  return `${table.toString()}\n`;
}

function aloneTable({ checks, notMade, totals, history }: HistoryVerdict): string {
  const broken = checks.some(({ ok }) => !ok);
  const { accepted, rejected, unknown } = totals;
  return (
    `${checksTable(checks, notMade)}\n${accepted} accepted, ${rejected} rejected, ${unknown} unknown, in ` +
    `${history.entries} entries${history.torn ? ', the last one cut off' : ''}\n` +
    `the run did not come to its end: there is no ${FINAL_READ}, so ${notMade.length} checks could not be made; ` +
    `${broken ? 'a promise is BROKEN' : 'nothing that could be checked is broken'}: exit 1\n`
  );
}

function checksTable(made: readonly CheckResult[], notMade: HistoryVerdict['notMade'] = []): string {
  const table = new Table({
    head: ['check', '', 'promise', 'found'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [8, 10, 64, 32],
  });
  for (const each of made)
    table.push([each.check, each.ok ? 'holds' : 'BROKEN', each.title, each.examples[0] ?? each.note ?? '']);
  for (const { check, title } of notMade) table.push([check, 'not made', title, 'needs what the run left behind']);
  return table.toString();
}
