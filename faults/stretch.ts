import type { EventKind } from './history';
import type { Sent } from './load';
import type { Chance } from './random';

/** Offsets of one partition, both ends included. */
export interface Stretch {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What nobody sends again who knows it: it kills the function, or fails for ever. */
const NEVER: ReadonlySet<EventKind> = new Set<EventKind>(['killer', 'failing']);
/** Offsets of one stretch, at most. */
const MOST = 150;

/** Some offsets in a row that callers know to be in the log, and among them nothing of which they know that it is never taken; undefined: there are none. */
export function stretchOf(sent: readonly Sent[], chance: Chance): Stretch | undefined {
  const inLog = sent.flatMap(({ partition, offset, kind }) =>
    partition === undefined || offset === undefined ? [] : [{ partition, offset, isGood: !NEVER.has(kind) }],
  );
  const good = inLog.filter(({ isGood }) => isGood);
  if (good.length === 0) return undefined;
  const { partition, offset: from } = chance.oneOf(good);
  const beside = inLog.filter((each) => each.partition === partition && each.offset >= from);
  const bad = Math.min(...beside.filter(({ isGood }) => !isGood).map(({ offset }) => offset), from + MOST);
  return { partition, from, to: Math.max(...beside.map(({ offset }) => offset).filter((offset) => offset < bad)) };
}
