import type { FinalRead, LogRecord, SettledRecord } from '../final-read/final-read';
import type { Entry, History, Place } from '../history';
import { followAttempts, type Ack, type SentEvent } from './attempts';

export type EntryOf<Op extends Entry['op']> = Extract<Entry, { op: Op }>;

export interface FoundRecord extends LogRecord {
  readonly partition: number;
}

/** History and final read, indexed once for all checks. */
export interface Evidence {
  readonly read: FinalRead;
  readonly torn: boolean;
  /** Of the final read's group, and what belongs to no group. */
  readonly entries: readonly Entry[];
  readonly sent: ReadonlyMap<string, SentEvent>;
  /** In the order of the attempts. */
  readonly acks: readonly Ack[];
  readonly deliveries: readonly EntryOf<'deliver'>[];
  /** By `<partition>/<offset>`. */
  readonly log: ReadonlyMap<string, FoundRecord>;
  readonly logById: ReadonlyMap<string, readonly FoundRecord[]>;
  /** Places of records that the retention took unread. */
  readonly lapsed: ReadonlySet<string>;
  /** The idempotency table's record of an event. */
  readonly settledById: ReadonlyMap<string, SettledRecord>;
  /** Ids parked: recorded so in the table, or lying aside without ever having reached the topic. */
  readonly parked: ReadonlySet<string>;
  /** Ids with at least one effect. */
  readonly applied: ReadonlySet<string>;
  /** Id of the event that was published in place of each one that a person amended. */
  readonly amended: ReadonlyMap<string, string>;
  /** Ids that a person ended unapplied. */
  readonly discarded: ReadonlySet<string>;
  /** Ids of corrected events, whichever group's: they are nobody's who sent events. */
  readonly corrected: ReadonlySet<string>;
}

export const at = ({ partition, offset }: Place): string => `${partition}/${offset}`;

/** @param reads of all consumers of the topic: what is published in one's place is delivered to all */
export function gather(
  { entries: all, torn }: History,
  read: FinalRead,
  reads: readonly FinalRead[] = [read],
): Evidence {
  const entries = all.filter((entry) => !('group' in entry) || entry.group === read.group);
  const { sent, acks } = followAttempts(entries);
  const deliveries = entriesOf(entries, 'deliver');
  const records = read.partitions.flatMap(({ partition, records }) => records.map((each) => ({ ...each, partition })));
  const log = new Map(records.map((record) => [at(record), record]));
  const nameOf = namer(log, acks, deliveries);
  // A second content under an id is parked beside the event of that id, and is no end of it.
  const ends = read.settled.filter(({ reason }) => reason !== 'id-conflict');
  const settledById = new Map(ends.map((record) => [record.id ?? nameOf(record), record]));
  const parkedInTable = [...settledById].filter(([, { state }]) => state === 'parked').map(([id]) => id);
  const lyingAside = read.deadLetters.filter(({ partition }) => partition < 0).map(({ id }) => id);
  const effects = Object.entries(read.effects.timesApplied);
  return {
    ...{ read, torn, entries, sent, acks, deliveries, log, settledById },
    logById: grouped(records, ({ id }) => id),
    lapsed: new Set((read.lapsed ?? []).map(at)),
    parked: new Set([...parkedInTable, ...lyingAside]),
    amended: new Map(
      [...settledById].flatMap(([id, { amendedAs }]) => (amendedAs === undefined ? [] : [[id, amendedAs]])),
    ),
    discarded: new Set([...settledById].flatMap(([id, { state }]) => (state === 'discarded' ? [id] : []))),
    corrected: new Set(reads.flatMap(({ settled }) => settled.flatMap(({ amendedAs }) => amendedAs ?? []))),
    applied: new Set(effects.filter(([, times]) => times > 0).map(([id]) => id)),
  };
}

export function entriesOf<Op extends Entry['op']>(entries: readonly Entry[], op: Op): EntryOf<Op>[] {
  return entries.filter((entry): entry is EntryOf<Op> => entry.op === op);
}

/** Items by key, in their order; those whose key is null are left out. */
export function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string | null): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = key === null ? undefined : groups.get(key);
    if (group) group.push(item);
    else if (key !== null) groups.set(key, [item]);
  }
  return groups;
}

/** Which event lies at a place: as the log says, else as a delivery or an ack said (the record may be gone). */
function namer(
  log: ReadonlyMap<string, FoundRecord>,
  acks: readonly Ack[],
  deliveries: readonly EntryOf<'deliver'>[],
): (place: Place) => string {
  const told = new Map(acks.map((ack) => [at(ack), ack.id]));
  for (const record of recordsOf(deliveries)) if (record.id !== undefined) told.set(at(record), record.id);
  return (place) => log.get(at(place))?.id ?? told.get(at(place)) ?? at(place);
}

/** Every record of the entries, one by one. */
export function* recordsOf<Carrier extends Pick<EntryOf<'deliver'>, 'records'>>(
  carriers: readonly Carrier[],
): Generator<Place & { readonly id: string | undefined; readonly of: Carrier }> {
  for (const of of carriers) {
    for (const { partition, offsets, ids } of of.records) {
      for (const [n, offset] of offsets.entries()) yield { partition, offset, id: ids?.[n], of };
    }
  }
}

/** True when each record of the event was taken by the retention unread. */
export const hasLapsed = ({ logById, lapsed }: Evidence, id: string): boolean =>
  logById.get(id)?.every((record) => lapsed.has(at(record))) ?? false;

/** True when some record of the event was taken by the retention unread: what a consumer saw of it is not all that was sent. */
export const hasLapsedInPart = ({ logById, lapsed }: Evidence, id: string): boolean =>
  logById.get(id)?.some((record) => lapsed.has(at(record))) ?? false;

/** True when the log holds a copy of the event that a redrive sent: then it was parked before. */
export const redriven = (evidence: Evidence, id: string): boolean =>
  evidence.logById.get(id)?.some((record) => record.redriven) ?? false;
