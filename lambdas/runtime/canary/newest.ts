import { CANARY_SOURCE, canaryId, RECORD, type CanaryEnvironment, type CanaryGroup } from '../contract';
import { recordKey } from '../idempotency/delivery';
import type { Item, Transactions } from '../stores/tables';
import { roundName } from './rounds';

/** Rounds that are looked back at, at most: what is older is as bad as none. */
export const MOST_ROUNDS = 60;
/** How far each look reaches back: most often the first one finds all. */
const REACHES = [2, 6, 20, MOST_ROUNDS] as const;

/** Key of a canary's record in the idempotency table of a group. */
export const canaryKey = (
  of: { readonly cluster: string; readonly group: string },
  name: string,
  { partition, partitions }: { readonly partition: number; readonly partitions: number },
): string => recordKey(of, [CANARY_SOURCE, canaryId(name, partition, partitions)]);

export const isDone = (item: Item | undefined): boolean => item?.[RECORD.state] === 'done';

/**
 * By how many rounds the latest canary lies back that the group has settled as `done`, in the partition where that is most; `MOST_ROUNDS`
 * where one has settled none. Rejects when the table did not answer.
 *
 * @param roundMs - the round that was just sent, which is not looked at
 */
export async function roundsBack(
  { cluster, periodMs }: Pick<CanaryEnvironment, 'cluster' | 'periodMs'>,
  { group, table }: CanaryGroup,
  { roundMs, partitions }: { readonly roundMs: number; readonly partitions: number },
  transactions: Pick<Transactions, 'readMany'>,
): Promise<number> {
  let left = Array.from({ length: partitions }, (_, partition) => partition);
  let most = 0;
  let from = 1;
  for (const to of REACHES) {
    const rounds = Array.from({ length: to - from + 1 }, (_, n) => from + n);
    const keyOf = (partition: number, back: number) =>
      canaryKey({ cluster, group }, roundName(roundMs - back * periodMs), { partition, partitions });
    const keys = left.flatMap((partition) => rounds.map((back) => keyOf(partition, back)));
    const found = await transactions.readMany(table, keys);
    const latest = (partition: number) => rounds.find((back) => isDone(found.get(keyOf(partition, back))));
    most = Math.max(most, ...left.map((partition) => latest(partition) ?? 0));
    left = left.filter((partition) => latest(partition) === undefined);
    if (left.length === 0) return most;
    from = to + 1;
  }
  return MOST_ROUNDS;
}
