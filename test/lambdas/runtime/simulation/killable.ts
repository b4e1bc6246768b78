import type { KafkaPort } from '../../../../lambdas/runtime/kafka/port';
import type { ObjectStore } from '../../../../lambdas/runtime/stores/object-store';
import type { Transactions } from '../../../../lambdas/runtime/stores/tables';
import type { Clock } from '../../../../lambdas/runtime/time/clock';

/** What a sandbox is handed so that it can be killed at any of its requests. */

/** Whether it lives. */
export interface Life {
  dead: boolean;
}

export type Guard = <T>(call: () => Promise<T>) => Promise<T>;

/**
 * From the kill on no request is sent and no answer arrives.
 * @param onStep - hears of each request, before it is sent and when it is answered
 */
export function guard(life: Life, onStep: () => void): Guard {
  const never = new Promise<never>(() => undefined);
  return async (call) => {
    onStep();
    if (life.dead) return never;
    const answer = await call();
    onStep();
    return life.dead ? never : answer;
  };
}

/** It stands still from the kill on. */
export const killableClock = (clock: Clock, life: Readonly<Life>): Clock => ({
  now: () => clock.now(),
  monotonic: () => clock.monotonic(),
  random: () => clock.random(),
  uuid: () => clock.uuid(),
  sleep: async (ms, signal) => {
    await clock.sleep(ms, signal);
    if (life.dead) await new Promise(() => undefined);
  },
  timer: (ms, ring) => clock.timer(ms, () => void (life.dead || ring())),
  soon: (act) => clock.soon(() => void (life.dead || act())),
});

export const killableStore = (store: ObjectStore, step: Guard): ObjectStore => ({
  putIfAbsent: (...args) => step(() => store.putIfAbsent(...args)),
  get: (...args) => step(() => store.get(...args)),
  delete: (...args) => step(() => store.delete(...args)),
  list: async function* (...args) {
    const listing = store.list(...args)[Symbol.asyncIterator]();
    for (let got = await step(() => listing.next()); got.done !== true; got = await step(() => listing.next())) {
      yield got.value;
    }
  },
});

export const killableTables = (tables: Transactions, step: Guard): Transactions => ({
  transact: (...args) => step(() => tables.transact(...args)),
  update: (...args) => step(() => tables.update(...args)),
  read: (...args) => step(() => tables.read(...args)),
  readMany: (...args) => step(() => tables.readMany(...args)),
});

export const killablePort = (port: Pick<KafkaPort, 'send' | 'describe' | 'close'>, step: Guard): KafkaPort => ({
  send: (...args) => step(() => port.send(...args)),
  describe: (...args) => step(() => port.describe(...args)),
  close: () => port.close(),
});
