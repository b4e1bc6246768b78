import type { Fault } from '../faults/fault';

/** Every consumer gets code that fails at every event; its successor is good, and new. */
export const badDeploy: Fault = {
  name: 'bad-deploy',
  lastsMs: [20_000, 180_000],
  strike: ({ consumers, releases, hasWord }) => {
    if (!releases.isGood || hasWord) return undefined;
    const bad = releases.next(true);
    for (const consumer of consumers) consumer.deploy(bad);
    return {
      what: `${bad.name} fails at every event`,
      heal: () => {
        const good = releases.next(false);
        for (const consumer of consumers) consumer.deploy(good);
      },
    };
  },
};

/** Good code follows on good code while records are under way. */
export const goodDeploy: Fault = {
  name: 'good-deploy',
  lastsMs: [1_000, 2_000],
  strike: ({ consumers, releases }) => {
    if (!releases.isGood) return undefined;
    const good = releases.next(false);
    for (const consumer of consumers) consumer.deploy(good);
    return { what: `${good.name} was deployed`, heal: () => undefined };
  },
};
