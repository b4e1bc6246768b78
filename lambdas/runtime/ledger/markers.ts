import type { Stretch } from './state';

/** A delivery that has begun and not ended: it is under way, or its function was killed. */
export interface Marker {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  /** Epoch milliseconds at which its function's time is over: after that it is known to have been killed. */
  readonly until: number;
  /** The one record it works on, where records are taken one at a time. */
  readonly at?: number;
  /** The code that works on it: of what kills one, the next knows nothing. */
  readonly code?: string;
}

/** So many killed deliveries are no chance. */
const STRIKES = 3;
/** A kill that no other has followed for so long is over: its records may be gone from the log, and nothing would settle them. */
const FORGET_MS = 24 * 60 * 60 * 1_000;
/** Markers a ledger keeps; those of records that are not in the batch go first. */
export const MARKERS = 20;

type Markers = readonly Marker[];
export const overlaps = (marker: Pick<Marker, 'from' | 'to'>, [from, to]: Stretch): boolean =>
  marker.from <= to && marker.to >= from;

/** Whether the records of the batch are to be taken one at a time: three deliveries of some of them were killed. */
export const isStruck = ({ open }: { readonly open: Markers }, batch: Stretch, nowMs: number): boolean =>
  killed(open, nowMs).filter((marker) => overlaps(marker, batch)).length >= STRIKES;

/** Whether this code was killed three times while it worked on this record alone. */
export const isKiller = ({ open }: { readonly open: Markers }, offset: number, nowMs: number, code?: string): boolean =>
  killed(open, nowMs).filter((marker) => marker.at === offset && marker.code === code).length >= STRIKES;

const killed = (open: Markers, nowMs: number): Markers =>
  remembered(once(open), nowMs).filter(({ until }) => until < nowMs);

/** One for each delivery: a begin whose answer was lost is written twice. */
export const once = (open: Markers): Markers => [...new Map(open.map((marker) => [marker.id, marker])).values()];

/** A kill is remembered for a day after the latest of the same records: a mapping may wait an hour before each delivery. */
function remembered(open: Markers, nowMs: number): Markers {
  const latestFirst = [...open].sort((a, b) => b.until - a.until);
  const kept: Marker[] = [];
  for (const marker of latestFirst) {
    const isRecent = marker.until > nowMs - FORGET_MS;
    const isFollowed = () =>
      kept.some((later) => overlaps(later, [marker.from, marker.to]) && later.until - marker.until < FORGET_MS);
    if (isRecent || isFollowed()) kept.push(marker);
  }
  return open.filter((marker) => kept.includes(marker));
}

/** The delivery begins. Of each record, and of each stretch, three markers are evidence enough. */
export const begun = (open: Markers, own: Marker, nowMs: number): Markers => [
  ...kept(without(open, own.id), own, nowMs, MARKERS - 1),
  own,
];

/** The delivery now works on one record alone. */
export function marked<S extends { readonly open: Markers }>(
  state: S,
  own: Marker,
  isSettled: (offset: number) => boolean,
  nowMs = own.until,
): S {
  const others = without(state.open, own.id).filter(({ at }) => !(at !== undefined && isSettled(at)));
  const open = kept(others, own, nowMs, MARKERS - 1);
  const enough = open.filter((marker) => isSame(marker, own)).length >= STRIKES;
  return { ...state, open: enough ? open : [...open, own] };
}

/** What is left when a delivery has ended: neither its own marker nor what is settled or forgotten. */
export const left = (open: Markers, id: string, isCovered: (marker: Stretch) => boolean, nowMs: number): Markers =>
  remembered(without(open, id), nowMs).filter(
    ({ at, from, to }) => !isCovered(at === undefined ? [from, to] : [at, at]),
  );

const without = (open: Markers, id: string): Markers => once(open).filter((marker) => marker.id !== id);

const isSame = (a: Marker, b: Marker): boolean =>
  a.at === b.at && a.code === b.code && (a.at !== undefined || (a.from === b.from && a.to === b.to));

/** The most telling markers: of killed deliveries the latest, then of those that may live the first that will be known. */
function kept(open: Markers, own: Marker, nowMs: number, most: number): Markers {
  const isOver = ({ until }: Marker) => until < nowMs;
  const useful = remembered(open, nowMs);
  const telling = [
    ...useful.filter(isOver).sort((a, b) => b.until - a.until),
    ...useful.filter((marker) => !isOver(marker)).sort((a, b) => a.until - b.until),
  ].filter((marker, index, all) => all.slice(0, index).filter((before) => isSame(before, marker)).length < STRIKES);
  const rank = (marker: Marker) => (isSame(marker, own) ? 0 : overlaps(marker, [own.from, own.to]) ? 1 : 2);
  const chosen = [0, 1, 2].flatMap((wanted) => telling.filter((marker) => rank(marker) === wanted)).slice(0, most);
  return useful.filter((marker) => chosen.includes(marker));
}
