import { canary } from '../../../../lambdas/runtime/canary';
import {
  CANARY_SOURCE,
  CANARY_TYPE,
  type CanaryAnswer,
  type CanaryOutcome,
} from '../../../../lambdas/runtime/contract';
import { json } from '../../../../lambdas/runtime/event/decode';
import { environment, kafkaEvent, simulation } from '../simulation';

const { cluster, topic, group, table } = environment;
const variables = {
  LOSSLESS_CANARY_Orders: JSON.stringify({
    cluster,
    topic,
    ingest: 'door',
    periodMs: 60_000,
    groups: [{ group, table }],
  }),
};

/** A door that sends canaries straight to a consumer, and a clock that goes on by minutes. */
function world(partitions = 2) {
  const all = simulation();
  const { clock, tables, log } = all;
  const world = {
    ...all,
    partitions,
    names: [] as string[],
    /** Partitions of which the consumer gets nothing. */
    dead: new Set<number>(),
    fails: undefined as Error | undefined,
    outcome: (partition: number): CanaryOutcome => ({ partition, outcome: 'acked' }),
    told: [] as number[],
    offset: 0,
  };
  const call = async (_: string, payload: string): Promise<string> => {
    if (world.fails) throw world.fails;
    const { name } = (JSON.parse(payload) as { canary: { name: string } }).canary;
    world.names.push(name);
    const all = Array.from({ length: world.partitions }, (_, partition) => partition);
    const given = all
      .filter((partition) => !world.dead.has(partition))
      .map((partition) => ({ partition, offset: world.offset++, id: `${name}/${partition}-of-${world.partitions}`, source: CANARY_SOURCE, type: CANARY_TYPE, key: 'k' })); // prettier-ignore
    const invoked = all.length > 0 && given.length > 0 ? world.invoke(kafkaEvent(...given), { decode: json(), write: () => [] }) : undefined; // prettier-ignore
    await invoked;
    const answer: CanaryAnswer = { partitions: world.partitions, canaries: all.map(world.outcome) };
    return JSON.stringify(answer);
  };
  const sandbox = () =>
    canary({ variables, clock, log, transactions: tables, functions: { call }, tell: (_, age) => void world.told.push(age) }); // prettier-ignore
  let handler = sandbox();
  const minute = async () => {
    await clock.run(clock.sleep(60_000 - (clock.now() % 60_000) + 1_000));
    return clock.run(handler());
  };
  return Object.assign(world, { minute, restart: () => void (handler = sandbox()) });
}

test('every minute a round is sent, and told how old the latest one is that is settled in all partitions', async () => {
  const around = world();
  for (let n = 0; n < 4; n++) await around.minute();
  expect(around.names).toEqual(['2026-01-01T00:01Z', '2026-01-01T00:02Z', '2026-01-01T00:03Z', '2026-01-01T00:04Z']);
  // Of the first nobody knows, and that is told as the longest; the others find the one before.
  expect(around.told).toEqual([3_601, 61, 61, 61]);
});

test('the age is that of the worst partition, and rises until its canaries are settled again', async () => {
  const around = world(3);
  for (let n = 0; n < 3; n++) await around.minute();
  around.dead.add(1);
  for (let n = 0; n < 8; n++) await around.minute();
  expect(around.told.slice(3)).toEqual([61, 121, 181, 241, 301, 361, 421, 481]);
  around.dead.clear();
  for (let n = 0; n < 2; n++) await around.minute();
  expect(around.told.slice(-2)).toEqual([541, 61]);
});

test('a door that fails sends nothing, the age rises, and the invocation fails', async () => {
  const around = world();
  for (let n = 0; n < 3; n++) await around.minute();
  around.fails = new Error('throttled');
  for (let n = 0; n < 3; n++) await expect(around.minute()).rejects.toThrow('throttled');
  expect(around.told.slice(3)).toEqual([61, 121, 181]);
  expect(around.log.of('canaries not sent')).toHaveLength(3);
});

test('a new sandbox that never heard of the partitions tells nothing, which the alarm takes for dead', async () => {
  const around = world();
  await around.minute();
  around.restart();
  around.fails = new Error('throttled');
  await expect(around.minute()).rejects.toThrow('throttled');
  expect(around.told).toEqual([3_601]);
});

test('a table that does not answer tells nothing, and the invocation fails', async () => {
  const around = world();
  await around.minute();
  around.tables.readMany = () => Promise.reject(new Error('table away'));
  await expect(around.minute()).rejects.toThrow('table away');
  expect([around.told.length, around.log.of('canaries not looked for').length]).toEqual([1, 1]);
});

test('a canary that is not accepted is said, with the reason', async () => {
  const around = world();
  around.outcome = (partition) => ({ partition, outcome: 'rejected', reason: 'no room' });
  await around.minute();
  expect(around.log.of('canaries not accepted')).toMatchObject([{ topic, refused: [{ partition: 0, reason: 'no room' }, {}] }]); // prettier-ignore
});

test('a function that is no ingest function of this version is named', async () => {
  const { clock, log, tables } = world();
  const call = () => Promise.resolve('{"results":[]}');
  const handler = canary({ variables, clock, log, transactions: tables, functions: { call }, tell: () => undefined });
  await expect(clock.run(handler())).rejects.toThrow('function door: got an answer that says nothing of canaries');
});
