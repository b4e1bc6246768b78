import { CE_ID, LEDGER, RECORD, type DeadLetter, type SpillObject } from '../../lambdas/runtime/contract';
import type { Place } from '../history';
import type { LedgerRead, ParkedObject, SettledRecord } from './final-read';
import { hashOfHeaders, hashOfStored } from './printed';

/** An item of a table in plain values. */
export type Item = Readonly<Record<string, unknown>>;

/** A claim settles nothing, and neither does a count of attempts. */
export const SETTLED: ReadonlySet<unknown> = new Set<SettledRecord['state']>([
  'done',
  'parked',
  'redriven',
  'amended',
  'discarded',
]);

export function settledRecord(item: Item): SettledRecord {
  const text = (name: string) => (typeof item[name] === 'string' ? item[name] : undefined);
  return {
    state: item[RECORD.state] as SettledRecord['state'],
    partition: Number(item[RECORD.partition]),
    offset: Number(item[RECORD.offset]),
    settledAt: Number(item[RECORD.settledAt]),
    ...(item[RECORD.timestamp] !== undefined && { timestamp: Number(item[RECORD.timestamp]) }),
    id: text(RECORD.id),
    object: text(RECORD.object),
    reason: text(RECORD.reason) as SettledRecord['reason'],
    ...(item[RECORD.generation] !== undefined && { generation: Number(item[RECORD.generation]) }),
    ...(item[RECORD.amendedAs] !== undefined && { amendedAs: text(RECORD.amendedAs) }),
  };
}

/** Its key ends with the partition. A ledger that only knows of deliveries begun has no counts yet. */
export function ledgerRead(item: Item): LedgerRead {
  const partition = String(item[LEDGER.key]).split('/').at(-1);
  const count = (name: 'applied' | 'duplicate' | 'parked') => Number(item[LEDGER[name]] ?? 0);
  return {
    partition: Number(partition),
    applied: count('applied'),
    duplicate: count('duplicate'),
    parked: count('parked'),
  };
}

export function parkedObject({ name: object, body }: { name: string; body: DeadLetter }): ParkedObject {
  const { partition, offset, timestamp, id, reason, effect, group, parkedAt, key, value, headers } = body;
  return {
    ...{ object, group, effect, partition, offset, timestamp, id, reason, parkedAt: Date.parse(parkedAt) },
    ...{ keyHash: hashOfStored(key), valueHash: hashOfStored(value), headersHash: hashOfHeaders(headers) },
  };
}

export function spilledId({ headers }: SpillObject['events'][number]): string {
  const id = headers.find(([name]) => name === CE_ID)?.[1];
  return id === undefined || id === null ? 'an event without an id' : Buffer.from(id, 'base64').toString('utf8');
}

/** As far as it is needed here: Lambda's document of a failed invocation, with the whole event inside. */
export interface OnFailureDocument {
  readonly payload: string;
}

export function recordsIn(document: OnFailureDocument): Place[] {
  const { records } = JSON.parse(document.payload) as { records: Record<string, Place[]> };
  return Object.values(records).flatMap((batch) => batch.map(({ partition, offset }) => ({ partition, offset })));
}
