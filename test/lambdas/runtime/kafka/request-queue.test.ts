import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { withoutIdleTimers } from '../../../../lambdas/runtime/kafka/request-queue';

interface Real {
  pending: unknown[];
  throttledUntil: number;
  push(request: object): void;
  fulfillRequest(answer: { correlationId: number; payload: null; size: number }): void;
  destroy(): void;
}
const Queue = RequestQueue as unknown as new (options: object) => Real;
const quiet = { debug: () => undefined, warn: () => undefined };

/** kafkajs's own queue of one connection, and the delays of the timers it set. */
function watched() {
  withoutIdleTimers();
  const delays: (number | undefined)[] = [];
  const set = jest.spyOn(globalThis, 'setTimeout').mockImplementation(((_fire: () => void, ms?: number) => {
    delays.push(ms);
    return 1;
  }) as never);
  const queue = new Queue({ logger: quiet, maxInFlightRequests: 1, requestTimeout: 1_000, clientId: 'c', broker: 'b' });
  const sent: number[] = [];
  const push = (correlationId: number) =>
    queue.push({
      entry: { correlationId, reject: () => undefined, resolve: () => undefined },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  const answer = (correlationId: number) => queue.fulfillRequest({ correlationId, payload: null, size: 0 });
  return { queue, delays, sent, push, answer, restore: () => set.mockRestore() };
}

test('an answered request leaves no timer behind, and none in the past: the function logs no warning for it', () => {
  const { delays, push, answer, restore } = watched();
  push(1);
  answer(1);
  restore();
  expect(delays).toEqual([]);
});

test('a request that waits for its turn is sent when the one before is answered', () => {
  const { sent, push, answer, restore } = watched();
  push(1);
  push(2);
  expect(sent).toEqual([1]);
  answer(1);
  restore();
  expect(sent).toEqual([1, 2]);
});

test('a request held back by a quota is looked at when the quota ends', () => {
  const { queue, delays, push, restore } = watched();
  queue.throttledUntil = Date.now() + 5_000;
  push(1);
  restore();
  expect(delays).toHaveLength(1);
  expect(delays[0]).toBeGreaterThan(4_000);
});

test('a kafkajs with another queue is left as it is', () => {
  const prototype = { pending: [] } as never;
  withoutIdleTimers({ prototype });
  expect(prototype).toEqual({ pending: [] });
});
