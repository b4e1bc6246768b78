import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckId } from '../checker';
import type { Control, Ground } from './control';

/** What came of one try. */
export interface Try {
  /** The control's check was broken, as it must be. */
  readonly found: boolean;
  /** Every check that was broken, in the order of the verdict. */
  readonly broken: readonly CheckId[];
  /** What the control's check named first. */
  readonly example?: string;
  /** Why it could not be run; then it found nothing. */
  readonly failure?: string;
  readonly seconds: number;
}

export interface Tried {
  readonly control: string;
  readonly describe: string;
  readonly check: CheckId;
  readonly tries: readonly Try[];
  readonly found: number;
  /** How many of the tries must find it. */
  readonly needs: number;
  readonly asItMust: boolean;
}

/** Share of the tries that must find the flaw: whether a try hits it depends on its timing. */
const NEEDED_SHARE = 4 / 5;

/**
 * Runs a control so many times. A try that found what it had to leaves nothing behind; the folder of one that did not is
 * kept.
 *
 * @throws when the signal aborts
 */
export async function tryControl(control: Control, tries: number, ground: Omit<Ground, 'seed'>): Promise<Tried> {
  const made: Try[] = [];
  for (let n = 1; n <= tries; n++) {
    ground.signal.throwIfAborted();
    const dir = join(ground.dir, `${control.name}-${n}`);
    const one = await tryOnce(control, { ...ground, dir, seed: n });
    made.push(one);
    ground.say(`${control.name}, try ${n} of ${tries}: ${inWords(one, dir)}`);
    if (one.found) await rm(dir, { recursive: true, force: true });
  }
  const { name, describe, check } = control;
  const found = made.filter((one) => one.found).length;
  const needs = Math.ceil(tries * NEEDED_SHARE);
  return { control: name, describe, check, tries: made, found, needs, asItMust: found >= needs };
}

async function tryOnce(control: Control, ground: Ground): Promise<Try> {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 100) / 10;
  try {
    await mkdir(ground.dir, { recursive: true });
    const { checks } = await control.recipe(ground);
    const result = checks.find(({ check }) => check === control.check);
    const broken = checks.filter(({ ok }) => !ok).map(({ check }) => check);
    return { found: result?.ok === false, broken, example: result?.examples[0], seconds: seconds() };
  } catch (error) {
    if (ground.signal.aborted) throw error;
    const failure = error instanceof Error ? error.message : String(error);
    return { found: false, broken: [], failure, seconds: seconds() };
  }
}

const inWords = ({ found, example, failure, seconds }: Try, dir: string): string =>
  found ? `found in ${seconds} s: ${example}` : `NOT found: ${failure ?? 'nothing was broken'}; kept in ${dir}`;
