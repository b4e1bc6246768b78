import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import type { Listed, ObjectStore } from '../../../../lambdas/runtime/stores/object-store';

/** How the next put goes: `lost` writes and loses the answer. */
export type PutAct = 'ok' | 'refused' | 'failed' | 'lost' | 'silent';

/** S3 in memory whose puts follow a script. */
export class ScriptedStore implements ObjectStore {
  readonly objects = new Map<string, string>();
  puts = 0;

  constructor(private readonly script: () => PutAct = () => 'ok') {}

  async putIfAbsent(bucket: string, name: string, body: string): Promise<'written' | 'exists'> {
    this.puts += 1;
    const act = this.script();
    if (act === 'silent') await new Promise(() => undefined);
    if (act === 'refused') throw new LosslessError('STORE_REFUSED', 'access denied');
    if (act === 'failed') throw new LosslessError('STORE_UNAVAILABLE', 'no connection');
    const key = `${bucket}/${name}`;
    const exists = this.objects.has(key);
    if (!exists) this.objects.set(key, body);
    if (act === 'lost') throw new LosslessError('STORE_UNAVAILABLE', 'no answer');
    return exists ? 'exists' : 'written';
  }

  get(bucket: string, name: string): Promise<string | undefined> {
    return Promise.resolve(this.objects.get(`${bucket}/${name}`));
  }

  async *list(bucket: string, prefix: string): AsyncIterable<Listed> {
    const start = `${bucket}/`;
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(start + prefix)).sort();
    for (const key of keys) {
      const bytes = Buffer.byteLength(this.objects.get(key) ?? '');
      yield await Promise.resolve({ name: key.slice(start.length), bytes });
    }
  }

  delete(bucket: string, name: string): Promise<void> {
    this.objects.delete(`${bucket}/${name}`);
    return Promise.resolve();
  }

  /** Parsed bodies in a bucket, in the order of their names. */
  bodies<T>(bucket: string): T[] {
    const names = [...this.objects.keys()].filter((key) => key.startsWith(`${bucket}/`)).sort();
    return names.map((name) => JSON.parse(this.objects.get(name) ?? 'null') as T);
  }
}
