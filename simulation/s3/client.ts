import { LosslessError } from '../../lambdas/runtime/contract/errors';
import type { Listed, ObjectStore } from '../../lambdas/runtime/stores/object-store';
import type { Clock } from '../../lambdas/runtime/time/clock';
import { within } from '../../lambdas/runtime/time/within';
import type { Troubles } from '../kernel/troubles';
import type { Link, Near } from '../network/link';
import type { MemoryObjects } from './memory-objects';

export type ObjectTrouble =
  /** S3's 503: nothing was done. */
  | 'slow-down'
  /** 500: done or not. */
  | 'server-error'
  /** Access is refused. */
  | 'refused'
  /** A put meets somebody who deletes, or puts, under its name: 409, and nothing was done. */
  | 'conflict';

export interface ObjectsClientOptions {
  /** By bucket. */
  readonly buckets: ReadonlyMap<string, MemoryObjects>;
  readonly home: Near & { readonly clock: Clock };
  readonly link: Link;
  readonly troubles: Troubles<ObjectTrouble>;
  /** Objects that cannot be read for now, by `<bucket>/<name>`. */
  readonly unreadable: { has(path: string): boolean };
}

/** As the runtime's own client has it. */
const ATTEMPTS = 3;
const ATTEMPT_MS = 3_000;

type Refusal = { readonly refused: string; readonly again: boolean };
const CONFLICT: Refusal = { refused: 'ConditionalRequestConflict (409)', again: true };
const FAILED: Refusal = { refused: 'InternalError (500)', again: true };
const isRefusal = (answer: unknown): answer is Refusal => typeof answer === 'object' && answer !== null && 'refused' in answer; // prettier-ignore

/** S3 as a function reaches it: through the SDK's three attempts. */
export function objectsClient(options: ObjectsClientOptions): ObjectStore {
  const { home, link, troubles, buckets, unreadable } = options;
  const { clock } = home;
  const bucketOf = (bucket: string): MemoryObjects => {
    const found = buckets.get(bucket);
    if (!found) throw new LosslessError('STORE_REFUSED', `bucket ${bucket}: got NoSuchBucket (404)`);
    return found;
  };
  const serve = async <T>(carryOut: () => Promise<T>): Promise<T | Refusal> => {
    if (troubles.happens('slow-down')) return { refused: 'SlowDown (503)', again: true };
    if (troubles.happens('refused')) return { refused: 'AccessDenied (403)', again: false };
    if (!troubles.happens('server-error')) return carryOut();
    if (troubles.happens('server-error')) await carryOut();
    return FAILED;
  };
  const ask = async <T>(what: string, carryOut: () => Promise<T | Refusal>): Promise<T> => {
    let why = 'no answer';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      if (attempt > 1) await clock.sleep(100 * 2 ** attempt * clock.random());
      const ended = await within(
        link.request(home, () => serve(carryOut)),
        ATTEMPT_MS,
        { clock },
      );
      if (ended.kind === 'error') throw ended.error;
      if (ended.kind !== 'value') continue;
      if (!isRefusal(ended.value)) return ended.value;
      why = ended.value.refused;
      if (ended.value.again) continue;
      // After an attempt without an answer the refusal tells of the last one only.
      throw new LosslessError(attempt === 1 ? 'STORE_REFUSED' : 'STORE_UNAVAILABLE', `${what}: got ${why}`);
    }
    throw new LosslessError('STORE_UNAVAILABLE', `${what}: got ${why}`);
  };
  return {
    putIfAbsent: (bucket, name, body) => {
      const put = () => bucketOf(bucket).putIfAbsent(bucket, name, body);
      return ask<'written' | 'exists'>('put', () => (troubles.happens('conflict') ? Promise.resolve(CONFLICT) : put()));
    },
    get: (bucket, name, signal) => {
      const carryOut = () => {
        if (unreadable.has(`${bucket}/${name}`)) return Promise.resolve<Refusal>(FAILED);
        return bucketOf(bucket).get(bucket, name);
      };
      const read = ask<string | undefined>('get', carryOut);
      return signal ? Promise.race([read, letGo(signal)]) : read;
    },
    delete: (bucket, name) => ask('delete', () => bucketOf(bucket).delete(bucket, name)),
    list: (bucket, prefix) => listed((name) => ask('list', name), bucketOf(bucket), bucket, prefix),
  };
}

/** A read that nobody waits for any more. */
const letGo = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const over = () => reject(new LosslessError('STORE_UNAVAILABLE', 'get: let go'));
    if (signal.aborted) over();
    else signal.addEventListener('abort', over, { once: true });
  });

/** One request for each page: the pages of the bucket, as its iterator turns them. */
async function* listed(
  ask: <T>(carryOut: () => Promise<T>) => Promise<T>,
  objects: MemoryObjects,
  bucket: string,
  prefix: string,
): AsyncIterable<Listed> {
  let after = '';
  for (;;) {
    const page = await ask(() => Promise.resolve(objects.pageOf(bucket, prefix, after)));
    yield* page.objects;
    if (page.next === undefined) return;
    after = page.next;
  }
}
