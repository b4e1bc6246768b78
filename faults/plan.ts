import type { Fault } from './fault';
import { chanceOf, type Chance } from './random';

/** One stretch of a run. Times are seconds since the start of the plan. */
export type Window =
  | { readonly kind: 'quiet'; readonly at: number; readonly for: number }
  /** `for`: from start to heal. `seed`: for what the fault itself draws, so that no other window's draws move it. */
  | { readonly kind: 'fault'; readonly at: number; readonly for: number; readonly fault: Fault; readonly seed: number };

export interface Plan {
  readonly seed: number;
  /** Length of the run; every fault is to be healed by then. */
  readonly seconds: number;
  /** In order; one is over before the next begins, unless both begin at once. */
  readonly windows: readonly Window[];
}

export interface PlanOptions {
  /** Whole number from 0 to 4294967295. The same seed, seconds and kinds give the same plan. */
  readonly seed: number;
  /** Length of the run in seconds. */
  readonly seconds: number;
  /** Faults to draw from; those that need a plan of their own are left out. */
  readonly kinds: readonly Fault[];
  /** Faults that come once each before anything is drawn, in an order that is drawn, as far as there is time. @default - none */
  readonly first?: readonly Fault[];
}

/** The pipeline starts and takes its first events before anything is broken. */
const FIRST_AT = 5;
/** From the start of one window to the start of the next. */
const EVERY: readonly [number, number] = [10, 15];
/** Between a heal and the next fault, at least. */
const BREATH = 3;
const MIX_LASTS = 30;
const MIX_OF = 3;
const QUIET_SHARE = 1 / 4;

/**
 * A random composition: a window every 10 to 15 s, a quarter of them quiet, the rest drawn from a mix of three kinds
 * that is drawn anew every 30 s.
 *
 * @throws when the seed is none, the run is too short for a window, or no kind is left to draw from
 */
export function planOf({ seed, seconds, kinds, first = [] }: PlanOptions): Plan {
  const composable = kinds.filter(({ alone }) => !alone);
  if (composable.length === 0)
    throw new Error('plan: got no fault that can be composed, want at least one; name others');
  refuseTooShort(seconds, FIRST_AT + EVERY[1]);
  const chance = chanceOf(seed);
  const windows: Window[] = [];
  let mix: Fault[] = [];
  let mixUntil = 0;
  const leading = chance.some(first, first.length);
  for (let at = FIRST_AT; ;) {
    const fault = leading.shift();
    if (fault) {
      const { window, next } = leadingAt(at, fault, chance);
      // One that is too long for what is left may be followed by a shorter one.
      if (at + window.for > seconds) continue;
      windows.push(window);
      at = next;
      continue;
    }
    if (at >= mixUntil) {
      mix = chance.some(composable, MIX_OF);
      mixUntil = at + MIX_LASTS;
    }
    const { window, next } = windowAt(at, mix, chance);
    if (at + window.for > seconds) break;
    windows.push(window);
    at = next;
  }
  return { seed, seconds, windows };
}

export interface PlanOfOne {
  readonly seed: number;
  readonly seconds: number;
  readonly fault: Fault;
  /** Seconds from its start to its heal. @default - drawn, within those of the fault */
  readonly lasts?: number;
}

/** One fault alone: quiet, fault, quiet. @throws when `seconds` does not hold it */
export function planOfOne({ seed, seconds, fault, lasts: given }: PlanOfOne): Plan {
  refuseTooShort(seconds, FIRST_AT + (given ?? fault.seconds[1]));
  const chance = chanceOf(seed);
  const drawn = tenths(chance.between(...fault.seconds));
  const lasts = given ?? drawn;
  return {
    seed,
    seconds,
    windows: [{ kind: 'fault', at: FIRST_AT, for: lasts, fault, seed: chance.whole(0, 2 ** 32 - 1) }],
  };
}

function leadingAt(at: number, fault: Fault, chance: Chance): { window: Window; next: number } {
  const lasts = tenths(chance.between(...fault.seconds));
  const seed = chance.whole(0, 2 ** 32 - 1);
  return { window: { kind: 'fault', at, for: lasts, fault, seed }, next: tenths(at + lasts + BREATH) };
}

/** Draws the same number of times for every window, whatever becomes of it. */
function windowAt(at: number, mix: readonly Fault[], chance: Chance): { window: Window; next: number } {
  const every = tenths(chance.between(...EVERY));
  const quiet = chance.next() < QUIET_SHARE;
  const fault = chance.oneOf(mix);
  const lasts = tenths(chance.between(...fault.seconds));
  const seed = chance.whole(0, 2 ** 32 - 1);
  if (quiet) return { window: { kind: 'quiet', at, for: every }, next: tenths(at + every) };
  return { window: { kind: 'fault', at, for: lasts, fault, seed }, next: tenths(at + Math.max(every, lasts + BREATH)) };
}

function refuseTooShort(seconds: number, least: number): void {
  if (seconds >= least) return;
  throw new Error(`plan: got ${seconds} s, want at least ${least} s; give the faults more time`);
}

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;
