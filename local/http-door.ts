import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Outcome } from './function-host';
import { ACCOUNT, LOCAL_USER } from './template/identity';
import { tokenClaims } from './token-claims';
import type { HttpApi, Route } from './template/apis';

/** One route of an HTTP API, as a caller reaches it. */
export interface Door {
  /** `POST /events`. */
  readonly path: string;
  readonly url: string;
  /** Logical id of the function behind it. */
  readonly functionId: string;
}

export interface HttpDoor {
  readonly doors: readonly Door[];
  /** `http://host:port`. */
  readonly origin: string;
  stop(): Promise<void>;
}

/** API Gateway's limit for a request. */
const REQUEST_LIMIT = 10 * 1024 * 1024;

/** Serves an HTTP API, or the URL of a function, on loopback, in payload format 2.0. Callers are the same local IAM user, or whom their token names. */
export async function startHttpDoor(
  api: HttpApi,
  invoke: (functionId: string, payload: string) => Promise<Outcome>,
): Promise<HttpDoor> {
  const server = createServer({ keepAlive: true }, (request, response) => {
    serve(api, invoke, request, response).catch((error: unknown) => {
      // The caller went away: what became of its event it will have to ask.
      response.destroy(error as Error);
    });
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const doors = api.routes.map(({ key, functionId }) => {
    const path = key === '$default' ? '/' : key.replace(/^\S+\s/, '');
    return { path: key, url: `${origin}${path}`, functionId };
  });
  return {
    ...{ doors, origin },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  api: HttpApi,
  invoke: (functionId: string, payload: string) => Promise<Outcome>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const route = match(api.routes, request.method ?? 'GET', url.pathname);
  if (!route) return reply(response, 404, 'Not Found');
  const claims = tokenClaims(request.headers.authorization);
  if (route.readsToken && !claims) return reply(response, 401, 'Unauthorized');
  const body = await read(request);
  if (body === 'too-large') return reply(response, 413, 'Request Entity Too Large');
  const outcome = await within(
    route.timeoutMs,
    invoke(route.functionId, JSON.stringify(proxyEvent(api, route, request, url, body))),
  );
  if (outcome === 'timeout') return reply(response, 503, 'Service Unavailable');
  switch (outcome.kind) {
    case 'success':
      return proxyResponse(response, outcome.payload);
    case 'throttle':
      return reply(response, 429, 'Too Many Requests');
    case 'error':
      if (outcome.errorType === 'RequestEntityTooLarge') return reply(response, 413, 'Request Entity Too Large');
      return reply(response, api.onFailure, 'Internal Server Error');
    case 'timeout':
    case 'crash':
      return reply(response, api.onFailure, 'Internal Server Error');
  }
}

/** As API Gateway chooses: the exact route, then any method on the path, then the default route. */
function match(routes: readonly Route[], method: string, path: string): Route | undefined {
  const keys = [`${method} ${path}`, `ANY ${path}`, '$default'];
  return keys.map((key) => routes.find((route) => route.key === key)).find((route) => route !== undefined);
}

async function read(request: IncomingMessage): Promise<Buffer | 'too-large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    // The rest is read and thrown away, so that the caller hears the answer.
    if (size <= REQUEST_LIMIT) chunks.push(chunk);
  }
  return size > REQUEST_LIMIT ? 'too-large' : Buffer.concat(chunks);
}

/** What API Gateway hands over as text; everything else is base64. */
const TEXT = /^(text\/|application\/(json|javascript|xml)\b|[^;]*\+(json|xml)\b)/i;

function proxyEvent(api: HttpApi, route: Route, request: IncomingMessage, url: URL, body: Buffer) {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const text = TEXT.test(headers['content-type'] ?? 'text/plain');
  const now = new Date();
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(url.search === '' ? {} : { queryStringParameters: queryParameters(url) }),
    requestContext: {
      accountId: ACCOUNT,
      apiId: api.logicalId,
      ...authorizer(api, route, headers),
      domainName: headers.host,
      domainPrefix: api.logicalId,
      http: {
        method: request.method,
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.key,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
}

/** Who calls, in the words of the route's authorizer. */
function authorizer({ namesCallers }: HttpApi, { readsToken }: Route, { authorization }: Record<string, string>) {
  if (readsToken) return { authorizer: { jwt: { claims: tokenClaims(authorization), scopes: null } } };
  return namesCallers ? { authorizer: { iam: CALLER } } : {};
}

const CALLER = {
  accessKey: 'local',
  accountId: ACCOUNT,
  callerId: 'local',
  cognitoIdentity: null,
  principalOrgId: null,
  userArn: LOCAL_USER,
  userId: 'local',
};

const queryParameters = (url: URL) =>
  Object.fromEntries(
    [...new Set(url.searchParams.keys())].map((name) => [name, url.searchParams.getAll(name).join(',')]),
  );

interface ProxyResponse {
  readonly statusCode?: number;
  readonly headers?: Readonly<Record<string, string | number | boolean>>;
  readonly cookies?: readonly string[];
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

/** A value without a status code is the body itself, as API Gateway reads it. */
function proxyResponse(response: ServerResponse, payload: string): void {
  const value = JSON.parse(payload) as ProxyResponse | null;
  const whole = typeof value !== 'object' || value === null || value.statusCode === undefined;
  const {
    statusCode = 200,
    headers = {},
    cookies = [],
    body = '',
    isBase64Encoded = false,
  }: ProxyResponse = whole ? { body: payload } : value;
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const given = Object.entries(headers).map(([name, text]) => [name.toLowerCase(), String(text)] as const);
  response.writeHead(statusCode, {
    'content-type': 'application/json',
    ...Object.fromEntries(given),
    ...(cookies.length > 0 ? { 'set-cookie': [...cookies] } : {}),
    'content-length': bytes.length,
  });
  response.end(bytes);
}

function reply(response: ServerResponse, statusCode: number, message: string): void {
  proxyResponse(response, JSON.stringify({ statusCode, body: JSON.stringify({ message }) }));
}

/** API Gateway stops waiting; the function goes on. */
async function within(ms: number, outcome: Promise<Outcome>): Promise<Outcome | 'timeout'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'timeout'>((resolve) => (timer = setTimeout(() => resolve('timeout'), ms)));
  try {
    return await Promise.race([outcome, late]);
  } finally {
    clearTimeout(timer);
  }
}
