import { setTimeout as wait } from 'node:timers/promises';
import type { Status } from '../../cli/status/model';
import type { Trace } from '../../cli/trace/model';
import { keptRunning, order, type KeptRunning } from './kept-running';

/** What a person sees of a stack on real brokers and stores, asked as one on an account is. */
jest.setTimeout(240_000);

let kept: KeptRunning;
beforeAll(async () => {
  kept = await keptRunning();
});
afterAll(async () => {
  kept.process.kill('SIGINT');
  await kept.ended;
});

/** With its exit code. */
const look = async (...more: string[]): Promise<{ readonly code: number; readonly out: string }> =>
  kept.run('status', kept.told.stack, ...more).then(
    (out) => ({ code: 0, out }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, out: stdout }),
  );

async function until(holds: (status: Status) => boolean): Promise<{ readonly code: number; readonly status: Status }> {
  for (let tries = 0; tries < 60; tries++) {
    const { code, out } = await look('--json');
    const status = JSON.parse(out) as Status;
    if (holds(status)) return { code, status };
    await wait(1_000);
  }
  throw new Error(`it stays as it is: ${(await look('--json')).out}`);
}

test('a stack to which nothing has come is well', async () => {
  const { code, out } = await look('--json');
  expect(JSON.parse(out)).toMatchObject({ verdict: 'well', findings: [], notRead: [], alarms: { known: 0 } });
  expect(code).toBe(0);
});

test('while events wait behind open breakers it says how many, for how long at least, and where', async () => {
  // Of many customers: those of one alone would be found to blame, and parked.
  const sent = Array.from({ length: 240 }, (_, n) => order(kept.told.doors[0], `bad-${n}`, 'seven', `customer-${n}`));
  expect(new Set(await Promise.all(sent))).toEqual(new Set([202]));
  const { code, status } = await until(
    ({ topics }) => topics[0]?.groups[0]?.breakers?.open === 6 && topics[0].groups[0].deadLetters?.objects === 120,
  );
  expect(code).toBe(1);
  const { groups } = status.topics[0]!;
  // The budget of each of the six partitions is parked.
  expect(groups[0]).toMatchObject({ deadLetters: { objects: 120 }, log: { unaccounted: 0 } });
  // Nobody can have settled the others; and what is parked behind one of them waits for it.
  expect(groups[0]?.log?.waiting).toBeGreaterThanOrEqual(120);
  expect(groups[0]?.log?.waiting).toBeLessThanOrEqual(240);
  expect(groups[0]?.log?.untilRetentionSeconds).toBeGreaterThan(6 * 86_400);
  expect(status.worst).toHaveLength(6);
  expect(status.worst[0]).toMatchObject({ breakerOpen: true });
  const { out } = await look();
  expect(out).toMatch(/^AT RISK · no event is unaccounted · 1 to do now · 1 for later$/m);
  expect(out).toMatch(/circuit breaker open in 6 of 6\s+partitions: what fails is held/);
});

test('a stack of another name is refused in one sentence', async () => {
  await expect(kept.run('status', 'Other')).rejects.toThrow(/error: stack Other: got .*the one that runs here is Orders.*; check its name and --region/); // prettier-ignore
});

interface Letter {
  readonly id: string;
  readonly partition: number;
  readonly offset: number;
}

async function listed(): Promise<Letter[]> {
  const lines = (await kept.run('dead-letters', 'list', '--json', '--stack', kept.told.stack)).split('\n');
  return lines.filter((line) => line.startsWith('{"object"')).map((line) => JSON.parse(line) as Letter);
}

/** As the door knows whoever calls here. */
const SOURCE = 'arn:aws:iam::000000000000:user/local#shop';

async function traced(id: string, ...more: string[]): Promise<Trace> {
  const out = await kept.run('trace', id, '--stack', kept.told.stack, '--json', ...more);
  return JSON.parse(out) as Trace;
}

test('a parked event is found by its id alone, and that logs were not looked at is said', async () => {
  const [parked] = await listed();
  const { sources, records, letters, lines, notRead } = await traced(parked!.id);
  expect(sources).toEqual([SOURCE]);
  expect(records).toMatchObject([
    { state: 'parked', reason: 'undecodable', partition: parked!.partition, offset: parked!.offset },
  ]);
  expect(letters).toMatchObject([{ object: records[0]?.object, effect: 'none' }]);
  expect(lines).toBeUndefined();
  expect(notRead).toMatchObject([{ what: 'logs', fix: 'a local stack has no such part; look at a deployed one' }]);
});

test('an event that was never sent is not found, and what that means is said', async () => {
  await expect(kept.run('trace', 'nobody', '--stack', kept.told.stack)).rejects.toThrow(/it was never accepted; or it waits in the topic/); // prettier-ignore
});
