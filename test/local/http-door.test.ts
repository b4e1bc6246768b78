import type { APIGatewayProxyEventV2WithIAMAuthorizer } from 'aws-lambda';
import type { Outcome } from '../../local/function-host';
import { startHttpDoor, type HttpDoor } from '../../local/http-door';
import type { HttpApi } from '../../local/template/apis';

let door: HttpDoor | undefined;
afterEach(async () => {
  await door?.stop();
  door = undefined;
});

async function open(
  answer: (event: APIGatewayProxyEventV2WithIAMAuthorizer) => Outcome | Promise<Outcome>,
  timeoutMs = 29_000,
  changes: Partial<HttpApi> = {},
) {
  const routes = [{ key: 'POST /events', functionId: 'Ingest', timeoutMs }];
  const api: HttpApi = { logicalId: 'Api', path: 'Api', routes, onFailure: 500, namesCallers: true, ...changes };
  door = await startHttpDoor(api, async (_, payload) =>
    answer(JSON.parse(payload) as APIGatewayProxyEventV2WithIAMAuthorizer),
  );
  return door.doors[0]!.url;
}
const value = (payload: unknown): Outcome => ({ kind: 'success', payload: JSON.stringify(payload) });
const post = (url: string, body: string | Uint8Array, type = 'application/json') =>
  fetch(url, { method: 'POST', body, headers: { 'content-type': type, 'X-Two': 'b' } });

test('a caller reaches the function with payload format 2.0 and the identity of a local user', async () => {
  let seen: APIGatewayProxyEventV2WithIAMAuthorizer | undefined;
  const url = await open((event) => {
    seen = event;
    return value({ statusCode: 202, headers: { 'X-Id': '7' }, body: 'taken' });
  });
  const response = await post(`${url}?a=1&a=2`, '{"id":"é"}');
  expect([response.status, response.headers.get('x-id'), await response.text()]).toEqual([202, '7', 'taken']);
  expect(seen).toMatchObject({
    ...{ version: '2.0', routeKey: 'POST /events', rawPath: '/events', rawQueryString: 'a=1&a=2', body: '{"id":"é"}' },
    ...{ isBase64Encoded: false, queryStringParameters: { a: '1,2' }, headers: { 'x-two': 'b' } },
    requestContext: {
      http: { method: 'POST' },
      authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:user/local' } },
    },
  });
});

test('where an authorizer reads tokens the caller is whom the token names, and one without is answered 401', async () => {
  const seen: unknown[] = [];
  const routes = [{ key: 'POST /events', functionId: 'Ingest', timeoutMs: 29_000, readsToken: true }];
  const url = await open((event) => (seen.push(event.requestContext.authorizer), value({})), 0, { routes });
  const part = (said: object) => Buffer.from(JSON.stringify(said)).toString('base64url');
  const token = `${part({ alg: 'none' })}.${part({ iss: 'https://login.example.com', sub: 'alice', exp: 4 })}.x`;
  const answers = [];
  for (const authorization of [`Bearer ${token}`, 'Bearer nothing', 'Bearer a.b.c', undefined]) {
    const headers = authorization === undefined ? undefined : { authorization };
    answers.push((await fetch(url, { method: 'POST', body: '{}', headers })).status);
  }
  expect(answers).toEqual([200, 401, 401, 401]);
  const claims = { iss: 'https://login.example.com', sub: 'alice', exp: '4' };
  expect(seen).toEqual([{ jwt: { claims, scopes: null } }]);
});

test('bytes come as base64 and answers may be base64, byte for byte', async () => {
  const url = await open((event) =>
    value({ statusCode: 200, body: event.body, isBase64Encoded: event.isBase64Encoded }),
  );
  const bytes = Uint8Array.from([0, 255, 195, 40]);
  const response = await post(url, bytes, 'application/octet-stream');
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
});

test('a value without a status code is the body', async () => {
  const response = await post(await open(() => value({ ok: true })), '{}');
  expect([response.status, await response.json()]).toEqual([200, { ok: true }]);
});

test.each<[number, Outcome]>([
  [500, { kind: 'error', errorType: 'Error', errorMessage: 'secret' }],
  [500, { kind: 'timeout', detail: '' }],
  [500, { kind: 'crash', detail: '' }],
  [429, { kind: 'throttle' }],
  [413, { kind: 'error', errorType: 'RequestEntityTooLarge', errorMessage: '' }],
])('is answered with %d after %j', async (status, outcome) => {
  const response = await post(await open(() => outcome), '{}');
  expect(response.status).toBe(status);
  expect(await response.text()).not.toContain('secret');
});

test('a function that takes too long is answered with 503', async () => {
  const url = await open(() => new Promise(() => undefined), 50);
  expect((await post(url, '{}')).status).toBe(503);
});

test('a body over 10 MB is answered with 413, one of 10 MB is not', async () => {
  const url = await open(() => value({ statusCode: 200 }));
  expect((await post(url, 'x'.repeat(10 * 1024 * 1024 + 1))).status).toBe(413);
  expect((await post(url, 'x'.repeat(10 * 1024 * 1024))).status).toBe(200);
});

test('an unknown path or method is answered with 404 in JSON', async () => {
  const url = await open(() => value({}));
  expect((await post(`${url}/x`, '{}')).status).toBe(404);
  const response = await fetch(url);
  expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
});

describe('the URL of a function', () => {
  const routes = [{ key: '$default', functionId: 'Ingest', timeoutMs: 29_000 }];

  test('takes every path and method, and says who calls', async () => {
    const seen: APIGatewayProxyEventV2WithIAMAuthorizer[] = [];
    const url = await open((event) => (seen.push(event), value({ statusCode: 202 })), 0, { routes });
    expect((await post(`${url}events`, '{}')).status).toBe(202);
    expect((await fetch(`${url}x`)).status).toBe(202);
    const path = ({ rawPath, requestContext }: (typeof seen)[number]) => [requestContext.http.method, rawPath];
    expect(seen.map(path)).toEqual([['POST', '/events'], ['GET', '/x']]); // prettier-ignore
    expect(seen[0]?.requestContext.authorizer.iam.userArn).toBe('arn:aws:iam::000000000000:user/local');
  });

  test('without IAM says nobody', async () => {
    let seen: unknown;
    const url = await open((event) => ((seen = event), value('')), 0, { routes, namesCallers: false });
    await post(url, '{}');
    expect(seen).not.toHaveProperty('requestContext.authorizer');
  });

  test('answers 502 for a function that failed', async () => {
    const url = await open(() => ({ kind: 'crash', detail: '' }), 0, { routes, onFailure: 502 });
    expect((await post(url, '{}')).status).toBe(502);
  });
});
