import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { invokeApi } from '../../local/invoke-api';

let server: Server;
let url: string;
const taken: string[] = [];

beforeAll(async () => {
  const api = invokeApi({
    functions: [{ name: 'Other', logicalId: 'Other' }],
    invoke: () => Promise.resolve({ kind: 'crash', detail: 'nobody waits for it' }),
    later: (id, payload) => void taken.push(`${id} ${payload}`),
  });
  server = createServer((request, response) => void api.answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/2015-03-31/functions/Other/invocations`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const queue = (body: string) =>
  fetch(url, { method: 'POST', body, headers: { 'x-amz-invocation-type': 'Event' } }).then(({ status }) => status);

test('an event for which nobody waits is taken by the queue of its function as it is', async () => {
  expect(await queue('{"a":1}')).toBe(202);
  expect(taken).toEqual(['Other {"a":1}']);
});

test('one that Lambda would not take is refused, and its caller hears it', async () => {
  taken.length = 0;
  expect([await queue('{"a":'), await queue(JSON.stringify('x'.repeat(1024 * 1024)))]).toEqual([400, 413]);
  expect(taken).toEqual([]);
});
