import type { MSKEvent } from 'aws-lambda';
import { consumer, type ConsumerOptions, type ConsumerDeps } from '../../../../lambdas/runtime/consumer';
import type { KafkaBatchResponse } from '../../../../lambdas/runtime/consumer/response';
import { clocksOf, RIGHT, type WallClock } from '../../../../simulation/time/sandbox-clock';
import type { VirtualClock } from '../../../../simulation/time/virtual-clock';

type Parts = ConsumerDeps & { readonly clock: VirtualClock };

/**
 * One invocation that can be killed: from then on none of its requests is sent, no answer reaches it, and no time passes
 * for it. Resolves to its response, or to `killed`.
 * @param wall - of its sandbox, which is a new one. Default: right
 */
export const deliverMortal = <T>(
  parts: Parts,
  event: MSKEvent,
  options: (kill: () => Promise<never>) => ConsumerOptions<T>,
  timeoutMs?: number,
  wall?: WallClock,
): Promise<KafkaBatchResponse | 'killed'> => parts.clock.run(invokeMortal(parts, event, options, timeoutMs, wall));

/** The same, among others: whoever calls it moves time on. */
export function invokeMortal<T>(
  parts: Parts,
  event: MSKEvent,
  options: (kill: () => Promise<never>) => ConsumerOptions<T>,
  timeoutMs = 60_000,
  wall: WallClock = RIGHT,
): Promise<KafkaBatchResponse | 'killed'> {
  let dead = false;
  let announce: (word: 'killed') => void = () => undefined;
  const killed = new Promise<'killed'>((resolve) => (announce = resolve));
  const kill = (): Promise<never> => {
    dead = true;
    announce('killed');
    return new Promise(() => undefined);
  };
  const handler = consumer({ ...options(kill), deps: mortal(parts, () => dead, wall) });
  const deadline = parts.clock.now() + timeoutMs;
  const answered = handler(event, { getRemainingTimeInMillis: () => deadline - parts.clock.now() });
  return Promise.race([answered, killed]);
}

function mortal(parts: Parts, isDead: () => boolean, wall: WallClock): Parts {
  const never = new Promise<never>(() => undefined);
  const guard =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (isDead()) return never;
      const answer = await call(...args);
      return isDead() ? never : answer;
    };
  const { transactions, objects, clock } = parts;
  return {
    ...parts,
    clock: Object.assign(Object.create(clock) as VirtualClock, {
      ...clocksOf(clock, wall),
      sleep: guard((ms: number, signal?: AbortSignal) => clock.sleep(ms, signal)),
      timer: (ms: number, ring: () => void) => clock.timer(ms, () => void (isDead() || ring())),
    }),
    transactions: {
      transact: guard((...args) => transactions.transact(...args)),
      update: guard((...args) => transactions.update(...args)),
      read: guard((...args) => transactions.read(...args)),
      readMany: guard((...args) => transactions.readMany(...args)),
    },
    objects: {
      putIfAbsent: guard((...args) => objects.putIfAbsent(...args)),
      get: guard((...args) => objects.get(...args)),
      list: (...args) => objects.list(...args),
      delete: guard((...args) => objects.delete(...args)),
    },
  };
}
