import { isMisconfigured } from '../contract/errors';
import { WORD } from '../contract/word';
import { framesOf } from '../watching/frames';
import { GRPC_OUTAGES, GRPC_UNAVAILABLE, isOutageStatus, OUTAGES, type Outage } from './outages';

/** What a call returned says no. Its message is of this library: it holds no payload. */
export class AnswerError extends Error {
  readonly [WORD] = 'answer';

  /** @param blame - `unknown` where the answer does not say whose fault it is */
  constructor(
    message: string,
    readonly blame: 'circumstances' | 'attempt' | 'unknown',
  ) {
    super(message);
    this.name = 'AnswerError';
  }
}

/** What is to blame for an error of a handler. */
export type Blame = 'park' | 'attempt' | 'circumstances';

/** What an error counts as that no row of the table knows: one attempt on the event, or none, and it is waited for. */
export type UnknownErrors = 'attempt' | 'wait';

/**
 * Total: whatever was thrown. `Park` and `Retry` are the handler's own word, wherever in the chain of causes they are. Else
 * the outermost error decides that says something: an outage (`OUTAGES`, or a retriable status) or a status that is the
 * event's fault. Beneath it is its `cause`, or `original` of Sequelize. Several errors in one are an outage when each of them is.
 */
export function blameOf(thrown: unknown, unknownErrors: UnknownErrors = 'attempt'): Blame {
  switch (wordOf(thrown)?.[WORD]) {
    case 'park':
      return 'park';
    case 'retry':
      return 'circumstances';
    default: {
      const known = evidence(thrown);
      if (known !== 'unknown') return known;
      return unknownErrors === 'wait' ? 'circumstances' : 'attempt';
    }
  }
}

/** The sentence that a thrown `Park` was made with, and never that of an error around it, which may quote the payload. */
export function parkDetailOf(thrown: unknown): string {
  const park = wordOf(thrown);
  return park?.[WORD] === 'park' && typeof park.message === 'string' ? park.message : 'parked by the handler';
}

/** Name and place of an error, without its message, which may hold payload. */
export function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  if ((error as ThrownShape)[WORD] === 'answer' || isMisconfigured(error)) return error.message;
  const [frame] = framesOf(error);
  return frame ? `${error.name} ${frame}` : error.name;
}

type Evidence = 'circumstances' | 'attempt' | 'unknown';

/** More errors than were ever meant to be in one. */
const MOST = 100;

/** The handler's own word in a chain of causes, or in one of several errors. A `Park` goes before a `Retry`. */
function wordOf(thrown: unknown): ThrownShape | undefined {
  const all: ThrownShape[] = isShape(thrown) ? [thrown] : [];
  for (const each of all) {
    const below = [...severalIn(each), each.cause].filter(isShape);
    all.push(...below.filter((error) => !all.includes(error)).slice(0, MOST - all.length));
  }
  return all.find((error) => error[WORD] === 'park') ?? all.find((error) => error[WORD] === 'retry');
}

function evidence(thrown: unknown, seen = new Set<unknown>()): Evidence {
  if (!isShape(thrown) || seen.has(thrown) || seen.size > MOST) return 'unknown';
  seen.add(thrown);
  if (thrown[WORD] === 'answer' && thrown.blame !== undefined) return thrown.blame;
  if (isMisconfigured(thrown) || isListed(thrown) || isMarked(thrown) || isGrpcOutage(thrown) || isCancelled(thrown))
    return 'circumstances';
  const status = statusOf(thrown);
  if (status !== undefined && status >= 400) return isOutageStatus(status) ? 'circumstances' : 'attempt';
  const several = severalIn(thrown).map((each) => evidence(each, seen));
  if (several.includes('attempt')) return 'attempt';
  if (several.length > 0 && several.every((each) => each === 'circumstances')) return 'circumstances';
  const below = evidence(thrown.cause, seen);
  return below === 'unknown' ? evidence(thrown['original'], seen) : below;
}

interface ThrownShape {
  readonly [WORD]?: unknown;
  readonly blame?: Evidence;
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly errno?: unknown;
  /** Of Stripe: the name of the error's class. */
  readonly type?: unknown;
  readonly cause?: unknown;
  /** Of an `AggregateError`. */
  readonly errors?: unknown;
  /** Of gRPC. */
  readonly details?: unknown;
  readonly [field: string]: unknown;
}

const isShape = (value: unknown): value is ThrownShape => typeof value === 'object' && value !== null;

const severalIn = ({ errors }: ThrownShape): readonly ThrownShape[] =>
  Array.isArray(errors) ? (errors as unknown[]).filter(isShape).slice(0, MOST) : [];

/** Where clients put the status of an HTTP answer: AWS, fetch and ky, got, axios, undici, OpenSearch, Stripe. */
const STATUS: readonly (readonly string[])[] = [
  ...[
    ['$metadata', 'httpStatusCode'],
    ['response', 'status'],
    ['response', 'statusCode'],
  ],
  ...[['meta', 'statusCode'], ['statusCode'], ['status']],
];

function statusOf(thrown: ThrownShape): number | undefined {
  for (const path of STATUS) {
    const status = path.reduce<unknown>((at, name) => (isShape(at) ? at[name] : undefined), thrown);
    if (typeof status === 'number' && status >= 100 && status <= 599) return status;
  }
  return undefined;
}

function isListed(thrown: ThrownShape): boolean {
  const { name, code, type, errno } = thrown;
  const className: unknown = thrown.constructor?.name;
  const said = [name, code, type, className].filter((each) => typeof each === 'string');
  const message = typeof thrown.message === 'string' ? thrown.message : '';
  const number = typeof code === 'number' ? code : typeof errno === 'number' ? errno : undefined;
  const isRefused = (statusOf(thrown) ?? 0) >= 400;
  return OUTAGES.some(({ names, numbers, ...row }: Outage) => {
    if (row.isCutOff && isRefused) return false;
    const isNamed = names?.some((each) => said.includes(each)) ?? false;
    if (numbers) return isNamed && number !== undefined && numbers.includes(number);
    return isNamed || (typeof code === 'string' && row.code?.test(code)) || row.message?.test(message);
  });
}

/** What clients say of their errors themselves: the AWS SDK, kafkajs, librdkafka, mysql2, nodemailer (421: the mail server closes), mongodb. */
const isMarked = (thrown: ThrownShape): boolean =>
  thrown['$fault'] === 'server' ||
  thrown['$retryable'] !== undefined ||
  [thrown['retriable'], thrown['isRetriable'], thrown['retryable']].includes(true) ||
  (thrown['responseCode'] === 421 && typeof thrown.code === 'string') ||
  (thrown['fatal'] === true && typeof thrown.code === 'string') ||
  ['RetryableWriteError', 'TransientTransactionError'].some((label) => labelsOf(thrown).includes(label));

function labelsOf({ errorLabels }: ThrownShape): readonly unknown[] {
  if (Array.isArray(errorLabels)) return errorLabels;
  return errorLabels instanceof Set ? [...errorLabels] : [];
}

/** A plain `Error` with a small number for a code. The exit code of a process is one, too, so only 14 is enough by itself. */
function isGrpcOutage({ name, code, details, cmd }: ThrownShape): boolean {
  if (name !== 'Error' && name !== 'ConnectError') return false;
  if (typeof code !== 'number' || !GRPC_OUTAGES.has(code) || cmd !== undefined) return false;
  return code === GRPC_UNAVAILABLE || name === 'ConnectError' || typeof details === 'string';
}

/** A transaction of DynamoDB that is in conflict, or throttled, and not refused. */
function isCancelled({ CancellationReasons: reasons }: ThrownShape): boolean {
  if (!Array.isArray(reasons)) return false;
  const codes = reasons.map((reason: unknown) => (isShape(reason) ? reason['Code'] : undefined) ?? 'None');
  const others = codes.filter((code) => code !== 'None');
  return others.length > 0 && others.every((code) => CANCELLED.has(code));
}

const CANCELLED: ReadonlySet<unknown> = new Set([
  ...['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded', 'AccessDenied'],
]);
