import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { consuming, samplesOf } from '../../../samples';
import { kafkaEvent, reported, type Given } from '../simulation';

jest.setTimeout(60_000);

/** Every sample of the page that makes a `call`, as it stands there, against a server that fails. */
const samples = ['README.md', 'docs/consumer.md'].flatMap(samplesOf).filter(({ code }) => /\bcall:/.test(code));

const EVENT: Given = { offset: 1, id: 'a', key: 'k', value: { amount: 7 } };
/** Milliseconds that the function has, and of these the margin. */
const [TIMEOUT_MS, MARGIN_MS] = [2_400, 600];

let server: Server;
let seen: IncomingMessage[] = [];
let respond: (response: ServerResponse) => void = () => undefined;
beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request);
    request.resume().on('end', () => respond(response));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  process.env['PAYMENTS'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/payments`;
});
beforeEach(() => void (seen = []));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** The sample's own handler, with little time. */
function handlerOf(code: string) {
  const { tables, handler } = consuming(code, MARGIN_MS);
  const states = () => tables.items('idempotency').filter(({ key }) => !String(key).startsWith('ledger/'));
  const deliver = () => {
    const end = performance.now() + TIMEOUT_MS;
    return handler(kafkaEvent(EVENT), { getRemainingTimeInMillis: () => end - performance.now() });
  };
  return { deliver, states };
}

test('the page has samples that make calls', () => {
  expect(samples.length).toBeGreaterThanOrEqual(2);
});

describe.each(samples)('$name', ({ code }) => {
  test('an event whose endpoint answers 200 is done', async () => {
    respond = (response) => void response.writeHead(200).end('{}');
    const { deliver, states } = handlerOf(code);
    expect(reported(await deliver())).toEqual([]);
    expect(states()).toMatchObject([{ state: 'done' }]);
    expect(seen).toHaveLength(1);
  });

  test.each([503, 500, 429])(
    'an event whose endpoint answers %i is not done and waits: no attempt is counted',
    async (status) => {
      respond = (response) => void response.writeHead(status).end('{"error":"away"}');
      const { deliver, states } = handlerOf(code);
      expect(reported(await deliver())).toEqual(['orders-0@1']);
      expect(states()[0]?.['attempts'] ?? 0).toBe(0);
      expect(states()[0]).not.toHaveProperty('state');
      expect(seen.length).toBeGreaterThan(2);
      respond = (response) => void response.writeHead(200).end('{}');
      expect(reported(await deliver())).toEqual([]);
      expect(states()).toMatchObject([{ state: 'done' }]);
    },
  );

  test('an event whose endpoint answers 404 is not done: it is parked after five attempts', async () => {
    respond = (response) => void response.writeHead(404).end('{}');
    const { deliver, states } = handlerOf(code);
    await deliver();
    await deliver();
    expect(seen).toHaveLength(5);
    expect(states()).toMatchObject([{ state: 'parked' }]);
  });

  test('an event whose endpoint does not answer is not done, and the next delivery calls again', async () => {
    respond = () => undefined;
    const { deliver, states } = handlerOf(code);
    expect(reported(await deliver())).toEqual(['orders-0@1']);
    expect(states()[0]).not.toHaveProperty('state');
    respond = (response) => void response.writeHead(200).end('{}');
    expect(reported(await deliver())).toEqual([]);
    expect(states()).toMatchObject([{ state: 'done' }]);
  });

  test('an event whose endpoint cuts the connection off is not done and waits', async () => {
    respond = (response) => void response.destroy();
    const { deliver, states } = handlerOf(code);
    expect(reported(await deliver())).toEqual(['orders-0@1']);
    expect(states()[0]?.['attempts'] ?? 0).toBe(0);
  });
});
