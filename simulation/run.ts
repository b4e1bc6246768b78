import type { LogFields } from '../lambdas/runtime';
import type { CheckResult } from '../faults/checker';
import { FAULTS, type Fault } from './faults';
import { forbidReal } from './kernel/nothing-real';
import { patienceMs } from './judge/patience';
import { Windows, type Judged } from './judge/window';
import { onCall } from './people/on-call';
import { sendRestBack } from './people/sending-back';
import { Pipeline } from './pipeline';
import { DEFAULTS, type Settings } from './pipeline/settings';
import { Whereabouts } from './watching/whereabouts';

/** Real time, taken before a run forbids it. */
const realNow = performance.now.bind(performance);

export interface RunOptions {
  /** Whole number from 0 to 4294967295: decides all. */
  readonly seed: number;
  /** Logical hours, above 0. */
  readonly hours: number;
  /** @default - the chaos variant of the sample */
  readonly settings?: Partial<Settings>;
  /** @default - all */
  readonly faults?: readonly Fault[];
  /** Milliseconds of a window with load; then all is healed, everything comes to its end, and the window is judged. */
  readonly windowMs?: number;
  /** Milliseconds between two faults, on average. */
  readonly faultEveryMs?: number;
  /** Hears each line that the runtime logs. */
  readonly onLine?: (message: string, fields: LogFields) => void;
  /** Hears of each window. */
  readonly onWindow?: (done: Progress) => void;
}

export interface Progress {
  /** Logical hours so far. */
  readonly hours: number;
  readonly events: number;
  readonly seconds: number;
  readonly broken: number;
}

/** What was counted in one run, or in many. */
export interface Counts {
  /** Logical. */
  readonly hours: number;
  /** Events that callers sent. */
  readonly events: number;
  /** Faults struck. */
  readonly faults: number;
  readonly lost: number;
  readonly appliedTwice: number;
  readonly stuck: number;
  /** Real seconds. */
  readonly seconds: number;
  /** How often what was reached, by its name. */
  readonly reached: Readonly<Record<string, number>>;
}

export interface RunResult extends Counts {
  readonly seed: number;
  /** SHA-256 over the history. */
  readonly trace: string;
  readonly steps: number;
  /** Checks that found something, by window. */
  readonly broken: readonly { readonly window: number; readonly check: CheckResult }[];
}

const HOUR_MS = 3_600_000;
const WINDOW_MS = 600_000;
const FAULT_EVERY_MS = 45_000;
/** Everything has been quiet for so long: nothing that was given up lands any more. */
const QUIET_MS = 45_000;
const LOOK_MS = 1_000;
/** Callers go on: while events that fail are to be told from a bad deploy, good ones come so often, of so many keys for each partition. */
const GOOD_EVERY_MS = 20_000;
const GOOD_KEYS = 2;
/** After the last heal, whatever still waits so long after the judge's patience is over is stuck. */
const STUCK_MS = 30 * 60_000;

/**
 * Runs the pipeline for so many logical hours, window after window. Ends early when a promise is broken.
 * @throws when seed or hours are no such numbers
 */
export async function simulate(options: RunOptions): Promise<RunResult> {
  const { seed, hours } = options;
  if (!(hours > 0) || !Number.isFinite(hours))
    throw new Error(`hours: got ${hours}, want a number above 0; leave it out for one hour`);
  const began = realNow();
  const pipeline = new Pipeline(seed, { ...DEFAULTS, ...options.settings });
  const allowReal = forbidReal();
  try {
    if (options.onLine) pipeline.around.log.hear = options.onLine;
    const run = new Run(pipeline, options, () => (realNow() - began) / 1_000);
    await run.all();
    return run.result();
  } finally {
    allowReal();
  }
}

/** One run on its way. */
class Run {
  #faults = 0;
  readonly #struck = new Map<string, number>();
  readonly #open = new Set<() => void>();
  readonly #windows: Windows;
  readonly #whereabouts: Whereabouts;
  readonly #judged: Judged[] = [];

  constructor(
    private readonly pipeline: Pipeline,
    private readonly options: RunOptions,
    private readonly seconds: () => number,
  ) {
    this.#windows = new Windows(pipeline);
    this.#whereabouts = new Whereabouts(pipeline);
  }

  async all(): Promise<void> {
    const { scheduler } = this.pipeline;
    this.pipeline.start();
    while (scheduler.now < this.options.hours * HOUR_MS) {
      await this.#window();
      // Of a window in which nobody was heard nothing can be said; it is judged with the next.
      if (this.pipeline.load.accepted.size === 0) continue;
      const judged = this.#windows.judge();
      this.#whereabouts.look(judged.reads);
      this.#judged.push({ ...judged, reads: [] });
      const broken = this.#broken().length;
      this.options.onWindow?.({ hours: scheduler.now / HOUR_MS, events: this.pipeline.load.sent, seconds: this.seconds(), broken }); // prettier-ignore
      if (broken > 0 || judged.lost.length + judged.stuck.length + judged.appliedTwice.length > 0) return;
      this.#windows.forget();
    }
  }

  result(): RunResult {
    const { seed } = this.options;
    const { scheduler, load, trace } = this.pipeline;
    const sum = (of: (judged: Judged) => readonly string[]) =>
      this.#judged.reduce((total, each) => total + of(each).length, 0);
    return {
      ...{ seed, hours: scheduler.now / HOUR_MS, events: load.sent, faults: this.#faults },
      lost: sum(({ lost }) => lost),
      appliedTwice: sum(({ appliedTwice }) => appliedTwice),
      stuck: sum(({ stuck }) => stuck),
      ...{ seconds: this.seconds(), trace: trace.digest(), steps: scheduler.steps, broken: this.#broken() },
      reached: { ...this.#whereabouts.all(), ...Object.fromEntries(this.#struck) },
    };
  }

  #broken(): RunResult['broken'] {
    return this.#judged.flatMap(({ verdict }, window) =>
      verdict.checks.filter((check) => !check.ok && this.#isPromised(check)).map((check) => ({ window, check })),
    );
  }

  /** Order within a key is promised where the mapping keeps it. */
  #isPromised({ check }: CheckResult): boolean {
    return check !== 'P4' || this.pipeline.settings.switches.newerBeforeRedelivery !== true;
  }

  async #window(): Promise<void> {
    const { scheduler, load } = this.pipeline;
    const { windowMs = WINDOW_MS } = this.options;
    const end = Math.min(scheduler.now + windowMs, this.options.hours * HOUR_MS);
    load.start();
    const stopFaults = this.#strikeUntil(end);
    await this.#until(end);
    stopFaults();
    load.stop();
    for (const heal of this.#open) heal();
    await this.#untilQuiet();
    const time = { until: <T>(promised: Promise<T>) => this.#ended(promised), untilSettled: () => this.#untilQuiet() };
    if (this.pipeline.sendsBack) await sendRestBack(this.pipeline, time);
  }

  async #ended<T>(promised: Promise<T>): Promise<T> {
    let isOver = false;
    const end = () => void (isOver = true);
    promised.then(end, end);
    await this.pipeline.scheduler.run(() => isOver);
    return promised;
  }

  #until(end: number): Promise<void> {
    const { scheduler } = this.pipeline;
    let over = false;
    scheduler.after(end - scheduler.now, () => (over = true));
    return scheduler.run(() => over);
  }

  async #untilQuiet(): Promise<void> {
    const { scheduler, settings, load } = this.pipeline;
    const healedAt = scheduler.now;
    const giveUp = healedAt + 2 * patienceMs(settings, load) + STUCK_MS;
    let [quietSince, goodAt] = [Infinity, healedAt];
    while (scheduler.now < giveUp && scheduler.now - quietSince < QUIET_MS) {
      await this.#until(scheduler.now + LOOK_MS);
      quietSince = this.pipeline.isQuiet() ? Math.min(quietSince, scheduler.now) : Infinity;
      if (quietSince === Infinity) onCall(this.pipeline, healedAt);
      if (quietSince < Infinity || !load.isDoubtful || scheduler.now - goodAt < GOOD_EVERY_MS) continue;
      for (let n = 0; n < GOOD_KEYS * settings.partitions; n++) load.burst('order', 1, 1, `after ${goodAt}, ${n}`);
      goodAt = scheduler.now;
    }
  }

  /** @returns ends it */
  #strikeUntil(end: number): () => void {
    const { scheduler, chances } = this.pipeline;
    const { faults = FAULTS, faultEveryMs = FAULT_EVERY_MS } = this.options;
    if (faults.length === 0) return () => undefined;
    const chance = chances(`faults until ${end}`);
    let cancel = () => undefined as void;
    const next = () => {
      const fault = chance.oneOf(faults);
      this.#strike(fault, chance.between(...fault.lastsMs));
      cancel = scheduler.after(chance.between(0, 2 * faultEveryMs), next);
    };
    cancel = scheduler.after(chance.between(0, 2 * faultEveryMs), next);
    return () => cancel();
  }

  #strike(fault: Fault, lastsMs: number): void {
    const { scheduler, trace, chances } = this.pipeline;
    const struck = fault.strike(this.pipeline, chances(`fault ${this.#faults}`));
    if (!struck) return;
    const { name } = fault;
    const process = `fault-${++this.#faults}`;
    this.#struck.set(`fault ${name}`, (this.#struck.get(`fault ${name}`) ?? 0) + 1);
    trace.record({ process, op: 'fault', type: 'invoke', name, detail: struck.what });
    const heal = () => {
      if (!this.#open.delete(heal)) return;
      cancel();
      struck.heal();
      trace.record({ process, op: 'fault', type: 'ok', name, detail: struck.what });
    };
    this.#open.add(heal);
    const cancel = scheduler.after(lastsMs, heal);
  }
}
