import { Logger } from '@aws-lambda-powertools/logger';
import type { Variables } from '../contract/environment';
import { clipped } from './clipped';
import { framesOf } from './frames';

/** What a line says beside its message; `undefined` is left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the runtime tells the people who run it what went wrong, and what it did about it. No line for what went well. */
export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Lines may hold payloads: key, value and header values of records, and messages of errors. @default false */
  readonly payloads?: boolean;
}

/** The variable by which Powertools is asked to log what a function was given. */
const LOG_EVENT = 'POWERTOOLS_LOGGER_LOG_EVENT';

/**
 * Structured JSON on standard output, by Powertools: its variables (`POWERTOOLS_LOG_LEVEL`, `POWERTOOLS_SERVICE_NAME`, …) and
 * Lambda's own apply. Payloads are logged only with `POWERTOOLS_LOGGER_LOG_EVENT=true`.
 */
export function powertoolsLog(variables: Variables = process.env): Log {
  const serviceName = variables.POWERTOOLS_SERVICE_NAME ?? variables.AWS_LAMBDA_FUNCTION_NAME;
  const logger = new Logger({ serviceName });
  return {
    info: (message, fields = {}) => logger.info(message, fields),
    warn: (message, fields = {}) => logger.warn(message, fields),
    error: (message, fields = {}) => logger.error(message, fields),
    payloads: ['1', 'true', 'yes', 'on'].includes(variables[LOG_EVENT]?.toLowerCase() ?? ''),
  };
}

/** The same log, each line with these fields, too, and with an end: an id of a foreign record may have megabytes. */
export const withFields = (log: Log, common: LogFields): Log => ({
  info: (message, fields) => log.info(message, bounded({ ...common, ...fields })),
  warn: (message, fields) => log.warn(message, bounded({ ...common, ...fields })),
  error: (message, fields) => log.error(message, bounded({ ...common, ...fields })),
  payloads: log.payloads,
});

/** Characters of one text in a line, and of all of them: CloudWatch Logs takes 1 MB, and cuts what is longer. */
const TEXT = 2_000;
const LINE = 100_000;
/** Entries of one list or object. */
const ENTRIES = 100;

/** The fields, each text and the whole no longer than a line may be. What was asked for as payload keeps what it was cut to. */
export function bounded(fields: LogFields): LogFields {
  let left = LINE;
  const text = (value: string, most: number): string => {
    const kept = clipped(value, Math.max(0, Math.min(most, left)));
    left -= kept.length;
    return kept;
  };
  const of = (value: unknown, most: number): unknown => {
    if (typeof value === 'string') return text(value, most);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.slice(0, ENTRIES).map((each) => of(each, most));
    const entries = Object.entries(value).slice(0, ENTRIES);
    return Object.fromEntries(entries.map(([name, each]) => [text(name, TEXT), of(each, most)]));
  };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, of(value, name === 'payload' ? LINE : TEXT)]),
  );
}

/** Says nothing: for tools that hear of everything another way. */
export const silent: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Causes of causes that are told. */
const CAUSES = 8;

/**
 * An error of code that is not ours. Its message may quote the payload, and so may whatever else hangs on it (the AWS SDK
 * hangs items of the table on some): by default it is known by name, code, frames and causes.
 */
export function errorFields(error: unknown, payloads = false, causes = CAUSES): LogFields {
  if (!(error instanceof Error)) return { name: typeof error, ...(payloads && { message: String(error) }) };
  const { name, message, cause } = error;
  const { code } = error as { readonly code?: unknown };
  return {
    name,
    // Only as Node.js gives them: ECONNRESET, ERR_INVALID_ARG_TYPE.
    code: typeof code === 'string' && /^((UND_)?ERR_[A-Z0-9_]+|E[A-Z0-9_]+)$/.test(code) ? code : undefined,
    message: payloads ? message : undefined,
    stack: framesOf(error),
    cause: cause === undefined || causes === 0 ? undefined : errorFields(cause, payloads, causes - 1),
  };
}
