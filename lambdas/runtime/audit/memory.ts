import { marshall } from '@aws-sdk/util-dynamodb';
import { AUDIT, auditKey } from '../contract';
import type { Item, Transactions, UpdateOutcome } from '../stores/tables';
import type { Remembered } from './rules';

/** What the last audit of a consumer group has left to the next one, by partition. */
export interface Memory {
  /** 0: nothing yet. */
  readonly version: number;
  readonly partitions: ReadonlyMap<number, Remembered>;
}

export interface MemoryAt {
  readonly table: string;
  readonly cluster: string;
  readonly group: string;
  readonly topic: string;
}

/** DynamoDB takes items of 400 KB: of suspects beyond these the next audit but one says that they are unaccounted. */
const MOST_SUSPECTS = 5_000;

type Row = readonly [partition: number, from: number, uncounted: number, ...suspects: readonly number[]];

/** Rejects when the table did not answer. */
export async function remembered(at: MemoryAt, transactions: Pick<Transactions, 'read'>): Promise<Memory> {
  const item: Item = (await transactions.read(at.table, auditKey(at))) ?? {};
  const text = item[AUDIT.partitions];
  const rows = (typeof text === 'string' ? JSON.parse(text) : []) as readonly Row[];
  const partitions = rows.map(([partition, from, uncounted, ...ends]): [number, Remembered] => {
    const suspects = Array.from({ length: ends.length / 2 }, (_, n) => [ends[2 * n]!, ends[2 * n + 1]!] as const);
    return [partition, { from, uncounted, suspects }];
  });
  return { version: Number(item[AUDIT.version] ?? 0), partitions: new Map(partitions) };
}

/** Written over the version it was computed from, and only where something has changed. */
export async function remember(
  at: MemoryAt,
  read: Memory,
  next: Memory['partitions'],
  transactions: Pick<Transactions, 'update'>,
): Promise<UpdateOutcome['kind'] | 'as before'> {
  const text = textOf(next);
  if (text === textOf(read.partitions)) return 'as before';
  const outcome = await transactions.update({
    TableName: at.table,
    Key: marshall({ [AUDIT.key]: auditKey(at) }),
    UpdateExpression: 'SET #version = :version, #partitions = :partitions',
    ConditionExpression: read.version === 0 ? 'attribute_not_exists(#version)' : '#version = :over',
    ExpressionAttributeNames: { '#version': AUDIT.version, '#partitions': AUDIT.partitions },
    ExpressionAttributeValues: marshall({
      ':version': read.version + 1,
      ':partitions': text,
      ...(read.version > 0 && { ':over': read.version }),
    }),
  });
  return outcome.kind;
}

function textOf(partitions: Memory['partitions']): string {
  let left = MOST_SUSPECTS;
  const rows = [...partitions]
    .sort(([a], [b]) => a - b)
    .map(([partition, { from, uncounted, suspects }]): Row => {
      const kept = suspects.slice(0, Math.max(0, left));
      left -= kept.length;
      return [partition, from, uncounted, ...kept.flat()];
    });
  return JSON.stringify(rows);
}
