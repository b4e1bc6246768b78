import { Agent, createServer as httpServer, type RequestListener } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import { blameOf } from '../../../../lambdas/runtime/consumer/blame';
import { consuming, samplesOf } from '../../../samples';
import { kafkaEvent, reported } from '../simulation';

jest.setTimeout(60_000);

/** The sample of docs/consumer.md that looks schemas up, as it stands there, with the registry's real client. */
const { code } = samplesOf('docs/consumer.md').find((sample) => sample.code.includes('new SchemaRegistry'))!;
const FRAMED = Buffer.from([0, 0, 0, 0, 7, 14]).toString('latin1');
const SCHEMA = JSON.stringify({ schema: JSON.stringify({ type: 'record', name: 'Order', fields: [{ name: 'amount', type: 'int' }] }) }); // prettier-ignore
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"schema":';
/** Milliseconds that the function has, and of these the margin. */
const [TIMEOUT_MS, MARGIN_MS] = [3_600, 600];

const open: Server[] = [];
const listening = async (server: Server): Promise<string> => {
  open.push(server);
  await new Promise<void>((ready) => void server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
const sockets = new Set<Socket>();
const raw = (use: (socket: Socket) => void) => {
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', () => use(socket));
  });
  return listening(server);
};
const http = (listener: RequestListener) => listening(httpServer(listener));
const answering = (status: number, body: object | string) =>
  http((_, response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(text);
  });
const refused = async () => {
  const url = await raw(() => undefined);
  await new Promise((closed) => open.pop()!.close(closed));
  return url;
};
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of open) server.close();
});

function handling() {
  const { tables, handler } = consuming(code, MARGIN_MS);
  const deliver = async () => {
    const end = performance.now() + TIMEOUT_MS;
    const context = { getRemainingTimeInMillis: () => end - performance.now() };
    return reported(await handler(kafkaEvent({ offset: 1, id: 'a', value: FRAMED }), context));
  };
  return { deliver, states: () => tables.items('idempotency').filter(({ key }) => !String(key).startsWith('ledger/')) };
}

test.each<[string, () => Promise<string>]>([
  ['refuses connections', refused],
  ['cuts off before it answers', () => raw((socket) => socket.destroy())],
  ['cuts off in the middle of its answer', () => raw((socket) => socket.write(HEAD, () => socket.destroy()))],
  ['resets in the middle of its answer', () => raw((socket) => socket.write(HEAD, () => socket.resetAndDestroy()))],
  ['answers no more in the middle of its answer', () => raw((socket) => void socket.write(HEAD))],
  ['answers nothing', () => raw(() => undefined)],
  ['answers what is no HTTP', () => raw((socket) => void socket.end('SSH-2.0-x\r\n'))],
  ['answers 503', () => answering(503, { error_code: 50301, message: 'x' })],
  ['answers 503 of a balancer', () => answering(503, '<html>')],
])('an event whose registry %s waits, and no attempt is counted', async (_, away) => {
  process.env['REGISTRY'] = await away();
  const { deliver, states } = handling();
  expect(await deliver()).toEqual(['orders-0@1']);
  expect(states()).toEqual([]);
});

/** Cuts each answer off in its middle until it is back. */
const cutting = (isBack: () => boolean) =>
  http((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
    if (isBack()) response.end(SCHEMA);
    else response.write('{"schema":', () => response.destroy());
  });

test('an event whose registry was cut off in the middle of its answer is applied by the same sandbox when it is back', async () => {
  let isBack = false;
  process.env['REGISTRY'] = await cutting(() => isBack);
  const { deliver, states } = handling();
  expect(await deliver()).toEqual(['orders-0@1']);
  isBack = true;
  for (let tries = 0; tries < 10 && (await deliver()).length > 0; tries++);
  expect(states()).toMatchObject([{ state: 'done' }]);
});

test.each([
  [400, { error_code: 42201, message: 'Invalid schema id' }],
  [404, { error_code: 40403, message: 'Schema 7 not found' }],
])('an event for which the registry says %i is parked after five attempts', async (status, body) => {
  process.env['REGISTRY'] = await answering(status, body);
  const { deliver, states } = handling();
  for (let tries = 0; tries < 4 && (await deliver()).length > 0; tries++);
  expect(states()).toMatchObject([{ state: 'parked', reason: 'handler-error' }]);
});

test('a registry of several addresses, none of which is reached, is an outage', async () => {
  const { port } = new URL(await refused());
  const both = ['127.0.0.1', '127.0.0.2'].map((address) => ({ address, family: 4 }));
  const lookup = (_: string, __: object, found: (error: null, all: typeof both) => void) => found(null, both);
  const agent = new Agent({ lookup, autoSelectFamily: true });
  const client = new SchemaRegistry({ host: `http://registry.test:${port}`, retry: { retries: 0 }, agent });
  const thrown = await client.getSchema(7).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ status: 400, message: expect.stringMatching(/ - Error, status 400$/) as string });
  expect(blameOf(thrown)).toBe('circumstances');
});
