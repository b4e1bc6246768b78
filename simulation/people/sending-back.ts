import { LAST_ROUNDS, movedBy } from '../../faults/came';
import { MENDABLE_TYPE } from '../../faults/load';
import type { Chance } from '../../faults/random';
import { CE_TYPE } from '../../lambdas/runtime/contract';
import type { Fault } from '../faults/fault';
import { PLACED_TYPE, REFUSED_TYPE } from '../load/load';
import type { Pipeline } from '../pipeline';
import { TOPIC } from '../pipeline/names';
import type { Which } from './redriver';

const MENDED: Which = { type: MENDABLE_TYPE, maxRedrives: 100 };
/** Letters of a run that was killed before it sent them. */
const LEFT: Which = { reason: 'from-topic', maxRedrives: 100 };
/** What a bad deploy has parked, and what was never to be read. */
const OTHERS: readonly Which[] = [
  { type: PLACED_TYPE, reason: 'handler-error', maxRedrives: 100 },
  { reason: 'undecodable', maxRedrives: 3 },
];
const KILLED_SHARE = 0.25;
const KILLED_WITHIN_MS = [50, 1_000] as const;
const PAUSE_MS = [500, 5_000] as const;

/** Events that fail until they are sent back: what they need is mended by then. */
export const mendable: Fault = {
  name: 'mendable',
  lastsMs: [1_000, 5_000],
  strike: (pipeline, chance) => {
    // Where what fails waits, it is never parked.
    if (pipeline.keepsShort || pipeline.settings.unknownErrors === 'wait') return undefined;
    pipeline.sendsBack = true;
    const count = chance.whole(1, 15);
    pipeline.load.burst('mendable', count, chance.oneOf([1, count]));
    return { what: `${count} events that fail until they are sent back`, heal: () => undefined };
  },
};

/** Somebody sends back what is parked, again and again, and at times their machine dies half-way. */
export const sendBack: Fault = {
  name: 'send-back',
  lastsMs: [10_000, 90_000],
  strike: (pipeline, chance) => {
    if (pipeline.keepsShort) return undefined;
    pipeline.sendsBack = true;
    const { redriver, scheduler, consumers } = pipeline;
    const consumer = chance.oneOf(consumers);
    let isOver = false;
    const round = async (): Promise<void> => {
      if (isOver) return;
      const killAfterMs = chance.next() < KILLED_SHARE ? chance.between(...KILLED_WITHIN_MS) : undefined;
      await redriver.send(consumer.name, chance.oneOf([MENDED, MENDED, ...OTHERS]), killAfterMs);
      scheduler.after(chance.between(...PAUSE_MS), () => void round());
    };
    void round();
    return { what: `parked events of ${consumer.name} are sent back`, heal: () => (isOver = true) };
  },
};

/** Offsets of one stretch, at most. */
const STRETCH = 150;

/**
 * Somebody has what a stretch of the log holds sent again, and at times their machine dies half-way. What is applied is not sent: nobody
 * says that it was applied in vain.
 */
export const sendAgain: Fault = {
  name: 'send-again',
  lastsMs: [5_000, 60_000],
  strike: (pipeline, chance) => {
    if (pipeline.keepsShort) return undefined;
    const { redriver, scheduler, consumers } = pipeline;
    const consumer = chance.oneOf(consumers);
    const stretch = stretchOf(pipeline, chance);
    if (stretch === undefined) return undefined;
    pipeline.sendsBack = true;
    let isOver = false;
    const round = async (): Promise<void> => {
      if (isOver) return;
      const killAfterMs = chance.next() < KILLED_SHARE ? chance.between(...KILLED_WITHIN_MS) : undefined;
      await redriver.sendAgain(consumer.name, stretch, killAfterMs);
      scheduler.after(chance.between(...PAUSE_MS), () => void round());
    };
    void round();
    const { partition, offsets } = stretch;
    return { what: `offsets ${offsets.from} to ${offsets.to} of partition ${partition} are sent again to ${consumer.name}`, heal: () => (isOver = true) };
  },
}; // prettier-ignore

/** Some offsets in a row that hold nothing of which it is known that it is never taken; undefined: there are none. */
function stretchOf({ around: { cluster } }: Pipeline, chance: Chance) {
  const partition = chance.oneOf(cluster.partitions(TOPIC));
  const records = partition
    .committed()
    .batches.flatMap(({ base, messages }) =>
      messages.map(({ headers }, n) => ({ offset: base + n, isGood: String(headers[CE_TYPE]) !== REFUSED_TYPE })),
    );
  // What came last is not settled yet, most of it.
  const first = chance.next() < 0.5 ? 0 : Math.max(0, records.length - STRETCH);
  const from = chance.whole(first, Math.max(0, records.length - 1));
  const most = records.slice(from, from + chance.whole(1, STRETCH));
  const bad = most.findIndex(({ isGood }) => !isGood);
  const stretch = bad < 0 ? most : most.slice(0, bad);
  const [begin, end] = [stretch[0], stretch.at(-1)];
  if (begin === undefined || end === undefined) return undefined;
  return { partition: partition.number, offsets: { from: begin.offset, to: end.offset } };
}

/** How time passes until something has come about. */
export interface Passing {
  readonly until: <T>(promised: Promise<T>) => Promise<T>;
  readonly untilSettled: () => Promise<void>;
}

/** At the end all that is mended, and what was to be sent again, is sent back, round by round, until nothing is left. */
export async function sendRestBack({ redriver, consumers }: Pipeline, time: Passing): Promise<void> {
  for (let round = 1; round <= LAST_ROUNDS; round++) {
    let moved = 0;
    for (const consumer of consumers) {
      for (const which of [LEFT, MENDED]) {
        const came = await time.until(redriver.send(consumer.name, which));
        moved += came === undefined ? 1 : movedBy(came);
        await time.untilSettled();
      }
    }
    if (moved === 0) return;
  }
}
