import type { Fault, FaultTarget } from '../../faults/fault';
import type { Observation } from '../../faults/history';
import { FAULTS, faultNamed } from '../../faults/kinds';
import { planOf, planOfOne, runPlan, type Plan, type Window } from '../../faults/schedule';
import { ModelTarget } from './model-target';

const drawn = ({ windows }: Plan) =>
  windows.map((window) => [
    window.at,
    window.for,
    window.kind === 'fault' ? [window.fault.name, window.seed] : 'quiet',
  ]);
const faults = ({ windows }: Plan) =>
  windows.filter((window): window is Extract<Window, { kind: 'fault' }> => window.kind === 'fault');
const HOUR = 3600;

describe('a composed plan', () => {
  test('the same seed gives the same plan, another seed another', () => {
    const plan = (seed: number) => drawn(planOf({ seed, seconds: 600, kinds: FAULTS }));
    expect(plan(42)).toEqual(plan(42));
    expect(plan(42)).not.toEqual(plan(43));
  });

  test('windows begin every 10 to 15 s or as soon as a longer fault is over, and none goes beyond the end', () => {
    const { windows } = planOf({ seed: 5, seconds: HOUR, kinds: FAULTS });
    expect(windows.length).toBeGreaterThan(HOUR / 16);
    const wrong = windows.filter((window, n) => {
      const gap = (windows[n + 1]?.at ?? window.at + Math.max(10, window.for)) - window.at;
      return gap < 9.99 || gap > Math.max(15, window.for + 3) + 0.05 || window.for > gap + 0.05;
    });
    expect(wrong).toEqual([]);
    expect(windows.at(-1)!.at + windows.at(-1)!.for).toBeLessThanOrEqual(HOUR);
    for (let seed = 0; seed < 100; seed++) {
      const last = planOf({ seed, seconds: 90, kinds: FAULTS }).windows.at(-1)!;
      expect(last.at + last.for).toBeLessThanOrEqual(90);
    }
  });

  test('a quarter of the windows is quiet', () => {
    const plan = planOf({ seed: 9, seconds: 10 * HOUR, kinds: FAULTS });
    const share = 1 - faults(plan).length / plan.windows.length;
    expect(share).toBeGreaterThan(0.22);
    expect(share).toBeLessThan(0.28);
  });

  test('every fault that can be composed comes, each within its own seconds, from mixes of three', () => {
    const plan = planOf({ seed: 1, seconds: 10 * HOUR, kinds: FAULTS });
    const composable = FAULTS.filter(({ alone }) => !alone).map(({ name }) => name);
    expect(new Set(faults(plan).map(({ fault }) => fault.name))).toEqual(new Set(composable));
    const outside = faults(plan).filter(
      ({ fault, for: lasts }) => lasts < fault.seconds[0] || lasts > fault.seconds[1],
    );
    expect(outside).toEqual([]);
    // Drawn from a mix of three the same kind often comes twice in a row; from all of them it would rarely.
    const names = faults(plan).map(({ fault }) => fault.name);
    const repeated = names.filter((name, n) => name === names[n - 1]).length / names.length;
    expect(repeated).toBeGreaterThan(0.14);
    expect(repeated).toBeLessThan(0.3);
  });

  test.each([
    [
      'no fault that can be composed',
      { seed: 1, seconds: 90, kinds: [faultNamed('function-timeout')] },
      /no fault that can be composed/,
    ],
    ['too little time', { seed: 1, seconds: 19, kinds: FAULTS }, /got 19 s, want at least 20 s/],
    ['no seed', { seed: 1.5, seconds: 90, kinds: FAULTS }, /seed: got 1.5/],
  ])('%s is refused in words', (_, options, message) => {
    expect(() => planOf(options)).toThrow(message);
  });
});

test('a plan of one fault holds that fault once, and may hold one that needs a plan of its own', () => {
  const plan = planOfOne({ seed: 1, seconds: 90, fault: faultNamed('function-timeout') });
  expect(faults(plan).map(({ fault }) => fault.name)).toEqual(['function-timeout']);
  expect(() => planOfOne({ seed: 1, seconds: 10, fault: faultNamed('latency') })).toThrow(
    /got 10 s, want at least 15 s/,
  );
});

test('a plan of one fault lasts as long as it is told, where there is time for it', () => {
  const fault = faultNamed('two-brokers-killed');
  expect(faults(planOfOne({ seed: 1, seconds: 90, fault, lasts: 60 })).map((each) => each.for)).toEqual([60]);
  expect(() => planOfOne({ seed: 1, seconds: 60, fault, lasts: 60 })).toThrow('got 60 s, want at least');
});

/** Time that passes only by sleeping. */
class ModelClock {
  at = 0;
  readonly now = () => this.at;
  readonly sleep = (ms: number, signal?: AbortSignal) => {
    if (!signal?.aborted) this.at += ms;
    return Promise.resolve();
  };
}

const run = async (plan: Plan, target: FaultTarget = new ModelTarget(), stop = new AbortController()) => {
  const entries: (Observation & { at: number })[] = [];
  const clock = new ModelClock();
  const recorder = { record: (entry: Observation) => void entries.push({ ...entry, at: clock.at }) };
  const report = await runPlan(plan, target, { clock, recorder, signal: stop.signal });
  return { report, clock, faults: entries.filter((entry) => entry.op === 'fault') };
};
const only = (fault: Fault, windows = 1): Plan => ({
  seed: 1,
  seconds: 60,
  windows: Array.from({ length: windows }, (_, n) => ({ kind: 'fault', at: 5 + 10 * n, for: 4, fault, seed: n })),
});
const broken = (start: Fault['start']): Fault => ({
  ...faultNamed('leader-killed'),
  name: 'broken',
  title: 'Broken',
  start,
});

describe('a running plan', () => {
  test('starts and heals each fault at its time, records both, and counts what was hit', async () => {
    const { report, clock, faults: seen } = await run(only(faultNamed('two-brokers-killed'), 2));
    expect(seen.map(({ at, type, name, process }) => [at, type, name, process])).toEqual([
      [5000, 'invoke', 'two-brokers-killed', 'fault-1'],
      [9000, 'ok', 'two-brokers-killed', 'fault-1'],
      [15_000, 'invoke', 'two-brokers-killed', 'fault-2'],
      [19_000, 'ok', 'two-brokers-killed', 'fault-2'],
    ]);
    expect(clock.at).toBe(60_000);
    expect(report).toEqual({
      faults: [
        { name: 'two-brokers-killed', title: 'Two brokers killed', times: 2, seconds: 8, hits: 4, failures: [] },
      ],
      interrupted: false,
    });
  });

  test('a fault that has led nowhere yet lasts on until it has, for a minute at most', async () => {
    const healedAt = async (looks: number) => {
      let left = looks;
      const late = broken(() =>
        Promise.resolve({ what: 'all', until: () => Promise.resolve(left-- === 0), heal: () => Promise.resolve(1) }),
      );
      return (await run(only(late))).faults[1]!.at;
    };
    expect(await healedAt(0)).toBe(9_000);
    expect(await healedAt(7)).toBe(16_000);
    expect(await healedAt(1_000)).toBe(69_000);
  });

  test('an interrupted plan does not wait for what a fault has not led to', async () => {
    const stop = new AbortController();
    const never = broken(() => {
      stop.abort();
      return Promise.resolve({ what: 'all', until: () => Promise.resolve(false), heal: () => Promise.resolve(1) });
    });
    const { clock } = await run(only(never), new ModelTarget(), stop);
    expect(clock.at).toBe(5_000);
  });

  test('faults of one time last side by side, and the next begins when all of them are healed', async () => {
    const fault = faultNamed('two-brokers-killed');
    const window = (at: number, seed: number) => ({ kind: 'fault', at, for: 4, fault, seed }) as const;
    const { faults: seen } = await run({ seed: 1, seconds: 60, windows: [window(5, 0), window(5, 1), window(15, 2)] });
    expect(seen.map(({ type, process }) => [type, process])).toEqual([
      ['invoke', 'fault-1'],
      ['invoke', 'fault-2'],
      ['ok', 'fault-1'],
      ['ok', 'fault-2'],
      ['invoke', 'fault-3'],
      ['ok', 'fault-3'],
    ]);
  });

  test('an interrupted plan heals the fault under way at once and starts no other', async () => {
    const target = new ModelTarget();
    const before = structuredClone(target.state);
    const stop = new AbortController();
    const interrupting = broken(async (...with_) => {
      stop.abort();
      return faultNamed('all-brokers-killed').start(...with_);
    });
    const { report, clock, faults: seen } = await run(only(interrupting, 3), target, stop);
    expect(target.state).toEqual(before);
    expect(clock.at).toBe(5000);
    expect(seen.map(({ type }) => type)).toEqual(['invoke', 'ok']);
    expect(report.interrupted).toBe(true);
  });

  test('a fault that fails half-way is restored, its reason kept, and the plan goes on', async () => {
    const target = new ModelTarget();
    const before = structuredClone(target.state);
    const halfWay = broken(async ({ brokers, dynamodb }) => {
      await brokers[0]!.kill('SIGSTOP');
      await brokers[1]!.kill('SIGKILL');
      dynamodb.set({ kind: 'down' });
      throw new Error('no further');
    });
    const { report, faults: seen } = await run(only(halfWay, 2), target);
    expect(target.state).toEqual(before);
    expect(report.faults).toMatchObject([{ times: 2, hits: 0, failures: ['no further', 'no further'] }]);
    expect(seen.filter(({ type }) => type === 'ok')).toHaveLength(2);
  });

  test('a heal that fails is restored', async () => {
    const target = new ModelTarget();
    const before = structuredClone(target.state);
    const unhealed = broken(async ({ brokers, s3 }) => {
      await Promise.all(brokers.map((broker) => broker.kill('SIGKILL')));
      s3.set({ kind: 'silent' });
      return { what: 'all', heal: () => Promise.reject(new Error('not healed')) };
    });
    const { report } = await run(only(unhealed), target);
    expect(target.state).toEqual(before);
    expect(report.faults[0]?.failures).toEqual(['not healed']);
  });

  test('a heal that leaves something broken is made good at the end', async () => {
    const target = new ModelTarget();
    const before = structuredClone(target.state);
    const untrue = broken(async ({ brokers, dynamodb }) => {
      await brokers[2]!.kill('SIGSTOP');
      dynamodb.set({ kind: 'silent' });
      return { what: 'some', heal: () => Promise.resolve(1) };
    });
    await run(only(untrue), target);
    expect(target.state).toEqual(before);
  });

  test('what cannot be restored ends the plan with an error, and the rest is restored all the same', async () => {
    const target = new ModelTarget();
    target.brokers[0]!.start = () => Promise.reject(new Error('broker 1 does not come back'));
    const dead = broken(async ({ brokers, dynamodb }) => {
      await brokers[0]!.kill('SIGKILL');
      dynamodb.set({ kind: 'down' });
      throw new Error('no further');
    });
    await expect(run(only(dead, 2), target)).rejects.toThrow(
      /could be restored after a fault: broker 1 does not come back/,
    );
    expect(target.state.stores).toEqual({ dynamodb: 'pass', s3: 'pass' });
  });
});
