/** One thing a process can do next, at one decision of a run. */
export interface Step {
  /** The same in every run with the same past. */
  readonly name: string;
  readonly process: string;
  /** What it reads or writes; steps of different processes on different items need not be permuted. */
  readonly item: string;
  /** Whether it uses up one of the faults of a run. */
  readonly isFault: boolean;
}

/** Runs the world once: asks `choose` at every decision, and resolves when nothing is left to decide or it answers undefined. */
export type Run = (choose: (enabled: readonly Step[]) => Step | undefined) => Promise<void>;

interface Decision {
  readonly enabled: readonly Step[];
  /** Steps whose order to what was chosen here was seen already. */
  readonly asleep: ReadonlyMap<string, Step>;
  readonly tried: Map<string, Step>;
  chosen: Step;
}

const independent = (a: Step, b: Step): boolean =>
  a.process !== b.process && a.item !== b.item && !(a.isFault && b.isFault);

/**
 * Runs the world under every order of its steps, depth first, each run from the start. Orders that differ only in
 * independent steps are run once (sleep sets, Godefroid 1996).
 *
 * @returns how many runs went to their end
 */
async function exploreAll(
  run: Run,
  /** Answers whether to go on. */
  ended: (schedule: readonly Step[]) => Promise<boolean>,
): Promise<number> {
  const path: Decision[] = [];
  let runs = 0;
  do {
    let depth = 0;
    let redundant = false;
    await run((enabled) => {
      const decision = path[depth] ?? decide(enabled, path[depth - 1]);
      if (!decision) {
        redundant = true;
        return undefined;
      }
      path[depth++] = decision;
      return decision.chosen;
    });
    if (!redundant) {
      runs++;
      if (!(await ended(path.map(({ chosen }) => chosen)))) break;
    }
  } while (backtrack(path));
  return runs;
}

/** A world that is new for each run, and the promises that are broken in it by the end. */
export interface Trial {
  play(choose: Parameters<Run>[0]): Promise<void>;
  verdict(): Promise<readonly string[]>;
}

export interface Explored {
  readonly runs: number;
  /** Broken promises, each with the schedule that broke it. */
  readonly broken: readonly { readonly promise: string; readonly schedule: readonly string[] }[];
}

/**
 * Runs trials under every schedule, until a promise is broken.
 * @param ended - hears of each trial that went to its end
 */
export async function exploreTrials<Made extends Trial>(
  made: () => Made,
  ended: (trial: Made) => void = () => undefined,
): Promise<Explored> {
  const broken: { promise: string; schedule: readonly string[] }[] = [];
  let trial: Made | undefined;
  const runs = await exploreAll(
    async (choose) => {
      trial = made();
      await trial.play(choose);
    },
    async (schedule) => {
      ended(trial!);
      for (const promise of await trial!.verdict())
        broken.push({ promise, schedule: schedule.map(({ name }) => name) });
      return broken.length === 0;
    },
  );
  return { runs, broken };
}

function decide(enabled: readonly Step[], before: Decision | undefined): Decision | undefined {
  const asleep = new Map(
    before
      ? [...before.asleep, ...before.tried].filter(
          ([, step]) => step !== before.chosen && independent(step, before.chosen),
        )
      : [],
  );
  const chosen = enabled.find(({ name }) => !asleep.has(name));
  return chosen && { enabled, asleep, tried: new Map([[chosen.name, chosen]]), chosen };
}

/** Changes the last decision that has something else to offer; false when there is none. */
function backtrack(path: Decision[]): boolean {
  for (let decision = path.pop(); decision; decision = path.pop()) {
    const { enabled, asleep, tried } = decision;
    const next = enabled.find(({ name }) => !asleep.has(name) && !tried.has(name));
    if (!next) continue;
    tried.set(next.name, next);
    path.push({ ...decision, chosen: next });
    return true;
  }
  return false;
}
