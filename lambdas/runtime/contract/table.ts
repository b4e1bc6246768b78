import { parkedFolder } from './object-names';

export const TABLE_KEY = 'key';
export const TABLE_EXPIRY = 'expiresAt';

/** Under these names lie the ledgers, and what the audit remembers: all that an audit may read of a table. */
export const LEDGERS = 'ledger/';
export const AUDITS = 'audit/';

/** Attributes of one event's record. `state` decides; the key's mere existence decides nothing. */
export const RECORD = {
  key: TABLE_KEY,
  state: 'state',
  /** Hash of the content: key, value and `ce_type`. */
  content: 'content',
  topic: 'topic',
  partition: 'partition',
  offset: 'offset',
  timestamp: 'timestamp',
  /** Epoch milliseconds at which the state was reached. */
  settledAt: 'settledAt',
  /** Epoch seconds; only on `done`: no other state ever expires. */
  expiresAt: TABLE_EXPIRY,
  /** Name of the parked object, on `parked` and on what comes after it. */
  object: 'object',
  /** Number of the redrive, on `redriven`, and on what a redrive's own delivery made of it. */
  generation: 'generation',
  /** `unknown`: a call may have been made since the event came first. On `claimed`, and kept on whatever follows. */
  effect: 'effect',
  /** Event id in clear, so that a person finds a parked event; the beginning of a long one. Only on `parked` and `redriven`. */
  source: 'source',
  id: 'id',
  reason: 'reason',
  /** How often the handler's code has failed on the event; no state: it settles nothing. */
  attempts: 'attempts',
  /** By which code, and in which of its breaker's times: the attempts of another are none. */
  attemptsBy: 'attemptsBy',
  /** On `discarded` and `amended`: who ended the event, and on `discarded` the reason that was given. */
  endedBy: 'endedBy',
  endedWhy: 'endedWhy',
  /** On `amended`: id of the event that was published in its place. */
  amendedAs: 'amendedAs',
  /** On `claimed`: token of the invocation that calls, and a number it raises while it does. On `parked`: of who parked it. */
  owner: 'owner',
  beat: 'beat',
} as const;

export type RecordState = 'done' | 'parked' | 'redriven' | 'claimed' | 'discarded' | 'amended';

/** Attributes of a partition's ledger: one item for each consumer group and partition, in the same table. */
export const LEDGER = {
  key: TABLE_KEY,
  /** Raised by every write: what is computed from one version is written over no other. */
  version: 'version',
  /** Deliveries that have begun and not ended. */
  open: 'open',
  /** Stretches of offsets whose records are settled and counted. */
  counted: 'counted',
  applied: 'applied',
  duplicate: 'duplicate',
  parked: 'parked',
  /** The last stretch that was delivered and not settled. */
  unsettled: 'unsettled',
  /** Events parked since the last success, by the code that wrote last: with the whole `BUDGET` (`ledger/breaker-budget.ts`) the circuit breaker is open. */
  failures: 'failures',
  /** What the circuit breaker knows, by code. */
  codes: 'codes',
  /** Hashes of the keys and sources to which something was applied last. */
  recent: 'recent',
  /** Set by a person: up to this offset events are parked although the circuit breaker is open. */
  parkUpTo: 'parkUpTo',
  /** Epoch milliseconds at which that was said: it ends by itself. */
  parkUpToAt: 'parkUpToAt',
} as const;

/** Key of a partition's ledger. No record's key looks like it: those are 64 hexadecimal digits. */
export const ledgerKey = (of: { cluster: string; group: string; topic: string; partition: number }): string =>
  `${LEDGERS}${parkedFolder(of.cluster, of.group, of.topic)}${of.partition}`;

/** Attributes of what the audit remembers: one item for each consumer group, in the same table. */
export const AUDIT = {
  key: TABLE_KEY,
  /** Raised by every write: what is computed from one version is written over no other. */
  version: 'version',
  /** By partition, JSON in a text: see `audit/memory.ts`. */
  partitions: 'partitions',
} as const;

export const auditKey = (of: { cluster: string; group: string; topic: string }): string =>
  `${AUDITS}${parkedFolder(of.cluster, of.group, of.topic)}`;
