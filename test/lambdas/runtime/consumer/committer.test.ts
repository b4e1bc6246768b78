import { commit, type EventWrite } from '../../../../lambdas/runtime/consumer/effects/commit';
import { committer, type CommitRequest } from '../../../../lambdas/runtime/consumer/effects/committer';
import { json } from '../../../../lambdas/runtime/event/decode';
import type { Disposition } from '../../../../lambdas/runtime/consumer/disposition';
import { systemClock } from '../../../../lambdas/runtime/time/clock';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { doneUpdate } from '../../../../lambdas/runtime/idempotency/done';
import { environment, kafkaEvent, reported, simulation, VirtualClock, type Given } from '../simulation';

jest.setTimeout(60_000);

const request = (given: Given): CommitRequest => {
  const [record] = [...recordBatch(kafkaEvent(given)).partitions.values()].flat();
  const delivery = deliveryOf(record as never, environment);
  return { delivery, writes: [], record: (to) => doneUpdate(delivery, to), troubles: 0, alone: false };
};
const done: Disposition = { kind: 'done', effect: 'applied' };

test('two records of one event are never in one transaction, nor in two at once', async () => {
  const groups: (readonly EventWrite[])[] = [];
  let under = 0;
  let most = 0;
  const submit = committer(
    async (group) => {
      groups.push(group);
      most = Math.max(most, (under += group.length));
      await new Promise((resolve) => setImmediate(resolve));
      under -= group.length;
      return group.map(() => done);
    },
    { clock: systemClock, concurrency: 4, signal: new AbortController().signal },
  );
  await Promise.all([1, 2, 3].map((offset) => submit(request({ offset, id: 'a', key: `k${offset}` }))));
  expect(groups.map(({ length }) => length)).toEqual([1, 1, 1]);
  expect(most).toBe(1);
});

test('an event that waits for its transaction at the time margin is told so, and so is one that comes later: neither is sent', async () => {
  const stop = new AbortController();
  let sent = 0;
  let answer: () => void = () => undefined;
  const submit = committer(
    (group) => (sent++, new Promise((resolve) => (answer = () => resolve(group.map(() => done))))),
    { clock: systemClock, concurrency: 1, signal: stop.signal, most: 1 },
  );
  const first = submit(request({ offset: 1, id: 'a' }));
  const second = submit(request({ offset: 2, id: 'b' }));
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  const third = submit(request({ offset: 3, id: 'c' }));
  expect([await second, await third]).toMatchObject([{ kind: 'retry' }, { kind: 'retry' }]);
  answer();
  expect(await first).toEqual(done);
  expect(sent).toBe(1);
});

test('a group that is halved to find what is in the way is halved no more after the time margin', async () => {
  const stop = new AbortController();
  const sent: number[] = [];
  const group = Array.from({ length: 8 }, (_, offset) => request({ offset, id: `e${offset}` }));
  const dispositions = await commit(group, {
    environment,
    transactions: {
      transact: (items) => {
        sent.push(items.length);
        if (sent.length === 2) stop.abort();
        return Promise.resolve({ kind: 'invalid', detail: 'ValidationException' });
      },
      update: () => Promise.resolve({ kind: 'written', item: {} }),
      read: () => Promise.resolve(undefined),
      readMany: () => Promise.resolve(new Map()),
    },
    clock: new VirtualClock(),
    signal: stop.signal,
  });
  expect(dispositions.map(({ kind }) => kind)).toEqual(Array.from({ length: 8 }, () => 'retry'));
  expect(sent).toEqual([8, 4, 4]);
});

test('an event whose code ends by its signal, at the time margin, has one attempt against it and not two', async () => {
  const all = simulation();
  const call = (_: unknown, { signal }: { signal: AbortSignal }) =>
    all.clock.sleep(100_000, signal).then(() => Promise.reject(new Error('stopped')));
  expect(reported(await all.deliver(kafkaEvent({ offset: 1, id: 'a' }), { decode: json(), call }))).toHaveLength(1);
  await all.clock.run(all.clock.sleep(60_000));
  expect(all.entries()).toMatchObject([{ attempts: 1 }]);
});
