import { DynamoDBClient, ScanCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { RECORD, TABLE_KEY } from '../lambdas/runtime/contract';
import type { Sent } from './load';

/** Where the effects and the settled records of the sample lie. */
export interface Books {
  /** DynamoDB endpoint of the local stack. */
  readonly dynamodb: string;
  /** Effects: one item per order, `timesApplied` added to by every application. */
  readonly ordersTable: string;
  readonly idempotencyTable: string;
}

/** What became of every event of a run. */
export interface Account {
  accepted: number;
  acked: number;
  spilled: number;
  rejected: number;
  /** Events whose caller never got a yes or a no; they may be applied, and are never counted as lost. */
  unknown: number;
  applied: number;
  parked: number;
  lost: string[];
  appliedTwice: string[];
  latencyMs: { p50: number | null; p99: number | null };
}

interface Settled {
  /** `<partition>/<offset>` → epoch milliseconds. */
  readonly effectAt: Map<string, { at: number; appended: number }>;
  /** Event ids parked. */
  readonly parked: Set<string>;
}

/** Reads the books independently of the pipeline and holds every accepted event against them. */
export async function account(sent: readonly Sent[], books: Books): Promise<Account> {
  const client = new DynamoDBClient({
    endpoint: books.dynamodb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    const timesApplied = await readEffects(client, books.ordersTable);
    const settled = await readSettled(client, books.idempotencyTable);
    return weigh(sent, timesApplied, settled);
  } finally {
    client.destroy();
  }
}

export function weigh(sent: readonly Sent[], timesApplied: ReadonlyMap<string, number>, settled: Settled): Account {
  const count = (outcome: Sent['outcome']) => sent.filter((event) => event.outcome === outcome).length;
  const accepted = sent.filter((event) => event.outcome === 'acked' || event.outcome === 'spilled');
  return {
    accepted: accepted.length,
    acked: count('acked'),
    spilled: count('spilled'),
    rejected: count('rejected'),
    unknown: count('unknown') + count('waiting'),
    applied: timesApplied.size,
    parked: settled.parked.size,
    lost: accepted.filter(({ id }) => !timesApplied.has(id) && !settled.parked.has(id)).map(({ id }) => id),
    appliedTwice: [...timesApplied].filter(([, times]) => times > 1).map(([id]) => id),
    latencyMs: latency(accepted, settled),
  };
}

/** From acceptance (the caller's answer or the leader's append, whichever was first) to the effect. */
function latency(accepted: readonly Sent[], settled: Settled): Account['latencyMs'] {
  const values = accepted
    .flatMap((event) => {
      const effect = settled.effectAt.get(`${event.partition}/${event.offset}`);
      return effect ? [Math.max(0, effect.at - Math.min(event.acceptedAt ?? Infinity, effect.appended))] : [];
    })
    .sort((a, b) => a - b);
  const at = (share: number) => values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? null;
  return { p50: at(0.5), p99: at(0.99) };
}

async function readEffects(client: DynamoDBClient, table: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const item of scan(client, table)) found.set(item['id']?.S ?? '', Number(item['timesApplied']?.N ?? 0));
  return found;
}

async function readSettled(client: DynamoDBClient, table: string): Promise<Settled> {
  const settled: Settled = { effectAt: new Map(), parked: new Set() };
  for await (const item of scan(client, table)) {
    const state = item[RECORD.state]?.S;
    if (state === 'parked') settled.parked.add(item[RECORD.id]?.S ?? item[TABLE_KEY]?.S ?? '');
    if (state !== 'done') continue;
    const place = `${item[RECORD.partition]?.N}/${item[RECORD.offset]?.N}`;
    settled.effectAt.set(place, {
      at: Number(item[RECORD.settledAt]?.N),
      appended: Number(item[RECORD.timestamp]?.N),
    });
  }
  return settled;
}

async function* scan(client: DynamoDBClient, table: string): AsyncGenerator<Record<string, AttributeValue>> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ConsistentRead: true, ExclusiveStartKey: from }),
    );
    yield* page.Items ?? [];
    from = page.LastEvaluatedKey;
  } while (from);
}
