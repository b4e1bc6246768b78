import { LAST_ROUNDS, movedBy } from '../../faults/came';
import { MENDABLE_TYPE } from '../../faults/load';
import type { Fault } from '../faults/fault';
import { PLACED_TYPE } from '../load/load';
import type { Pipeline } from '../pipeline';
import type { Which } from './redriver';

const MENDED: Which = { type: MENDABLE_TYPE, maxRedrives: 100 };
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

/** How time passes until something has come about. */
export interface Passing {
  readonly until: <T>(promised: Promise<T>) => Promise<T>;
  readonly untilSettled: () => Promise<void>;
}

/** At the end all that is mended is sent back, round by round, until nothing is left. */
export async function sendRestBack({ redriver, consumers }: Pipeline, time: Passing): Promise<void> {
  for (let round = 1; round <= LAST_ROUNDS; round++) {
    let moved = 0;
    for (const consumer of consumers) {
      const came = await time.until(redriver.send(consumer.name, MENDED));
      moved += came === undefined ? 1 : movedBy(came);
      await time.untilSettled();
    }
    if (moved === 0) return;
  }
}
