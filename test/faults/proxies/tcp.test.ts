import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { PRODUCE } from '../../../faults/proxies/kafka-answers';
import { startTcpProxy, type TcpMode, type TcpProxy } from '../../../faults/proxies/tcp';

/** Sends back what it gets, and keeps what it got. Words of four letters and more: as a length they are no Kafka. */
class Echo {
  readonly got: Buffer[] = [];
  readonly sockets = new Set<Socket>();
  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async start(): Promise<Echo> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const echo = new Echo(server, (server.address() as AddressInfo).port);
    server.on('connection', (socket) => {
      echo.sockets.add(socket);
      socket.on('close', () => echo.sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.on('data', (bytes) => {
        echo.got.push(bytes);
        socket.write(bytes);
      });
    });
    return echo;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((closed) => this.server.close(closed));
  }
}

/** A caller that notes what came back and how its connection ended. */
class Caller {
  readonly socket: Socket;
  readonly ended: Promise<'closed' | 'reset'>;
  private readonly chunks: Buffer[] = [];
  private length = 0;

  constructor(port: number) {
    this.socket = connect({ host: '127.0.0.1', port });
    this.socket.on('data', (bytes) => {
      this.chunks.push(bytes);
      this.length += bytes.length;
    });
    this.ended = new Promise((ended) => {
      this.socket.once('error', () => ended('reset'));
      this.socket.once('close', () => ended('closed'));
    });
  }

  get got(): Buffer {
    return Buffer.concat(this.chunks);
  }

  async until(length: number): Promise<Buffer> {
    while (this.length < length) await once(this.socket, 'data');
    return this.got;
  }
}

let echo: Echo;
let proxy: TcpProxy;
const callers: Caller[] = [];
const call = (): Caller => {
  const caller = new Caller(proxy.port);
  callers.push(caller);
  return caller;
};
/** Long enough on loopback for bytes that nothing holds back. */
const aMoment = () => wait(100);

beforeEach(async () => {
  echo = await Echo.start();
  proxy = await startTcpProxy(() => 0.5);
  proxy.aim(echo.port);
});

afterEach(async () => {
  for (const { socket } of callers.splice(0)) socket.destroy();
  await proxy.stop();
  await echo.stop();
});

test('in pass mode every byte arrives, in order, and an end at one side is an end at the other', async () => {
  const caller = call();
  const sent = Buffer.alloc(5_000_000, 'abcdefghij');
  caller.socket.write(sent);
  expect(Buffer.compare(await caller.until(sent.length), sent)).toBe(0);
  caller.socket.end();
  expect(await caller.ended).toBe('closed');
});

test('latency delays bytes without changing them', async () => {
  proxy.set({ kind: 'latency', ms: 20, jitterMs: 20 });
  const caller = call();
  caller.socket.write('one after');
  caller.socket.write(' the other');
  expect(String(await caller.until(19))).toBe('one after the other');
});

test('a cut resets the connections there are and every new one, until it is healed', async () => {
  const before = call();
  before.socket.write('ping');
  await before.until(4);
  proxy.set({ kind: 'cut' });
  expect(await before.ended).toBe('reset');
  expect(await call().ended).toBe('reset');
  expect(proxy.set({ kind: 'pass' })).toBe(2);
  const after = call();
  after.socket.write('ping');
  expect(String(await after.until(4))).toBe('ping');
});

test('a silent proxy keeps connections, takes new ones and forwards nothing; what was sent arrives when it is healed', async () => {
  const before = call();
  before.socket.write('ping');
  await before.until(4);
  proxy.set({ kind: 'silent' });
  before.socket.write('late');
  const during = call();
  during.socket.write('later');
  await aMoment();
  expect(String(before.got)).toBe('ping');
  expect(String(Buffer.concat(echo.got))).toBe('ping');
  expect([before, during].map(({ socket }) => socket.destroyed)).toEqual([false, false]);
  expect(proxy.set({ kind: 'pass' })).toBe(2);
  expect(String(await before.until(8))).toBe('pinglate');
  expect(String(await during.until(5))).toBe('later');
});

test('a caller that sends into silence is made to wait: the proxy does not take it all in', async () => {
  proxy.set({ kind: 'silent' });
  const caller = call();
  await once(caller.socket, 'connect');
  caller.socket.write(Buffer.alloc(64 * 1024 * 1024));
  await aMoment();
  expect(caller.socket.writableLength).toBeGreaterThan(32 * 1024 * 1024);
});

/** A Produce request of version 7 with acks=all, as far as anybody reads it. The echo answers with a frame of its own. */
const send = (correlationId: number): Buffer => {
  const frame = Buffer.alloc(4 + 8 + 2 + 2 + 2);
  frame.writeInt32BE(frame.length - 4, 0);
  frame.writeInt16BE(PRODUCE, 4);
  frame.writeInt16BE(7, 6);
  frame.writeInt32BE(correlationId, 8);
  frame.writeInt16BE(-1, 12);
  frame.writeInt16BE(-1, 14);
  frame.writeInt16BE(-1, 16);
  return frame;
};
const answer = (correlationId: number): Buffer => {
  const frame = Buffer.alloc(8);
  frame.writeInt32BE(4, 0);
  frame.writeInt32BE(correlationId, 4);
  return frame;
};

/** Reads requests and answers each with its correlation id. */
function answerAsBroker(server: Echo): void {
  for (const socket of server.sockets) {
    socket.removeAllListeners('data');
    socket.on('data', (bytes: Buffer) => {
      server.got.push(bytes);
      for (let at = 0; at < bytes.length; at += send(0).length) socket.write(answer(bytes.readInt32BE(at + 8)));
    });
  }
}

const losing = (then: 'close' | 'silent', share = 1): TcpMode => ({
  kind: 'lose-answers',
  share,
  apiKeys: [PRODUCE],
  then,
});

/** A connection that speaks Kafka from its first byte. */
async function kafkaCaller(): Promise<Caller> {
  const caller = call();
  await once(caller.socket, 'connect');
  while (echo.sockets.size === 0) await wait(5);
  answerAsBroker(echo);
  return caller;
}

test('a lost answer closes the connection, after the broker has got the request', async () => {
  const caller = await kafkaCaller();
  caller.socket.write(send(1));
  expect(await caller.until(8)).toEqual(answer(1));
  proxy.set(losing('close'));
  caller.socket.write(send(2));
  expect(await caller.ended).toBe('closed');
  expect(caller.got).toEqual(answer(1));
  expect(Buffer.concat(echo.got)).toEqual(Buffer.concat([send(1), send(2)]));
  expect(proxy.set({ kind: 'pass' })).toBe(1);
});

test('after a lost answer a silent connection carries requests but no answers, and is reset when it is healed', async () => {
  const caller = await kafkaCaller();
  proxy.set(losing('silent'));
  caller.socket.write(send(1));
  await aMoment();
  caller.socket.write(send(2));
  await aMoment();
  expect(caller.got).toHaveLength(0);
  expect(caller.socket.destroyed).toBe(false);
  expect(Buffer.concat(echo.got)).toEqual(Buffer.concat([send(1), send(2)]));
  expect(proxy.set({ kind: 'pass' })).toBe(1);
  expect(await caller.ended).toBe('reset');
});

test('a share of the answers is lost, the others arrive', async () => {
  const caller = await kafkaCaller();
  proxy.set(losing('close', 0.4));
  caller.socket.write(send(1));
  expect(await caller.until(8)).toEqual(answer(1));
  expect(proxy.set({ kind: 'pass' })).toBe(0);
});

test('a broker that is not there is a reset for the caller, and the proxy lives on', async () => {
  const { port } = echo;
  await echo.stop();
  expect(await call().ended).toBe('reset');
  echo = await Echo.start();
  expect(echo.port).not.toBe(port);
  proxy.aim(echo.port);
  const caller = call();
  caller.socket.write('ping');
  expect(String(await caller.until(4))).toBe('ping');
});

test.each(['pass', 'silent', 'cut'] as const)(
  'when a proxy stops in mode %s every socket is closed and its port is free',
  async (kind) => {
    const caller = call();
    caller.socket.write('ping');
    await caller.until(4);
    proxy.set({ kind });
    const { port } = proxy;
    await proxy.stop();
    await caller.ended;
    while (echo.sockets.size > 0) await wait(5);
    const again = createServer().listen(port, '127.0.0.1');
    await once(again, 'listening');
    await new Promise((closed) => again.close(closed));
    proxy = await startTcpProxy(() => 0.5);
  },
);
