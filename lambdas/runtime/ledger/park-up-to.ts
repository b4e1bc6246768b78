import type { Update } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LEDGER, ledgerKey } from '../contract';
import type { Item } from '../stores/tables';

/** A person's word: up to this offset, what fails is parked although the circuit breaker is open. */
export interface ParkUpTo {
  readonly offset: number;
  /** Epoch milliseconds at which it was said. */
  readonly saidAt: number;
}

/** The word is for the trouble of the day. */
const HOLDS_MS = 24 * 60 * 60 * 1_000;
/** Between the clocks of whoever says it and of the brokers. */
const SKEW_MS = 5 * 60 * 1_000;

/**
 * Whether the word holds for a record: one that was in the log when it was said, up to its offset, for a day. Records of a
 * topic that was made anew, whose offsets begin again, are younger than the word.
 */
export const parksUpTo = (
  said: ParkUpTo | undefined,
  record: { readonly offset: number; readonly timestamp: number },
  nowMs: number,
): boolean =>
  said !== undefined &&
  record.offset <= said.offset &&
  record.timestamp <= said.saidAt + SKEW_MS &&
  nowMs < said.saidAt + HOLDS_MS;

/** Whether the word has served: nothing up to its offset is left, or its day is over. */
export const hasServed = ({ offset, saidAt }: ParkUpTo, settledTo: number, nowMs: number): boolean =>
  settledTo >= offset || nowMs >= saidAt + HOLDS_MS;

/** A word without a time, set by hand, is taken as said when it is first seen. */
export function parkUpToOf(item: Item, nowMs: number): ParkUpTo | undefined {
  const offset = item[LEDGER.parkUpTo];
  return offset === undefined
    ? undefined
    : { offset: Number(offset), saidAt: Number(item[LEDGER.parkUpToAt] ?? nowMs) };
}

/**
 * The update that says it, for one partition of a consumer group. It raises the ledger's version, so that no batch under
 * way writes over it. Where the partition has no ledger nothing has been delivered yet, and its condition fails.
 *
 * @param said.offset - the last to be parked, inclusive
 * @param said.nowMs - epoch milliseconds
 */
export function parkUpToUpdate(
  of: { readonly cluster: string; readonly group: string; readonly topic: string; readonly partition: number },
  table: string,
  said: { readonly offset: number; readonly nowMs: number },
): Update {
  return {
    TableName: table,
    Key: marshall({ [LEDGER.key]: ledgerKey(of) }),
    UpdateExpression: 'ADD #version :one SET #parkUpTo = :offset, #parkUpToAt = :now',
    ConditionExpression: 'attribute_exists(#version)',
    ExpressionAttributeNames: {
      '#version': LEDGER.version,
      '#parkUpTo': LEDGER.parkUpTo,
      '#parkUpToAt': LEDGER.parkUpToAt,
    },
    ExpressionAttributeValues: marshall({ ':one': 1, ':offset': said.offset, ':now': said.nowMs }),
  };
}
