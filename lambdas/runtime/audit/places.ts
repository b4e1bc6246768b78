import type { ObjectStore } from '../stores/object-store';

/** Objects that are counted, at most: of a million the listing alone takes longer than an audit. */
const MOST = 10_000;

export interface Lying {
  /** At most 10,000. */
  readonly objects: number;
  /** Name of the first: the listing is in the order of names. @default - there is none */
  readonly first?: string;
}

/** How many objects lie below a prefix. Rejects when the store did not answer. */
export async function lyingIn(store: Pick<ObjectStore, 'list'>, bucket: string, prefix = ''): Promise<Lying> {
  let objects = 0;
  let first: string | undefined;
  for await (const { name } of store.list(bucket, prefix)) {
    first ??= name;
    objects += 1;
    if (objects === MOST) break;
  }
  return { objects, first };
}
