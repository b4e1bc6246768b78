import type { Update } from '@aws-sdk/client-dynamodb';
import { AGAIN_SCENARIOS, AMEND_SCENARIOS, exploreRedrives, REDRIVE_SCENARIOS, type RedrivePlant } from './redrives';

/** Every order of the steps of two redrives and a delivery, with at most so many crashes, freezes and lost answers. */
const FAULTS = Number(process.env['LOSSLESS_EXPLORE_FAULTS'] ?? 1);

jest.setTimeout(FAULTS > 1 ? 3_600_000 : 300_000);

test.each(REDRIVE_SCENARIOS)('$name: nothing is lost, nothing is applied twice', async (scenario) => {
  const { runs, withCopies, broken } = await exploreRedrives(scenario, { faults: FAULTS });
  expect(broken).toEqual([]);
  // An exploration in which nothing happens would hold as well.
  expect(runs).toBeGreaterThan(5);
  expect(withCopies > 5).toBe(scenario.consumes === 'copies');
});

test.each(AMEND_SCENARIOS)('$name: one of the two events takes effect, never both, never neither', async (scenario) => {
  const { runs, withCopies, broken } = await exploreRedrives(scenario, { faults: FAULTS });
  expect(broken).toEqual([]);
  expect(runs).toBeGreaterThan(20);
  expect(withCopies > 5).toBe(scenario.consumes === 'copies');
});

test.each(AGAIN_SCENARIOS)('$name: it takes effect once, in one way, or was ended, and that is counted once', async (scenario) => {
  const { runs, broken } = await exploreRedrives(scenario, { faults: scenario.isLong === true ? FAULTS - 1 : FAULTS });
  expect(broken).toEqual([]);
  expect(runs).toBeGreaterThan(10);
}); // prettier-ignore

const PLANTS: Readonly<Record<string, RedrivePlant>> = {
  'a letter is deleted before the ack': (deps, { objects }) => ({
    ...deps,
    port: (environment) => {
      const real = deps.port(environment);
      const letters = objects.names('dead-letters');
      return {
        ...real,
        send: (...request) => {
          for (const name of letters) objects.content.delete(`dead-letters/${name}`);
          return real.send(...request);
        },
      };
    },
  }),
  'an event is sent without the write that says so': (deps) => ({
    ...deps,
    transactions: { ...deps.transactions, update: () => Promise.resolve({ kind: 'written', item: { generation: 1 } }) },
  }),
  'the write does not name the letter, and takes back what is done': (deps) => ({
    ...deps,
    transactions: {
      ...deps.transactions,
      update: (input: Update) =>
        deps.transactions.update({ ...input, ConditionExpression: 'attribute_exists(#state) AND :parked <> :object AND :content <> :object AND #object <> :most' }), // prettier-ignore
    },
  }),
  'a redrive has no number': (deps) => ({
    ...deps,
    port: (environment) => {
      const real = deps.port(environment);
      return {
        ...real,
        send: (topic, partition, records, signal) =>
          real.send(topic, partition, records.map((record) => ({ ...record, headers: record.headers.filter(([name]) => name !== 'lossless-redrive') })), signal), // prettier-ignore
      };
    },
  }),
};

test.each(Object.entries(PLANTS))('it finds that %s', async (_, plant) => {
  for (const scenario of REDRIVE_SCENARIOS) {
    if ((await exploreRedrives(scenario, { faults: 1, plant })).broken.length > 0) return;
  }
  throw new Error('no scenario found it');
});

test('it finds that an event is sent again whatever its record says by then', async () => {
  const isSendingAgain = ({ ConditionExpression = '' }: Update) => ConditionExpression.startsWith('attribute_not_exists(#state) AND');
  const plant: RedrivePlant = (deps) => ({
    ...deps,
    transactions: {
      ...deps.transactions,
      update: (input) => deps.transactions.update(isSendingAgain(input) ? { ...input, ConditionExpression: 'attribute_not_exists(#generation) OR #generation < :most' } : input),
    },
  });
  for (const scenario of AGAIN_SCENARIOS) {
    if ((await exploreRedrives(scenario, { faults: 0, plant })).broken.length > 0) return;
  }
  throw new Error('no scenario found it');
}); // prettier-ignore

const AMEND_PLANTS: Readonly<Record<string, RedrivePlant>> = {
  'a correction is published without the write that says so': (deps) => ({
    ...deps,
    transactions: {
      ...deps.transactions,
      update: (input) => (isAmending(input) ? Promise.resolve({ kind: 'written', item: {} }) : deps.transactions.update(input)), // prettier-ignore
    },
  }),
  'a correction ends whatever it finds': (deps) => ({
    ...deps,
    transactions: {
      ...deps.transactions,
      update: (input) => deps.transactions.update(isAmending(input) ? { ...input, ConditionExpression: 'attribute_exists(#state) AND :parked <> :object AND :content <> :object AND #object <> #content' } : input), // prettier-ignore
    },
  }),
  'the letter of a correction is deleted before the ack': (deps, world) =>
    PLANTS['a letter is deleted before the ack']!(deps, world),
};
const isAmending = (input: Update): boolean => input.ExpressionAttributeValues?.[':ended']?.S === 'amended';

test.each(Object.entries(AMEND_PLANTS))('it finds that %s', async (_, plant) => {
  for (const scenario of AMEND_SCENARIOS) {
    if ((await exploreRedrives(scenario, { faults: 1, plant })).broken.length > 0) return;
  }
  throw new Error('no scenario found it');
});
