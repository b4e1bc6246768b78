/** Every code an error of this library can carry. Stable: callers may switch on it. */
export type ErrorCode =
  | 'INVALID_EVENT'
  /** A function of this library was called with an argument that it does not take. */
  | 'INVALID_ARGUMENT'
  | 'NOT_CONFIGURED'
  | 'INSECURE_BROKERS'
  | 'INVALID_RECORD_BATCH'
  | 'INVALID_DEAD_LETTER'
  /** An on-failure object of the mapping that cannot be turned into parked records; it is left where it is. */
  | 'INVALID_ON_FAILURE_OBJECT'
  /** The store said no: nothing was written. */
  | 'STORE_REFUSED'
  /** The store did not confirm: it may have been written or not. */
  | 'STORE_UNAVAILABLE'
  /** Lambda said no to an invocation: it will not take place. */
  | 'FUNCTION_REFUSED'
  /** Events of an invocation for which nobody waits were not accepted: it is to be tried again, or kept. */
  | 'NOT_TAKEN'
  /** Lambda did not confirm an invocation: it may take place or not. */
  | 'FUNCTION_UNAVAILABLE';

const BRAND = Symbol.for('cdk-lossless-kafka.error');

/** What was thrown, without its message, which may quote the payload. By its shape: an error of another realm is none of ours. */
export function thrownName(thrown: unknown): string {
  const { name } = Object(thrown) as { readonly name?: unknown };
  return typeof name === 'string' ? name.slice(0, 80) : typeof thrown;
}

/**
 * An error of this library. The message says what, got, want and fix.
 *
 * @example
 * ```ts
 * import { LosslessError, producer } from 'cdk-lossless-kafka/runtime';
 *
 * const orders = producer({ topic: 'orders' });
 *
 * export const handler = (order: { id: string }) =>
 *   orders.publish({ id: order.id, type: 'order.placed', data: order }).catch((error: unknown) => {
 *     if (LosslessError.is(error) && error.code === 'NOT_CONFIGURED') console.error(error.message);
 *     throw error;
 *   });
 * ```
 */
export class LosslessError extends Error {
  readonly [BRAND] = true;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    // In words: a minified bundle has other names for its classes.
    this.name = 'LosslessError';
  }

  /** True across copies of this library in one bundle, where `instanceof` is not. */
  static is(error: unknown): error is LosslessError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}

/** The function is set up wrong: that is the fault of no event, and its message quotes none. */
export const isMisconfigured = (error: unknown): error is LosslessError =>
  LosslessError.is(error) && (error.code === 'NOT_CONFIGURED' || error.code === 'INSECURE_BROKERS');
