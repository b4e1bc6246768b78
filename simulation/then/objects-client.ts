import type { ObjectStore } from '../../lambdas/runtime/stores/object-store';
import { objectsClient as today, type ObjectsClientOptions } from '../s3/client';

export type { ObjectTrouble } from '../s3/client';

type Then = Omit<ObjectStore, 'list'> & { list(bucket: string, prefix: string): AsyncIterable<string> };

/** S3 as the runtime asked for it then: a listing was of names alone. */
export function objectsClient(options: ObjectsClientOptions): Then {
  const store = today(options);
  return {
    ...store,
    list: async function* (bucket, prefix) {
      for await (const { name } of store.list(bucket, prefix)) yield name;
    },
  };
}
