import { encodeEvent } from '../../../../lambdas/runtime/event/new-event';
import type { Entry } from '../../../../lambdas/runtime/producer/entry';
import { Pipe } from '../../../../lambdas/runtime/producer/pipe';
import { event } from '../simulation/scripted-producer';
import { ScriptedPort, type Step } from '../simulation/scripted-port';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

/** A pipe with room for a few of the events below; what is given up takes `settleMs` to settle. */
function pipe({ kafka, settleMs = 0 }: { kafka?: () => Step; settleMs?: number } = {}) {
  const clock = new VirtualClock();
  const port = new ScriptedPort(clock, kafka);
  const groups: number[] = [];
  const onGivenUp = (entries: readonly Entry[], release: (entry: Entry) => void) => {
    groups.push(entries.length);
    const object = `object-${groups.length}`;
    void clock.sleep(settleMs).then(() => {
      for (const entry of entries) entry.settle({ kind: 'spilled', object });
      for (const entry of entries) release(entry);
    });
  };
  const made = new Pipe({ topic: 'orders', port, clock, onGivenUp, bufferBytes: 10_000 });
  const start = clock.now();
  const submissions = Array.from({ length: 24 }, (_, n) => ({
    message: encodeEvent(event(`e${String(n).padStart(2, '0')}`, { key: 'k', data: Buffer.alloc(2_500) }), {
      source: 's',
      now: () => new Date(0),
    }),
    partition: null,
  }));
  const times = { deadlineAt: clock.monotonic() + 20_000, answerBy: clock.monotonic() + 25_000 };
  return {
    clock,
    port,
    groups,
    submit: () => clock.run(made.submit(submissions, times)),
    tookMs: () => clock.now() - start,
  };
}

const kinds = (settled: readonly { kind: string }[]) => [...new Set(settled.map(({ kind }) => kind))];

test('events beyond the room wait for it and are all acknowledged, in order', async () => {
  const { port, submit } = pipe();
  expect(kinds(await submit())).toEqual(['acked']);
  expect(port.ids()).toEqual([...port.ids()].sort());
  expect(port.ids()).toHaveLength(24);
  expect(Math.max(...port.requests.map(({ ids }) => ids.length))).toBe(3);
});

test('events that still wait for room at their deadline are settled, not dropped', async () => {
  const { port, groups, submit } = pipe({ kafka: () => ({ does: 'not-now' }) });
  expect(kinds(await submit())).toEqual(['spilled']);
  expect(groups.reduce((sum, count) => sum + count, 0)).toBe(24);
  expect(port.ids()).toEqual([]);
});

test('events that are being spilled take up room until they are, and those behind them are told in time', async () => {
  const { groups, submit, tookMs } = pipe({ kafka: () => ({ does: 'not-now' }), settleMs: 2_000 });
  const settled = await submit();
  expect(tookMs()).toBe(25_000);
  expect(groups).toEqual([3, 3, 3]);
  expect(settled.map(({ kind }) => kind)).toEqual([...Array<string>(6).fill('spilled'), ...Array<string>(4).fill('rejected')]); // prettier-ignore
});

test('once every event is settled no timer is left', async () => {
  const { clock, submit } = pipe();
  await submit();
  const ended = clock.now();
  await expect(clock.run(new Promise(() => undefined))).rejects.toThrow('waits for no timer');
  expect(clock.now()).toBe(ended);
});
