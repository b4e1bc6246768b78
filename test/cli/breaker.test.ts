import { breakerParkUpTo, breakerStatus, type Surroundings } from '../../cli/breaker';
import type { BreakerOptions } from '../../cli/breaker-options';
import { bytes } from '../../lambdas/runtime';
import { environment, kafkaEvent, reported, simulation } from '../lambdas/runtime/simulation';

/** A person looks at the circuit breakers of a group, and says what may be parked. */
jest.setTimeout(120_000);

const where: BreakerOptions = {
  table: environment.table,
  cluster: environment.cluster,
  group: environment.group,
  topic: environment.topic,
};

function world() {
  const all = simulation();
  const printed: string[] = [];
  const asked: string[] = [];
  const around = (answer?: boolean): Surroundings => ({
    transactions: {
      transact: (items) => all.clock.run(all.tables.transact(items)),
      update: (input) => all.clock.run(all.tables.update(input)),
      read: (table, key) => all.clock.run(all.tables.read(table, key)),
      readMany: (table, keys) => all.clock.run(all.tables.readMany(table, keys)),
    },
    print: (text) => printed.push(text),
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
    now: () => all.clock.now(),
  });
  /** A deploy that fails everything: of forty events at most twenty are parked, and the breaker opens. */
  const badDeploy = async (offsets = Array.from({ length: 40 }, (_, offset) => offset)): Promise<string[]> => {
    let left = offsets;
    for (let delivery = 0; delivery < 8 && left.length > 0; delivery++) {
      const given = left.map((offset) => ({ offset, id: `e${offset}`, key: `k${offset}`, timestamp: all.clock.now() }));
      const failed = reported(
        await all.deliver(kafkaEvent(...given), {
          decode: bytes,
          write: () => {
            throw new Error('bad deploy');
          },
        }),
      );
      left = failed.map((each) => Number(each.split('@')[1]));
      all.clock.freeze(60_000);
    }
    return left.map(String);
  };
  return { ...all, printed, asked, around, badDeploy };
}

test('which partitions hold events back, for how many failures and by which code, is shown', async () => {
  const { badDeploy, around, printed, ledger } = world();
  const held = await badDeploy();
  expect(held.length).toBeGreaterThan(0);
  expect(await breakerStatus(where, around())).toBe(0);
  expect(printed[0]).toMatch(/│ +0 │ OPEN +│ 20 of 20 │/);
  expect(printed[0]).toContain(
    'group billing on orders: 1 of 1 circuit breakers open; what fails there is held, not parked',
  );
  await breakerStatus({ ...where, json: true, partition: 0 }, around());
  expect(JSON.parse(printed[1]!)).toEqual({
    partitions: [
      expect.objectContaining({ partition: 0, open: true, failures: 20, budget: 20, parked: ledger()?.['parked'] }),
    ],
  });
});

test('events up to the offset a person names are parked; later ones stay in the log', async () => {
  const { badDeploy, around, letters, printed } = world();
  const held = (await badDeploy()).map(Number);
  const parked = letters().length;
  const upTo = held[4]!;
  expect(await breakerParkUpTo({ ...where, partition: 0, offset: upTo, yes: true }, around())).toBe(0);
  expect(printed[0]).toContain(`what fails is parked up to offset ${upTo}`);
  const left = (await badDeploy(held)).map(Number);
  expect(letters().length).toBe(parked + 5);
  expect(left).toEqual(held.slice(5));
});

test.each([
  ['no', false, 1, 'nothing was written\n'],
  ['nothing, because nobody is there', undefined, 2, 'nothing was written: there is nobody to ask here'],
])('a person who says %s changes nothing', async (_, answer, code, says) => {
  const { badDeploy, around, asked, printed, ledger } = world();
  await badDeploy();
  const before = JSON.stringify(ledger());
  expect(await breakerParkUpTo({ ...where, partition: 0, offset: 30 }, around(answer))).toBe(code);
  expect(asked[0]).toMatch(
    /circuit breaker open after 20 events .*\nPark what fails of orders-0 up to offset 30, for the group billing\?$/s,
  );
  expect(printed[0]).toContain(says);
  expect(JSON.stringify(ledger())).toBe(before);
});

test('with --json also what was not written is an object', async () => {
  const { badDeploy, around, printed } = world();
  await badDeploy();
  expect(await breakerParkUpTo({ ...where, partition: 0, offset: 30, json: true }, around(undefined))).toBe(2);
  expect(printed[0]).toMatch(/^{"kind":"nobody-to-ask","detail":"nothing was written: .* add --yes"}\n$/);
});

test('one who says yes is taken at their word', async () => {
  const { badDeploy, around, ledger } = world();
  await badDeploy();
  expect(await breakerParkUpTo({ ...where, partition: 0, offset: 30 }, around(true))).toBe(0);
  expect(ledger()).toMatchObject({ parkUpTo: 30 });
});

describe('a wrong name', () => {
  test.each([
    ['group', { group: 'shipping' }, /ledger of orders: got none in idempotency for the group shipping/],
    ['topic', { topic: 'clicks' }, /ledger of clicks: got none/],
    [
      'partition',
      { partition: 7 },
      /ledger of orders-7: got none .* a name is wrong: all of them are in the environment/,
    ],
    ['table', { table: 'other' }, /table other: got ResourceNotFoundException.*check --table and --region/],
  ])('of the %s is one clear error, and writes nothing', async (_, wrong, message) => {
    const { badDeploy, around, tables } = world();
    await badDeploy([0]);
    const written = tables.updates.length;
    const options = { ...where, partition: 0, ...wrong };
    await expect(
      breakerStatus('topic' in wrong || 'group' in wrong ? { ...where, ...wrong } : options, around()),
    ).rejects.toThrow(message);
    await expect(breakerParkUpTo({ ...options, offset: 3, yes: true }, around())).rejects.toThrow();
    expect(tables.updates).toHaveLength(written);
  });
});

test.each([
  ['AccessDeniedException', 'not authorized', 'they need dynamodb:BatchGetItem and dynamodb:UpdateItem'],
  ['CredentialsProviderError', 'Could not load credentials', 'log in, or set AWS_PROFILE'],
  ['Error', 'connect ECONNREFUSED 127.0.0.1:1', 'check the network and --endpoint'],
])('a table that answers %s says what to do', async (name, message, fix) => {
  const { around } = world();
  const refusing = () => Promise.reject(Object.assign(new Error(message), { name }));
  const transactions = { ...around().transactions, readMany: refusing };
  const options = { ...where, endpoint: 'http://127.0.0.1:1' };
  await expect(breakerStatus(options, { ...around(), transactions })).rejects.toThrow(fix);
});
