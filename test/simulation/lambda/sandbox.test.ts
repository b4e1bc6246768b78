import { chancesOf } from '../../../simulation/kernel/chances';
import { Scheduler } from '../../../simulation/kernel/scheduler';
import { Sandbox } from '../../../simulation/lambda/sandbox';
import { RIGHT } from '../../../simulation/time/sandbox-clock';

function world(standsStill = false, wall = RIGHT) {
  const scheduler = new Scheduler();
  const sandbox = new Sandbox({ scheduler, chance: chancesOf(1)('sandbox'), wall, standsStill });
  const happened: string[] = [];
  const pass = async (ms: number) => {
    let over = false;
    scheduler.after(ms, () => (over = true));
    await scheduler.run(() => over);
  };
  return { scheduler, sandbox, happened, pass };
}

test('frozen, nothing moves in it; thawed, what was due rings and what had arrived is heard', async () => {
  const { sandbox, happened, pass } = world();
  sandbox.clock.timer(100, () => happened.push('timer'));
  void sandbox.clock.sleep(150).then(() => happened.push('sleep'));
  sandbox.freeze();
  sandbox.enter(() => happened.push('answer'));
  await pass(10_000);
  expect(happened).toEqual([]);
  sandbox.thaw();
  await pass(1);
  expect(happened.sort()).toEqual(['answer', 'sleep', 'timer']);
});

test('where its monotonic clock stands still with it, a timer has as long to go as before', async () => {
  const { sandbox, happened, pass } = world(true);
  sandbox.clock.timer(100, () => happened.push('timer'));
  await pass(60);
  sandbox.freeze();
  await pass(10_000);
  sandbox.thaw();
  expect(sandbox.clock.monotonic()).toBe(60);
  await pass(39);
  expect(happened).toEqual([]);
  await pass(2);
  expect(happened).toEqual(['timer']);
});

test('killed, nothing in it ever happens again: no timer, no answer, no turn that was asked for', async () => {
  const { sandbox, happened, pass } = world();
  sandbox.clock.timer(100, () => happened.push('timer'));
  sandbox.clock.soon(() => happened.push('soon'));
  void sandbox.clock.sleep(10).then(() => happened.push('sleep'));
  sandbox.kill();
  sandbox.thaw();
  sandbox.clock.timer(1, () => happened.push('timer of the dead'));
  sandbox.enter(() => happened.push('answer'));
  await pass(10_000);
  expect(happened).toEqual([]);
});

test('its wall clock is wrong by what it is, until somebody sets it, and its monotonic clock begins with it', async () => {
  const { sandbox, pass } = world(false, { aheadMs: 300_000, thenMs: -1_000, setAfterMs: 5_000 });
  const began = sandbox.clock.now();
  await pass(5_000);
  expect(sandbox.clock.now() - began).toBe(5_000 - 301_000);
  expect(sandbox.clock.monotonic()).toBe(5_000);
});

test('no timer rings at once, however little is left: a wait that takes no time would be waited for without end', async () => {
  const { sandbox, happened, pass } = world();
  sandbox.clock.timer(1e-13, () => happened.push('timer'));
  await pass(0.5);
  expect(happened).toEqual([]);
  await pass(1);
  expect(happened).toEqual(['timer']);
});
