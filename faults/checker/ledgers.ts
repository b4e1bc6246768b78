import type { LedgerRead, SettledRecord } from '../final-read/final-read';
import type { Place } from '../history';
import { at, grouped, redriven, type Evidence } from './evidence';

type Counts = Omit<LedgerRead, 'partition'>;

/** What became of a partition's records, found without its ledger. */
interface Found extends Counts {
  /** Parked or duplicate: their event has been sent back, or marked for it, which may have come before they were counted. */
  readonly either: number;
  /**
   * Of the applied ones: a copy of them came after. Their record may have been delivered, and counted as parked, before they were sent back; a later
   * delivery of it may apply them all the same, and is not counted again.
   */
  readonly older: number;
}

const NONE: Counts = { applied: 0, duplicate: 0, parked: 0 };

/**
 * Holds each partition's ledger against the log, the committed offsets and the table's records: each settled record is
 * counted once, as what became of it. Records are found by their coordinates. Of a partition where something still waits
 * nothing can be said: its counts may be under way.
 */
export function ledgerTruth(evidence: Evidence): { readonly findings: readonly string[]; readonly note?: string } {
  const { partitions, ledgers } = evidence.read;
  const shown = new Map(ledgers.map((ledger) => [ledger.partition, ledger]));
  const settledIn = grouped(evidence.read.settled, ({ partition }) => String(partition));
  const still = waiting(evidence);
  const findings = partitions
    .filter(({ partition }) => !still.has(partition))
    .flatMap(({ partition }) => {
      const found = find(evidence, partition, settledIn.get(String(partition)) ?? []);
      const ledger: Counts = shown.get(partition) ?? NONE;
      return agrees(ledger, found) ? [] : [`the ledger of partition ${partition} ${inWords(ledger, found)}`];
    });
  const note = still.size > 0 ? `ledgers of ${still.size} partitions with a backlog were not looked at` : undefined;
  return { findings, ...(note && { note }) };
}

/** Partitions with records not committed past, still in on-failure objects, or taken by the retention while they were under way. */
function waiting({ read, log }: Evidence): Set<number> {
  const committed = new Map(read.partitions.map((each) => [each.partition, each.committed ?? 0]));
  const behind = [...log.values()].filter(({ partition, offset }) => offset >= (committed.get(partition) ?? 0));
  return new Set([...behind, ...read.onFailure, ...(read.lapsed ?? [])].map(({ partition }) => partition));
}

function find(evidence: Evidence, partition: number, settled: readonly SettledRecord[]): Found {
  const own = new Map(settled.map((record) => [record.offset, record.state]));
  const states = [...own.values()];
  const done = [...own].filter(([, state]) => state === 'done').map(([offset]) => offset);
  const older = done.filter((offset) => hasCopyAfter(evidence, { partition, offset })).length;
  // The rest of what is settled found its event settled by another record. What is not settled at all is P3's matter.
  const others = (evidence.read.partitions.find((each) => each.partition === partition)?.records ?? [])
    .filter(({ offset }) => !own.has(offset))
    .map(({ id, offset }) => id ?? at({ partition, offset }))
    .filter((id) => evidence.settledById.has(id));
  const marked = states.filter((state) => state === 'redriven').length;
  const either = others.filter((id) => redriven(evidence, id)).length;
  const parked = states.length - done.length - marked;
  return { applied: done.length, parked, duplicate: others.length - either, either: either + marked, older };
}

/** Sent back, its event lies once more behind this record. */
function hasCopyAfter({ log, logById }: Evidence, place: Place): boolean {
  const id = log.get(at(place))?.id;
  const records = id === undefined || id === null ? [] : (logById.get(id) ?? []);
  return records.some((each) => each.redriven && each.partition === place.partition && each.offset > place.offset);
}

function agrees(ledger: Counts, found: Found): boolean {
  const more = { duplicate: ledger.duplicate - found.duplicate, parked: ledger.parked - found.parked };
  const less = found.applied - ledger.applied;
  return (
    less >= 0 &&
    less <= found.older &&
    more.duplicate >= 0 &&
    more.parked >= 0 &&
    more.duplicate + more.parked === found.either + less
  );
}

function inWords(ledger: Counts, found: Found): string {
  const listed = ({ applied, duplicate, parked }: Counts) =>
    `${applied} applied, ${duplicate} duplicate, ${parked} parked`;
  const either = found.either > 0 ? `, ${found.either} duplicate or parked` : '';
  return `shows ${listed(ledger)}; found were ${listed(found)}${either}`;
}
