import { systemClock, type Clock } from './clock';
import { limit } from './consumer/limit';
import { eventParked } from './consumer/lines';
import { recordBatch, type ConsumerRecord } from './consumer/records';
import type { ParkReason, UnpackEnvironment } from './contract';
import type { ParkCause } from './dead-letters';
import { unpackEnvironments } from './environment';
import { LosslessError } from './errors';
import { deliveryOf } from './idempotency/delivery';
import { dynamoDbTransactions } from './idempotency/dynamodb';
import { park, parkClaimed } from './idempotency/park';
import { foundBy, type Found } from './idempotency/record';
import type { Transactions } from './idempotency/transactions';
import { settledBefore, type Trouble } from './idempotency/verdict';
import { countSettled, type LedgerPlace, type SettledAs } from './ledger';
import { powertoolsLog, withFields, type Log } from './log';
import { emfMeter, type Meter } from './metrics';
import type { ObjectStore } from './object-store';
import { s3ObjectStore } from './s3-object-store';
import { timeLeft } from './time-left';

/** What an unpack function is made of, so that it can be run without Lambda. */
export interface UnpackParts {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly transactions: Transactions;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
  /** @default - CloudWatch's embedded metric format, under the consumer group */
  readonly meter?: Meter;
}

export interface Unpacked {
  /** On-failure objects whose records are all settled, and which are deleted therefore. */
  readonly objects: number;
  /** Records parked from them; the others were settled before. */
  readonly parked: number;
  /** False when the time ran out before the last object. */
  readonly complete: boolean;
}

/** Milliseconds before the function's timeout at which no further object is begun. */
const TIME_MARGIN_MS = 10_000;
/** Records of one object under way at once. */
const RECORDS_AT_ONCE = 8;

/**
 * Turns what the mapping gave up on, whole invocations in its on-failure buckets, into parked records. An object is deleted
 * once each of its records is settled. Safe to run at any time, also twice at once.
 *
 * The handler rejects after it has done all others (INVALID_ON_FAILURE_OBJECT) when an object holds no records that can be
 * parked, and (STORE_UNAVAILABLE) when a store was in the way: those objects stay where they are.
 */
export function unpack(
  deps: Partial<UnpackParts> = {},
): (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<Unpacked> {
  let made: UnpackParts | undefined;
  return async (_event, context) => {
    const parts = (made ??= {
      variables: deps.variables ?? process.env,
      transactions: deps.transactions ?? dynamoDbTransactions(),
      objects: deps.objects ?? s3ObjectStore(),
      clock: deps.clock ?? systemClock,
      log: deps.log ?? powertoolsLog(deps.variables),
      meter: deps.meter,
    });
    const over = new AbortController();
    const late = new AbortController();
    const left = timeLeft(context, parts.clock);
    void parts.clock.sleep(left() - TIME_MARGIN_MS / 2, over.signal).then(() => late.abort());
    const sweep: Sweep = {
      ...parts,
      signal: late.signal,
      timeIsUp: () => left() <= TIME_MARGIN_MS,
      failures: [],
    };
    const unpacked = { objects: 0, parked: 0, complete: true };
    try {
      for (const environment of unpackEnvironments(parts.variables)) {
        await sweepBucket(environment, sweep, unpacked).catch((error: unknown) => sweep.failures.push(error));
      }
    } finally {
      over.abort();
    }
    return ended(unpacked, sweep.failures);
  };
}

interface Sweep extends UnpackParts {
  /** Aborts when what waits for others has to stop. */
  readonly signal: AbortSignal;
  timeIsUp(): boolean;
  /** What cannot be unpacked is reported last, so that it is not in the way of the others. */
  readonly failures: unknown[];
}

async function sweepBucket(
  environment: UnpackEnvironment,
  sweep: Sweep,
  unpacked: { objects: number; parked: number; complete: boolean },
): Promise<void> {
  const meter = sweep.meter ?? emfMeter(environment);
  const place = { ...sweep, meter, log: withFields(sweep.log, { group: environment.group }) };
  try {
    for await (const { name } of sweep.objects.list(environment.onFailure, '')) {
      if (sweep.timeIsUp()) {
        unpacked.complete = false;
        break;
      }
      try {
        unpacked.parked += await unpackObject(name, environment, place);
        unpacked.objects++;
      } catch (error) {
        sweep.failures.push(error);
      }
    }
  } finally {
    meter.flush();
  }
}

function ended(unpacked: Unpacked, failures: readonly unknown[]): Unpacked {
  if (failures.length === 0) return unpacked;
  const messages = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)));
  const invalid = failures.find((failure) => LosslessError.is(failure) && failure.code === 'INVALID_ON_FAILURE_OBJECT');
  throw new LosslessError(
    invalid ? 'INVALID_ON_FAILURE_OBJECT' : 'STORE_UNAVAILABLE',
    `unpack: ${failures.length} on-failure objects stay where they are: ${messages.slice(0, 10).join('; ')}`,
    { cause: failures[0] },
  );
}

/** Returns how many records it parked. Throws when a record could not be settled: then the object stays. */
async function unpackObject(name: string, environment: UnpackEnvironment, sweep: Sweep): Promise<number> {
  const where = `s3://${environment.onFailure}/${name}`;
  const text = await sweep.objects.get(environment.onFailure, name);
  // Another sweep has unpacked and deleted it.
  if (text === undefined) return 0;
  const { records, cause } = parseOnFailure(text, where);
  const together = limit(RECORDS_AT_ONCE);
  const outcomes = await Promise.all(
    records.map((record) => together(() => settleRecord(record, cause, environment, sweep))),
  );
  const troubles = outcomes.filter((outcome) => outcome.kind === 'trouble');
  if (troubles.length > 0) {
    throw new LosslessError(
      'STORE_UNAVAILABLE',
      `${where}: got ${troubles.length} of ${records.length} records not settled (${troubles[0]?.reason}), want all; the next sweep tries again`,
    );
  }
  const settled = outcomes.filter((outcome) => outcome.kind === 'settled');
  await count(settled, { ...sweep, environment }, where);
  await sweep.objects.delete(environment.onFailure, name);
  return settled.filter(({ now }) => now).length;
}

/** `now`: parked by this sweep. */
interface Settled {
  readonly kind: 'settled';
  readonly record: ConsumerRecord;
  readonly as: SettledAs;
  readonly now: boolean;
}

async function settleRecord(
  record: ConsumerRecord,
  cause: ParkCause,
  environment: UnpackEnvironment,
  sweep: Sweep,
): Promise<Settled | Trouble> {
  const delivery = deliveryOf(record, environment);
  const place = { ...sweep, environment };
  let found: Found;
  try {
    // Only to leave no orphan for each of a batch's many settled records; the condition on `parked` decides.
    found = foundBy(delivery, await sweep.transactions.read(environment.table, delivery.key));
  } catch (error) {
    return { kind: 'trouble', reason: error instanceof Error ? error.message : String(error) };
  }
  const before = settledBefore(found);
  if (before) return { kind: 'settled', record, as: before.effect, now: false };
  const claimant = { owner: sweep.clock.uuid(), signal: sweep.signal };
  const parked = await (found.kind === 'claimed'
    ? parkClaimed(delivery, cause, place, claimant)
    : park(delivery, cause, place, claimant));
  if (parked.kind === 'trouble') return parked;
  if (parked.object !== undefined) {
    sweep.meter?.parked(cause.reason);
    eventParked(sweep.log, delivery, cause, parked.object);
  }
  return { kind: 'settled', record, as: parked.as, now: parked.as === 'parked' };
}

/** The mapping will not deliver these records again: they are counted here. */
async function count(settled: readonly Settled[], place: LedgerPlace & { signal: AbortSignal }, where: string) {
  const partitions = new Map<number, Settled[]>();
  for (const each of settled) {
    const { partition } = each.record;
    partitions.set(partition, [...(partitions.get(partition) ?? []), each]);
  }
  for (const [partition, group] of partitions) {
    const { topic } = group[0]!.record;
    const prefix = group.map(({ record: { offset }, as }) => ({ offset, as }));
    if (await countSettled({ topic, partition }, prefix, place, place.signal)) continue;
    throw new LosslessError('STORE_UNAVAILABLE', `${where}: records not counted, want all; the next sweep tries again`);
  }
}

/** Both spellings are in AWS's documentation; what an aged-out record is called is not. */
const REASONS: readonly (readonly [condition: RegExp, ParkReason])[] = [
  [/^MaximumPayloadSizeExceeded$/, 'payload-too-large'],
  [/Age/, 'record-too-old'],
  [/^(RetryAttemptsExhausted|RetriesExhausted)$/, 'retries-exhausted'],
];

/** The mapping's on-failure document: metadata, and the whole invocation as JSON text inside. */
function parseOnFailure(text: string, where: string): { records: readonly ConsumerRecord[]; cause: ParkCause } {
  try {
    const document = JSON.parse(text) as { requestContext?: { condition?: unknown }; payload?: unknown } | null;
    const { requestContext, payload } = document ?? {};
    if (payload === undefined || payload === null) throw new Error('got no payload, want the whole invocation');
    const event: unknown = typeof payload === 'string' ? JSON.parse(payload) : payload;
    const { partitions, refused } = recordBatch(event);
    const [contradictory] = refused.values();
    if (contradictory) throw contradictory.error;
    const records = [...partitions.values()].flat();
    if (records.length === 0) throw new Error('got no records, want at least one');
    const condition = typeof requestContext?.condition === 'string' ? requestContext.condition : 'no condition';
    const reason = REASONS.find(([pattern]) => pattern.test(condition))?.[1] ?? 'retries-exhausted';
    return { records, cause: { reason, detail: `the event source mapping gave up: ${condition}` } };
  } catch (cause) {
    throw new LosslessError(
      'INVALID_ON_FAILURE_OBJECT',
      `${where}: ${cause instanceof SyntaxError ? 'got no JSON, want a document of the mapping' : (cause as Error).message}; send its records again by hand, then delete it`,
      { cause },
    );
  }
}
