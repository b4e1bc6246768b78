import type { Listed } from '../stores/object-store';

/** Bytes of objects held in memory at once; one above that goes alone. */
export const GROUP_BYTES = 8 * 1024 * 1024;
/** Objects read together. */
const GROUP_OBJECTS = 64;

/**
 * Objects that are to be tried, in their order, as many at once as may be held in memory. Where the listing fails, what it
 * has given by then comes first.
 */
export async function* inGroups(
  listing: AsyncIterable<Listed>,
  isToBeTried: (object: Listed) => boolean,
): AsyncIterable<Listed[]> {
  let group: Listed[] = [];
  let bytes = 0;
  let failed: { readonly error: unknown } | undefined;
  try {
    for await (const object of listing) {
      if (!isToBeTried(object)) continue;
      if (group.length > 0 && (bytes + object.bytes > GROUP_BYTES || group.length === GROUP_OBJECTS)) {
        yield group;
        group = [];
        bytes = 0;
      }
      group.push(object);
      bytes += object.bytes;
    }
  } catch (error) {
    failed = { error };
  }
  if (group.length > 0) yield group;
  if (failed) throw failed.error;
}
