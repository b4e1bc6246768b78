import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../lambdas/runtime/clock';
import {
  CONSUMER_VARIABLE,
  PRODUCER_VARIABLE,
  UNPACK_VARIABLE,
  type ConsumerEnvironment,
  type ProducerEnvironment,
  type UnpackEnvironment,
} from '../lambdas/runtime/contract';
import { startLocalStack, type LocalStack, type MappingSwitches } from '../local';
import { check, writeVerdict, type Verdict } from './checker';
import { finalRead, keepEvidence, KafkaTools, type FinalRead, type FinalReadSource } from './final-read';
import { HistoryWriter, readHistory, type Recorder } from './history';
import { Load } from './load';
import { measure } from './measures';
import type { Plan } from './plan';
import { chanceOf } from './random';
import { writeReport } from './report';
import { runPlan, type FaultTally } from './schedule';
import { interpose } from './target';
import { untilSettled } from './waiting';

export interface ComposedRun {
  /** Cloud assembly of the sample. */
  readonly assembly: string;
  /** For data, logs, history, verdict and report. */
  readonly dir: string;
  readonly plan: Plan;
  /** Events per second through the door, for as long as the plan lasts. */
  readonly rate: number;
  /** Broken code in place of a function's own: for positive controls. */
  readonly replaceCode?: Readonly<Record<string, string>>;
  /** What AWS does not document about the mapping. */
  readonly mapping?: Partial<MappingSwitches>;
  /** Called when everything is drained and before anything is read back: for positive controls. */
  readonly tamper?: (left: Left) => Promise<void>;
  /** The command that runs the same again. */
  readonly command: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly say: (line: string) => void;
  readonly count: (done: number, total: number, what: string) => void;
  readonly signal: AbortSignal;
}

export interface Judged {
  readonly verdict: Verdict;
  readonly tallies: readonly FaultTally[];
  /** Paths. */
  readonly history: string;
  readonly report: string;
}

const CONNECTIONS = 6;
const EVENTS_PER_REQUEST = 5;
/** One event in so many does not fit its schema, so that every run parks some. */
const MISFIT_EVERY = 100;
const WATCH_MS = 1000;

/** Runs the sample under a plan of faults, heals, drains, reads everything back by other means, and judges. */
export async function composedRun(run: ComposedRun): Promise<Judged> {
  const recorder = new HistoryWriter(join(run.dir, 'history.ndjson'));
  const chance = chanceOf(run.plan.seed);
  const interposed = await interpose(() => chance.next());
  let stack: LocalStack | undefined;
  try {
    stack = await startLocalStack({
      ...interposed.options,
      ...{ assembly: run.assembly, dir: run.dir, replaceCode: run.replaceCode, mapping: run.mapping },
      ...{ log: run.say, observer: recorder },
    });
    const left = leftBy(stack);
    const target = interposed.target(stack, left.topic);
    const tallies = await underFaults(run, stack, target, recorder);
    recorder.close();
    await run.tamper?.(left);
    return await judge(run, stack, left, recorder.file, tallies);
  } finally {
    await stack?.stop();
    await interposed.stop();
  }
}

async function underFaults(
  run: ComposedRun,
  stack: LocalStack,
  target: Parameters<typeof runPlan>[1],
  recorder: Recorder,
): Promise<readonly FaultTally[]> {
  const { plan, rate, signal, say, count } = run;
  const door = stack.doors[0];
  if (!door) throw new Error('the template has no HTTP door; add one with addIngest');
  const events = Math.round(plan.seconds * rate);
  const load = new Load({
    ...{ url: door.url, events, rate, connections: CONNECTIONS, perRequest: EVENTS_PER_REQUEST, signal, recorder },
    ...{ source: 'urn:orders:chaos', misfitEvery: MISFIT_EVERY },
    onAnswer: (accepted) => count(accepted, events, 'accepted'),
  });
  const watch = watchReplicas(target.replicas, recorder);
  try {
    const sending = load.run();
    await underWay(stack, signal);
    const report = await runPlan(plan, target, { clock: systemClock, recorder, signal });
    say(`every fault is healed: ${report.faults.map(({ name, times }) => `${name} × ${times}`).join(', ')}`);
    await sending;
    await untilSettled(stack, load, { say, count, signal });
    return report.faults;
  } finally {
    await watch.stop();
  }
}

const UNDER_WAY_WITHIN_MS = 60_000;

/** The first commit has been confirmed: before that a fault would strike nothing. A pipeline that makes none is judged as well. */
async function underWay({ mappings }: LocalStack, signal: AbortSignal): Promise<void> {
  const until = systemClock.now() + UNDER_WAY_WITHIN_MS;
  const moving = () => mappings.some(({ counters }) => counters.CommittedEventCount > 0);
  while (!moving() && systemClock.now() < until && !signal.aborted) await systemClock.sleep(50, signal);
}

/** The number of in-sync replicas of each partition, once a second. */
function watchReplicas(replicas: Parameters<typeof runPlan>[1]['replicas'], recorder: Recorder) {
  const ended = new AbortController();
  const look = async () => {
    while (!ended.signal.aborted) {
      const partitions = await replicas.describe();
      if (ended.signal.aborted) return;
      const inSync = partitions.map(({ isr }) => isr.length);
      recorder.record({ process: 'replicas', op: 'replicas', type: 'info', inSync });
      await systemClock.sleep(WATCH_MS, ended.signal);
    }
  };
  // While no broker answers there is nothing to see; the run itself goes on.
  const looking = look().catch((error: unknown) =>
    recorder.record({
      process: 'replicas',
      op: 'note',
      type: 'info',
      text: `no look at the replicas: ${String(error)}`,
    }),
  );
  return {
    stop: async () => {
      ended.abort();
      await looking;
    },
  };
}

/** Names of what a run leaves behind. */
export type Left = Omit<FinalReadSource, 'bootstrap' | 'counters'>;

/** As the functions' own environment says them. */
function leftBy(stack: LocalStack): Left {
  const consumer = role<ConsumerEnvironment>(stack, CONSUMER_VARIABLE);
  const producer = role<ProducerEnvironment>(stack, PRODUCER_VARIABLE);
  const unpack = role<UnpackEnvironment>(stack, UNPACK_VARIABLE);
  const table = (path: string) => {
    const found = stack.tables.find((each) => each.path === path);
    if (!found) throw new Error(`the template has no table ${path}: this run judges the sample of bin/app.ts`);
    return found.name;
  };
  return {
    topic: consumer.topic,
    group: consumer.group,
    endpoints: stack.endpoints,
    tables: { orders: table('OrdersTable'), customers: table('CustomersTable'), idempotency: consumer.table },
    buckets: { deadLetters: consumer.deadLetters, spill: producer.spill, onFailure: unpack.onFailure },
  };
}

function role<Role>(stack: LocalStack, variable: string): Role {
  for (const { environment } of stack.functions) {
    const name = Object.keys(environment).find((each) => each.startsWith(variable));
    if (name) return JSON.parse(environment[name] ?? '') as Role;
  }
  throw new Error(`no function of the template has a ${variable}… variable`);
}

async function judge(
  run: ComposedRun,
  stack: LocalStack,
  left: Left,
  historyFile: string,
  tallies: readonly FaultTally[],
): Promise<Judged> {
  run.say('reading everything back by Kafka’s own tools');
  const mapping = stack.mappings[0];
  if (!mapping) throw new Error('the template has no mapping');
  const tools = new KafkaTools(join(run.dir, 'logs'));
  try {
    const source = { ...left, bootstrap: stack.brokers.direct, counters: { ...mapping.counters } };
    const read = await finalRead(tools, source);
    await writeFile(join(run.dir, FINAL_READ), JSON.stringify(read));
    const { verdict, report } = await writeJudgement({ ...run, seed: run.plan.seed, read, historyFile, tallies });
    if (!verdict.ok) {
      const brokers = stack.brokers.brokers.map(({ id, dir, process }) => ({
        ...{ id, data: join(dir, 'data'), logFile: process.logFile },
      }));
      const { topic } = left;
      await keepEvidence(tools, join(run.dir, 'evidence'), { brokers, topic, missing: verdict.missing });
    }
    return { verdict, tallies, history: historyFile, report };
  } finally {
    await tools.close();
  }
}

/** Beside the history, so that both can be judged again. */
export const FINAL_READ = 'final-read.json';

/** Checks a history against a final read, and writes `verdict.json` and the report beside it. */
export async function writeJudgement(given: {
  readonly dir: string;
  readonly historyFile: string;
  readonly read: FinalRead;
  readonly tallies?: readonly FaultTally[];
  readonly seed?: number;
  readonly command: string;
  readonly versions?: Readonly<Record<string, string>>;
}): Promise<{ verdict: Verdict; report: string }> {
  const history = await readHistory(given.historyFile);
  const verdict = check(history, given.read, { seed: given.seed, versions: given.versions });
  const report = join(given.dir, 'report.html');
  await writeVerdict(join(given.dir, 'verdict.json'), verdict);
  const measures = measure(history, given.read, verdict.faults);
  await writeReport({ verdict, measures, tallies: given.tallies, command: given.command }, report);
  return { verdict, report };
}
