import { setTimeout as wait } from 'node:timers/promises';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { audit } from '../../lambdas/runtime/audit';
import { LEDGER } from '../../lambdas/runtime/contract';
import type { Offsets } from '../../lambdas/runtime/kafka/offsets';
import type { Item, Transactions } from '../../lambdas/runtime/stores/tables';

/** What a process took for two audits. */
export interface Audit {
  /** Seconds. */
  readonly first: number;
  readonly next: number;
  readonly megabytes: number;
}

const PARTITIONS = 1_000;
const RECORDS = 1_000_000;
/** Milliseconds of one answer of Kafka, in which each broker is asked, and of the table. */
const KAFKA_MS = 100;
const TABLE_MS = 30;

/** As large as one grows: with all its markers, and as many stretches as it keeps. */
const LEDGER_ITEM = marshall({
  [LEDGER.version]: 1_000_000,
  [LEDGER.open]: Array.from({ length: 20 }, (_, n) => ({ id: `00000000-0000-4000-8000-${n}`, from: n, to: n, leftMs: 0, until: 1_700_000_000_000 })), // prettier-ignore
  [LEDGER.counted]: Array.from({ length: 50 }, (_, n) => [n * 20_000, n * 20_000 + 19_998]),
  ...{ [LEDGER.applied]: 999_950, [LEDGER.duplicate]: 0, [LEDGER.parked]: 0 },
});

const partitions = <T>(of: (partition: number) => T) =>
  wait(KAFKA_MS).then(() => new Map(Array.from({ length: PARTITIONS }, (_, n) => [n, of(n)])));

const offsets: Offsets = {
  committed: () => partitions(() => RECORDS),
  ends: () => partitions(() => ({ start: 0, end: RECORDS + 5 })),
  since: () => partitions(() => RECORDS + 5),
  close: () => Promise.resolve(),
};

const memory = new Map<string, Item>();
const transactions: Transactions = {
  transact: () => Promise.reject(new Error('an audit has no transactions')),
  update: async ({ Key, ExpressionAttributeValues = {} }) => {
    await wait(TABLE_MS);
    const { ':version': version, ':partitions': remembered } = unmarshall(ExpressionAttributeValues);
    memory.set(String(unmarshall(Key ?? {})['key']), { version, partitions: remembered });
    return { kind: 'written', item: {} };
  },
  read: async (_, key) => {
    await wait(TABLE_MS);
    return memory.get(key);
  },
  readMany: async (_, keys) => {
    await wait(TABLE_MS * Math.ceil(keys.length / 100));
    return new Map(keys.map((key) => [key, unmarshall(LEDGER_ITEM)]));
  },
};

async function main(): Promise<Audit> {
  let most = 0;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
  const groups = [{ group: 'billing', table: 'idempotency', onFailure: 'on-failure' }];
  const environment = { cluster: 'c', topic: 'orders', brokers: 'localhost:9092', authentication: 'none', groups };
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const handler = audit({
    ...{ variables: { LOSSLESS_AUDIT_Orders: JSON.stringify(environment) }, log: quiet, transactions },
    objects: { list: () => (async function* () {})() } as never, // prettier-ignore
    ...{ offsets: () => Promise.resolve(offsets), tell: () => undefined },
  });
  const timed = async () => {
    const began = performance.now();
    await handler({});
    return (performance.now() - began) / 1_000;
  };
  const [first, next] = [await timed(), await timed()];
  clearInterval(watch);
  return { first, next, megabytes: Math.max(most, process.memoryUsage.rss()) / 2 ** 20 };
}

void main().then((audited) => process.send?.(audited, () => process.exit(0)));
