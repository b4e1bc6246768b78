import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultTarget } from '../../faults/fault';
import { FAULTS, faultNamed } from '../../faults/kinds';
import { chanceOf } from '../../faults/random';
import { restore } from '../../faults/restore';
import type { Outcome } from '../../local';
import { ModelTarget } from './model-target';

const KINDS = join(__dirname, '..', '..', 'faults', 'kinds');
const success = (payload: string): Promise<Outcome> => Promise.resolve({ kind: 'success', payload });
/** These touch brokers, or send, while they last, in the background; what they did shows in their hits. */
const IN_THE_BACKGROUND = ['brokers-rolled', 'leader-moves', 'flood', 'killers', 'id-conflicts', 'large-events'];

test('every file of a fault is listed, under its own name', () => {
  const files = readdirSync(KINDS).map((file) => file.replace(/\.ts$/, ''));
  expect(FAULTS.map(({ name }) => name).sort()).toEqual(files.filter((file) => file !== 'index').sort());
});

test('an unknown fault is refused with the names there are', () => {
  expect(() => faultNamed('leader-kiled')).toThrow(/got leader-kiled, want one of leader-killed, .*; see chaos --list/);
  expect(faultNamed('latency').title).toBe('Slow network');
});

describe.each(FAULTS.map((fault) => [fault.name, fault] as const))('%s', (name, fault) => {
  test.each([1, 2, 3])('breaks something, says what, and its heal leaves nothing broken (seed %p)', async (seed) => {
    const target = new ModelTarget();
    const before = structuredClone(target.state);
    const { what, heal } = await fault.start(target, chanceOf(seed));
    if (!IN_THE_BACKGROUND.includes(name)) expect(target.state).not.toEqual(before);
    expect(what).not.toBe('');
    for (const around of target.arounds.values()) for (let n = 0; n < 20; n++) await around('{}', success);
    expect(await heal()).toBeGreaterThan(0);
    if (name === 'leader-moves') expect(target.elections).toBeGreaterThan(0);
    else expect(target.state).toEqual(before);
  });

  test('left unhealed, it is undone by restore', async () => {
    const target = new ModelTarget();
    const before = structuredClone(target.state);
    const { heal } = await fault.start(target, chanceOf(4));
    if (IN_THE_BACKGROUND.includes(name)) await heal();
    await restore(target);
    // Every replica is back; which of them is preferred is nobody's promise.
    for (const ids of [...Object.values(target.state.replicas), ...Object.values(before.replicas)]) ids.sort();
    expect(target.state).toEqual(before);
  });
});

test.each([
  ['bad-deploy', 'circuit breaker open: nothing more of this partition is parked'],
  ['sends-lost', 'spilled events left for the next sweep'],
])('%s is there to be healed once functions have said anew that it led somewhere', async (name, line) => {
  const target = new ModelTarget();
  target.lines[line] = 3;
  const { until } = await faultNamed(name).start(target, chanceOf(1));
  expect(await until?.()).toBe(false);
  target.lines[line] = 4;
  expect(await until?.()).toBe(true);
});

test('ids are used a second time at a door whose sandboxes are new: those that had accepted them would refuse', async () => {
  const target = new ModelTarget();
  const { heal } = await faultNamed('id-conflicts').start(target, chanceOf(1));
  expect(target.deploys).toEqual(target.producers.map(() => ({})));
  expect(await heal()).toBeGreaterThan(0);
});

test('the successor of a bad deploy is code that no ledger knows: one that had been at work would find no breaker open', async () => {
  const deploys = async (seed: number) => {
    const target = new ModelTarget();
    const { heal } = await faultNamed('bad-deploy').start(target, chanceOf(seed));
    await heal();
    return target.deploys;
  };
  const [bad, good] = await deploys(1);
  expect(bad?.code).toMatch(/bad-deploy$/);
  expect(good).toEqual({ environment: { RELEASE: expect.stringMatching(/^\d+$/) as string } });
  expect((await deploys(2))[1]).not.toEqual(good);
});

test('a pipeline without a consumer cannot have its consumer broken: said in words', async () => {
  const target: FaultTarget = Object.assign(new ModelTarget(), { consumers: [] });
  for (const name of ['crash-before-effect', 'function-timeout', 'delivered-twice']) {
    await expect(async () => faultNamed(name).start(target, chanceOf(1))).rejects.toThrow(/got no function/);
  }
});

describe('around an invocation', () => {
  const start = async (name: string, seed = 1) => {
    const target = new ModelTarget();
    const { until, heal } = await faultNamed(name).start(target, chanceOf(seed));
    const [[path, around]] = [...target.arounds] as [[string, NonNullable<ReturnType<typeof target.arounds.get>>]];
    return { target, until, heal, path, around };
  };

  test('a crash before the response lets the function do everything, and its caller hears of a crash', async () => {
    const { around, heal } = await start('crash-before-response');
    const invoke = jest.fn(success);
    expect(await around('{}', invoke)).toMatchObject({ kind: 'crash' });
    expect(invoke).toHaveBeenCalledTimes(1);
    expect(await heal()).toBe(1);
  });

  test('a crash before the response strikes a door, too: its caller does not hear what became of its events', async () => {
    const { target, until, heal } = await start('crash-before-response');
    expect(await until?.()).toBe(false);
    const outcomes = await Promise.all([...target.arounds.values()].map((each) => each('{}', success)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['crash', 'crash']);
    expect(await until?.()).toBe(true);
    expect(await heal()).toBe(2);
  });

  test('a batch that is delivered twice is delivered the second time after the first answer, which does not count', async () => {
    const { around, heal } = await start('delivered-twice');
    const seen: number[] = [];
    for (let n = 0; n < 50; n++) {
      const answers = ['1', '2'];
      const outcome = await around('{}', () => success(answers.shift() ?? 'none'));
      seen.push(Number(outcome.kind === 'success' && outcome.payload));
    }
    expect(new Set(seen)).toEqual(new Set([1, 2]));
    expect(await heal()).toBe(seen.filter((answer) => answer === 2).length);
  });

  test('pollers that overlap deliver each batch twice at once, and the one before it again', async () => {
    const { around, heal } = await start('pollers-overlap');
    const delivered: string[] = [];
    const invoke = (payload: string) => {
      delivered.push(payload);
      return success(`answer ${delivered.length}`);
    };
    await around('one', invoke);
    expect(await around('two', invoke)).toEqual({ kind: 'success', payload: 'answer 3' });
    expect(delivered).toEqual(['one', 'one', 'two', 'two', 'one']);
    expect(await heal()).toBe(2);
  });
});
