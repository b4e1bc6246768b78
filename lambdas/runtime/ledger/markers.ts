import { STRIKES } from '../contract';
import type { Clock } from '../time/clock';
import type { Stretch } from './stretch';

/** A delivery that has begun and not ended: it is under way, or its function was killed. */
export interface Marker {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  /**
   * Milliseconds that its function may still live, at most: at 0 it is known to have been killed. Who writes the ledger takes
   * off what has passed on its own clock since it saw the marker (decision 0047).
   */
  readonly leftMs?: number;
  /** Epoch milliseconds at which its time is over, by its own wall clock: good to tell days apart, and for nothing finer. */
  readonly until: number;
  /** The one record it works on, where records are taken one at a time. */
  readonly at?: number;
  /** The code that works on it: of what kills one, the next knows nothing. */
  readonly code?: string;
}

/** A kill that no other has followed for so long is over: its records may be gone from the log, and nothing would settle them. */
const FORGET_MS = 24 * 60 * 60 * 1_000;
/** Markers a ledger keeps; those of records that are not in the batch go first. */
export const MARKERS = 20;
/** Records in doubt at once: the marks of more would push each other out of the list. */
const DOUBTED = 4;
/** Lambda's longest timeout: for a marker of an earlier version of this library, which does not tell. */
const LONGEST_MS = 15 * 60 * 1_000;

type Markers = readonly Marker[];
export const overlaps = (marker: Pick<Marker, 'from' | 'to'>, [from, to]: Stretch): boolean =>
  marker.from <= to && marker.to >= from;

/**
 * Whether the records of the batch are to be taken one at a time: three other deliveries of some of them have not ended. They
 * may be alive: that costs time alone.
 */
export const isStruck = (
  { open }: { readonly open: Markers },
  batch: Stretch,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): boolean => remembered(without(open, id), nowMs).filter((marker) => overlaps(marker, batch)).length >= STRIKES;

/** `in doubt`: it has three marks as well, but some of them may be of functions that live. */
export type Sign = 'go on' | 'in doubt' | 'killer';

/** What the marks of other deliveries say about a record, to the delivery `id` that is about to work on it alone. */
export function signOf(
  { open }: { readonly open: Markers },
  { id, at, code }: Pick<Marker, 'id' | 'at' | 'code'>,
  nowMs: number,
): Sign {
  const marks = remembered(without(open, id), nowMs).filter((marker) => marker.at !== undefined);
  const triples = marks.filter((mark) => marks.filter((other) => isSame(other, mark)).length >= STRIKES);
  const own = triples.filter((mark) => mark.at === at && mark.code === code);
  if (own.filter(isOver).length >= STRIKES) return 'killer';
  const doubted = triples.filter(
    (mark) => marks.filter((other) => isSame(other, mark) && isOver(other)).length < STRIKES,
  );
  return own.length > 0 || doubted.length >= DOUBTED * STRIKES ? 'in doubt' : 'go on';
}

const leftOf = ({ leftMs = LONGEST_MS }: Marker): number => leftMs;
const isOver = (marker: Marker): boolean => leftOf(marker) <= 0;

/** The markers that one delivery has seen, and how long their functions may live by its own monotonic clock. */
export class Sightings {
  private readonly ends = new Map<string, number>();

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** Takes off what has passed since each was seen first. */
  aged(open: Markers): Markers {
    const now = this.clock.monotonic();
    return open.map((marker) => {
      const end = Math.min(this.ends.get(marker.id) ?? Number.POSITIVE_INFINITY, now + leftOf(marker));
      this.ends.set(marker.id, end);
      return { ...marker, leftMs: Math.max(0, Math.ceil(end - now)) };
    });
  }
}

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

/** The delivery now works on one record alone, unless that is in doubt or known to kill: then it leaves no mark on it. */
export function marked<S extends { readonly open: Markers }>(
  state: S,
  own: Marker,
  isSettled: (offset: number) => boolean,
  nowMs: number,
): S {
  const others = without(state.open, own.id).filter(({ at }) => !(at !== undefined && isSettled(at)));
  const open = kept(others, own, nowMs, MARKERS - 1);
  return { ...state, open: signOf({ open }, own, nowMs) === 'go on' ? [...open, own] : open };
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
  const useful = remembered(open, nowMs);
  const telling = [
    ...useful.filter(isOver).reverse(),
    ...useful.filter((marker) => !isOver(marker)).sort((a, b) => leftOf(a) - leftOf(b)),
  ].filter((marker, index, all) => all.slice(0, index).filter((before) => isSame(before, marker)).length < STRIKES);
  const isNear = (marker: Marker) => overlaps(marker, [own.from, own.to]);
  const rank = (marker: Marker) => (isSame(marker, own) ? 0 : !isNear(marker) ? 3 : marker.at === undefined ? 2 : 1);
  const chosen = [0, 1, 2, 3].flatMap((wanted) => telling.filter((marker) => rank(marker) === wanted)).slice(0, most);
  return useful.filter((marker) => chosen.includes(marker));
}
