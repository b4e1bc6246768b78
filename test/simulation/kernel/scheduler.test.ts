import { Scheduler } from '../../../simulation/kernel/scheduler';

test('what is to happen happens by its time, and at one time in the order in which it was asked for', async () => {
  const scheduler = new Scheduler();
  const happened: string[] = [];
  const at = (ms: number, name: string) => scheduler.after(ms, () => happened.push(`${name} at ${scheduler.now}`));
  at(30, 'c');
  at(10, 'a');
  at(10, 'b');
  at(0, 'first');
  await scheduler.run(() => happened.length === 4);
  expect(happened).toEqual(['first at 0', 'a at 10', 'b at 10', 'c at 30']);
});

test('between two steps every promise that waits for no timer has come as far as it can', async () => {
  const scheduler = new Scheduler();
  const happened: string[] = [];
  scheduler.after(1, () => {
    void (async () => {
      for (let turn = 0; turn < 100; turn++) await Promise.resolve();
      happened.push('promises');
    })();
    process.nextTick(() => void Promise.resolve().then(() => happened.push('tick')));
  });
  scheduler.after(1, () => happened.push('next step'));
  await scheduler.run(() => happened.includes('next step'));
  expect(happened).toEqual(['tick', 'promises', 'next step']);
});

test('what is cancelled never happens, however many others were cancelled before', async () => {
  const scheduler = new Scheduler();
  const happened: number[] = [];
  const cancels = Array.from({ length: 5_000 }, (_, n) => scheduler.after(n, () => happened.push(n)));
  cancels.forEach((cancel, n) => void (n % 1_000 !== 999 && cancel()));
  await scheduler.run(() => happened.length === 5);
  expect(happened).toEqual([999, 1_999, 2_999, 3_999, 4_999]);
});

test('a step that throws ends the run with its error, and so does a run that waits for nothing', async () => {
  const scheduler = new Scheduler();
  scheduler.after(1, () => {
    throw new Error('a defect');
  });
  await expect(scheduler.run(() => false)).rejects.toThrow('a defect');
  await expect(scheduler.run(() => false)).rejects.toThrow('nothing that is still to happen');
});
