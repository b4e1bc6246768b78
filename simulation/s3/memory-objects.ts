import type { Clock } from '../../lambdas/runtime/time/clock';
import { LosslessError } from '../../lambdas/runtime/contract/errors';
import type { Listed, ObjectStore } from '../../lambdas/runtime/stores/object-store';

export type ObjectCall = 'put' | 'get' | 'list' | 'delete';

/**
 * How one call goes. `lost` carries it out and loses the answer; `lost once` does so at the first of the client's own tries,
 * so that a put finds its own object; `silent` does nothing and never answers, `stalled` is carried
 * out and never answers, `slow-down` is S3's 503, `refused` its 403. A listing fails between two pages.
 */
export type ObjectAct = 'ok' | 'unavailable' | 'lost' | 'lost once' | 'silent' | 'stalled' | 'slow-down' | 'refused';

/** Objects of one page of a listing, where nobody says otherwise. */
export const PAGE = 3;

/** S3's order is that of bytes; JavaScript's puts a name with a character above U+FFFF before one with U+FFFD. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const ABOVE_FFFF = /[\ud800-\udfff]/;
const sorted = (names: string[]): string[] =>
  names.some((name) => ABOVE_FFFF.test(name)) ? names.sort(byBytes) : names.sort();
const isAfter = (name: string, other: string): boolean =>
  ABOVE_FFFF.test(name) || ABOVE_FFFF.test(other) ? byBytes(name, other) > 0 : name > other;

/** S3 in memory, as hard as the real one: strong reads, listings in pages, and any call may fail, for one object or for all. */
export class MemoryObjects implements ObjectStore {
  readonly content = new Map<string, string>();
  /** Which calls are not confirmed; they are not carried out. */
  failing: (call: ObjectCall, name: string) => boolean = () => false;
  /** How each call goes; a listing is asked for each page, under the name of the last object before it. */
  script: (call: ObjectCall, name: string, bucket: string) => ObjectAct = () => 'ok';
  /** Milliseconds each call takes; none without a clock. */
  latencyMs: (call: ObjectCall) => number = () => 1;
  /** Hears of each object that was written. */
  onWritten: (name: string) => void = () => undefined;
  /** Most bytes that were read at the same time. */
  mostBytesAtOnce = 0;
  #reading = new Set<{ readonly bytes: number }>();

  constructor(
    private readonly clock?: Pick<Clock, 'sleep'>,
    /** Objects of one page of a listing. */
    private readonly page = PAGE,
  ) {}

  names = (bucket: string, prefix = '', after = ''): string[] =>
    sorted(
      [...this.content.keys()]
        .filter((name) => name.startsWith(`${bucket}/${prefix}`))
        .map((name) => name.slice(bucket.length + 1))
        .filter((name) => after === '' || isAfter(name, after)),
    );

  /** One page of a listing, and the name after which the next begins; undefined: it was the last. */
  pageOf(bucket: string, prefix: string, after: string): { readonly objects: Listed[]; readonly next?: string } {
    const names = this.names(bucket, prefix, after);
    const objects = names
      .slice(0, this.page)
      .map((name) => ({ name, bytes: Buffer.byteLength(this.content.get(`${bucket}/${name}`) ?? '') }));
    return { objects, next: names.length > this.page ? objects.at(-1)?.name : undefined };
  }

  async putIfAbsent(bucket: string, name: string, body: string): Promise<'written' | 'exists'> {
    return this.#call('put', name, bucket, () => {
      if (this.content.has(`${bucket}/${name}`)) return 'exists';
      // What is kept are bytes: half a surrogate pair has none.
      this.content.set(`${bucket}/${name}`, Buffer.from(body).toString());
      this.onWritten(name);
      return 'written';
    });
  }

  async get(bucket: string, name: string, signal?: AbortSignal): Promise<string | undefined> {
    const bytes = Buffer.byteLength(this.content.get(`${bucket}/${name}`) ?? '');
    const reading = { bytes };
    this.#reading.add(reading);
    const atOnce = [...this.#reading].reduce((sum, one) => sum + one.bytes, 0);
    this.mostBytesAtOnce = Math.max(this.mostBytesAtOnce, atOnce);
    try {
      const over = () => new LosslessError('STORE_UNAVAILABLE', 'get: let go');
      if (signal?.aborted) throw over();
      const read = this.#call('get', name, bucket, () => this.content.get(`${bucket}/${name}`));
      const letGo = new Promise<never>((_, reject) => signal?.addEventListener('abort', () => reject(over())));
      return await Promise.race([read, letGo]);
    } finally {
      this.#reading.delete(reading);
    }
  }

  /** Whoever read has been killed: nothing of it is in memory any more. */
  letGo(): void {
    this.#reading = new Set();
  }

  async *list(bucket: string, prefix: string): AsyncIterable<Listed> {
    let after = '';
    for (;;) {
      const page = await this.#call('list', after, bucket, () => this.pageOf(bucket, prefix, after));
      yield* page.objects;
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  async delete(bucket: string, name: string): Promise<void> {
    await this.#call('delete', name, bucket, () => this.content.delete(`${bucket}/${name}`));
  }

  async #call<T>(call: ObjectCall, name: string, bucket: string, carryOut: () => T): Promise<T> {
    if (this.failing(call, name)) throw new Error(`${call}: no answer`);
    const act = this.script(call, name, bucket);
    if (this.clock) await this.clock.sleep(this.latencyMs(call));
    switch (act) {
      case 'ok':
        return carryOut();
      case 'lost once':
        carryOut();
        return carryOut();
      case 'lost':
        carryOut();
        throw new LosslessError('STORE_UNAVAILABLE', `${call}: answer lost`);
      case 'stalled':
        carryOut();
        return new Promise(() => undefined);
      case 'silent':
        return new Promise(() => undefined);
      case 'unavailable':
        throw new LosslessError('STORE_UNAVAILABLE', `${call}: no connection`);
      case 'slow-down':
        throw new LosslessError('STORE_UNAVAILABLE', `${call}: got SlowDown (503)`);
      case 'refused':
        throw new LosslessError('STORE_REFUSED', `${call}: got AccessDenied (403)`);
    }
  }
}
