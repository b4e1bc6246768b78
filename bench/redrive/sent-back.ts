import { redriveDeadLetters } from '../../cli/dead-letters/redrive';
import type { Surroundings } from '../../cli/dead-letters/surroundings';
import { redrive } from '../../lambdas/runtime/redrive';
import { dynamoDbTransactions } from '../../lambdas/runtime/stores/dynamodb';
import type { ObjectStore } from '../../lambdas/runtime/stores/object-store';
import { limit } from '../../lambdas/runtime/time/limit';
import { systemClock } from '../../lambdas/runtime/time/clock';
import { unpack } from '../../lambdas/runtime/unpack';
import { recordsOf, silent } from '../consumer';
import { seconds } from '../measure';
import { BUCKETS, clientsOf, environment, variablesOf, type Endpoints } from './parts';

/** Records of one given up invocation. */
export const RECORDS = 500;
/** Requests to the store at once, as the replay function makes them. */
const AT_ONCE = 32;
export const LAMBDA = { getRemainingTimeInMillis: () => 900_000 };
export const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };

/** Where the letters are, as the command is told. */
export const PLACE = { bucket: BUCKETS.deadLetters, group: environment.group, table: environment.table, function: 'replay' }; // prettier-ignore

/** Records a second, of one round. */
export interface SentBack {
  /** From given up invocations to dead letters. */
  readonly unpacked: number;
  /** From dead letters to the topic. */
  readonly sent: number;
  /** Both, one after the other. */
  readonly both: number;
  /** Milliseconds of CPU that the command and the function took to send back one, the stores' not counted. */
  readonly cpuMs: number;
}

export type Stores = Pick<Surroundings, 'store' | 'transactions'>;

/** What one consumer's function gave up, unpacked and sent back by the command and the functions, on real brokers. */
export function sendingBack(endpoints: Endpoints, { store, transactions }: Stores): (round: number, invocations: number) => Promise<SentBack> {
  const deps = { variables: variablesOf(endpoints), transactions, log: quiet };
  const unpacking = unpack({ ...deps, objects: store, meter: silent });
  const redriving = redrive({ ...deps, store });
  return async (round, invocations) => {
    for (let n = 0; n < invocations; n++) await giveUp(store, round * invocations + n);
    const records = invocations * RECORDS;
    const unpackSeconds = await seconds(async () => {
      const { parked } = await unpacking({}, LAMBDA);
      if (parked !== records) throw new Error(`unpacked: got ${parked}, want ${records}`);
    });
    const cpu = process.cpuUsage();
    const sendSeconds = await seconds(async () => {
      let told = '';
      const around = aroundOf(store, transactions, redriving, (text) => (told += text));
      const code = await redriveDeadLetters({ ...PLACE, concurrency: 4, maxRedrives: 3, yes: true, json: true }, around);
      if (code !== 0 || (JSON.parse(told) as { redriven?: number }).redriven !== records) throw new Error(`sent back: ${told}`);
    });
    const { user, system } = process.cpuUsage(cpu);
    const took = { unpacked: records / unpackSeconds, sent: records / sendSeconds, both: records / (unpackSeconds + sendSeconds) };
    return { ...took, cpuMs: (user + system) / 1_000 / records };
  };
} // prettier-ignore

/** What Lambda puts of an invocation that it gives up. */
export async function giveUp(store: ObjectStore, invocation: number): Promise<void> {
  const payload = JSON.stringify(recordsOf(invocation, RECORDS, 150));
  const text = JSON.stringify({ requestContext: { condition: 'RetryAttemptsExhausted' }, payload });
  await store.putIfAbsent(BUCKETS.onFailure, String(invocation), text);
}

export function aroundOf(
  store: ObjectStore,
  transactions: Surroundings['transactions'],
  redriving: ReturnType<typeof redrive>,
  print: (text: string) => void,
): Surroundings {
  const refuse = () => Promise.reject(new Error('nobody is asked'));
  return {
    ...{ store, transactions, print, clock: systemClock, signal: new AbortController().signal },
    ...{ caller: refuse, outputsOf: refuse, groupsOf: refuse, ask: refuse },
    versions: { of: refuse, remove: refuse },
    // In this process: what an invocation costs beside the function is Lambda's.
    invoke: async (_, payload) => ({ kind: 'answer', payload: JSON.stringify(await redriving(JSON.parse(payload), LAMBDA)) }), // prettier-ignore
    progress: { say: () => undefined, count: () => undefined, end: () => undefined },
    nowMs: () => performance.now(),
    sleep: (ms) => systemClock.sleep(ms),
  };
}

/** Writes a second that the table alone takes, one item each as a redrive makes them. */
export async function tableAlone(endpoints: Endpoints, writes: number): Promise<number> {
  const transactions = dynamoDbTransactions(clientsOf(endpoints).dynamodb);
  const together = limit(AT_ONCE);
  const write = (n: number) =>
    transactions.update({
      TableName: environment.table,
      Key: { key: { S: `alone/${n}` } },
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': { N: String(n) } },
    });
  return (
    writes / (await seconds(() => Promise.all(Array.from({ length: writes }, (_, n) => together(() => write(n))))))
  );
}

/** Letters a second that the store alone takes, with the two requests a redrive makes of it for each. */
export async function storeAlone(store: ObjectStore, letters: number): Promise<number> {
  const names = Array.from({ length: letters }, (_, n) => `alone/${n}`);
  const together = limit(AT_ONCE);
  const each = (act: (name: string) => Promise<unknown>) => Promise.all(names.map((name) => together(() => act(name))));
  await each((name) => store.putIfAbsent(BUCKETS.spill, name, 'x'.repeat(1_200)));
  const took = await seconds(async () => {
    await each((name) => store.get(BUCKETS.spill, name));
    await each((name) => store.delete(BUCKETS.spill, name));
  });
  return letters / took;
}
