/** Ages that are told apart, in seconds: from one minute to a quarter of a year, each an eighth more than the one before. */
const AGES = Array.from({ length: 101 }, (_, n) => Math.round(60 * 1.125 ** n));

/**
 * Seconds for which the oldest of these records has been in its log, to an eighth; 0: less than a minute. Kafka tells offsets by time
 * and not times by offset, so that it is asked some seven times. Of a topic whose producers say the time (`CreateTime`), as far as that is true.
 *
 * @param oldest - by partition: offset of a record that is in the log
 * @param since - by partition: offset of the first record of that time (epoch milliseconds) or later
 */
export async function ageOf(
  oldest: ReadonlyMap<number, number>,
  since: (timestampMs: number) => Promise<ReadonlyMap<number, number>>,
  nowMs: number,
): Promise<number> {
  if (oldest.size === 0) return 0;
  const isOlder = async (seconds: number) => {
    const first = await since(nowMs - seconds * 1_000);
    return [...oldest].some(([partition, offset]) => (first.get(partition) ?? 0) > offset);
  };
  // As a rule nothing waits for long: one question then.
  if (!(await isOlder(AGES[0]!))) return 0;
  let [low, high] = [0, AGES.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await isOlder(AGES[middle]!)) low = middle;
    else high = middle;
  }
  return AGES[low]!;
}
