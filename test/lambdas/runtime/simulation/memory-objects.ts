import type { ObjectStore } from '../../../../lambdas/runtime/object-store';

/** S3 in memory; `failing` decides which calls are not confirmed. */
export class MemoryObjects implements ObjectStore {
  readonly content = new Map<string, string>();
  failing: (call: 'put' | 'get' | 'list' | 'delete', name: string) => boolean = () => false;

  names = (bucket: string): string[] =>
    [...this.content.keys()]
      .filter((name) => name.startsWith(`${bucket}/`))
      .map((name) => name.slice(bucket.length + 1))
      .sort();

  async putIfAbsent(bucket: string, name: string, body: string): Promise<'written' | 'exists'> {
    await this.#answer('put', name);
    if (this.content.has(`${bucket}/${name}`)) return 'exists';
    this.content.set(`${bucket}/${name}`, body);
    return 'written';
  }

  async get(bucket: string, name: string): Promise<string | undefined> {
    await this.#answer('get', name);
    return this.content.get(`${bucket}/${name}`);
  }

  async *list(bucket: string, prefix: string): AsyncIterable<string> {
    await this.#answer('list', prefix);
    yield* this.names(bucket).filter((name) => name.startsWith(prefix));
  }

  async delete(bucket: string, name: string): Promise<void> {
    await this.#answer('delete', name);
    this.content.delete(`${bucket}/${name}`);
  }

  #answer(call: 'put' | 'get' | 'list' | 'delete', name: string): Promise<void> {
    return this.failing(call, name) ? Promise.reject(new Error(`${call}: no answer`)) : Promise.resolve();
  }
}
