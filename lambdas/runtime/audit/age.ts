/** Ages that are told apart, in seconds: from one minute to a quarter of a year, each an eighth more than the one before. */
const AGES = Array.from({ length: 101 }, (_, n) => Math.round(60 * 1.125 ** n));

/** By partition: offset of the first record of that time (epoch milliseconds) or later. */
type Since = (timestampMs: number) => Promise<ReadonlyMap<number, number>>;

/**
 * Seconds for which the oldest of these records has been in its log, to an eighth; 0: less than a minute. Kafka tells offsets by time
 * and not times by offset, so that it is asked some seven times. Of a topic whose producers say the time (`CreateTime`), as far as that is true.
 *
 * @param oldest - by partition: offset of a record that is in the log
 */
export async function ageOf(oldest: ReadonlyMap<number, number>, since: Since, nowMs: number): Promise<number> {
  if (oldest.size === 0) return 0;
  const isOlder = async (seconds: number) => (await olderThan(seconds, [...oldest.keys()], { oldest, since, nowMs })).size > 0; // prettier-ignore
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

/** The same of each partition. Kafka is asked once where nothing is old, and at most a hundred times. */
export async function agesOf(
  oldest: ReadonlyMap<number, number>,
  since: Since,
  nowMs: number,
): Promise<ReadonlyMap<number, number>> {
  const ages = new Map<number, number>();
  /** All of these are of an age from `low` on, and below `high`; −1: none at all. */
  const narrow = async (partitions: readonly number[], low: number, high: number): Promise<void> => {
    if (partitions.length === 0) return;
    if (high - low === 1) return partitions.forEach((partition) => ages.set(partition, AGES[low] ?? 0));
    const middle = low < 0 ? 0 : (low + high) >> 1;
    const older = await olderThan(AGES[middle]!, partitions, { oldest, since, nowMs });
    await narrow(partitions.filter((each) => older.has(each)), middle, high); // prettier-ignore
    await narrow(partitions.filter((each) => !older.has(each)), low, middle); // prettier-ignore
  };
  await narrow([...oldest.keys()], -1, AGES.length);
  return ages;
}

async function olderThan(
  seconds: number,
  partitions: readonly number[],
  { oldest, since, nowMs }: { oldest: ReadonlyMap<number, number>; since: Since; nowMs: number },
): Promise<ReadonlySet<number>> {
  const first = await since(nowMs - seconds * 1_000);
  return new Set(partitions.filter((each) => (first.get(each) ?? 0) > (oldest.get(each) ?? 0)));
}
