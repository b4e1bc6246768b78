/** What the ledger of one partition knows. All offsets are inclusive. Pure: every transition returns a new state. */
export interface LedgerState {
  readonly version: number;
  readonly open: readonly Marker[];
  /** In order, never touching each other. */
  readonly counted: readonly Stretch[];
  readonly counts: Counts;
  readonly unsettled?: Stretch;
  readonly failures: number;
  readonly parkUpTo: number;
}

/** A delivery that has begun and not ended: it is under way, or its function was killed. */
export interface Marker {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  /** Epoch milliseconds at which its function's time is over: after that it is known to have been killed. */
  readonly until: number;
  /** The one record it works on, where records are taken one at a time. */
  readonly at?: number;
}

export type Stretch = readonly [from: number, to: number];
export interface Counts {
  readonly applied: number;
  readonly duplicate: number;
  readonly parked: number;
}
export type SettledAs = keyof Counts;

/** So many killed deliveries are no chance. */
const STRIKES = 3;
/** So many events in a row that cannot be applied are no chance: the deploy is bad, or something it needs. */
const FAILURES = 20;
/** Gaps between offsets (transaction markers, compaction) keep stretches apart; more than these are joined, oldest first. */
const STRETCHES = 50;
/** What killed a function that long ago will do it again if it is still there. */
const FORGET_MS = 24 * 60 * 60 * 1_000;

export const EMPTY: LedgerState = {
  version: 0,
  open: [],
  counted: [],
  counts: { applied: 0, duplicate: 0, parked: 0 },
  failures: 0,
  parkUpTo: -1,
};

const overlaps = (marker: Marker, [from, to]: Stretch): boolean => marker.from <= to && marker.to >= from;
const killed = ({ until }: Marker, nowMs: number): boolean => until < nowMs && until > nowMs - FORGET_MS;

/** Whether the records of the batch are to be taken one at a time: three deliveries of some of them were killed. */
export const isStruck = ({ open }: LedgerState, batch: Stretch, nowMs: number): boolean =>
  open.filter((marker) => overlaps(marker, batch) && killed(marker, nowMs)).length >= STRIKES;

/** Whether the function was killed three times while it worked on this record alone. */
export const isKiller = ({ open }: LedgerState, offset: number, nowMs: number): boolean =>
  open.filter((marker) => marker.at === offset && killed(marker, nowMs)).length >= STRIKES;

/** Whether some of the batch was delivered before: then its events may be in the table. */
export const isRedelivery = ({ open, counted, unsettled }: LedgerState, id: string, batch: Stretch): boolean =>
  open.some((marker) => marker.id !== id && overlaps(marker, batch)) ||
  [...counted, ...(unsettled ? [unsettled] : [])].some(([from, to]) => from <= batch[1] && to >= batch[0]);

/** The delivery now works on one record alone. Of each record, and of whole batches, three markers are evidence enough. */
export function marked(state: LedgerState, own: Marker, isSettled: (offset: number) => boolean): LedgerState {
  const others = state.open.filter(({ id, at }) => id !== own.id && !(at !== undefined && isSettled(at)));
  const bounded = others.filter(
    (marker, index) => others.slice(index + 1).filter(({ at }) => at === marker.at).length < STRIKES,
  );
  const enough = bounded.filter(({ at }) => at === own.at).length >= STRIKES;
  return { ...state, open: enough ? bounded : [...bounded, own] };
}

/** Whether the circuit breaker is open: so many events in a row could not be applied that the deploy is to blame. */
export const isOpen = ({ failures }: LedgerState): boolean => failures >= FAILURES;

/**
 * Asks whether one more event may be parked. After twenty in a row none may: the circuit breaker is open.
 * @param succeeded - whether one was applied since the last was asked for
 */
export function permitted(
  state: LedgerState,
  offset: number,
  succeeded: boolean,
): { readonly state: LedgerState; readonly allowed: boolean } {
  const failures = succeeded ? 0 : state.failures;
  const allowed = failures < FAILURES || offset <= state.parkUpTo;
  return { state: { ...state, failures: allowed ? Math.min(failures + 1, FAILURES) : failures }, allowed };
}

/** What became of a delivery. */
export interface Ended {
  readonly id: string;
  readonly batch: Stretch;
  /** Records in offset order, up to the first that is not settled. */
  readonly prefix: readonly { readonly offset: number; readonly as: SettledAs }[];
  /** The first that is not settled. */
  readonly unsettledFrom?: number;
  /** Whether one was applied since the last was asked to be parked. */
  readonly succeeded: boolean;
  readonly nowMs: number;
}

/** Counts the settled prefix, each offset once and for ever, and takes away the markers that have served. */
export function ended(state: LedgerState, { id, batch, prefix, unsettledFrom, succeeded, nowMs }: Ended): LedgerState {
  const isCounted = (offset: number) => state.counted.some(([from, to]) => from <= offset && offset <= to);
  const counts = { ...state.counts };
  const fresh = new Map(prefix.filter(({ offset }) => !isCounted(offset)).map(({ offset, as }) => [offset, as]));
  for (const as of fresh.values()) counts[as] += 1;
  const last = prefix.at(-1);
  const counted = last ? joined([...state.counted, [batch[0], last.offset]]) : state.counted;
  const covered = ([from, to]: Stretch) => counted.some(([start, end]) => start <= from && end >= to);
  const open = state.open.filter(
    (marker) =>
      marker.id !== id &&
      // Its records may be gone from the log: nothing would ever settle them.
      marker.until > nowMs - FORGET_MS &&
      !covered(marker.at === undefined ? [marker.from, marker.to] : [marker.at, marker.at]),
  );
  const unsettled: Stretch | undefined = unsettledFrom === undefined ? undefined : [unsettledFrom, batch[1]];
  return { ...state, open, counted, counts, unsettled, failures: succeeded ? 0 : state.failures };
}

/** Stretches that touch are one. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const sorted = [...stretches].sort(([a], [b]) => a - b);
  const apart: Stretch[] = [];
  for (const [from, to] of sorted) {
    const before = apart.at(-1);
    if (before && from <= before[1] + 1) apart[apart.length - 1] = [before[0], Math.max(before[1], to)];
    else apart.push([from, to]);
  }
  while (apart.length > STRETCHES) {
    const [first, second] = apart.splice(0, 2) as [Stretch, Stretch];
    apart.unshift([first[0], second[1]]);
  }
  return apart;
}
