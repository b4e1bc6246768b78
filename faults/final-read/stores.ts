import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import {
  AMENDMENTS,
  ENDS,
  LEASES,
  LEDGER,
  LEDGERS,
  RECORD,
  type DeadLetter,
  type SpillObject,
} from '../../lambdas/runtime/contract';
import type { Effects, FinalRead } from './final-read';
import {
  ledgerRead,
  parkedObject,
  recordsIn,
  SETTLED,
  settledRecord,
  spilledId,
  type Item,
  type OnFailureDocument,
} from './items';

/** Where a run's effects and settled records lie. */
export interface TableSource {
  readonly endpoints: Readonly<Record<'dynamodb', string>>;
  readonly tables: {
    /** `id`, `timesApplied`. */
    readonly orders: string;
    /** `id` (the key of the events), `applied`: a list of partition, offset and id. */
    readonly customers: string;
    readonly idempotency: string;
  };
}

/** Where a run's effects and events lie. */
export interface StoreSource extends TableSource {
  readonly endpoints: Readonly<Record<'dynamodb' | 's3', string>>;
  readonly buckets: {
    readonly deadLetters: string;
    readonly spill: string;
    /** Of the mapping's on-failure destination. */
    readonly onFailure: string;
  };
  /** Bucket in which another system has written down every call. @default - the effect is in the tables */
  readonly calls?: string;
}

type InTables = Pick<FinalRead, 'effects' | 'settled' | 'ledgers'>;
type Stored = InTables & Pick<FinalRead, 'deadLetters' | 'spilled' | 'onFailure'>;

const LOCAL = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** Reads the stores past every proxy, by the AWS SDK and nothing of ours. */
export async function readStores(source: StoreSource): Promise<Stored> {
  const s3 = new S3Client({ ...LOCAL, endpoint: source.endpoints.s3, forcePathStyle: true });
  const { buckets } = source;
  try {
    const letters = await objects<DeadLetter>(s3, buckets.deadLetters);
    const spilled = await objects<SpillObject>(s3, buckets.spill);
    const onFailure = await objects<OnFailureDocument>(s3, buckets.onFailure);
    const inTables = await readTables(source);
    return {
      ...inTables,
      ...(source.calls !== undefined && { effects: await callsIn(s3, source.calls) }),
      // Beside them lies how people ended some. Whatever else is there counts as a letter, under whatever name.
      deadLetters: letters
        .filter(({ name }) => ![ENDS, AMENDMENTS].some((folder) => name.startsWith(folder)))
        .map(parkedObject),
      spilled: spilled.flatMap(({ body }) => body.events.map(spilledId)),
      onFailure: onFailure.flatMap(({ body }) => recordsIn(body)),
    };
  } finally {
    s3.destroy();
  }
}

/** The part of `readStores` that lies in tables: what took effect, what is recorded as settled, and what is counted. */
export async function readTables({ endpoints, tables }: TableSource): Promise<InTables> {
  const dynamodb = new DynamoDBClient({ ...LOCAL, endpoint: endpoints.dynamodb });
  try {
    const records = await items(dynamodb, tables.idempotency);
    return {
      effects: effectsOf(await items(dynamodb, tables.orders), await items(dynamodb, tables.customers)),
      settled: records.filter((item) => SETTLED.has(item[RECORD.state])).map(settledRecord),
      ledgers: records.filter((item) => String(item[LEDGER.key]).startsWith(LEDGERS)).map(ledgerRead),
    };
  } finally {
    dynamodb.destroy();
  }
}

async function items(client: DynamoDBClient, table: string): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    for (const item of page.Items ?? []) found.push(unmarshall(item));
  }
  return found;
}

/** Objects of a bucket below a folder, as the JSON that they are; leases are none. */
export async function objects<Body>(
  client: S3Client,
  bucket: string,
  Prefix?: string,
): Promise<{ name: string; body: Body }[]> {
  const found: { name: string; body: Body }[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix })) {
    for (const { Key: name = '' } of page.Contents ?? []) {
      if (name.startsWith(LEASES)) continue;
      const object = await client.send(new GetObjectCommand({ Bucket: bucket, Key: name }));
      found.push({ name, body: parsed<Body>(bucket, name, (await object.Body?.transformToString()) ?? '') });
    }
  }
  return found;
}

/** An object for each call: `<key>/<id>/<partition>/<offset>/<microseconds>`; see examples/orders/chaos. */
async function callsIn(client: S3Client, bucket: string): Promise<Effects> {
  const calls: { key: string; id: string; partition: number; offset: number; at: number }[] = [];
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket })) {
    for (const { Key = '' } of page.Contents ?? []) {
      const [key = '', id = '', partition, offset, micros] = Key.split('/');
      calls.push({ key, id, partition: Number(partition), offset: Number(offset), at: Number(micros) / 1000 });
    }
  }
  const timesApplied: Record<string, number> = {};
  const byKey: Record<string, Effects['byKey'][string][number][]> = {};
  for (const { key, ...call } of calls.sort((a, b) => a.at - b.at)) {
    timesApplied[call.id] = (timesApplied[call.id] ?? 0) + 1;
    (byKey[key] ??= []).push(call);
  }
  return { timesApplied, byKey };
}

function parsed<Body>(bucket: string, name: string, text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch (cause) {
    throw new Error(`final read: ${bucket}/${name} is no JSON: ${JSON.stringify(text.slice(0, 80))}`, { cause });
  }
}

function effectsOf(orders: readonly Item[], customers: readonly Item[]): Effects {
  type Application = Effects['byKey'][string][number];
  return {
    timesApplied: Object.fromEntries(orders.map((item) => [String(item['id']), Number(item['timesApplied'] ?? 0)])),
    byKey: Object.fromEntries(customers.map((item) => [String(item['id']), (item['applied'] ?? []) as Application[]])),
  };
}
