import { LosslessError } from '../contract/errors';

/** What the runtime asks of S3, and no more: a narrow port, so that tests can make it slow, refuse or lose an answer. */
export interface ObjectStore {
  /**
   * Puts an object that must not exist yet (`If-None-Match: *`).
   * Rejects when S3 did not confirm: then the object may be there or not, unless the error's code is `STORE_REFUSED`
   * (S3 said no at the first try).
   */
  putIfAbsent(bucket: string, name: string, body: string): Promise<'written' | 'exists'>;
  /** The object's text; undefined when there is none. Once `signal` aborts, what was read is let go. */
  get(bucket: string, name: string, signal?: AbortSignal): Promise<string | undefined>;
  /** Objects below `prefix` in ascending order of their names, page by page. */
  list(bucket: string, prefix: string): AsyncIterable<Listed>;
  delete(bucket: string, name: string): Promise<void>;
}

/** An object as a listing shows it. */
export interface Listed {
  readonly name: string;
  /** Its size: what reading it will take. */
  readonly bytes: number;
  /** Epoch milliseconds at which it was put, where the store says so. */
  readonly putAtMs?: number;
}

/** True when the store itself said no: nothing was written. */
export const isStoreRefusal = (error: unknown): boolean => LosslessError.is(error) && error.code === 'STORE_REFUSED';
