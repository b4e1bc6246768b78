import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spillObject, TABLE_KEY, type SpillObject } from '../lambdas/runtime/contract';
import type { ObjectStore } from '../lambdas/runtime/stores/object-store';
import { s3ObjectStore } from '../lambdas/runtime/stores/s3-object-store';
import { dynamoDbTransactions } from '../lambdas/runtime/stores/dynamodb';
import { systemClock } from '../lambdas/runtime/time/clock';
import { Processes } from '../local/processes';
import { MemoryTables } from '../simulation/dynamodb/memory-tables';
import { MemoryObjects } from '../simulation/s3/memory-objects';
import { reportOf } from './in-its-own-process';
import { ratio, type Bench, type Row } from './measure';
import type { Listing } from './redrive/listing';
import { manyObjects } from './redrive/many-objects';
import { BUCKETS, clientsOf, environment, startParts, TOPIC, type Endpoints } from './redrive/parts';
import type { Replayed } from './redrive/replaying';
import { sendingBack, storeAlone, tableAlone, type SentBack, type Stores } from './redrive/sent-back';

const FULL = { rounds: 3, invocations: 2, listed: 1_000_000, listings: 2, spilled: 100_000 };
const QUICK = { rounds: 1, invocations: 1, listed: 20_000, listings: 1, spilled: 10_000 };
/** Objects of one page of a listing, as S3 has them. */
const PAGE = 1_000;
const EVENTS_PER_OBJECT = 1_000;
/** S3's guide, "Performance guidelines": roughly 100 to 200 ms for small objects. DynamoDB's: single-digit milliseconds. */
const S3_MS = 100;
const TABLE_MS = 9;

export const redrive: Bench = {
  name: 'redrive',
  claim:
    'parked events back in the topic, given up invocations too; spilled events replayed; a million dead letters listed',
  measure: async (say, { quick }) => {
    const size = quick ? QUICK : FULL;
    const dir = await mkdtemp(join(tmpdir(), 'lossless-bench-'));
    const processes = new Processes({ logDir: dir });
    try {
      const endpoints = await startParts(dir, processes);
      const sent = await sentBack(endpoints, size, say);
      return [...sent, ...(await replayed(endpoints, size, say)), ...(await listed(size, say))];
    } finally {
      await processes.stopAll();
      await rm(dir, { recursive: true, force: true });
    }
  },
};

type Size = typeof FULL;
type Say = (line: string) => void;

/** By the S3 stand-in, beside what it takes alone, by objects in memory, and by stores that answer as late as AWS's, in turns. */
async function sentBack(endpoints: Endpoints, { rounds, invocations }: Size, say: Say): Promise<Row[]> {
  const { s3: client, dynamodb } = clientsOf(endpoints);
  const s3 = s3ObjectStore(client);
  const transactions = dynamoDbTransactions(dynamodb);
  const kinds = {
    'S3 stand-in': sendingBack(endpoints, { store: s3, transactions }),
    'objects in memory': sendingBack(endpoints, { store: new MemoryObjects(undefined, PAGE), transactions }),
    'stores as late as on AWS': sendingBack(endpoints, lateStores()),
  };
  const names = Object.keys(kinds) as (keyof typeof kinds)[];
  const seen = Object.fromEntries(names.map((name) => [name, [] as SentBack[]])) as Record<keyof typeof kinds, SentBack[]>; // prettier-ignore
  const alone: number[] = [];
  const writes: number[] = [];
  // The first round opens connections and compiles, and is not counted.
  for (let round = 0; round <= rounds; round++) {
    for (const [index, kind] of names.entries()) {
      const found = await kinds[kind](names.length * round + index, invocations);
      if (round > 0) seen[kind].push(found);
      say(
        `round ${round}, ${kind}: ${found.unpacked.toFixed(0)} unpacked, ${found.sent.toFixed(0)} sent back a second`,
      );
    }
    const letters = await storeAlone(s3, 1_000);
    const written = await tableAlone(endpoints, 1_000);
    if (round === 0) continue;
    alone.push(letters);
    writes.push(written);
  }
  const of = (kind: keyof typeof kinds, name: keyof SentBack) => seen[kind].map((each) => each[name]);
  const rows = names.flatMap((kind): Row[] => [
    { what: `${kind}: single letters sent back`, unit: 'events/s', values: of(kind, 'sent') },
    { what: `${kind}: invocations unpacked`, unit: 'events/s', values: of(kind, 'unpacked') },
    { what: `${kind}: unpacked and sent back`, unit: 'events/s', values: of(kind, 'both') },
    { what: `${kind}: CPU to send back one, without the stores`, unit: 'ms', values: of(kind, 'cpuMs') },
  ]);
  const standIn = { what: 'S3 stand-in alone: got and deleted', unit: 'letters/s', values: alone };
  const table = { what: 'DynamoDB Local alone: one write each', unit: 'letters/s', values: writes };
  return [...rows, standIn, table, ratio('S3 stand-in: sent back / alone', of('S3 stand-in', 'sent'), alone)];
}

/** Stores that take no time of the processor and answer after so many milliseconds. */
function lateStores(): Stores {
  const store = new MemoryObjects(systemClock, PAGE);
  store.latencyMs = () => S3_MS;
  return { store, transactions: new MemoryTables({ [environment.table]: TABLE_KEY }, systemClock, () => TABLE_MS, false) }; // prettier-ignore
}

async function replayed(endpoints: Endpoints, { spilled, rounds }: Size, say: Say): Promise<Row[]> {
  const store = s3ObjectStore(clientsOf(endpoints).s3);
  const seen: Replayed[] = [];
  for (let round = 0; round < rounds; round++) {
    await fill(store, spilled, round);
    const found = await childOf<Replayed>('replaying', endpoints);
    if (found.events !== spilled) throw new Error(`replayed: got ${found.events} events, want ${spilled}`);
    seen.push(found);
    say(`replay ${round + 1}: ${(found.events / found.seconds).toFixed(0)} events/s, ${found.megabytes.toFixed(0)} MB`);
  }
  return [
    { what: `${spilled} spilled events replayed`, unit: 'events/s', values: seen.map(({ events, seconds }) => events / seconds) }, // prettier-ignore
    { what: 'replay: memory above idle', unit: 'MB', values: seen.map(({ megabytes }) => megabytes) },
  ];
}

/** Objects as producers spill them, of events with 200 bytes of data. */
async function fill(store: ObjectStore, events: number, round: number): Promise<void> {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const { cluster } = environment;
  for (let n = 0; n < events / EVENTS_PER_OBJECT; n++) {
    const atMs = Date.now();
    const each = Array.from({ length: EVENTS_PER_OBJECT }, (_, index) => ({
      ...{ partition: null, key: base64(`k${index}`), value: base64(JSON.stringify({ note: 'x'.repeat(190) })) },
      headers: Object.entries({ ce_specversion: '1.0', ce_id: `s${round}-${n}-${index}`, ce_source: 'bench', ce_type: 't' }).map(([name, value]) => [name, base64(value)] as const), // prettier-ignore
    }));
    const object: SpillObject = { version: 1, cluster, topic: TOPIC, spilledAt: new Date(atMs).toISOString(), events: each }; // prettier-ignore
    await store.putIfAbsent(BUCKETS.spill, spillObject({ cluster, topic: TOPIC, atMs, unique: `${round}-${n}` }), JSON.stringify(object)); // prettier-ignore
  }
}

async function listed({ listed: count, listings }: Size, say: Say): Promise<Row[]> {
  const objects = await manyObjects(count);
  const seen: Listing[] = [];
  for (let n = 0; n < listings; n++) {
    const found = await childOf<Listing>('listing', objects.endpoint);
    seen.push(found);
    say(`list ${n + 1}: ${found.seconds.toFixed(0)} s, ${found.megabytes.toFixed(0)} MB`);
  }
  objects.close();
  return [
    { what: `list of ${count} dead letters`, unit: 's', values: seen.map(({ seconds }) => seconds) },
    { what: 'list: memory above idle', unit: 'MB', values: seen.map(({ megabytes }) => megabytes) },
  ];
}

const childOf = <Report>(name: 'listing' | 'replaying', told: Endpoints | string): Promise<Report> =>
  reportOf(join(__dirname, 'redrive', `${name}.ts`), told);
