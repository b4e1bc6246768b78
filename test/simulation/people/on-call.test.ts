import type { Fault } from '../../../simulation/faults/fault';
import { simulate } from '../../../simulation/run';

jest.setTimeout(120_000);

const failing: Fault = {
  name: 'failing',
  lastsMs: [1_000, 1_000],
  strike: ({ load }) => {
    load.burst('failing', 120, 10);
    return { what: '120 events that fail', heal: () => undefined };
  },
};

/** One partition, one record at a time: nobody sees what lies behind events that fail. */
const blind = { rate: 0.2, partitions: 1, batchSize: 1, consumers: ['write'], attempts: 2 } as const;

test('where nothing but events that fail can be seen, they wait for a person, once, and end by their word', async () => {
  const result = await simulate({ seed: 3, hours: 0.05, settings: blind, faults: [failing], faultEveryMs: 120_000 });
  expect(result).toMatchObject({ lost: 0, stuck: 0, broken: [] });
  expect(result.reached['a person had to say what may be parked']).toBe(1);
});

test('events that kill, more than a bad deploy may park, are told from one by the good events that callers go on to send', async () => {
  const killers: Fault = {
    ...failing,
    strike: ({ load }) => {
      load.burst('killer', 50, 1);
      return { what: '50 events that kill', heal: () => undefined };
    },
  };
  const settings = { ...blind, partitions: 2, batchSize: 10, attempts: 1, doneSeconds: 86_400 };
  const result = await simulate({ seed: 3, hours: 0.05, settings, faults: [killers], faultEveryMs: 300_000 });
  expect(result).toMatchObject({ lost: 0, stuck: 0, broken: [] });
  expect(result.reached['circuit breaker open: nothing more of this partition is parked']).toBeGreaterThan(0);
});

test('where good events are seen beside them nobody is called', async () => {
  const settings = { ...blind, partitions: 6, batchSize: 100 };
  const result = await simulate({ seed: 3, hours: 0.05, settings, faults: [failing], faultEveryMs: 120_000 });
  expect(result).toMatchObject({ lost: 0, stuck: 0, broken: [] });
  expect(result.reached['a person had to say what may be parked'] ?? 0).toBe(0);
});
