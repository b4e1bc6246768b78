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

export interface CommitterOptions {
  readonly clock: Pick<Clock, 'soon'>;
  /** Transactions under way at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Events in one transaction. @default - as many as DynamoDB takes */
  readonly most?: number;
}

type Commit = (group: readonly EventWrite[]) => Promise<Disposition[]>;

/**
 * Gathers what is ready at the same time into few transactions, `concurrency` of them at once. Two events of the same id
 * or with a common target item are never under way together. What is still waiting when the signal aborts is not sent.
 */
export function committer(commit: Commit, options: CommitterOptions): (request: CommitRequest) => Promise<Disposition> {
  const queue = new CommitQueue(commit, options);
  return (request) => queue.submit(request);
}

class CommitQueue {
  private waiting: Waiting[] = [];
  private readonly underWay = new Set<string>();
  private running = 0;
  private isWoken = false;

  constructor(
    private readonly commit: Commit,
    private readonly options: CommitterOptions,
  ) {
    options.signal.addEventListener('abort', () => {
      for (const { resolve } of this.waiting) resolve(notNow);
      this.waiting = [];
    });
  }

  submit(request: CommitRequest): Promise<Disposition> {
    return new Promise((resolve, reject) => {
      if (this.options.signal.aborted) return resolve(notNow);
      const { delivery, writes } = request;
      const targets = writes.map(targetOf).filter((target) => target !== undefined);
      this.waiting.push({
        request,
        touches: targets.length === 0 ? [delivery.key] : [delivery.key, ...new Set(targets)],
        items: 1 + writes.length,
        bytes: writes.reduce((sum, write) => sum + sizeOf(write), BYTES_OF_RECORD),
        resolve,
        reject,
      });
      this.wake();
    });
  }

  /** Whatever else becomes ready in this turn of the event loop shares the transaction. */
  private wake(): void {
    if (this.isWoken) return;
    this.isWoken = true;
    const { clock, concurrency, signal, most = ITEMS } = this.options;
    clock.soon(() => {
      this.isWoken = false;
      while (this.running < concurrency && !signal.aborted) {
        const { group, rest } = takeGroup(this.waiting, this.underWay, most);
        if (group.length === 0) break;
        this.waiting = rest;
        void this.send(group);
      }
    });
  }

  private async send(group: readonly Waiting[]): Promise<void> {
    const touched = group.flatMap((each) => each.touches);
    touched.forEach((target) => this.underWay.add(target));
    this.running++;
    try {
      const dispositions = await this.commit(group.map(({ request }) => request));
      group.forEach(({ resolve }, index) => resolve(dispositions[index] as Disposition));
    } catch (error) {
      group.forEach(({ reject }) => reject(error));
    } finally {
      touched.forEach((target) => this.underWay.delete(target));
      this.running--;
      this.wake();
    }
  }
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
