import type { Fault } from '../faults/fault';

/** Milliseconds that the events of one flood, or burst, take one after the other: one key may have them all. */
const AT_ONCE_MS = 60_000;
const most = (eachMs: number): number => Math.ceil(AT_ONCE_MS / Math.max(1, eachMs));

/** One caller sends what no consumer can read or apply, under one key, amid the good ones. */
export const flood: Fault = {
  name: 'flood',
  lastsMs: [1_000, 5_000],
  strike: ({ load, settings }, chance) => {
    const kind = settings.unknownErrors === 'wait' ? 'misfit' : chance.oneOf(['misfit', 'failing'] as const);
    const eachMs = kind === 'failing' ? (settings.attempts * settings.handlerMs) / 2 : 0;
    const count = Math.min(chance.whole(10, 120), most(eachMs));
    // Under a key of its own: of a busy one nobody could say whether it is the key or what is behind it.
    load.burst(kind, count, chance.oneOf([1, 10, count]), 'flood');
    return { what: `${count} events that are ${kind}`, heal: () => undefined };
  },
};

/** Events that kill whoever works on them: they exit, or they turn in a loop until the time is over. */
export const killers: Fault = {
  name: 'killers',
  lastsMs: [1_000, 5_000],
  strike: ({ load }, chance) => {
    const count = chance.whole(1, 2);
    load.burst('killer', count, 1);
    return { what: `${count} events that kill the function`, heal: () => undefined };
  },
};

export const burst: Fault = {
  name: 'burst',
  lastsMs: [1_000, 5_000],
  strike: ({ load, settings }, chance) => {
    const count = Math.min(chance.whole(50, 400), most(settings.handlerMs / 2));
    load.burst('order', count, chance.oneOf([10, 100]));
    return { what: `${count} events at once`, heal: () => undefined };
  },
};

/** More than the door's buffer holds. */
export const largeEvents: Fault = {
  name: 'large-events',
  lastsMs: [1_000, 5_000],
  strike: ({ load }, chance) => {
    const count = chance.whole(4, 30);
    load.burst('large', count, 15);
    return { what: `${count} large events`, heal: () => undefined };
  },
};

export const idConflicts: Fault = {
  name: 'id-conflicts',
  lastsMs: [1_000, 5_000],
  strike: ({ load }, chance) => {
    const count = chance.whole(1, 10);
    load.burst('twin', count, 1);
    return { what: `${count} events under ids that were used`, heal: () => undefined };
  },
};
