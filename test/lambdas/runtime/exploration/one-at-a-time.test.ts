import type { Update } from '@aws-sdk/client-dynamodb';
import { CLAIM_LEASE_MS, RECORD } from '../../../../lambdas/runtime/contract';
import { CALL_SCENARIOS, exploreCalls } from './one-at-a-time';
import type { Plant } from './scenarios';

/** Lost answers in one run; nobody is killed, frozen or cut off. */
const FAULTS = Number(process.env['LOSSLESS_EXPLORE_FAULTS'] ?? 1);

jest.setTimeout(FAULTS > 1 ? 3_600_000 : 300_000);

test.each(CALL_SCENARIOS)('$name: one call at a time, and one takes effect', async (scenario) => {
  const { runs, broken } = await exploreCalls(scenario, { faults: FAULTS });
  expect(broken).toEqual([]);
  expect(runs).toBeGreaterThan(5);
});

const changing =
  (change: (input: Update) => Update): Plant =>
  (parts) => {
    const { transactions: real } = parts;
    return {
      ...parts,
      transactions: {
        transact: (items, patienceMs) => real.transact(items, patienceMs),
        update: (input, patienceMs) => real.update(change(input), patienceMs),
        read: (table, key) => real.read(table, key),
        readMany: (table, keys) => real.readMany(table, keys),
      },
    };
  };
const isClaim = ({ UpdateExpression = '' }: Update) => UpdateExpression.startsWith('SET #state = :claimed');
const PLANTS: Readonly<Record<string, Plant>> = {
  'a claim begins its beat anew with every try, and is kept between them': changing((input) => {
    if (input.UpdateExpression?.startsWith('REMOVE #state'))
      return { ...input, UpdateExpression: 'SET #owner = :owner' };
    if (!isClaim(input)) return input;
    const values = { ...input.ExpressionAttributeValues, ':one': { N: '0' } };
    return {
      ...input,
      UpdateExpression: input.UpdateExpression?.replace(' ADD #beat :one', ', #beat = :one'),
      ExpressionAttributeValues: values,
    };
  }),
  'a claim does not beat': changing((input) =>
    input.UpdateExpression === 'ADD #beat :one' ? { ...input, UpdateExpression: 'SET #owner = :owner' } : input,
  ),
  'a live claim is taken': changing((input) =>
    isClaim(input)
      ? { ...input, ConditionExpression: input.ConditionExpression?.replace(' AND #owner = :owner', '') }
      : input,
  ),
  'a lease is told by the wall clock of whoever watches it': (parts) => ({
    ...parts,
    clock: { ...parts.clock, monotonic: () => parts.clock.now() },
  }),
  'a lease is told by the wall clock of whoever wrote it': (parts) => {
    const { transactions: real, clock } = parts;
    const update: typeof real.update = async (input, patienceMs) => {
      const outcome = await real.update(input, patienceMs);
      if (!isClaim(input) || outcome.kind !== 'not met' || outcome.item?.['state'] !== 'claimed') return outcome;
      if (Number(outcome.item[RECORD.settledAt]) + CLAIM_LEASE_MS > clock.now()) return outcome;
      const taken = input.ConditionExpression?.replace(' AND #owner = :owner', '');
      return real.update({ ...input, ConditionExpression: taken }, patienceMs);
    };
    return { ...parts, transactions: { ...changing((input) => input)(parts).transactions, update } };
  },
};

test.each(Object.entries(PLANTS))('it finds that %s', async (_, plant) => {
  for (const scenario of CALL_SCENARIOS) {
    if ((await exploreCalls(scenario, { faults: 0, plant })).broken.length > 0) return;
  }
  throw new Error('no scenario found it');
});
