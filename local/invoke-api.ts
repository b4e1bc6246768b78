import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { AwsApi } from './aws-endpoint';
import type { Outcome } from './sandbox/sandbox';
import type { InvocationType } from './invocation-type';
import { requestText } from './request-text';
import { PAYLOAD_LIMIT } from './runtime-api';
import { functionNameOf } from './template/identity';

/** Lambda's Invoke, as functions of a local run are given it. */
export interface InvokeApi extends AwsApi {
  /** Events that wait to be tried again are given up. */
  stop(): void;
}

export interface InvokeApiOptions {
  /** Names of the functions there are, and their ids. */
  readonly functions: readonly { readonly name: string; readonly logicalId: string }[];
  readonly invoke: (functionId: string, payload: string, type: InvocationType) => Promise<Outcome>;
  readonly log: (line: string) => void;
  /** Waits before an event that failed is tried again. @default - Lambda's own: 1 and 2 minutes */
  readonly retryAfterMs?: readonly number[];
}

const ROUTE = /^\/2015-03-31\/functions\/([^/?]+)\/invocations\/?(?:\?.*)?$/;
/** Lambda's limit for an asynchronous invocation. */
const EVENT_LIMIT = 1024 * 1024;
const RETRY_AFTER_MS = [60_000, 120_000];

export function invokeApi(options: InvokeApiOptions): InvokeApi {
  const stopped = new AbortController();
  return {
    answer: async (request, response) => {
      const [, named] = request.method === 'POST' ? (ROUTE.exec(request.url ?? '') ?? []) : [];
      if (named === undefined) return false;
      const payload = await requestText(request);
      const name = functionNameOf(decodeURIComponent(named));
      const found = options.functions.find((each) => each.name === name);
      if (!found) return refuse(response, 404, 'ResourceNotFoundException', `Function not found: ${name}`);
      const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
      switch (type) {
        case 'DryRun':
          return reply(response, 204, '');
        case 'Event':
          return takeEvent(options, found.logicalId, payload, stopped.signal, response);
        case 'RequestResponse':
          return invokeNow(options, found.logicalId, payload, response);
        default:
          return refuse(response, 400, 'InvalidParameterValueException', `Invocation type ${String(type)} is unknown`);
      }
    },
    stop: () => stopped.abort(),
  };
}

/** Answers once the event is in the queue; what becomes of it there is not the caller's. */
function takeEvent(
  options: InvokeApiOptions,
  id: string,
  payload: string,
  stopped: AbortSignal,
  response: ServerResponse,
): true {
  const refusal = unfit(payload, EVENT_LIMIT);
  if (refusal) return refuse(response, ...refusal);
  fromQueue(options, id, payload, stopped).catch((error: unknown) => {
    if (!stopped.aborted) options.log(`function ${id}: an event of its queue failed: ${String(error)}`);
  });
  return reply(response, 202, '');
}

/** As Lambda's own queue does: an event whose function fails is tried twice more. */
async function fromQueue(
  { invoke, log, retryAfterMs }: InvokeApiOptions,
  id: string,
  payload: string,
  signal: AbortSignal,
) {
  for (const [tries, pauseMs] of [0, ...(retryAfterMs ?? RETRY_AFTER_MS)].entries()) {
    if (tries > 0) await wait(pauseMs, undefined, { signal, ref: false });
    const outcome = await invoke(id, payload, 'Event');
    if (outcome.kind === 'success' || signal.aborted) return;
  }
  log(`function ${id}: an event of its queue failed in every try and was given up, as Lambda gives it up`);
}

async function invokeNow(
  { invoke }: InvokeApiOptions,
  id: string,
  payload: string,
  response: ServerResponse,
): Promise<true> {
  const refusal = unfit(payload, PAYLOAD_LIMIT);
  if (refusal) return refuse(response, ...refusal);
  const outcome = await invoke(id, payload === '' ? '{}' : payload, 'RequestResponse');
  switch (outcome.kind) {
    case 'success':
      return reply(response, 200, outcome.payload);
    case 'error':
      return failed(response, outcome.errorType, outcome.errorMessage);
    case 'timeout':
      return failed(response, 'Sandbox.Timedout', outcome.detail);
    case 'crash':
      return failed(response, 'Runtime.ExitError', outcome.detail);
    case 'throttle':
      return refuse(response, 429, 'TooManyRequestsException', 'Rate Exceeded.');
  }
}

/** Why Lambda would not take the payload. */
function unfit(payload: string, limit: number): [status: number, code: string, message: string] | undefined {
  const size = Buffer.byteLength(payload);
  if (size > limit) {
    const message = `${size} byte payload is too large for the invocation (limit ${limit} bytes)`;
    return [413, 'RequestTooLargeException', message];
  }
  try {
    if (payload !== '') JSON.parse(payload);
    return undefined;
  } catch (error) {
    return [400, 'InvalidRequestContentException', `Could not parse request body into json: ${String(error)}`];
  }
}

const failed = (response: ServerResponse, errorType: string, errorMessage: string): true =>
  reply(response, 200, JSON.stringify({ errorType, errorMessage }), { 'x-amz-function-error': 'Unhandled' });

const refuse = (response: ServerResponse, status: number, code: string, message: string): true =>
  reply(response, status, JSON.stringify({ Type: 'User', Message: message, message }), { 'x-amzn-errortype': code });

function reply(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): true {
  const bytes = Buffer.from(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(status === 204 ? {} : { 'content-length': bytes.length }),
    'x-amz-executed-version': '$LATEST',
    ...headers,
  });
  response.end(bytes);
  return true;
}
