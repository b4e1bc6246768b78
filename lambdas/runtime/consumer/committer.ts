import { setImmediate } from 'node:timers';
import type { Disposition } from '../disposition';
import { OPERATIONS_PER_EVENT, sizeOf, targetOf } from '../operations';
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
 * or with a common target item are never under way together.
 */
export function committer(
  commit: (group: readonly EventWrite[]) => Promise<Disposition[]>,
  {
    concurrency,
    signal,
    most = ITEMS,
  }: {
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
    setImmediate(() => {
      woken = false;
      while (running < concurrency && !signal.aborted) {
        const group = takeGroup(waiting, underWay, most);
        if (group.length === 0) break;
        const taken = new Set(group);
        waiting = waiting.filter((request) => !taken.has(request));
        void send(group);
      }
    });
  };

  const send = async (group: readonly Waiting[]): Promise<void> => {
    const claims = group.flatMap((request) => request.claims);
    claims.forEach((claim) => underWay.add(claim));
    running++;
    try {
      const dispositions = await commit(group);
      group.forEach(({ resolve }, index) => resolve(dispositions[index] as Disposition));
    } catch (error) {
      group.forEach(({ reject }) => reject(error));
    } finally {
      claims.forEach((claim) => underWay.delete(claim));
      running--;
      wake();
    }
  };

  return (request) =>
    new Promise((resolve, reject) => {
      waiting.push({ ...request, ...measure(request), resolve, reject });
      wake();
    });
}

interface Waiting extends CommitRequest {
  /** Record and target items: what no other event may touch at the same time. */
  readonly claims: readonly string[];
  readonly items: number;
  readonly bytes: number;
  readonly resolve: (disposition: Disposition) => void;
  readonly reject: (error: unknown) => void;
}

const measure = ({ delivery, writes }: CommitRequest): Pick<Waiting, 'claims' | 'items' | 'bytes'> => ({
  claims: [delivery.key, ...new Set(writes.map(targetOf).filter((target) => target !== undefined))],
  items: 1 + writes.length,
  bytes: writes.reduce((sum, write) => sum + sizeOf(write), BYTES_OF_RECORD),
});

/** The longest waiting event that is free, and whatever fits beside it. */
function takeGroup(waiting: readonly Waiting[], underWay: ReadonlySet<string>, most: number): Waiting[] {
  const group: Waiting[] = [];
  const claimed = new Set<string>();
  let items = 0;
  let bytes = 0;
  const fits = (request: Waiting): boolean =>
    (group.length === 0 || (!request.alone && items + request.items <= ITEMS && bytes + request.bytes <= BYTES)) &&
    request.claims.every((claim) => !underWay.has(claim) && !claimed.has(claim));
  for (const request of waiting) {
    if (items >= ITEMS || group.length >= most || group[0]?.alone) break;
    if (!fits(request)) continue;
    group.push(request);
    request.claims.forEach((claim) => claimed.add(claim));
    items += request.items;
    bytes += request.bytes;
  }
  return group;
}
