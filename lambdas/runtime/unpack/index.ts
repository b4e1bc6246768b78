import { setMaxListeners } from 'node:events';
import { systemClock, type Clock } from '../time/clock';
import { limit } from '../time/limit';
import { eventParked } from '../consumer/lines';
import type { ConsumerRecord } from '../event/records';
import type { DeadLetter, UnpackEnvironment } from '../contract';
import type { ParkCause } from '../dead-letters/letter';
import { unpackEnvironments } from '../contract/environment';
import { LosslessError } from '../contract/errors';
import { LOOK_MS } from '../idempotency/claim';
import { deliveryOf, type Delivery } from '../idempotency/delivery';
import { dynamoDbTransactions } from '../stores/dynamodb';
import { conflictOf, park, parkClaimed, type Claimant } from '../idempotency/park';
import { foundBy, type EventState } from '../idempotency/record';
import type { Transactions } from '../stores/tables';
import { settledBefore, type Trouble } from '../idempotency/verdict';
import { countSettled, type LedgerDeps, type SettledAs } from '../ledger';
import { powertoolsLog, withFields, type Log } from '../watching/log';
import { emfMeter, type Meter } from '../watching/metrics';
import { Notes } from '../spill/object-notes';
import type { Listed, ObjectStore } from '../stores/object-store';
import { parseOnFailure } from './on-failure';
import { s3ObjectStore } from '../stores/s3-object-store';
import { ANSWER_MS, timeLeft } from '../time/time-left';
import { STORE_ANSWER_MS, timedObjectStore } from '../stores/timed-object-store';
import { within } from '../time/within';

/** What an unpack function is made of, so that it can be run without Lambda. */
export interface UnpackDeps {
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
/** Largest object that is read; a record of 8 MB takes at most 32 as the mapping writes it. */
const READABLE_BYTES = 64 * 1024 * 1024;
/** Records of one object under way at once: as many as so many characters hold, as each is in memory some times over, and as the SDK has connections. */
const CHARACTERS_AT_ONCE = 8 * 1024 * 1024;
const AT_ONCE = { least: 8, most: 50 } as const;

/**
 * Turns what the mapping gave up on, whole invocations in its on-failure buckets, into parked records. An object is deleted
 * once each of its records is settled. Safe to run at any time, also twice at once.
 *
 * The handler rejects after it has done all others (INVALID_ON_FAILURE_OBJECT) when an object holds no records that can be
 * parked, and (STORE_UNAVAILABLE) when a store was in the way: those objects stay where they are.
 */
export function unpack(
  given: Partial<UnpackDeps> = {},
): (event: unknown, context: { getRemainingTimeInMillis(): number }) => Promise<Unpacked> {
  let made: UnpackDeps | undefined;
  const buckets = new Map<string, Bucket>();
  return async (_event, context) => {
    const deps = (made ??= {
      variables: given.variables ?? process.env,
      transactions: given.transactions ?? dynamoDbTransactions(),
      objects: given.objects ?? s3ObjectStore(),
      clock: given.clock ?? systemClock,
      log: given.log ?? powertoolsLog(given.variables),
      meter: given.meter,
    });
    const over = new AbortController();
    const late = new AbortController();
    // Every record that waits listens to it, and Node warns of more than ten listeners.
    setMaxListeners(0, late.signal);
    const left = timeLeft(context, deps.clock);
    void deps.clock.sleep(left() - TIME_MARGIN_MS / 2, over.signal).then(() => late.abort());
    const sweep: Sweep = {
      ...deps,
      objects: timedObjectStore(deps.objects, deps.clock, () => Math.min(STORE_ANSWER_MS, left() - ANSWER_MS)),
      signal: late.signal,
      leftMs: () => left() - ANSWER_MS,
      timeIsUp: () => left() <= TIME_MARGIN_MS,
      failures: [],
    };
    const unpacked = { objects: 0, parked: 0, complete: true };
    try {
      for (const environment of unpackEnvironments(deps.variables)) {
        const bucket = buckets.get(environment.onFailure) ?? { notes: new Notes(), failures: new Map(), sweeps: 0 };
        buckets.set(environment.onFailure, bucket);
        await sweepBucket(environment, bucket, sweep, unpacked).catch((error: unknown) => sweep.failures.push(error));
      }
    } finally {
      over.abort();
    }
    return ended(unpacked, sweep.failures);
  };
}

/** What is remembered of a bucket from sweep to sweep, as long as the sandbox lives. */
interface Bucket {
  readonly notes: Notes;
  /** By object: why it stayed. */
  readonly failures: Map<string, unknown>;
  sweeps: number;
}

interface Sweep extends UnpackDeps {
  /** Aborts when what waits for others has to stop. */
  readonly signal: AbortSignal;
  /** Milliseconds until the answer. */
  leftMs(): number;
  timeIsUp(): boolean;
  /** What cannot be unpacked is reported last, so that it is not in the way of the others. */
  readonly failures: unknown[];
}

async function sweepBucket(
  environment: UnpackEnvironment,
  bucket: Bucket,
  sweep: Sweep,
  unpacked: { objects: number; parked: number; complete: boolean },
): Promise<void> {
  bucket.sweeps += 1;
  const meter = sweep.meter ?? emfMeter(environment);
  const own = { ...sweep, meter, log: withFields(sweep.log, { group: environment.group }) };
  try {
    // What failed before comes last: each try of it may take its time, and nobody waits for their order.
    const again: Listed[] = [];
    for await (const object of sweep.objects.list(environment.onFailure, '')) {
      if (sweep.timeIsUp()) {
        unpacked.complete = false;
        break;
      }
      if (bucket.notes.of(object.name) !== undefined) again.push(object);
      else await unpackInTime(object, environment, bucket, own, unpacked);
    }
    for (const object of again) {
      const isPutOff = bucket.sweeps < (bucket.notes.of(object.name)?.notBefore ?? 0);
      if (isPutOff || sweep.timeIsUp()) sweep.failures.push(bucket.failures.get(object.name));
      else await unpackInTime(object, environment, bucket, own, unpacked);
    }
  } finally {
    meter.flush();
  }
}

/** Never rejects: what fails stays, is remembered, and is reported last. */
async function unpackInTime(
  object: Listed,
  environment: UnpackEnvironment,
  { notes, failures, sweeps }: Bucket,
  sweep: Sweep,
  unpacked: { objects: number; parked: number; complete: boolean },
): Promise<void> {
  const { name } = object;
  const ended = await within(unpackObject(object, environment, sweep), sweep.leftMs(), sweep);
  switch (ended.kind) {
    case 'value':
      notes.forget(name);
      failures.delete(name);
      unpacked.parked += ended.value;
      unpacked.objects++;
      break;
    case 'error':
      notes.failed(name, sweeps, { waitsFor: [] });
      failures.set(name, ended.error);
      sweep.failures.push(ended.error);
      break;
    case 'timeout':
    case 'aborted':
      unpacked.complete = false;
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
async function unpackObject({ name, bytes }: Listed, environment: UnpackEnvironment, sweep: Sweep): Promise<number> {
  const where = `s3://${environment.onFailure}/${name}`;
  if (bytes > READABLE_BYTES) {
    throw new LosslessError(
      'INVALID_ON_FAILURE_OBJECT',
      `${where}: got ${bytes} bytes, want at most ${READABLE_BYTES}; send its records again by hand, then delete it`,
    );
  }
  const text = await sweep.objects.get(environment.onFailure, name);
  // Another sweep has unpacked and deleted it.
  if (text === undefined) return 0;
  const { records, cause, stays } = parseOnFailure(text, where, environment);
  const fitting = Math.floor((CHARACTERS_AT_ONCE * records.length) / text.length);
  const together = limit(Math.min(AT_ONCE.most, Math.max(AT_ONCE.least, fitting)));
  const outcomes = await Promise.all(
    records.map(async (record) => {
      const claimant = { owner: sweep.clock.uuid(), signal: sweep.signal, watch: {} };
      for (;;) {
        const outcome = await together(() => settleRecord(record, cause, { environment, sweep, claimant }));
        const isClaimed = outcome.kind === 'trouble' && outcome.claimed === true;
        if (!isClaimed || sweep.signal.aborted) return outcome;
        // Whoever waits for another's claim leaves its place to the others.
        await sweep.clock.sleep(LOOK_MS, sweep.signal);
      }
    }),
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
  if (stays) throw stays;
  await sweep.objects.delete(environment.onFailure, name);
  return settled.filter(({ now }) => now).length;
}

/** `now`: parked by this sweep. */
interface SettledRecord {
  readonly kind: 'settled';
  readonly record: ConsumerRecord;
  readonly as: SettledAs;
  readonly now: boolean;
}

async function settleRecord(
  record: ConsumerRecord,
  given: ParkCause,
  {
    environment,
    sweep,
    claimant,
  }: { readonly environment: UnpackEnvironment; readonly sweep: Sweep; readonly claimant: Claimant },
): Promise<SettledRecord | Trouble> {
  if (sweep.signal.aborted) return { kind: 'trouble', reason: 'no time left in this sweep' };
  const delivery = deliveryOf(record, environment);
  const deps = { ...sweep, environment };
  let found: EventState;
  try {
    // Only to leave no orphan for each of a batch's many settled records; the condition on `parked` decides.
    found = foundBy(delivery, await sweep.transactions.read(environment.table, delivery.key));
  } catch (error) {
    return { kind: 'trouble', reason: error instanceof Error ? error.message : String(error) };
  }
  const before = settledBefore(found);
  if (before) return { kind: 'settled', record, as: before.effect, now: false };
  const cause = found.kind === 'other content' ? conflictOf(given) : given;
  const parker: Claimant = { ...claimant, effect: knownEffect(delivery, environment) };
  const parked = await (found.kind === 'claimed'
    ? parkClaimed(delivery, cause, deps, parker)
    : park(delivery, cause, deps, parker));
  if (parked.kind === 'trouble') return parked;
  if (parked.object !== undefined) {
    sweep.meter?.parked(cause.reason);
    eventParked(sweep.log, delivery, cause, parked.object);
  }
  return { kind: 'settled', record, as: parked.as, now: parked.object !== undefined };
}

/** Under an id that only the handler's code tells, the event may have been applied: nothing here knows it. */
const knownEffect = ({ isForeign }: Delivery, { eventIds }: UnpackEnvironment): DeadLetter['effect'] =>
  isForeign && (eventIds === undefined || eventIds.kind === 'handler') ? 'unknown' : 'none';

/** The mapping will not deliver these records again: they are counted here. */
async function count(settled: readonly SettledRecord[], deps: LedgerDeps & { signal: AbortSignal }, where: string) {
  const partitions = new Map<number, SettledRecord[]>();
  for (const each of settled) {
    const { partition } = each.record;
    partitions.set(partition, [...(partitions.get(partition) ?? []), each]);
  }
  for (const [partition, group] of partitions) {
    const { topic } = group[0]!.record;
    const prefix = group.map(({ record: { offset }, as }) => ({ offset, as }));
    if (await countSettled({ topic, partition }, prefix, deps, deps.signal)) continue;
    throw new LosslessError('STORE_UNAVAILABLE', `${where}: records not counted, want all; the next sweep tries again`);
  }
}
