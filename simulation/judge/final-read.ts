import {
  CE_ID,
  LEASES,
  LEDGER,
  RECORD,
  REDRIVE_HEADER,
  type DeadLetter,
  type SpillObject,
} from '../../lambdas/runtime/contract';
import type { Place } from '../../faults/history';
import type { Application, Effects, FinalRead, LedgerRead, LogRecord } from '../../faults/final-read/final-read';
import {
  ledgerRead,
  parkedObject,
  recordsIn,
  settledRecord,
  spilledId,
  type OnFailureDocument,
} from '../../faults/final-read/items';
import { hashOfBytes, hashOfHeaders } from '../../faults/final-read/printed';
import type { MemoryTables } from '../dynamodb/memory-tables';
import type { Cluster } from '../kafka/cluster';
import type { StoredMessage } from '../kafka/replica-log';
import type { MemoryObjects } from '../s3/memory-objects';

/** Where one consumer's traces lie. */
export interface Left {
  readonly cluster: Cluster;
  readonly topic: string;
  readonly group: string;
  readonly effect: 'write' | 'call';
  readonly givesUp: boolean;
  readonly tables: MemoryTables;
  readonly table: string;
  readonly deadLetters: MemoryObjects;
  readonly spill: MemoryObjects;
  readonly onFailure: MemoryObjects;
  readonly committed: ReadonlyMap<number, number>;
  readonly applications: readonly (Application & { readonly key: string })[];
  /** True times, by the key of the record. */
  readonly settledAt: ReadonlyMap<string, number>;
  readonly lapsed: readonly Place[];
  readonly counters: Readonly<Record<string, number>>;
  readonly patienceMs: number;
  /** True times, by the name of the object. */
  readonly parkedAt: ReadonlyMap<string, number>;
}

/** What was there when a window began, and is no part of it. */
export interface Before {
  /** Offset of the first record of the window, by partition. */
  readonly offsets: ReadonlyMap<number, number>;
  readonly ledgers: readonly LedgerRead[];
  readonly counters: Readonly<Record<string, number>>;
}

/** Everything that a window of the run left behind, read past the pipeline's own ways. */
export function readLeft(left: Left, before: Before): FinalRead {
  const { cluster, topic, group, effect, givesUp, patienceMs, committed } = left;
  const letters = bodies<DeadLetter>(left.deadLetters).map(({ name, body }) => {
    const letter = parkedObject({ name, body });
    return { ...letter, parkedAt: left.parkedAt.get(name) ?? letter.parkedAt };
  });
  const lettersAt = new Set(letters.map(({ partition, offset }) => `${partition}/${offset}`));
  const isOfWindow = ({ partition, offset }: { partition: number; offset: number }) =>
    partition < 0 || offset >= (before.offsets.get(partition) ?? 0);
  const items = left.tables.items(left.table);
  return {
    topic,
    group,
    partitions: cluster.partitions(topic).map((partition) => {
      const from = before.offsets.get(partition.number) ?? 0;
      const records = [...partition.expired, ...partition.committed().batches].flatMap(
        ({ base, timestamp, messages }) =>
          messages.flatMap((message, n) => {
            if (base + n < from) return [];
            const offset = base + n;
            return [logRecord(message, offset, timestamp, lettersAt.has(`${partition.number}/${offset}`))];
          }),
      );
      return { partition: partition.number, records, committed: committed.get(partition.number) ?? null };
    }),
    effects: effectsOf(left.applications),
    settled: items.flatMap((item) => {
      const settledAt = left.settledAt.get(String(item[RECORD.key]));
      return settledAt === undefined ? [] : [{ ...settledRecord(item), settledAt }].filter(isOfWindow);
    }),
    ledgers: ledgersIn(left.tables, left.table).map((ledger) => since(ledger, before)),
    deadLetters: letters.filter((letter) => letter.group === group || letter.group === '-').filter(isOfWindow),
    spilled: spilledIn(left.spill),
    onFailure: bodies<OnFailureDocument>(left.onFailure).flatMap(({ body }) => recordsIn(body)),
    counters: Object.fromEntries(
      Object.entries(left.counters).map(([name, count]) => [name, count - (before.counters[name] ?? 0)]),
    ),
    lapsed: left.lapsed.filter(isOfWindow),
    taken: cluster
      .partitions(topic)
      .flatMap(({ number, expired }) =>
        expired.flatMap(({ base, messages }) => messages.map((_, n) => ({ partition: number, offset: base + n }))),
      ),
    ...{ patienceMs, effect, givesUp },
  };
}

/** A group's ledgers as they are now. */
export const ledgersIn = (tables: MemoryTables, table: string): LedgerRead[] =>
  tables
    .items(table)
    .filter((item) => item[LEDGER.version] !== undefined)
    .map(ledgerRead);

/** Ids of events that wait in a spill store. */
export const spilledIn = (spill: MemoryObjects): string[] =>
  bodies<SpillObject>(spill)
    .filter(({ name }) => !name.startsWith(LEASES))
    .flatMap(({ body }) => body.events.map(spilledId));

function bodies<Body>(objects: MemoryObjects): { name: string; body: Body }[] {
  return [...objects.content].flatMap(([path, text]) => {
    const name = path.slice(path.indexOf('/') + 1);
    return name.startsWith(LEASES) ? [] : [{ name, body: JSON.parse(text) as Body }];
  });
}

const header = ({ headers }: StoredMessage, name: string): Buffer | undefined => {
  const value = headers[name];
  const first = Array.isArray(value) ? value[0] : value;
  return first === undefined ? undefined : Buffer.from(first);
};

/** Fingerprints are wanted only where there is a dead letter to hold against them. */
function logRecord(message: StoredMessage, offset: number, timestamp: number, hasLetter: boolean): LogRecord {
  const { key, value, headers } = message;
  const stored = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((each) => [name, Buffer.from(each ?? '').toString('base64')] as const),
  );
  return {
    offset,
    timestamp,
    id: header(message, CE_ID)?.toString() ?? null,
    key: key?.toString() ?? null,
    keyHash: hasLetter ? hashOfBytes(key) : '',
    valueHash: hasLetter ? hashOfBytes(value) : '',
    headersHash: hasLetter ? hashOfHeaders(stored) : '',
    redriven: header(message, REDRIVE_HEADER) !== undefined,
  };
}

function effectsOf(applications: Left['applications']): Effects {
  const timesApplied: Record<string, number> = {};
  const byKey: Record<string, Application[]> = {};
  for (const { key, ...application } of applications) {
    timesApplied[application.id] = (timesApplied[application.id] ?? 0) + 1;
    (byKey[key] ??= []).push(application);
  }
  return { timesApplied, byKey };
}

function since(now: LedgerRead, { ledgers }: Before): LedgerRead {
  const then = ledgers.find(({ partition }) => partition === now.partition);
  const { partition } = now;
  const less = (name: 'applied' | 'duplicate' | 'parked') => now[name] - (then?.[name] ?? 0);
  return { partition, applied: less('applied'), duplicate: less('duplicate'), parked: less('parked') };
}
