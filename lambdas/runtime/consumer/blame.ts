import { framesOf } from '../frames';

const BRAND = Symbol.for('cdk-lossless-kafka.thrown');

/** Thrown by a handler: this event can never be applied. It is parked at once. */
export class Park extends Error {
  readonly [BRAND] = 'park';

  /** @param detail - one sentence for a person; it goes into the dead letter, so it holds no payload */
  constructor(detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.name = 'Park';
  }
}

/** Thrown by a handler: something it needs is away. The event is tried again for as long as that takes, and never parked. */
export class Retry extends Error {
  readonly [BRAND] = 'retry';

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'Retry';
  }
}

/** What is to blame for an error of a handler. */
export type Blame = 'park' | 'attempt' | 'circumstances';

/**
 * Errors that say nothing against the event: throttling, timeouts, connections, 5xx, refused access, a missing table. By
 * the name or code that the AWS SDK, Node.js and fetch give them. Any other counts as an attempt on the event.
 */
const CIRCUMSTANCES = new Set([
  ...['ThrottlingException', 'Throttling', 'TooManyRequestsException', 'ProvisionedThroughputExceededException'],
  ...['RequestLimitExceeded', 'RequestThrottled', 'SlowDown', 'LimitExceededException', 'TransactionConflictException'],
  ...['InternalServerError', 'InternalError', 'InternalFailure', 'ServiceUnavailable', 'ServiceUnavailableException'],
  ...['TimeoutError', 'RequestTimeout', 'AbortError', 'ETIMEDOUT', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOTFOUND'],
  ...[
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
  ],
  ...['AccessDenied', 'AccessDeniedException', 'UnrecognizedClientException', 'ExpiredToken', 'ExpiredTokenException'],
  ...['InvalidSignatureException', 'CredentialsProviderError', 'ResourceNotFoundException'],
]);

/** Total: whatever was thrown. Looks through the causes, as `fetch` hides the connection's error in one. */
export function blameOf(thrown: unknown): Blame {
  for (let at: unknown = thrown, depth = 0; typeof at === 'object' && at !== null && depth < 8; depth++) {
    const error = at as ThrownShape;
    if (error[BRAND] === 'park') return 'park';
    if (error[BRAND] === 'retry') return 'circumstances';
    if ([error.name, error.code].some((name) => typeof name === 'string' && CIRCUMSTANCES.has(name)))
      return 'circumstances';
    const status = error.$metadata?.httpStatusCode;
    if (error.$fault === 'server' || error.$retryable !== undefined || status === 429 || (status ?? 0) >= 500)
      return 'circumstances';
    at = error.cause;
  }
  return 'attempt';
}

interface ThrownShape {
  readonly [BRAND]?: unknown;
  readonly name?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  /** Of an error of the AWS SDK. */
  readonly $fault?: unknown;
  readonly $retryable?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** Name and place of an error, without its message, which may hold payload. */
export function whereOf(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const [frame] = framesOf(error);
  return frame ? `${error.name} ${frame}` : error.name;
}
