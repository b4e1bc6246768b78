import type { ServerResponse } from 'node:http';
import type { AwsApi } from './aws-endpoint';
import type { Outcome } from './sandbox/sandbox';
import { requestText } from './request-text';
import { PAYLOAD_LIMIT } from './runtime-api';
import { functionNameOf } from './template/identity';

export interface InvokeApiOptions {
  /** Names of the functions there are, and their ids. */
  readonly functions: readonly { readonly name: string; readonly logicalId: string }[];
  /** Brings a synchronous invocation to its end; never rejects. */
  readonly invoke: (functionId: string, payload: string) => Promise<Outcome>;
  /** Takes an event for which the caller does not wait. */
  readonly later: (functionId: string, payload: string) => void;
}

const ROUTE = /^\/2015-03-31\/functions\/([^/?]+)\/invocations\/?(?:\?.*)?$/;
/** Lambda's limit for an asynchronous invocation. */
const EVENT_LIMIT = 1024 * 1024;

/** Lambda's Invoke, as functions of a local run are given it. */
export function invokeApi(options: InvokeApiOptions): AwsApi {
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
          return takeEvent(options, found.logicalId, payload, response);
        case 'RequestResponse':
          return invokeNow(options, found.logicalId, payload, response);
        default:
          return refuse(response, 400, 'InvalidParameterValueException', `Invocation type ${String(type)} is unknown`);
      }
    },
  };
}

/** Answers once the event is in the queue; what becomes of it there is not the caller's. */
function takeEvent({ later }: InvokeApiOptions, id: string, payload: string, response: ServerResponse): true {
  const refusal = unfit(payload, EVENT_LIMIT);
  if (refusal) return refuse(response, ...refusal);
  later(id, payload === '' ? '{}' : payload);
  return reply(response, 202, '');
}

async function invokeNow(
  { invoke }: InvokeApiOptions,
  id: string,
  payload: string,
  response: ServerResponse,
): Promise<true> {
  const refusal = unfit(payload, PAYLOAD_LIMIT);
  if (refusal) return refuse(response, ...refusal);
  const outcome = await invoke(id, payload === '' ? '{}' : payload);
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
