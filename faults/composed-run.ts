import { join } from 'node:path';
import { systemClock } from '../lambdas/runtime/time/clock';
import { startLocalStack, type LocalStack, type MappingSwitches } from '../local';
import type { Verdict } from './checker';
import { doorsOf } from './doors';
import type { FaultCallers } from './fault';
import { HistoryWriter, type Recorder } from './history';
import { judge } from './judgement';
import { leftBy, patienceOf, type Left } from './left';
import { Load } from './load';
import type { Plan } from './plan';
import { chanceOf } from './random';
import { Redriver } from './redriver';
import { runPlan, type FaultTally } from './schedule';
import { timesSaid } from './states';
import { stretchOf } from './stretch';
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
  /** Folder of the code that a bad deploy brings. @default - the product's, with a handler that fails on every event */
  readonly badCode?: string;
  /** What AWS does not document about the mapping. */
  readonly mapping?: Partial<MappingSwitches>;
  /** Sandboxes of one function at a time. @default - as many as a local stack has */
  readonly maxSandboxes?: number;
  /** Replay and unpack are asked so often, in milliseconds. @default - once a minute, as the template says */
  readonly sweepEveryMs?: number;
  /** Events that fail until they are sent back are sent, and all that is parked is sent back, some of it amended or discarded, and what the topic still holds is sent again, in the middle of the faults and after them. @default false */
  readonly redrives?: boolean;
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

/** For runs that have no minute to wait for a sweep. */
export const OFTEN_MS = 10_000;

const CONNECTIONS = 6;
const EVENTS_PER_REQUEST = 5;
/** One event in so many does not fit its schema, so that every run parks some. */
const MISFIT_EVERY = 100;
/** Events that start every part before the load begins. */
const WARM_UP = 12;
const WATCH_MS = 1000;
const REDRIVE_EVERY_MS = 15_000;
/** Events of each round that are parked until they are sent back. */
const MENDABLE = 4;
/** What a person knows it to be, of an order whose amount could not be read. */
const CORRECTED_AMOUNT = 100;

/** Runs the sample under a plan of faults, heals, drains, reads everything back by other means, and judges. */
export async function composedRun(run: ComposedRun): Promise<Judged> {
  const recorder = new HistoryWriter(join(run.dir, 'history.ndjson'));
  const chance = chanceOf(run.plan.seed);
  const interposed = await interpose(() => chance.next());
  let stack: LocalStack | undefined;
  try {
    stack = await startLocalStack({
      ...interposed.options,
      ...{
        assembly: run.assembly,
        dir: run.dir,
        replaceCode: run.replaceCode,
        mapping: run.mapping,
        maxSandboxes: run.maxSandboxes,
      },
      ...{ log: run.say, observer: recorder },
    });
    const left = leftBy(stack);
    const load = loadOf(run, stack, recorder);
    const said = (message: string) => timesSaid(join(run.dir, 'logs'), message);
    const target = interposed.target(stack, left.topic, {
      ...{ callers: callersOf(load), said, badCode: run.badCode },
    });
    const tallies = await underFaults(run, stack, target, { load, recorder, left });
    recorder.close();
    await run.tamper?.(left);
    run.say('reading everything back by Kafka’s own tools');
    const { dir, command, versions, plan } = run;
    const patienceMs = patienceOf(stack, load.killers);
    const { asked } = interposed.tally;
    const judged = { dir, command, versions, seed: plan.seed, stack, left, tallies, asked, patienceMs };
    const { verdict, report } = await judge({ ...judged, historyFile: recorder.file });
    return { verdict, tallies, history: recorder.file, report };
  } finally {
    await stack?.stop();
    await interposed.stop();
  }
}

function loadOf({ plan, rate, signal, count }: ComposedRun, stack: LocalStack, recorder: Recorder): Load {
  const events = Math.round(plan.seconds * rate);
  return new Load({
    ...{
      doors: doorsOf(stack),
      events,
      rate,
      connections: CONNECTIONS,
      perRequest: EVENTS_PER_REQUEST,
      signal,
      recorder,
    },
    ...{ source: 'urn:orders:chaos', misfitEvery: MISFIT_EVERY },
    onAnswer: (accepted) => count(Math.min(accepted, events), events, 'accepted'),
  });
}

const callersOf = (load: Load): FaultCallers => ({
  send: (kind, count) => load.extra(kind, count),
  sendTwins: (count) => load.twins(count),
});

type Target = Parameters<typeof runPlan>[1];

async function underFaults(
  run: ComposedRun,
  stack: LocalStack,
  target: Target,
  { load, recorder, left }: { readonly load: Load; readonly recorder: Recorder; readonly left: Left },
): Promise<readonly FaultTally[]> {
  const { plan, signal, say, count, sweepEveryMs, redrives = false } = run;
  const note = (text: string) => recorder.record({ process: 'sweeps', op: 'note', type: 'info', text });
  const correctionOf = (id: string) => {
    const event = load.sent.find((sent) => sent.id === id);
    return event && { id, customer: event.customer, amount: CORRECTED_AMOUNT };
  };
  const chance = chanceOf((plan.seed + 1) >>> 0);
  const stretch = () => stretchOf(load.sent, chance);
  const groups = [left, ...left.others].map(({ group }) => group);
  const redriver = new Redriver({ ...{ stack, dir: run.dir, correctionOf, stretch, topic: left.topic, groups }, chance, note, signal }); // prettier-ignore
  const sendBack = async () => {
    await load.extra('mendable', MENDABLE);
    await redriver.round();
  };
  const watches = [
    every(WATCH_MS, watchReplicas(target.replicas, recorder), note),
    ...(sweepEveryMs === undefined ? [] : [every(sweepEveryMs, () => stack.fireSchedules(), note)]),
  ];
  try {
    await load.extra('order', WARM_UP);
    await underWay(stack, signal);
    const sending = load.run();
    const sendingBack = redrives ? every(REDRIVE_EVERY_MS, sendBack, note) : undefined;
    const report = await runPlan(plan, target, { clock: systemClock, recorder, signal });
    say(`every fault is healed: ${report.faults.map(({ name, times }) => `${name} × ${times}`).join(', ')}`);
    await sending;
    await sendingBack?.stop();
    const settled = () =>
      untilSettled(stack, load, { say, count, signal, patienceMs: patienceOf(stack, load.killers) });
    await settled();
    if (redrives) await redriver.last(settled);
    return report.faults;
  } finally {
    await Promise.all(watches.map((watch) => watch.stop()));
  }
}

const UNDER_WAY_WITHIN_MS = 60_000;

/** The first commit has been confirmed: before that a fault would strike nothing. A pipeline that makes none is judged as well. */
async function underWay({ mappings }: LocalStack, signal: AbortSignal): Promise<void> {
  const until = systemClock.now() + UNDER_WAY_WITHIN_MS;
  const moving = () => mappings.every(({ counters }) => counters.CommittedEventCount > 0);
  while (!moving() && systemClock.now() < until && !signal.aborted) await systemClock.sleep(50, signal);
}

/** Does something again and again beside the run, which goes on when that fails. */
function every(ms: number, act: (ended: AbortSignal) => Promise<void>, failed: (text: string) => void) {
  const ended = new AbortController();
  const look = async () => {
    while (!ended.signal.aborted) {
      await act(ended.signal).catch((error: unknown) => failed(String(error)));
      await systemClock.sleep(ms, ended.signal);
    }
  };
  const looking = look();
  return {
    stop: async () => {
      ended.abort();
      await looking;
    },
  };
}

/** The number of in-sync replicas of each partition. */
const watchReplicas = (replicas: Target['replicas'], recorder: Recorder) => async (ended: AbortSignal) => {
  const partitions = await replicas.describe();
  if (ended.aborted) return;
  const inSync = partitions.map(({ isr }) => isr.length);
  recorder.record({ process: 'replicas', op: 'replicas', type: 'info', inSync });
};
