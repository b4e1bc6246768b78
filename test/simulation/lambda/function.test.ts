import { chancesOf } from '../../../simulation/kernel/chances';
import { Scheduler } from '../../../simulation/kernel/scheduler';
import { SeededTroubles } from '../../../simulation/kernel/troubles';
import { SimulatedFunction, type Handler, type LambdaTrouble } from '../../../simulation/lambda/function';
import type { Sandbox } from '../../../simulation/lambda/sandbox';
import { RIGHT } from '../../../simulation/time/sandbox-clock';

function world(load: (sandbox: Sandbox) => Handler, concurrency = 10) {
  const scheduler = new Scheduler();
  const chances = chancesOf(1);
  const troubles = new SeededTroubles<LambdaTrouble>(chances('troubles'));
  const wall = () => RIGHT;
  const chance = chances('function');
  const made = new SimulatedFunction({ scheduler, chance, troubles, timeoutMs: 5_000, concurrency, wall, load });
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let over = false;
    void work.finally(() => (over = true));
    await scheduler.run(() => over);
    return work;
  };
  return { scheduler, troubles, made, run };
}

const after =
  (ms: number, done: string[] = []) =>
  (sandbox: Sandbox): Handler =>
  async (event) => {
    await sandbox.clock.sleep(ms);
    done.push(String(event));
    return event;
  };

test('a sandbox is used again, and others start for what comes at the same time', async () => {
  const { made, run } = world(after(100));
  await run(Promise.all([made.invoke('1'), made.invoke('2')]));
  await run(made.invoke('3'));
  expect(made).toMatchObject({ invocations: 3, coldStarts: 2, busy: 0 });
});

test('at its deadline an invocation is killed, and its code never goes on', async () => {
  const done: string[] = [];
  const { made, run, scheduler } = world(after(10_000, done));
  expect(await run(made.invoke('1'))).toMatchObject({ kind: 'timeout' });
  await run(scheduler.sleep(60_000));
  expect(done).toEqual([]);
});

test('what is beyond its concurrency is throttled, and the function sees nothing of it', async () => {
  const done: string[] = [];
  const { made, run } = world(after(10, done), 1);
  const outcomes = await run(Promise.all([made.invoke('1'), made.invoke('2')]));
  expect(outcomes.map(({ kind }) => kind)).toEqual(['success', 'throttle']);
  expect(done).toEqual(['1']);
});

test('a response may be lost after the deed, and a sandbox may die before it', async () => {
  const done: string[] = [];
  const { made, run, troubles } = world(after(10, done));
  troubles.set({ 'response-lost': 1 });
  expect(await run(made.invoke('1'))).toMatchObject({ kind: 'crash' });
  expect(done).toEqual(['1']);
  troubles.set({ killed: 1 });
  const slow = world(after(4_500, done));
  slow.troubles.set({ killed: 1 });
  expect(await slow.run(slow.made.invoke('2'))).toMatchObject({ kind: 'crash' });
  expect(done).toEqual(['1']);
});

test('an error of the code is told, and its sandbox lives on', async () => {
  const { made, run } = world(() => () => Promise.reject(new TypeError('a fault')));
  const outcome = await run(made.invoke('1'));
  expect(outcome).toEqual({ kind: 'error', errorType: 'TypeError', errorMessage: 'a fault' });
  await run(made.invoke('2'));
  expect(made.coldStarts).toBe(1);
});

test('a deploy leaves what is at work to its end, and lets nobody else run the old code', async () => {
  const done: string[] = [];
  const { made, run } = world(after(100, done));
  await run(made.invoke('"first"'));
  const old = made.invoke('"old"');
  made.deploy(() => () => Promise.resolve('new'));
  expect(await run(made.invoke('1'))).toEqual({ kind: 'success', payload: '"new"' });
  expect(await run(old)).toEqual({ kind: 'success', payload: '"old"' });
});
