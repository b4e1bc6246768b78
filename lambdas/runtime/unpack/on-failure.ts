import { recordBatch, type ConsumerRecord } from '../event/records';
import type { ParkReason, UnpackEnvironment } from '../contract';
import type { ParkCause } from '../dead-letters/letter';
import { LosslessError } from '../contract/errors';

/** What the mapping gave up on, as it lies in its on-failure bucket. */
export interface OnFailure {
  readonly records: readonly ConsumerRecord[];
  readonly cause: ParkCause;
  /** Why the object has to stay once these are settled: it holds others, which cannot be told apart. */
  readonly stays?: LosslessError;
}

/** Both spellings are in AWS's documentation; what an aged-out record is called is not. */
const REASONS: readonly (readonly [condition: RegExp, ParkReason])[] = [
  [/^MaximumPayloadSizeExceeded$/, 'payload-too-large'],
  [/Age/, 'record-too-old'],
  [/^(RetryAttemptsExhausted|RetriesExhausted)$/, 'retries-exhausted'],
];

/**
 * The mapping's on-failure document: metadata, and the whole invocation as JSON text inside.
 *
 * @throws LosslessError INVALID_ON_FAILURE_OBJECT for what holds no records of this consumer's topic
 */
export function parseOnFailure(text: string, where: string, of: UnpackEnvironment): OnFailure {
  try {
    const document = JSON.parse(text) as { requestContext?: RequestContext; payload?: unknown } | null;
    const { requestContext, payload } = document ?? {};
    refuseOfAnother(requestContext?.functionArn, where, of);
    if (payload === undefined || payload === null) throw new Error('got no payload, want the whole invocation');
    const { records, contradiction } = ours(typeof payload === 'string' ? JSON.parse(payload) : payload, where, of);
    if (records.length === 0) throw contradiction ?? new Error('got no records, want at least one');
    const condition = typeof requestContext?.condition === 'string' ? requestContext.condition : 'no condition';
    const reason = REASONS.find(([pattern]) => pattern.test(condition))?.[1] ?? 'retries-exhausted';
    const cause: ParkCause = { reason, detail: `the event source mapping gave up: ${condition}` };
    return { records, cause, stays: contradiction && invalid(where, contradiction) };
  } catch (cause) {
    throw LosslessError.is(cause) && cause.code === 'INVALID_ON_FAILURE_OBJECT' ? cause : invalid(where, cause);
  }
}

interface RequestContext {
  readonly condition?: unknown;
  readonly functionArn?: unknown;
}

/** What the other consumer has not applied, this one may have: its table would say that nothing is left to be done. */
function refuseOfAnother(given: unknown, where: string, { functionArn }: UnpackEnvironment): void {
  if (typeof given !== 'string' || functionArn === undefined || unqualified(given) === unqualified(functionArn)) return;
  throw new LosslessError(
    'INVALID_ON_FAILURE_OBJECT',
    `${where}: got what the mapping of ${given} gave up, want that of ${functionArn}; give each consumer a bucket of its own, and move the object there; if this consumer ran in that function before, put it back without requestContext.functionArn`,
  );
}

/** `arn:aws:lambda:<region>:<account>:function:<name>`, without version or alias. */
const unqualified = (arn: string): string => arn.split(':').slice(0, 7).join(':');

/** @throws for records of another cluster or topic: their consumer has put them into the wrong bucket */
function ours(
  event: unknown,
  where: string,
  { cluster, topic }: UnpackEnvironment,
): { records: readonly ConsumerRecord[]; contradiction?: LosslessError } {
  const { eventSourceArn = cluster, partitions, refused } = recordBatch(event);
  const records = [...partitions.values()].flat();
  const other = records.find((record) => record.topic !== topic);
  if (other !== undefined || eventSourceArn !== cluster) {
    throw new LosslessError(
      'INVALID_ON_FAILURE_OBJECT',
      `${where}: got records of topic ${other?.topic ?? topic} of ${eventSourceArn}, want those of ${topic} of ${cluster}; give each consumer a bucket of its own, and move the object there`,
    );
  }
  const [contradiction] = [...refused.values()].map(({ error }) => error);
  return { records, contradiction };
}

const invalid = (where: string, cause: unknown): LosslessError =>
  new LosslessError(
    'INVALID_ON_FAILURE_OBJECT',
    `${where}: ${cause instanceof SyntaxError ? 'got no JSON, want a document of the mapping' : (cause as Error).message}; send its records again by hand, then delete it`,
    { cause },
  );
