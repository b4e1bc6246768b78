import type { Clock } from '../time/clock';
import { LosslessError } from '../contract/errors';
import type { Listed, ObjectStore } from './object-store';
import { within } from '../time/within';

/** Milliseconds, the longest wait of a sweep for one answer of the store, the body of a large object included. */
export const STORE_ANSWER_MS = 20_000;

/**
 * The same store, each call of which ends within `limitMs()` milliseconds, a page of a listing too: an answer that never
 * comes, or a body that stops half-way, must not hold up what waits behind it. After that the call may still be carried
 * out, as after any that got no answer.
 */
export function timedObjectStore(store: ObjectStore, clock: Clock, limitMs: () => number): ObjectStore {
  const timed = async <T>(what: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const ms = limitMs();
    if (ms <= 0) throw unanswered(what, 0);
    const over = new AbortController();
    const ended = await within(call(over.signal), ms, { clock });
    switch (ended.kind) {
      case 'value':
        return ended.value;
      case 'error':
        throw ended.error;
      case 'timeout':
      case 'aborted':
        over.abort();
        throw unanswered(what, ms);
    }
  };
  return {
    putIfAbsent: (bucket, name, body) =>
      timed(`put of s3://${bucket}/${name}`, () => store.putIfAbsent(bucket, name, body)),
    get: (bucket, name) => timed(`get of s3://${bucket}/${name}`, (signal) => store.get(bucket, name, signal)),
    delete: (bucket, name) => timed(`delete of s3://${bucket}/${name}`, () => store.delete(bucket, name)),
    list: async function* (bucket, prefix): AsyncIterable<Listed> {
      const listing = store.list(bucket, prefix)[Symbol.asyncIterator]();
      const next = () => timed(`list of s3://${bucket}/${prefix}`, () => listing.next());
      for (let got = await next(); got.done !== true; got = await next()) yield got.value;
    },
  };
}

const unanswered = (what: string, ms: number): LosslessError =>
  new LosslessError(
    'STORE_UNAVAILABLE',
    `${what}: got no answer within ${Math.max(0, Math.round(ms))} ms, want one; it may have been carried out, try again`,
  );
