import { STRIKES } from '../contract';
import type { Clock } from '../time/clock';
import type { Stretch } from './stretch';

/** A batch that has begun and not ended: it is under way, or its function was killed. */
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
export const DOUBTED = 4;
/** Lambda's longest timeout: for a marker of an earlier version of this library, which does not tell. */
const LONGEST_MS = 15 * 60 * 1_000;

export type Markers = readonly Marker[];
export const overlaps = (marker: Pick<Marker, 'from' | 'to'>, [from, to]: Stretch): boolean =>
  marker.from <= to && marker.to >= from;

const leftOf = ({ leftMs = LONGEST_MS }: Marker): number => leftMs;
export const isOver = (marker: Marker): boolean => leftOf(marker) <= 0;

/** The markers that were seen while one batch is worked on, and how long their functions may live by its own monotonic clock. */
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

/** One for each batch: a begin whose answer was lost is written twice. */
export const once = (open: Markers): Markers => [...new Map(open.map((marker) => [marker.id, marker])).values()];

/** A kill is remembered for a day after the latest of the same records: a mapping may wait an hour before each delivery. */
export function remembered(open: Markers, nowMs: number): Markers {
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

/** The batch begins. Of each record, and of each stretch, three markers are evidence enough. */
export const begun = (open: Markers, own: Marker, nowMs: number): Markers => [
  ...kept(without(open, own.id), own, nowMs, MARKERS - 1),
  own,
];

/** What is left when a batch has ended: neither its own marker nor what is settled or forgotten. */
export const left = (open: Markers, id: string, isCovered: (marker: Stretch) => boolean, nowMs: number): Markers =>
  remembered(without(open, id), nowMs).filter(
    ({ at, from, to }) => !isCovered(at === undefined ? [from, to] : [at, at]),
  );

export const without = (open: Markers, id: string): Markers => once(open).filter((marker) => marker.id !== id);

export const isSame = (a: Marker, b: Marker): boolean =>
  a.at === b.at && a.code === b.code && (a.at !== undefined || (a.from === b.from && a.to === b.to));

/**
 * The most telling markers, three of each record or batch: those whose function was killed, the latest first, then those that will be known
 * first. Marks on one record go before markers of batches, since nothing else tells two killers of one partition apart; of records that are not in this
 * batch those of the latest four, for older ones may be gone from the log with nothing to settle them. What another code has left goes last: it says
 * nothing to this one.
 */
export function kept(open: Markers, own: Marker, nowMs: number, most: number): Markers {
  const useful = remembered(open, nowMs);
  let others = 0;
  const ranked = alike(useful).map((markers) => {
    const rank = rankOf(markers[0]!, own);
    const isOld = rank === 'other record' && ++others > DOUBTED;
    return { markers: telling(markers), rank: isOld ? 'old record' : rank };
  });
  const chosen = RANKS.flatMap((rank) => ranked.filter((each) => each.rank === rank))
    .flatMap(({ markers }) => markers)
    .slice(0, most);
  return useful.filter((marker) => chosen.includes(marker));
}

/** Markers of one record or batch together, those with the latest begin first. */
function alike(open: Markers): Marker[][] {
  const groups: Marker[][] = [];
  for (const marker of [...open].reverse()) {
    const group = groups.find(([first]) => isSame(first!, marker));
    if (group) group.push(marker);
    else groups.push([marker]);
  }
  return groups;
}

const telling = (latestFirst: readonly Marker[]): Marker[] =>
  [
    ...latestFirst.filter(isOver),
    ...latestFirst.filter((marker) => !isOver(marker)).sort((a, b) => leftOf(a) - leftOf(b)),
  ].slice(0, STRIKES);

const RANKS = ['same', 'record', 'other record', 'batch', 'other batch', 'old record', 'other code'] as const;

function rankOf(marker: Marker, own: Marker): (typeof RANKS)[number] {
  if (isSame(marker, own)) return 'same';
  if (marker.code !== own.code) return 'other code';
  const isNear = overlaps(marker, [own.from, own.to]);
  if (marker.at !== undefined) return isNear ? 'record' : 'other record';
  return isNear ? 'batch' : 'other batch';
}
