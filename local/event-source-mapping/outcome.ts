import { batchItemFailures, itemIdentifier } from '../batch-item-failures';
import type { Outcome } from '../function-host';
import { byPartition, partitionKey, type PolledRecord, type Records } from './record';
import type { Backoff, MappingSwitches } from './switches';

/** Records on their way to the function, and what was tried with them. */
export interface Attempt {
  readonly records: Records;
  /** Retries used up; the first try counts as none. */
  readonly retries: number;
  /** Invocations made with these records, for the backoff and the on-failure object. */
  readonly invocations: number;
}

export interface OutcomePolicy {
  readonly topic: string;
  readonly partialResponse: boolean;
  readonly bisect: boolean;
  /** Undefined: without end. */
  readonly retryLimit: number | undefined;
  readonly switches: MappingSwitches;
}

/** What follows from one invocation. Every record of the attempt is in exactly one of the three. */
export interface Next {
  readonly settled: Records;
  /** To be delivered again, one after the other. */
  readonly again: readonly Attempt[];
  /** No retry is left. */
  readonly exhausted: Records;
}

/** Decides the fate of every record of an attempt. */
export function afterInvocation(attempt: Attempt, outcome: Outcome, policy: OutcomePolicy): Next {
  const invocations = attempt.invocations + 1;
  switch (outcome.kind) {
    case 'success': {
      const failed = policy.partialResponse ? reported(outcome.payload, attempt.records, policy) : [];
      if (failed === 'all') return retry({ ...attempt, invocations }, [], policy, true);
      const open = new Set<PolledRecord>(failed);
      const settled = attempt.records.filter((record) => !open.has(record));
      const progress = settled.length > 0 && policy.switches.retryCountOnProgress === 'reset';
      const retries = progress ? 0 : attempt.retries;
      return retry({ records: failed, retries, invocations }, settled, policy, true);
    }
    case 'error':
    case 'timeout':
    case 'crash':
      if (policy.bisect && attempt.records.length > 1) return bisect({ ...attempt, invocations }, policy);
      return retry({ ...attempt, invocations }, [], policy, true);
    case 'throttle':
      // The function saw nothing: not an invocation, and a retry only if the switch says so.
      return retry(attempt, [], policy, policy.switches.throttleCountsAsRetry);
  }
}

function retry(attempt: Attempt, settled: Records, policy: OutcomePolicy, counts: boolean): Next {
  if (attempt.records.length === 0) return { settled, again: [], exhausted: [] };
  if (!counts) return { settled, again: [attempt], exhausted: [] };
  if (attempt.retries >= (policy.retryLimit ?? Infinity)) return { settled, again: [], exhausted: attempt.records };
  return { settled, again: [{ ...attempt, retries: attempt.retries + 1 }], exhausted: [] };
}

function bisect(attempt: Attempt, policy: OutcomePolicy): Next {
  const counted = retry(attempt, [], policy, policy.switches.bisectCountsAsRetry);
  const middle = Math.ceil(attempt.records.length / 2);
  const halves = counted.again.flatMap((again) => [
    { ...again, records: again.records.slice(0, middle) },
    { ...again, records: again.records.slice(middle) },
  ]);
  return { ...counted, again: halves };
}

/**
 * The records a partial response leaves unsettled; `all` for an answer that is not one or names a record that was not
 * in the event. Null, an empty object and an empty list settle everything.
 */
function reported(payload: string, records: Records, policy: OutcomePolicy): PolledRecord[] | 'all' {
  const failures = batchItemFailures(payload);
  if (failures === 'invalid') return 'all';
  const slices = byPartition(records);
  const keys = new Map([...slices.keys()].map((partition) => [partitionKey(policy.topic, partition), partition]));
  const failed = new Set<PolledRecord>();
  for (const failure of failures) {
    const { partition, offset } = identifier(failure);
    const slice = slices.get(keys.get(String(partition)) ?? NaN) ?? [];
    const index = slice.findIndex((record) => record.offset === offset);
    if (index < 0) return 'all';
    const until = policy.switches.redeliver === 'from-lowest-failed' ? undefined : index + 1;
    for (const record of slice.slice(index, until)) failed.add(record);
  }
  return records.filter((record) => failed.has(record));
}

/** Kafka's identifier is an object; anything else matches no record. */
function identifier(failure: unknown): { partition?: unknown; offset?: unknown } {
  const item = itemIdentifier(failure);
  return typeof item === 'object' && item !== null ? item : {};
}

/** Takes out what is older than the limit. */
export function splitByAge(
  records: Records,
  limitMs: number | undefined,
  now: number,
): { young: Records; tooOld: Records } {
  const oldest = limitMs === undefined ? -Infinity : now - limitMs;
  return {
    young: records.filter(({ timestamp }) => timestamp >= oldest),
    tooOld: records.filter(({ timestamp }) => timestamp < oldest),
  };
}

/** Milliseconds before the next try, after so many invocations. */
export const backoffMs = ({ firstMs, factor, maxMs }: Backoff, invocations: number): number =>
  Math.min(firstMs * factor ** Math.max(0, invocations - 1), maxMs);
