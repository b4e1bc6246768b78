import type { Clock } from '../../time/clock';
import type { Disposition } from '../disposition';
import { OPERATIONS_PER_EVENT, sizeOf, targetOf } from '../../idempotency/operations';
import { notNow } from '../attempt';
import type { EventWrite } from './commit';

export interface CommitRequest extends EventWrite {
  /** In no transaction with other events. */
  readonly alone: boolean;
}

/** DynamoDB's limits for one transaction are 100 items and 4 MB; the rest is for what is only estimated here. */
const ITEMS = OPERATIONS_PER_EVENT + 1;
const BYTES = 3_000_000;
const BYTES_OF_RECORD = 1_000;

/**
 * Gathers what is ready at the same time into few transactions, `concurrency` of them at once. Two events of the same id
 * or with a common target item are never under way together. What is still waiting when the signal aborts is not sent.
 */
export function committer(
  commit: (group: readonly EventWrite[]) => Promise<Disposition[]>,
  {
    clock,
    concurrency,
    signal,
    most = ITEMS,
  }: {
    readonly clock: Pick<Clock, 'soon'>;
    readonly concurrency: number;
    readonly signal: AbortSignal;
    /** Events in one transaction. */ readonly most?: number;
  },
): (request: CommitRequest) => Promise<Disposition> {
  let waiting: Waiting[] = [];
  const underWay = new Set<string>();
  let running = 0;
  let woken = false;

  const wake = () => {
    if (woken) return;
    woken = true;
    // Whatever else becomes ready in this turn of the event loop shall share the transaction.
    clock.soon(() => {
      woken = false;
      while (running < concurrency && !signal.aborted) {
        const { group, rest } = takeGroup(waiting, underWay, most);
        if (group.length === 0) break;
        waiting = rest;
        void send(group);
      }
    });
  };

  const send = async (group: readonly Waiting[]): Promise<void> => {
    const touched = group.flatMap((each) => each.touches);
    touched.forEach((target) => underWay.add(target));
    running++;
    try {
      const dispositions = await commit(group.map(({ request }) => request));
      group.forEach(({ resolve }, index) => resolve(dispositions[index] as Disposition));
    } catch (error) {
      group.forEach(({ reject }) => reject(error));
    } finally {
      touched.forEach((target) => underWay.delete(target));
      running--;
      wake();
    }
  };

  signal.addEventListener('abort', () => {
    for (const { resolve } of waiting) resolve(notNow);
    waiting = [];
  });

  return (request) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return resolve(notNow);
      const { delivery, writes } = request;
      const targets = writes.map(targetOf).filter((target) => target !== undefined);
      waiting.push({
        request,
        touches: targets.length === 0 ? [delivery.key] : [delivery.key, ...new Set(targets)],
        items: 1 + writes.length,
        bytes: writes.reduce((sum, write) => sum + sizeOf(write), BYTES_OF_RECORD),
        resolve,
        reject,
      });
      wake();
    });
}

interface Waiting {
  readonly request: CommitRequest;
  /** Record and target items: what no other event may touch at the same time. */
  readonly touches: readonly string[];
  readonly items: number;
  readonly bytes: number;
  readonly resolve: (disposition: Disposition) => void;
  readonly reject: (error: unknown) => void;
}

/** The longest waiting event that is free, and whatever fits beside it; and the others, which go on waiting. */
function takeGroup(
  waiting: readonly Waiting[],
  underWay: ReadonlySet<string>,
  most: number,
): { readonly group: readonly Waiting[]; readonly rest: Waiting[] } {
  const group: Waiting[] = [];
  const passedOver: Waiting[] = [];
  const touched = new Set<string>();
  let items = 0;
  let bytes = 0;
  const fits = (each: Waiting): boolean =>
    (group.length === 0 || (!each.request.alone && items + each.items <= ITEMS && bytes + each.bytes <= BYTES)) &&
    each.touches.every((target) => !underWay.has(target) && !touched.has(target));
  let looked = 0;
  for (const each of waiting) {
    if (items >= ITEMS || group.length >= most || group[0]?.request.alone) break;
    looked++;
    if (!fits(each)) {
      passedOver.push(each);
      continue;
    }
    group.push(each);
    each.touches.forEach((target) => touched.add(target));
    items += each.items;
    bytes += each.bytes;
  }
  return { group, rest: [...passedOver, ...waiting.slice(looked)] };
}
