import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Outcome } from '../../local/function-host';
import { invokeApi } from '../../local/invoke-api';

let server: Server;
let stop: () => void;
let url: string;
const tried: string[] = [];
const said: string[] = [];

async function serve(outcomes: readonly Outcome[]): Promise<void> {
  tried.length = said.length = 0;
  const api = invokeApi({
    functions: [{ name: 'Other', logicalId: 'Other' }],
    invoke: (_, payload) => Promise.resolve(outcomes[tried.push(payload) - 1] ?? { kind: 'crash', detail: 'no more' }),
    log: (line) => said.push(line),
    retryAfterMs: [5, 5],
  });
  server = createServer((request, response) => void api.answer(request, response));
  stop = () => api.stop();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/2015-03-31/functions/Other/invocations`;
}
afterEach(() => {
  stop();
  server.closeAllConnections();
  server.close();
});

const queue = () => fetch(url, { method: 'POST', body: '{"a":1}', headers: { 'x-amz-invocation-type': 'Event' } });
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('an event of a function that fails once is tried again by the queue', async () => {
  await serve([
    { kind: 'error', errorType: 'Error', errorMessage: 'no' },
    { kind: 'success', payload: 'null' },
  ]);
  expect((await queue()).status).toBe(202);
  await until(() => tried.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect({ tried, said }).toEqual({ tried: ['{"a":1}', '{"a":1}'], said: [] });
});

test('an event that fails in all three tries is given up, and the run says so', async () => {
  const failed: Outcome = { kind: 'timeout', detail: 'task timed out' };
  await serve([failed, failed, failed]);
  await queue();
  await until(() => said.length > 0);
  expect({ tries: tried.length, said }).toEqual({
    tries: 3,
    said: ['function Other: an event of its queue failed in every try and was given up, as Lambda gives it up'],
  });
});
