import { PassThrough } from 'node:stream';
import { Line } from '../../../faults/proxies/line';

const whole = (bytes: Buffer) => ({ bytes, last: false });
const MIB = 1024 * 1024;

const lines: Line[] = [];
const line = (...parts: ConstructorParameters<typeof Line>): Line => {
  const made = new Line(...parts);
  lines.push(made);
  return made;
};

afterEach(() => {
  for (const each of lines.splice(0)) each.drop();
  jest.useRealTimers();
});

test('bytes leave after their delay and in their order, however the delays fall', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  const [from, to] = [new PassThrough(), new PassThrough()];
  const delays = [100, 10, 50];
  line(from, to, { delayMs: () => delays.shift() ?? 0, through: whole, drained: () => to.end() });
  for (const text of ['a', 'b', 'c']) {
    from.write(text);
    await new Promise(setImmediate);
  }
  jest.advanceTimersByTime(99);
  expect(to.read()).toBeNull();
  jest.advanceTimersByTime(1);
  expect(String(to.read())).toBe('abc');
});

test('a receiver that does not read makes the sender wait', async () => {
  const [from, to] = [new PassThrough(), new PassThrough()];
  line(from, to, { delayMs: () => 0, through: whole, drained: () => to.end() });
  let written = 0;
  while (from.write(Buffer.alloc(64 * 1024)) && written < 10 * MIB) {
    written += 64 * 1024;
    await new Promise(setImmediate);
  }
  expect(written).toBeLessThan(MIB);
});

test('a delayed line holds no more than a mebibyte and a chunk', async () => {
  const [from, to] = [new PassThrough(), new PassThrough({ highWaterMark: 100 * MIB })];
  line(from, to, { delayMs: () => 3_600_000, through: whole, drained: () => to.end() });
  let written = 0;
  while (from.write(Buffer.alloc(64 * 1024)) && written < 10 * MIB) {
    written += 64 * 1024;
    await new Promise(setImmediate);
  }
  expect(written).toBeLessThanOrEqual(2 * MIB);
});

test('a frozen line hands nothing on, not even the end; thawed, it hands on all of it', async () => {
  const [from, to] = [new PassThrough(), new PassThrough()];
  const drained = jest.fn();
  const frozen = line(from, to, { delayMs: () => 0, through: whole, drained });
  frozen.freeze();
  from.end('late');
  await new Promise(setImmediate);
  expect(to.read()).toBeNull();
  expect(drained).not.toHaveBeenCalled();
  frozen.thaw();
  await new Promise(setImmediate);
  expect(String(to.read())).toBe('late');
  expect(drained).toHaveBeenCalled();
});

test('bytes whose delay ends while the line is frozen leave when it is thawed', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  const [from, to] = [new PassThrough(), new PassThrough()];
  const delayed = line(from, to, { delayMs: () => 100, through: whole, drained: () => to.end() });
  from.write('held');
  await new Promise(setImmediate);
  jest.advanceTimersByTime(50);
  delayed.freeze();
  jest.advanceTimersByTime(100);
  delayed.freeze();
  expect(to.read()).toBeNull();
  delayed.thaw();
  expect(String(to.read())).toBe('held');
});
