import type { Update } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { backoffMs } from '../backoff';
import type { Clock } from '../clock';
import { limit } from '../consumer/limit';
import { LEDGER, ledgerKey } from '../contract';
import type { Found, Transactions, UpdateOutcome } from '../idempotency/transactions';
import type { Log } from '../log';
import {
  EMPTY,
  ended,
  isKiller,
  isOpen,
  isRedelivery,
  isStruck,
  marked,
  permitted,
  type Ended,
  type LedgerState,
  type Marker,
  type Stretch,
} from './state';

export type { SettledAs } from './state';

/** Where the ledgers of one consumer group are. */
export interface LedgerPlace {
  readonly environment: { readonly cluster: string; readonly group: string; readonly table: string };
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly log?: Log;
}

/** What is delivered of one partition, and until when its function lives (epoch milliseconds). */
export interface LedgerBatch {
  readonly topic: string;
  readonly partition: number;
  readonly stretch: Stretch;
  readonly id: string;
  readonly untilMs: number;
}

/** The ledger of one partition, during one delivery. Every method resolves to undefined when the signal aborted first. */
export interface PartitionLedger {
  /** Three deliveries of some of these records were killed: take one record at a time. */
  readonly isStruck: boolean;
  /** Some of these records were delivered before: their events may be in the table. */
  readonly isRedelivery: boolean;
  /** The circuit breaker was open when the delivery began. */
  readonly isOpen: boolean;
  /** The same, by what was last written. */
  readonly isStillOpen: boolean;
  /** Says that this record alone is worked on from now; tells whether it has killed the function three times. */
  mark(offset: number, isSettled: (offset: number) => boolean): Promise<'go on' | 'killer' | undefined>;
  /** Asks whether the event there may be parked, or whether the circuit breaker is open. */
  mayPark(offset: number): Promise<boolean | undefined>;
  /** An event was applied: whatever failed before, the deploy is not to blame. */
  succeeded(): void;
  /** Counts what was settled and ends the delivery; true once it is in the table. Until then nothing of it is settled. */
  end(outcome: Pick<Ended, 'prefix' | 'unsettledFrom'>, signal: AbortSignal): Promise<boolean>;
}

/** More deliveries than these that have begun and not ended are not written down: these are evidence enough. */
const OPEN = 10;

/** Begins a delivery in its partition's ledger; undefined when the signal aborted before that was confirmed. */
export async function beginDelivery(
  batch: LedgerBatch,
  place: LedgerPlace,
  signal: AbortSignal,
): Promise<PartitionLedger | undefined> {
  const { transactions } = place;
  const [from, to] = batch.stretch;
  const marker: Marker = { id: batch.id, from, to, until: batch.untilMs };
  const attempt = async (): Promise<UpdateOutcome> => {
    const outcome = await transactions.update(appended(batch, marker, place));
    // As many markers as there may be: no further one is needed.
    return outcome.kind === 'not met' ? { kind: 'written', item: outcome.item ?? {} } : outcome;
  };
  const item = await answered(attempt, { ...place, signal });
  return item && partitionLedger(batch, marker, stateOf(item), place, signal);
}

/**
 * Counts what was settled beside any delivery: records out of an on-failure object.
 * True once it is in the table; counting the same again changes nothing.
 */
export async function countSettled(
  at: Pick<LedgerBatch, 'topic' | 'partition'>,
  prefix: Ended['prefix'],
  place: LedgerPlace,
  signal: AbortSignal,
): Promise<boolean> {
  const batch = { ...at, id: '', untilMs: 0 };
  const change = (state: LedgerState) =>
    // Each record by itself: what lies between them may still be delivered.
    prefix.reduce(
      (sum, record) =>
        ended(sum, {
          id: '',
          batch: [record.offset, record.offset],
          prefix: [record],
          succeeded: false,
          nowMs: place.clock.now(),
        }),
      state,
    );
  return (await advance(batch, EMPTY, change, place, signal)) !== undefined;
}

function partitionLedger(
  batch: LedgerBatch,
  marker: Marker,
  begun: LedgerState,
  place: LedgerPlace,
  aborted: AbortSignal,
): PartitionLedger {
  let state = begun;
  let succeeded = false;
  // One write at a time: each is computed from what the one before left.
  const inTurn = limit(1);
  const change = (transition: (state: LedgerState) => LedgerState, signal = aborted): Promise<boolean> =>
    inTurn(async () => {
      const next = await advance(batch, state, transition, place, signal);
      state = next ?? state;
      return next !== undefined;
    });
  const { clock } = place;
  return {
    isStruck: isStruck(begun, batch.stretch, clock.now()),
    isOpen: isOpen(begun),
    get isStillOpen() {
      return isOpen(state);
    },
    isRedelivery: isRedelivery(begun, batch.id, batch.stretch),
    mark: async (offset, isSettled) => {
      if (!(await change((now) => marked(now, { ...marker, at: offset }, isSettled)))) return undefined;
      return isKiller(state, offset, clock.now()) ? 'killer' : 'go on';
    },
    mayPark: async (offset) => {
      let allowed = false;
      const written = await change((now) => {
        const permission = permitted(now, offset, succeeded);
        allowed = permission.allowed;
        return permission.state;
      });
      if (written && allowed) succeeded = false;
      return written ? allowed : undefined;
    },
    succeeded: () => {
      succeeded = true;
    },
    end: (outcome, signal) =>
      change(
        (now) => ended(now, { id: batch.id, batch: batch.stretch, succeeded, nowMs: clock.now(), ...outcome }),
        signal,
      ),
  };
}

/** Writes the next state over the one it was computed from, however often another delivery comes in between. */
async function advance(
  at: LedgerBatch | Omit<LedgerBatch, 'stretch'>,
  from: LedgerState,
  transition: (state: LedgerState) => LedgerState,
  place: LedgerPlace,
  signal: AbortSignal,
): Promise<LedgerState | undefined> {
  const { transactions } = place;
  let state = from;
  const attempt = async () => {
    const outcome = await transactions.update(written(at, state.version, transition(state), place));
    if (outcome.kind === 'not met') state = outcome.item ? stateOf(outcome.item) : EMPTY;
    return outcome;
  };
  const item = await answered(attempt, { ...place, signal });
  return item && stateOf(item);
}

/** Tries until it is written. A condition that was not met is tried again at once: the attempt knows more by then. */
async function answered(
  attempt: () => Promise<UpdateOutcome>,
  { clock, signal, log }: Pick<LedgerPlace, 'clock' | 'log'> & { readonly signal: AbortSignal },
): Promise<Found | undefined> {
  for (let failures = 1; !signal.aborted;) {
    const outcome = await attempt();
    switch (outcome.kind) {
      case 'written':
        return outcome.item;
      case 'not met':
        break;
      case 'invalid':
      case 'refused':
      case 'busy':
      case 'unknown':
        // Nothing of the partition moves on meanwhile: said once for each write.
        if (failures === 1)
          log?.warn('ledger not written, tried again', { outcome: outcome.kind, detail: outcome.detail });
        await clock.sleep(backoffMs(failures++, clock), signal);
    }
  }
  return undefined;
}

type Place = Pick<LedgerPlace, 'environment'>;
type At = Pick<LedgerBatch, 'topic' | 'partition'>;

const names = (...used: (keyof typeof LEDGER)[]): Record<string, string> =>
  Object.fromEntries(used.map((name) => [`#${name}`, LEDGER[name]]));
const keyOf = ({ topic, partition }: At, { environment }: Place) =>
  marshall({ [LEDGER.key]: ledgerKey({ ...environment, topic, partition }) });

function appended(at: At, marker: Marker, place: Place): Update {
  return {
    TableName: place.environment.table,
    Key: keyOf(at, place),
    UpdateExpression: 'ADD #version :one SET #open = list_append(if_not_exists(#open, :none), :this)',
    ConditionExpression: 'attribute_not_exists(#open) OR size(#open) < :most',
    ExpressionAttributeNames: names('version', 'open'),
    ExpressionAttributeValues: marshall({ ':one': 1, ':none': [], ':this': [marker], ':most': OPEN }),
  };
}

/** All of the state but `parkUpTo`, which is a person's to set. */
function written(at: At, over: number, next: LedgerState, place: Place): Update {
  const { open, counted, counts, unsettled, failures } = next;
  const values = { open, counted, ...counts, failures, unsettled: unsettled ?? [] };
  const set = Object.keys(values) as (keyof typeof values)[];
  return {
    TableName: place.environment.table,
    Key: keyOf(at, place),
    UpdateExpression: `SET #version = :version, ${set.map((name) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression: over === 0 ? 'attribute_not_exists(#version)' : '#version = :over',
    ExpressionAttributeNames: names('version', ...set),
    ExpressionAttributeValues: marshall({
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
      ':version': over + 1,
      ...(over > 0 && { ':over': over }),
    }),
  };
}

/** A ledger as it is in the table. What a begin wrote alone has markers only. */
function stateOf(item: Found): LedgerState {
  const number = (name: keyof typeof LEDGER, otherwise = 0) => Number(item[LEDGER[name]] ?? otherwise);
  const list = <T>(name: keyof typeof LEDGER) => (item[LEDGER[name]] ?? []) as readonly T[];
  const [from, to] = list<number>('unsettled');
  return {
    version: number('version'),
    open: list('open'),
    counted: list('counted'),
    counts: { applied: number('applied'), duplicate: number('duplicate'), parked: number('parked') },
    unsettled: from === undefined || to === undefined ? undefined : [from, to],
    failures: number('failures'),
    parkUpTo: number('parkUpTo', EMPTY.parkUpTo),
  };
}
