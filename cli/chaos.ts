import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Table from 'cli-table3';
import { composedRun, FINAL_READ, writeJudgement, type Judged } from '../faults/composed-run';
import type { FinalRead } from '../faults/final-read';
import type { Verdict } from '../faults/checker';
import { FAULTS, faultNamed } from '../faults/kinds';
import { planOf, planOfOne, type Plan } from '../faults/schedule';
import { playScenario, SCENARIOS, type Sender, type Told } from '../faults/scenarios';
import { packageRoot } from '../local/toolchain';
import { producer } from '../lambdas/runtime/producer';
import { interruption } from './interruption';
import { progressOn } from './progress';
import { synthesize } from './synthesize';

export { FAULTS, SCENARIOS };

export interface ChaosOptions {
  readonly list?: boolean;
  readonly fault?: string;
  readonly scenario?: string;
  readonly check?: string;
  readonly seed: number;
  readonly seconds: number;
  readonly rate: number;
  readonly json?: boolean;
}

/** Runs what was asked for. Resolves to the exit code: 0 as promised, or told; 1 otherwise. */
export async function chaos(options: ChaosOptions): Promise<0 | 1> {
  if (options.list) return list();
  if (options.check) return checkAgain(options.check, options);
  if (options.scenario) return scenario(options.scenario, options);
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
  process.stdout.write(`${table.toString()}\nscenarios: ${SCENARIOS.map(({ name }) => name).join(', ')}\n`);
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

async function composed(options: ChaosOptions): Promise<0 | 1> {
  const { seed, seconds, rate, json } = options;
  const plan: Plan = options.fault
    ? planOfOne({ seed, seconds, fault: faultNamed(options.fault) })
    : planOf({ seed, seconds, kinds: FAULTS });
  const dir = runFolder('chaos');
  await mkdir(dir, { recursive: true });
  const progress = progressOn(json ? process.stderr : process.stdout);
  const interrupted = interruption();
  try {
    const assembly = join(dir, 'cdk.out');
    progress.say(`seed ${seed}: ${plan.windows.filter(({ kind }) => kind === 'fault').length} faults in ${seconds} s`);
    await synthesize(packageRoot(), assembly, interrupted.signal);
    const judged = await composedRun({
      ...{ assembly, dir, plan, rate, signal: interrupted.signal },
      command: commandOf(options),
      versions: await versions(),
      say: (line) => progress.say(line),
      count: (done, total, what) => progress.count(done, total, what),
    });
    progress.end();
    process.stdout.write(json ? `${JSON.stringify(summary(judged))}\n` : verdictTable(judged.verdict, judged.report));
    return judged.verdict.ok ? 0 : 1;
  } finally {
    progress.end();
    interrupted.release();
  }
}

/** Judges a history again, with the final read that was written beside it. */
async function checkAgain(historyFile: string, options: ChaosOptions): Promise<0 | 1> {
  const dir = dirname(historyFile);
  const beside = join(dir, FINAL_READ);
  let read: FinalRead;
  try {
    read = JSON.parse(await readFile(beside, 'utf8')) as FinalRead;
  } catch (cause) {
    throw new Error(
      `check: got no ${FINAL_READ} beside ${historyFile}, want what the run read back at its end; run again to its end`,
      { cause },
    );
  }
  const { verdict, report } = await writeJudgement({ dir, historyFile, read, command: commandOf(options) });
  process.stdout.write(options.json ? `${JSON.stringify(verdict)}\n` : verdictTable(verdict, report));
  return verdict.ok ? 0 : 1;
}

const runFolder = (kind: string): string =>
  join(packageRoot(), '.lossless', 'runs', `${kind}-${new Date().toISOString().replace(/[:.]/g, '-')}-${process.pid}`);

const commandOf = ({ fault, seed, seconds, rate }: ChaosOptions): string =>
  `npx cdk-lossless-kafka chaos --seed ${seed} --seconds ${seconds} --rate ${rate}${fault ? ` --fault ${fault}` : ''}`;

async function versions(): Promise<Record<string, string>> {
  const root = packageRoot();
  const own = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  const pom = await readFile(join(root, 'local', 'kafka', 'pom.xml'), 'utf8');
  return {
    'cdk-lossless-kafka': own.version,
    'Apache Kafka': /<kafka\.version>([^<]+)</.exec(pom)?.[1] ?? 'see local/kafka/pom.xml',
    kafkajs: own.dependencies['kafkajs'] ?? '',
    'Node.js': process.versions.node,
  };
}

const summary = ({ verdict, history, report }: Judged) => ({
  ok: verdict.ok,
  seed: verdict.seed,
  totals: verdict.totals,
  failed: verdict.checks.filter(({ ok }) => !ok).map(({ check, count, examples }) => ({ check, count, examples })),
  faults: verdict.faults.length,
  history,
  report,
});

function verdictTable({ ok, checks, totals }: Verdict, report: string): string {
  const table = new Table({
    head: ['check', '', 'promise', 'found'],
    style: { head: [], border: [] },
    wordWrap: true,
    colWidths: [8, 8, 66, 32],
  });
  for (const each of checks)
    table.push([each.check, each.ok ? 'holds' : 'BROKEN', each.title, each.examples[0] ?? each.note ?? '']);
  const { accepted, applied, parked, lost, appliedTwice, unknown, rejected } = totals;
  return (
    `${table.toString()}\n${accepted} accepted, ${rejected} rejected, ${unknown} unknown; ` +
    `${applied} applied, ${parked} parked, ${lost} lost, ${appliedTwice} applied twice\n` +
    `${ok ? 'every promise held' : 'a promise is BROKEN: exit 1'}\nreport: ${report}\n`
  );
}
