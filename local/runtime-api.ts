import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One invocation as a sandbox is given it. */
export interface Invocation {
  readonly requestId: string;
  /** Epoch milliseconds at which the sandbox will be killed. */
  readonly deadlineMs: number;
  readonly functionArn: string;
  /** JSON. */
  readonly payload: string;
}

/** What a handler, or its initialisation, failed with. */
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
}

/** The host's side of one sandbox: called as the sandbox makes its requests. */
export interface SandboxCalls {
  /** The sandbox is free: resolves with the next event it shall take. */
  next(): Promise<Invocation>;
  /** False when that invocation is not, or no longer, this sandbox's. */
  responded(requestId: string, payload: string): boolean;
  failed(requestId: string, error: FunctionError): boolean;
  initFailed(error: FunctionError): void;
}

/** Lambda's Runtime API on loopback. One server for all sandboxes: each has a path of its own. */
export interface RuntimeApi {
  /** Adds a sandbox and returns its `AWS_LAMBDA_RUNTIME_API`. */
  add(sandbox: string, calls: SandboxCalls): string;
  remove(sandbox: string): void;
  close(): Promise<void>;
}

/** Lambda's limit for the event and for the answer of a synchronous invocation. */
export const PAYLOAD_LIMIT = 6 * 1024 * 1024;

export async function startRuntimeApi(): Promise<RuntimeApi> {
  const sandboxes = new Map<string, SandboxCalls>();
  const server = createServer({ keepAlive: true }, (request, response) => {
    answer(sandboxes, request, response).catch((error: unknown) => {
      // The sandbox went away while it was talking: its exit is what ends the invocation.
      response.destroy(error as Error);
    });
  });
  // A sandbox waits for its next event as long as it takes.
  server.requestTimeout = 0;
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    add: (sandbox, calls) => {
      sandboxes.set(sandbox, calls);
      return `127.0.0.1:${port}/${sandbox}`;
    },
    remove: (sandbox) => void sandboxes.delete(sandbox),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const ROUTE =
  /^\/([^/]+)\/2018-06-01\/runtime\/(?:(init)\/error|invocation\/(next)|invocation\/([^/]+)\/(response|error))$/;

async function answer(sandboxes: Map<string, SandboxCalls>, request: IncomingMessage, response: ServerResponse) {
  const [, sandbox = '', init, next, requestId = '', outcome] = ROUTE.exec(request.url ?? '') ?? [];
  const calls = sandboxes.get(sandbox);
  if (!calls || (!init && !next && !outcome)) return status(response, 404);
  if (next) return hand(response, await calls.next());
  const body = await text(request);
  if (init) {
    calls.initFailed(functionError(body));
    return status(response, 202);
  }
  if (outcome === 'error') return status(response, calls.failed(requestId, functionError(body)) ? 202 : 400);
  if (Buffer.byteLength(body) > PAYLOAD_LIMIT) {
    calls.failed(requestId, {
      errorType: 'Function.ResponseSizeTooLarge',
      errorMessage: `response payload size exceeded maximum allowed payload size (${PAYLOAD_LIMIT} bytes)`,
    });
    return status(response, 413);
  }
  return status(response, calls.responded(requestId, body) ? 202 : 400);
}

function hand(response: ServerResponse, invocation: Invocation): void {
  const body = Buffer.from(invocation.payload, 'utf8');
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': body.length,
    'lambda-runtime-aws-request-id': invocation.requestId,
    'lambda-runtime-deadline-ms': invocation.deadlineMs,
    'lambda-runtime-invoked-function-arn': invocation.functionArn,
  });
  response.end(body);
}

function status(response: ServerResponse, code: number): void {
  response.writeHead(code, { 'content-type': 'application/json', 'content-length': 2 });
  response.end('{}');
}

function functionError(body: string): FunctionError {
  try {
    const { errorType = 'Error', errorMessage = '' } = JSON.parse(body) as Partial<FunctionError>;
    return { errorType, errorMessage };
  } catch {
    return { errorType: 'Runtime.Unknown', errorMessage: body.slice(0, 1000) };
  }
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
