const M = 0x5bd1e995;

/** The 32-bit murmur2 of Kafka's Java client (`org.apache.kafka.common.utils.Utils.murmur2`), as a signed integer. */
export function murmur2(data: Uint8Array): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const words = data.length >>> 2;
  let hash = 0x9747b28c ^ data.length;
  for (let index = 0; index < words; index += 1) {
    let word = Math.imul(view.getInt32(index * 4, true), M);
    word ^= word >>> 24;
    hash = Math.imul(hash, M) ^ Math.imul(word, M);
  }
  const rest = words * 4;
  const left = data.length - rest;
  if (left >= 3) hash ^= view.getUint8(rest + 2) << 16;
  if (left >= 2) hash ^= view.getUint8(rest + 1) << 8;
  if (left >= 1) hash = Math.imul(hash ^ view.getUint8(rest), M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return hash ^ (hash >>> 15);
}

/** The partition Java's default partitioner takes for a key, so that producers in both languages keep a key's order. */
export const partitionOfKey = (key: Uint8Array, partitions: number): number => (murmur2(key) & 0x7fffffff) % partitions;
