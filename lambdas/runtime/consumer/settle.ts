import { backoffMs } from '../backoff';
import type { Clock } from '../clock';
import type { ParkCause } from '../dead-letters';
import type { Disposition } from '../disposition';
import type { Delivery } from '../idempotency/delivery';
import type { Parked } from '../idempotency/park';
import type { CommitRequest } from './committer';
import type { Prepared } from './prepare';
import type { ConsumerRecord } from './records';

/** What settling a delivery consists of. */
export interface Steps {
  prepare(delivery: Delivery): Promise<Prepared>;
  commit(request: CommitRequest): Promise<Disposition>;
  park(delivery: Delivery, cause: ParkCause): Promise<Parked>;
  readonly clock: Clock;
  /** Aborts at the time margin: what is not settled then stays so. */
  readonly signal: AbortSignal;
}

/**
 * Settles the deliveries of all keys at once and those of one key one after the other: a record starts after the one
 * before it is settled. Adds each settled record to `settled`, and resolves when all are or the signal has aborted.
 */
export async function settleInKeyOrder(
  deliveries: readonly Delivery[],
  steps: Steps,
  settled: Set<ConsumerRecord>,
): Promise<void> {
  await Promise.all(
    [...byKey(deliveries)].map(async (queue) => {
      for (const delivery of queue) {
        if (!(await isSettled(delivery, steps))) break;
        settled.add(delivery.record);
      }
    }),
  );
}

/** Order holds within partition and key; a record without a key has no order to keep. */
function byKey(deliveries: readonly Delivery[]): Iterable<Delivery[]> {
  const queues = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const { topic, partition, offset, key } = delivery.record;
    const order = key === null ? `at ${offset}` : `of ${Buffer.from(key).toString('base64')}`;
    const name = `${topic}-${partition} ${order}`;
    const queue = queues.get(name);
    if (queue) queue.push(delivery);
    else queues.set(name, [delivery]);
  }
  return queues.values();
}

/** True once the delivery is done or parked, and recorded so; false when the time margin came first. */
async function isSettled(delivery: Delivery, steps: Steps): Promise<boolean> {
  const { clock, signal } = steps;
  let troubles = 0;
  let alone = false;
  let prepared: Prepared | undefined;
  while (!signal.aborted) {
    prepared ??= await steps.prepare(delivery);
    const disposition: Disposition =
      prepared.kind === 'write' ? await steps.commit({ delivery, writes: prepared.writes, troubles, alone }) : prepared;
    switch (disposition.kind) {
      case 'done':
        return true;
      case 'park': {
        const parked = await steps.park(delivery, disposition);
        if (parked.kind === 'settled') return true;
        troubles++;
        await clock.sleep(backoffMs(troubles, clock), signal);
        break;
      }
      case 'retry':
        alone = disposition.alone ?? false;
        if (disposition.afterMs > 0) {
          troubles++;
          await clock.sleep(disposition.afterMs, signal);
        }
        break;
    }
  }
  return false;
}
