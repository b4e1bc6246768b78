import { blameOf } from '../../../../lambdas/runtime/consumer/blame';
import { remembered } from '../../../../lambdas/runtime/event/registry-schemas';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

const SCHEMA = { registry: 'confluent', id: 7 } as const;
const never = new Promise<never>(() => undefined);

/** One look-up after the other, as `answers` has them, by a clock of its own. */
function looking(...answers: readonly (() => Promise<string | undefined>)[]) {
  const clock = new VirtualClock();
  const rest = [...answers];
  let asked = 0;
  const schemaOf = remembered(() => (asked++, rest.shift() ?? (() => never))(), clock);
  const schema = () => clock.run(schemaOf(SCHEMA).catch((error: unknown) => error));
  return { clock, schema, asked: () => asked };
}
const after = (clock: () => VirtualClock, ms: number, end: () => string | undefined) => () =>
  clock()
    .sleep(ms)
    .then(() => end());

test('a registry that never ends is an outage: no event is held up by it for longer than a second, or counted against', async () => {
  const { clock, schema } = looking();
  const begin = clock.monotonic();
  expect(blameOf(await schema())).toBe('circumstances');
  expect(clock.monotonic() - begin).toBe(1_000);
  for (let tries = 0; tries < 5; tries++) expect(blameOf(await schema())).toBe('circumstances');
  expect(clock.monotonic() - begin).toBe(1_000);
});

test('an answer that was cut off and never ends is asked for again after ten seconds, and found', async () => {
  const { clock, schema, asked } = looking(
    () => never,
    () => Promise.resolve('schema'),
  );
  await schema();
  await clock.run(clock.sleep(8_000));
  await schema();
  expect(asked()).toBe(1);
  await clock.run(clock.sleep(1_000));
  expect(blameOf(await schema())).toBe('circumstances');
  expect(await schema()).toBe('schema');
  expect([await schema(), asked()]).toEqual(['schema', 2]);
});

test('a registry that has failed is asked again, and no try of an event waits for what it says then', async () => {
  const refuse = () => {
    throw Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
  };
  const all = looking(after(() => all.clock, 800, refuse), after(() => all.clock, 800, () => 'schema')); // prettier-ignore
  expect(await all.schema()).toMatchObject({ code: 'ECONNREFUSED' });
  const failed = all.clock.monotonic();
  expect(blameOf(await all.schema())).toBe('circumstances');
  expect([all.clock.monotonic(), all.asked()]).toEqual([failed, 2]);
  await all.clock.run(all.clock.sleep(800));
  expect(await all.schema()).toBe('schema');
});

test('a schema that comes late is there for the next try, however late that is, without another look-up', async () => {
  const all = looking(after(() => all.clock, 3_000, () => 'schema')); // prettier-ignore
  expect(blameOf(await all.schema())).toBe('circumstances');
  await all.clock.run(all.clock.sleep(12_000));
  expect([await all.schema(), all.asked()]).toEqual(['schema', 1]);
});

test("what a slow registry refuses, or does not have, is heard by the next try: it may be the event's fault", async () => {
  const refuse = () => {
    throw Object.assign(new Error('no'), { status: 404 });
  };
  const all = looking(after(() => all.clock, 3_000, refuse), after(() => all.clock, 3_000, () => undefined)); // prettier-ignore
  const late = async () => {
    expect(blameOf(await all.schema())).toBe('circumstances');
    // Held back by the circuit breaker, an event is tried as rarely.
    await all.clock.run(all.clock.sleep(12_000));
    return all.schema();
  };
  expect(blameOf(await late())).toBe('attempt');
  expect(await late()).toBeUndefined();
});
