import type { DeadLetter, ParkReason, RecordState } from '../../lambdas/runtime/contract';
import type { Place } from '../history';

/** A record as Kafka's own console consumer printed it. Fingerprints are of bytes; see `printed.ts`. */
export interface LogRecord {
  readonly offset: number;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** `ce_id`; null on a foreign record. */
  readonly id: string | null;
  /** The key as text; null is no key. */
  readonly key: string | null;
  readonly keyHash: string;
  readonly valueHash: string;
  readonly headersHash: string;
  /** True when the record was sent back by a redrive. */
  readonly redriven: boolean;
}

export interface PartitionRead {
  readonly partition: number;
  /** In offset order. */
  readonly records: readonly LogRecord[];
  /** The group's committed offset: the next record to read; null: nothing committed. */
  readonly committed: number | null;
}

/** One effect of an event. */
export interface Application extends Place {
  readonly id: string;
  /** Epoch milliseconds, where the sink keeps them. */
  readonly at?: number;
}

/** What the sink itself kept. */
export interface Effects {
  /** By event id. */
  readonly timesApplied: Readonly<Record<string, number>>;
  /** By key: every application in the order in which they took place. */
  readonly byKey: Readonly<Record<string, readonly Application[]>>;
}

/** A record of the idempotency table whose state settles its event, or did so until it was sent back. */
export interface SettledRecord extends Place {
  readonly state: Exclude<RecordState, 'claimed'>;
  /** Epoch milliseconds. */
  readonly settledAt: number;
  /** Of the record in the topic, epoch milliseconds: under LogAppendTime, when the leader appended it. */
  readonly timestamp?: number;
  /** On parked and redriven. */
  readonly id?: string;
  readonly object?: string;
  readonly reason?: ParkReason;
  /** How often it was sent back. */
  readonly generation?: number;
  /** On amended: id of the event in its place. */
  readonly amendedAs?: string;
}

/** What the ledger of one partition counts: each of its settled records once, as what became of it. */
export interface LedgerRead {
  readonly partition: number;
  readonly applied: number;
  readonly duplicate: number;
  readonly parked: number;
}

/** A parked event's object, with fingerprints in place of its bytes. Partition and offset −1: it never reached the topic. */
export interface ParkedObject extends Pick<DeadLetter, 'partition' | 'offset' | 'timestamp' | 'id' | 'reason'> {
  readonly object: string;
  /** `-`: it never reached the topic. */
  readonly group?: string;
  readonly effect?: DeadLetter['effect'];
  /** Epoch milliseconds. */
  readonly parkedAt: number;
  readonly keyHash: string;
  readonly valueHash: string;
  readonly headersHash: string;
}

/** Everything a run left behind, read by other means than the pipeline's own. */
export interface FinalRead {
  /** Ids of what a queue or a bus had taken and no door: they lie where the stack keeps such. @default - no door has a queue */
  readonly keptAtDoors?: readonly string[];
  readonly topic: string;
  readonly group: string;
  readonly partitions: readonly PartitionRead[];
  readonly effects: Effects;
  readonly settled: readonly SettledRecord[];
  readonly ledgers: readonly LedgerRead[];
  readonly deadLetters: readonly ParkedObject[];
  /** Ids of events still in the spill store. */
  readonly spilled: readonly string[];
  /** Records still in on-failure objects of the mapping. */
  readonly onFailure: readonly Place[];
  /** Records that the topic's retention took before the group had committed past them: what becomes of them is nobody's promise. @default none */
  readonly lapsed?: readonly Place[];
  /** All records that the topic's retention took, also what the group had committed past: who reads late finds them gone. @default none */
  readonly taken?: readonly Place[];
  /** What the mapping counted, by Lambda's names. */
  readonly counters: Readonly<Record<string, number>>;
  /** Milliseconds a single record may wait for after the last heal, with nothing else in the way. */
  readonly patienceMs?: number;
  /** `call`: effects may repeat, where something explains it. @default write */
  readonly effect?: 'write' | 'call';
  /** True: its mapping gives up after a few retries, so that good events may be parked. @default false */
  readonly givesUp?: boolean;
  /** Of the other consumers of the same topic. */
  readonly others?: readonly FinalRead[];
}

/** What is read back of a log with no pipeline behind it. */
export const emptyRead = (log: Pick<FinalRead, 'topic' | 'group' | 'partitions'>): FinalRead => ({
  ...log,
  effects: { timesApplied: {}, byKey: {} },
  ...{ settled: [], ledgers: [], deadLetters: [], spilled: [], onFailure: [], counters: {} },
});
