import type { Fault } from './fault';

/** A poller dies with what it holds; another starts. */
const pollerCrash: Fault = {
  name: 'poller-crash',
  lastsMs: [1_000, 5_000],
  strike: ({ consumers }, chance) => {
    const consumer = chance.oneOf(consumers);
    consumer.crash(chance.whole(0, 7), chance.between(100, 5_000));
    return { what: `a poller of ${consumer.name} crashed`, heal: () => undefined };
  },
};

const rebalance: Fault = {
  name: 'rebalance',
  lastsMs: [1_000, 5_000],
  strike: ({ consumers }, chance) => {
    const consumer = chance.oneOf(consumers);
    consumer.group.rebalance();
    return { what: `the group of ${consumer.name} was dealt anew`, heal: () => undefined };
  },
};

/** It is put out of its group, and goes on with what it holds when it wakes: two work on the same records. */
const pollerStopped: Fault = {
  name: 'poller-stopped',
  lastsMs: [5_000, 30_000],
  strike: ({ consumers }, chance) => {
    const consumer = chance.oneOf(consumers);
    const [poller] = chance.some(consumer.pollers, 1);
    if (!poller || poller.member.stopped) return undefined;
    poller.member.stopped = true;
    return { what: `a poller of ${consumer.name} stood still`, heal: () => poller.member.goOn() };
  },
};

export const mappingFaults: readonly Fault[] = [pollerCrash, rebalance, pollerStopped];
