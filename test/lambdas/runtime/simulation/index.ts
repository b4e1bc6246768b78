import type { MSKEvent } from 'aws-lambda';
import { consumer, type ConsumerOptions } from '../../../../lambdas/runtime/consumer';
import type { KafkaBatchResponse } from '../../../../lambdas/runtime/consumer/response';
import { parseDeadLetter } from '../../../../lambdas/runtime/dead-letters/letter';
import { ledgerKey, letterPlace, type DeadLetter } from '../../../../lambdas/runtime/contract';
import { CountingMeter } from '../../../../simulation/watching/counting-meter';
import { CLUSTER } from './kafka-event';
import { MemoryObjects } from '../../../../simulation/s3/memory-objects';
import { MemoryTables } from '../../../../simulation/dynamodb/memory-tables';
import { RecordingLog } from '../../../../simulation/watching/recording-log';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

export { CLUSTER, kafkaEvent, type Given } from './kafka-event';
export { MemoryObjects } from '../../../../simulation/s3/memory-objects';
export { MemoryTables, type Script } from '../../../../simulation/dynamodb/memory-tables';
export { CountingMeter } from '../../../../simulation/watching/counting-meter';
export { RecordingLog } from '../../../../simulation/watching/recording-log';
export { VirtualClock } from '../../../../simulation/time/virtual-clock';

export const environment = {
  cluster: CLUSTER,
  topic: 'orders',
  group: 'billing',
  table: 'idempotency',
  deadLetters: 'dead-letters',
  timeMarginMs: 10_000,
  doneSeconds: 86_400,
};

/** A consumer with everything around it in memory. */
export function simulation({
  random,
  latencyMs,
  turns,
  log = new RecordingLog(),
}: { random?: () => number; latencyMs?: () => number; turns?: number; log?: RecordingLog } = {}) {
  const clock = new VirtualClock(random, turns);
  const tables = new MemoryTables({ idempotency: 'key', orders: 'id', customers: 'id' }, clock, latencyMs);
  const objects = new MemoryObjects();
  const variables = {
    LOSSLESS_CONSUMER_Billing: JSON.stringify(environment),
    LOSSLESS_UNPACK_Billing: JSON.stringify({ ...environment, onFailure: 'on-failure' }),
  };
  const entries = () => tables.items('idempotency').filter(({ key }) => !String(key).startsWith('ledger/'));
  const meter = new CountingMeter();
  const parts = { variables, transactions: tables, objects, clock, meter, log };
  return {
    clock,
    tables,
    objects,
    parts,
    meter,
    log,
    /** Items of the idempotency table that are about an event: ledgers left out. */
    entries,
    /** The ledger of a partition. */
    ledger: (partition = 0) =>
      tables.items('idempotency').find(({ key }) => key === ledgerKey({ ...environment, partition })),
    /** Records of the idempotency table, by state. */
    records: (state: string) => tables.items('idempotency').filter((item) => item['state'] === state),
    letters: (): DeadLetter[] =>
      objects
        .names('dead-letters')
        .filter((name) => letterPlace(name) !== undefined)
        .map((name) => parseDeadLetter(objects.content.get(`dead-letters/${name}`) ?? '', name)),
    /** One invocation among others. */
    invoke: <T>(event: MSKEvent, options: ConsumerOptions<T>, timeoutMs = 60_000): Promise<KafkaBatchResponse> =>
      invoke(clock, consumer({ ...options, deps: parts }), event, timeoutMs),
    /** One invocation with `timeoutMs` left. */
    deliver: <T>(event: MSKEvent, options: ConsumerOptions<T>, timeoutMs = 60_000): Promise<KafkaBatchResponse> =>
      clock.run(invoke(clock, consumer({ ...options, deps: parts }), event, timeoutMs)),
  };
}

export function invoke<E, R>(
  clock: VirtualClock,
  handler: (event: E, context: { getRemainingTimeInMillis(): number }) => Promise<R>,
  event: E,
  timeoutMs: number,
): Promise<R> {
  const deadline = clock.now() + timeoutMs;
  return handler(event, { getRemainingTimeInMillis: () => deadline - clock.now() });
}

/** What a response reports, as `<partition>@<offset>`. */
export const reported = ({ batchItemFailures }: KafkaBatchResponse): string[] =>
  batchItemFailures.map(({ itemIdentifier: { partition, offset } }) => `${partition}@${offset}`);
