import { ledgerKey, type AuditedGroup, type AuditEnvironment } from '../contract';
import { LosslessError } from '../contract/errors';
import type { LogEnds, Offsets } from '../kafka/offsets';
import { stateOf } from '../ledger/item';
import { EMPTY, type LedgerState } from '../ledger/state';
import type { ObjectStore } from '../stores/object-store';
import type { Transactions } from '../stores/tables';
import type { Clock } from '../time/clock';
import { limit } from '../time/limit';
import type { Log } from '../watching/log';
import type { Audited } from '../watching/metrics';
import { ageOf } from './age';
import { remember, remembered } from './memory';
import { accepted, judge, type Judged } from './rules';
import { offsetsIn } from './stretches';

export interface GroupDeps {
  readonly offsets: Offsets;
  readonly transactions: Transactions;
  readonly objects: Pick<ObjectStore, 'list'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: (by: { readonly topic: string; readonly group: string }, audited: Audited) => void;
}

/** Ledgers that are read one by one, at once. */
const TOGETHER = 16;

/**
 * Audits one consumer group, and tells what it found. Rejects when a part did not answer: then nothing is told of it.
 *
 * @param why - what is unaccounted is accepted for this reason. @default - it is not
 */
export async function auditGroup(
  environment: AuditEnvironment,
  { group, table, onFailure }: AuditedGroup,
  deps: GroupDeps,
  why?: string,
): Promise<Audited> {
  const { cluster, topic } = environment;
  const { offsets, transactions, objects, clock, log } = deps;
  const at = { table, cluster, group, topic };
  // The order matters: what the audit before has left is older than anything that is read now, and what explains a thing is read after it.
  const memory = await remembered(at, transactions);
  const committed = await offsets.committed(group);
  const ends = await offsets.ends();
  const givenUp = await objectsIn(objects, onFailure);
  const ledgers = await ledgersOf(at, ends, deps);

  const judged = new Map<number, Judged>();
  for (const [partition, ofLog] of ends) {
    const ledger = ledgers.get(partition) ?? EMPTY;
    const seen = { ...ofLog, committed: committed.get(partition), givenUp: givenUp > 0, ledger };
    judged.set(partition, judge(seen, memory.partitions.get(partition), clock.now()));
  }
  const audited = {
    unaccounted: sum(judged, unaccountedIn),
    oldestUnsettled: await ageOf(oldestIn(judged), (timestampMs) => offsets.since(timestampMs), clock.now()),
    waiting: { topic: sum(judged, ({ waiting }) => waiting), 'on-failure': givenUp },
  };
  deps.tell({ topic, group }, audited);
  if (audited.unaccounted > 0) {
    const found = { topic, group, events: audited.unaccounted, partitions: inWords(judged, ends) };
    if (why === undefined) log.error('events unaccounted', found);
    else log.warn('unaccounted events accepted', { ...found, why });
  }
  const next = [...judged].map(([partition, each]) => [partition, why === undefined ? each.remembered : accepted(each)] as const); // prettier-ignore
  const kept = await remember(at, memory, new Map(next), transactions);
  if (kept === 'written' || kept === 'as before') return audited;
  // Without it the next audit would not know what this one has found.
  throw new LosslessError('STORE_UNAVAILABLE', `table ${table}: got ${kept} for what the audit of ${group} remembers, want it written; the next audit tries again`); // prettier-ignore
}

async function ledgersOf(
  at: { readonly table: string; readonly cluster: string; readonly group: string; readonly topic: string },
  ends: ReadonlyMap<number, LogEnds>,
  { transactions, clock }: GroupDeps,
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

async function objectsIn(objects: GroupDeps['objects'], bucket: string): Promise<number> {
  const names: string[] = [];
  for await (const { name } of objects.list(bucket, '')) if (names.push(name) === MOST_OBJECTS) break;
  return names.length;
}

const unaccountedIn = ({ unaccounted, uncounted }: Judged): number => offsetsIn(unaccounted) + uncounted;

const sum = (judged: ReadonlyMap<number, Judged>, of: (each: Judged) => number): number =>
  [...judged.values()].reduce((all, each) => all + of(each), 0);

const oldestIn = (judged: ReadonlyMap<number, Judged>): ReadonlyMap<number, number> =>
  new Map(
    [...judged].flatMap(([partition, { oldest }]) => (oldest === undefined ? [] : [[partition, oldest] as const])),
  );

/** Where they are, or were: what the retention took is below the start of the log. */
const inWords = (judged: ReadonlyMap<number, Judged>, ends: ReadonlyMap<number, LogEnds>): string[] =>
  [...judged].flatMap(([partition, each]) => {
    if (unaccountedIn(each) === 0) return [];
    const offsets = each.unaccounted.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
    const passed = each.uncounted > 0 ? [`${each.uncounted} not counted`] : [];
    return [`${partition}: ${[...offsets, ...passed].join(', ')}; the log begins at ${ends.get(partition)?.start}`];
  });
