import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckId } from '../checker';
import { composedRun, OFTEN_MS, type ComposedRun } from '../composed-run';
import { faultNamed } from '../kinds';
import { planOf, type Plan } from '../schedule';
import type { Mutant } from './mutant';
import { BAD_CODE, bundled } from './patch';

/** Where the hunt takes place. */
export interface Hunt extends Pick<ComposedRun, 'say' | 'count' | 'signal'> {
  readonly dir: string;
  /** Cloud assembly of the chaos variant. */
  readonly assembly: string;
  /** Runs at most, each with another seed. */
  readonly tries: number;
}

export interface Hunted {
  readonly mutant: string;
  readonly describe: string;
  /** The check that found it; undefined: none of those that should did. */
  readonly foundBy?: CheckId;
  readonly example?: string;
  readonly tries: number;
  readonly seconds: number;
  /** Checks that were broken in the last try. */
  readonly broken: readonly CheckId[];
  /** Tries that could not be run. */
  readonly failures: readonly string[];
  /** What is known of why no run finds it. */
  readonly hole?: string;
}

const RATE = 30;
/** Before the first fault and after the last. */
const AROUND = 12;
const BREATH = 3;

/** Runs a mutant under the faults that should show it until a check finds it. @throws when the signal aborts */
export async function hunt(mutant: Mutant, given: Hunt): Promise<Hunted> {
  const started = performance.now();
  const { name: found, describe, hole } = mutant;
  const failures: string[] = [];
  let broken: readonly CheckId[] = [];
  const told = (tries: number, by?: { readonly check: CheckId; readonly examples: readonly string[] }): Hunted => ({
    ...{ mutant: found, describe, tries, broken, failures, hole },
    ...(by && { foundBy: by.check, example: by.examples[0] }),
    seconds: Math.round((performance.now() - started) / 1000),
  });
  for (let n = 1; n <= given.tries; n++) {
    given.signal.throwIfAborted();
    const dir = join(given.dir, `${found}-${n}`);
    try {
      const { verdict } = await once(mutant, n, dir, given);
      const findings = verdict.checks.filter(({ ok }) => !ok);
      broken = findings.map(({ check }) => check);
      const by = findings.find(({ check }) => mutant.finds.includes(check));
      given.say(`${found}, try ${n}: ${by ? `found by ${by.check}: ${by.examples[0]}` : 'not found'}`);
      if (by) {
        await rm(dir, { recursive: true, force: true });
        return told(n, by);
      }
    } catch (error) {
      if (given.signal.aborted) throw error;
      failures.push(error instanceof Error ? error.message : String(error));
      given.say(`${found}, try ${n}: could not be run: ${failures.at(-1)}`);
    }
  }
  return told(given.tries);
}

async function once(mutant: Mutant, seed: number, dir: string, given: Hunt) {
  await mkdir(dir, { recursive: true });
  const { assembly, say, count, signal } = given;
  const { [BAD_CODE]: badCode, ...replaceCode } = await bundled(mutant, join(dir, 'code'));
  return composedRun({
    ...{ assembly, dir, say, count, signal, plan: planFor(mutant, seed), rate: RATE, sweepEveryMs: OFTEN_MS },
    ...{ replaceCode, badCode, mapping: mutant.mapping },
    ...{ command: `npx cdk-lossless-kafka chaos --mutant ${mutant.name}`, versions: {} },
  });
}

/** Each of its faults once, in an order that is drawn, or all of them at once. */
export function planFor({ faults, together }: Pick<Mutant, 'faults' | 'together'>, seed: number): Plan {
  const first = faults.map(faultNamed);
  const seconds = first.reduce((sum, fault) => sum + fault.seconds[1] + BREATH, AROUND);
  const plan = planOf({ seed, seconds: Math.max(seconds, 20), kinds: first, first });
  const windows = plan.windows.slice(0, first.length);
  const at = windows[0]?.at ?? 0;
  return { ...plan, windows: together ? windows.map((window) => ({ ...window, at })) : windows };
}
