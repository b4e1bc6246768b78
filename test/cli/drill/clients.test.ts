import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drillClients } from '../../../cli/drill/clients';
import { sendCanaries } from '../../../lambdas/runtime/canary/send';

/** What is asked of AWS, by the SDK's own clients. */

const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
const asked: { readonly url: string; readonly body: unknown }[] = [];
let answer = { status: 200, headers: {} as Record<string, string>, body: '{}' };
let server: Server;
const config = () => ({ credentials, region: 'eu-west-1', endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }); // prettier-ignore

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (text: Buffer) => (body += text.toString()));
    request.on('end', () => {
      asked.push({ url: request.url ?? '', body: JSON.parse(body) as unknown });
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(answer.body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  answer = { status: 200, headers: {}, body: '{}' };
});

test('a broker of a cluster is rebooted', async () => {
  await drillClients(config()).reboot('arn:aws:kafka:eu-west-1:1:cluster/orders/u-1', '2');
  expect(asked).toEqual([
    { url: '/v1/clusters/arn%3Aaws%3Akafka%3Aeu-west-1%3A1%3Acluster%2Forders%2Fu-1/reboot-broker', body: { brokerIds: ['2'] } },
  ]); // prettier-ignore
});

test('canaries are asked for by the name of their round, and each is heard of', async () => {
  answer = { ...answer, body: JSON.stringify({ partitions: 1, canaries: [{ partition: 0, outcome: 'acked' }] }) };
  const sent = await sendCanaries('Shop-Ingest', 'round', drillClients(config()).functions);
  expect([sent.canaries[0]?.outcome, asked[0]?.body]).toEqual(['acked', { canary: { name: 'round' } }]);
});

test.each([
  [429, {}, 'FUNCTION_REFUSED', 'got TooManyRequestsException (429), want an answer; it is throttled'],
  [403, {}, 'FUNCTION_REFUSED', 'grant lambda:InvokeFunction on it'],
  [500, {}, 'FUNCTION_UNAVAILABLE', '(500), want an answer; call it again'],
  [
    200,
    { 'x-amz-function-error': 'Unhandled' },
    'FUNCTION_UNAVAILABLE',
    'got Unhandled {}, want an answer; look at its log',
  ],
])('status %i is %s', async (status, headers, code, said) => {
  answer = { status, headers: { ...headers, 'x-amzn-errortype': status === 429 ? 'TooManyRequestsException' : 'Some' }, body: '{}' }; // prettier-ignore
  const call = drillClients(config()).functions.call('Shop-Ingest', '{}');
  await expect(call).rejects.toMatchObject({ code, message: expect.stringContaining(said) as string });
});
