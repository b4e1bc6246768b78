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
export async function exploreAll(
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
