import { ledgerKey, type AuditedGroup, type AuditEnvironment } from '../contract';
import type { LogEnds, Offsets } from '../kafka/offsets';
import { stateOf } from '../ledger/item';
import { EMPTY, type LedgerState } from '../ledger/state';
import type { ObjectStore } from '../stores/object-store';
import type { Transactions } from '../stores/tables';
import type { Clock } from '../time/clock';
import { limit } from '../time/limit';
import { remembered, type Memory, type MemoryAt } from './memory';
import { judge, type Judged, type Seen } from './rules';
import { offsetsIn } from './stretches';

export interface ReadingDeps {
  readonly offsets: Offsets;
  readonly transactions: Transactions;
  readonly objects: Pick<ObjectStore, 'list'>;
  readonly clock: Clock;
}

/** What is seen of one consumer group, and what that means. */
export interface Reading {
  readonly at: MemoryAt;
  /** What the last audit has left. */
  readonly memory: Memory;
  /** Objects of what the mapping gave up. */
  readonly givenUp: number;
  readonly partitions: ReadonlyMap<number, Seen & Judged>;
}

/** Ledgers that are read one by one, at once. */
const TOGETHER = 16;

/** Reads and judges, and changes nothing. Rejects when a part did not answer. */
export async function readGroup(
  { cluster, topic }: AuditEnvironment,
  { group, table, onFailure }: AuditedGroup,
  deps: ReadingDeps,
): Promise<Reading> {
  const { offsets, transactions, objects, clock } = deps;
  const at = { table, cluster, group, topic };
  // The order matters: what the audit before has left is older than anything that is read now, and what explains a thing is read after it.
  const memory = await remembered(at, transactions);
  const committed = await offsets.committed(group);
  const ends = await offsets.ends();
  const givenUp = await objectsIn(objects, onFailure);
  const ledgers = await ledgersOf(at, ends, deps);

  const partitions = new Map<number, Seen & Judged>();
  for (const [partition, ofLog] of ends) {
    const ledger = ledgers.get(partition) ?? EMPTY;
    const seen = { ...ofLog, committed: committed.get(partition), givenUp: givenUp > 0, ledger };
    partitions.set(partition, { ...seen, ...judge(seen, memory.partitions.get(partition), clock.now()) });
  }
  return { at, memory, givenUp, partitions };
}

export const unaccountedIn = ({ unaccounted, uncounted }: Judged): number => offsetsIn(unaccounted) + uncounted;

/** By partition the first record in the log that is not settled; of those that have one. */
export const oldestIn = ({ partitions }: Reading): ReadonlyMap<number, number> =>
  new Map(
    [...partitions].flatMap(([partition, { oldest }]) => (oldest === undefined ? [] : [[partition, oldest] as const])),
  );

async function ledgersOf(
  at: { readonly table: string; readonly cluster: string; readonly group: string; readonly topic: string },
  ends: ReadonlyMap<number, LogEnds>,
  { transactions, clock }: ReadingDeps,
): Promise<ReadonlyMap<number, LedgerState>> {
  const keys = new Map([...ends.keys()].map((partition) => [partition, ledgerKey({ ...at, partition })]));
  const items = new Map(await transactions.readMany(at.table, [...keys.values()]));
  // One that is left out need not be gone: DynamoDB may have had no time for it.
  const missing = [...keys].filter(([partition, key]) => !items.has(key) && (ends.get(partition)?.end ?? 0) > 0);
  const together = limit(TOGETHER);
  const looks = missing.map(([, key]) =>
    together(async () => {
      const item = await transactions.read(at.table, key);
      if (item) items.set(key, item);
    }),
  );
  await Promise.all(looks);
  const states = [...keys].flatMap(([partition, key]): [number, LedgerState][] => {
    const item = items.get(key);
    return item ? [[partition, stateOf(item, clock.now())]] : [];
  });
  return new Map(states);
}

/** On-failure objects that are counted, at most: of more the listing alone takes longer than an audit. */
const MOST_OBJECTS = 10_000;

async function objectsIn(objects: ReadingDeps['objects'], bucket: string): Promise<number> {
  const names: string[] = [];
  for await (const { name } of objects.list(bucket, '')) if (names.push(name) === MOST_OBJECTS) break;
  return names.length;
}
