import { STRIKES } from '../contract';
import {
  DOUBTED,
  isOver,
  isSame,
  kept,
  MARKERS,
  overlaps,
  remembered,
  without,
  type Marker,
  type Markers,
} from './markers';
import type { Stretch } from './stretch';

/**
 * Whether the records of the batch are to be taken one at a time: three other batches with some of
 * them have not ended. Their functions may be alive: then this costs nothing but time.
 */
export const isStruck = (
  { open }: { readonly open: Markers },
  batch: Stretch,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
): boolean => remembered(without(open, id), nowMs).filter((marker) => overlaps(marker, batch)).length >= STRIKES;

/** `killer`: three functions were killed while they worked on the record. `in doubt`: some of the three may still live. */
export type Sign = 'go on' | 'in doubt' | 'killer';

/** What the marks of other batches say about a record, to the batch `id` in which it is about to be worked on alone. */
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

/** One record is now worked on alone, and marked; not marked is one that is in doubt or known to kill. */
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
