import type { Fault, FaultTarget } from './fault';
import type { Recorder } from './history';
import type { Plan, Window } from './plan';
import { chanceOf } from './random';
import { restore } from './restore';

export { planOf, planOfOne, type Plan, type PlanOptions, type Window } from './plan';

export interface PlanRun {
  readonly clock: {
    /** Milliseconds. */
    now(): number;
    /** Resolves after `ms`, or at once when the signal aborts. Never rejects. */
    sleep(ms: number, signal?: AbortSignal): Promise<void>;
  };
  readonly recorder: Recorder;
  /** Aborted: the fault under way is healed at once and no other begins. */
  readonly signal: AbortSignal;
}

/** What one kind of fault did in a run. */
export interface FaultTally {
  readonly name: string;
  readonly title: string;
  /** How often it was started. */
  times: number;
  /** From start to heal, summed. */
  seconds: number;
  /** Processes, connections, requests and invocations it hit. 0: it took no hold. */
  hits: number;
  /** Why it could not be started or healed as told, each time that happened; everything was restored then. */
  readonly failures: string[];
}

export interface PlanReport {
  /** In the order in which they first came. */
  readonly faults: readonly FaultTally[];
  readonly interrupted: boolean;
}

/**
 * Starts and heals every fault of the plan at its time; windows of one time go side by side, and one whose predecessor took
 * longer begins late. However it ends, everything is restored.
 *
 * @throws when something could not be restored: what runs then is not what was to be judged
 */
export async function runPlan(plan: Plan, target: FaultTarget, run: PlanRun): Promise<PlanReport> {
  const tallies = new Map<string, FaultTally>();
  const { clock, signal, recorder } = run;
  const began = clock.now();
  const until = (seconds: number) => clock.sleep(Math.max(0, began + seconds * 1000 - clock.now()), signal);
  try {
    const underWay: Promise<void>[] = [];
    for (const [n, window] of plan.windows.entries()) {
      if (window.at !== plan.windows[n - 1]?.at) await Promise.all(underWay.splice(0));
      await until(window.at);
      if (signal.aborted) break;
      if (window.kind === 'fault')
        underWay.push(play(window, `fault-${n + 1}`, target, run, tallyOf(window.fault, tallies)));
    }
    await Promise.all(underWay);
    await until(plan.seconds);
  } finally {
    await restore(target);
    recorder.record({ process: 'faults', op: 'note', type: 'info', text: 'every fault is healed' });
  }
  return { faults: [...tallies.values()], interrupted: signal.aborted };
}

/** A fault that has led nowhere yet lasts on for so long at most, and is looked at so often. */
const LASTS_ON_MS = 60_000;
const LOOK_EVERY_MS = 1_000;

async function lastOn(until: () => Promise<boolean>, { clock, signal }: PlanRun): Promise<void> {
  const end = clock.now() + LASTS_ON_MS;
  while (clock.now() < end && !signal.aborted && !(await until())) await clock.sleep(LOOK_EVERY_MS, signal);
}

type FaultWindow = Extract<Window, { readonly kind: 'fault' }>;

async function play(window: FaultWindow, process: string, target: FaultTarget, run: PlanRun, tally: FaultTally) {
  const { clock, recorder, signal } = run;
  const { name } = window.fault;
  const started = clock.now();
  tally.times += 1;
  recorder.record({ process, op: 'fault', type: 'invoke', name });
  let detail: string;
  try {
    const { what, until, heal } = await window.fault.start(target, chanceOf(window.seed));
    recorder.record({ process, op: 'note', type: 'info', text: what });
    await clock.sleep(window.for * 1000, signal);
    if (until) await lastOn(until, run);
    const hits = await heal();
    tally.hits += hits;
    detail = `${what}: hit ${hits}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tally.failures.push(reason);
    await restore(target);
    detail = `not as told, everything restored: ${reason}`;
  }
  tally.seconds += (clock.now() - started) / 1000;
  recorder.record({ process, op: 'fault', type: 'ok', name, detail });
}

function tallyOf({ name, title }: Fault, tallies: Map<string, FaultTally>): FaultTally {
  const tally = tallies.get(name) ?? { name, title, times: 0, seconds: 0, hits: 0, failures: [] };
  tallies.set(name, tally);
  return tally;
}
