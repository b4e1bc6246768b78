import {
  codeState,
  NOTHING_RECENT,
  shown,
  withCode,
  withRecent,
  type CodeState,
  type Recent,
  type Shown,
} from './breaker-budget';
import { left, overlaps, type Marker } from './markers';
import type { ParkUpTo } from './park-up-to';
import { hasServed } from './park-up-to';
import { joined, type Stretch } from './stretch';

/** What the ledger of one partition knows. All offsets are inclusive. Pure: every transition returns a new state. */
export interface LedgerState {
  readonly version: number;
  readonly open: readonly Marker[];
  /** In order, never touching each other. */
  readonly counted: readonly Stretch[];
  readonly counts: Counts;
  readonly unsettled?: Stretch;
  /** What the circuit breaker knows, by code; the one that wrote last stands last. */
  readonly codes: readonly CodeState[];
  readonly recent: Recent;
  readonly parkUpTo?: ParkUpTo;
}

export interface Counts {
  readonly applied: number;
  readonly duplicate: number;
  readonly parked: number;
}
export type SettledAs = keyof Counts;

export const EMPTY: LedgerState = {
  version: 0,
  open: [],
  counted: [],
  counts: { applied: 0, duplicate: 0, parked: 0 },
  codes: [],
  recent: NOTHING_RECENT,
};

/** Whether some of the batch was delivered before: then its events may be in the table. */
export const isRedelivery = ({ open, counted, unsettled }: LedgerState, id: string, batch: Stretch): boolean =>
  open.some((marker) => marker.id !== id && overlaps(marker, batch)) ||
  [...counted, ...(unsettled ? [unsettled] : [])].some(([from, to]) => from <= batch[1] && to >= batch[0]);

/** Changes what the ledger knows of one code, and nothing where that stays as it is. */
export function codeChanged(state: LedgerState, code: string, change: (known: CodeState) => CodeState): LedgerState {
  const known = codeState(state.codes, code);
  const next = change(known);
  return next === known ? state : { ...state, codes: withCode(state.codes, next) };
}

/** Takes up what that code has applied and decoded of its batch by now. */
export const withShown = (state: LedgerState, code: string, seen: Shown, begunAt: number): LedgerState => ({
  ...codeChanged(state, code, (known) => shown(known, seen, begunAt)),
  recent: withRecent(state.recent, seen),
});

/** What became of a batch. */
export interface BatchEnd {
  readonly id: string;
  readonly batch: Stretch;
  /** Records in offset order, up to the first that is not settled. */
  readonly prefix: readonly { readonly offset: number; readonly as: SettledAs }[];
  /** The first that is not settled. */
  readonly unsettledFrom?: number;
  readonly nowMs: number;
}

/** Counts the settled prefix, each offset once and for ever, and takes away the markers and words that have served. */
export function ended(state: LedgerState, { id, batch, prefix, unsettledFrom, nowMs }: BatchEnd): LedgerState {
  const isCounted = (offset: number) => state.counted.some(([from, to]) => from <= offset && offset <= to);
  const counts = { ...state.counts };
  const fresh = new Map(prefix.filter(({ offset }) => !isCounted(offset)).map(({ offset, as }) => [offset, as]));
  for (const as of fresh.values()) counts[as] += 1;
  const last = prefix.at(-1);
  const counted = last ? joined([...state.counted, [batch[0], last.offset]]) : state.counted;
  const isCovered = ([from, to]: Stretch) => counted.some(([start, end]) => start <= from && end >= to);
  const unsettled: Stretch | undefined = unsettledFrom === undefined ? undefined : [unsettledFrom, batch[1]];
  const settledTo = unsettledFrom === undefined ? batch[1] : unsettledFrom - 1;
  const isOver = state.parkUpTo && hasServed(state.parkUpTo, settledTo, nowMs);
  return {
    ...state,
    ...{ counted, counts, unsettled },
    open: left(state.open, id, isCovered, nowMs),
    codes: state.codes.map((code) => ({ ...code, answered: code.answered.filter((each) => !isCovered(each)) })),
    parkUpTo: isOver ? undefined : state.parkUpTo,
  };
}
