import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, TLSSocket } from 'node:tls';
import { startTcpProxy, type TcpProxy } from '../../../../faults/proxies/tcp';

/** What stands before a listener with TLS. */
export interface TlsProxy {
  /** Loopback port the clients connect to. */
  readonly port: number;
  /** Sees bytes: silent, it hangs in the middle of the handshake. */
  readonly outer: TcpProxy;
  /** Sees requests: TLS ends before it and begins again behind it. */
  readonly inner: TcpProxy;
  aim(port: number): void;
  stop(): Promise<void>;
}

/** @param keystore - certificate and key of the listener (PKCS#12), read at the first connection */
export async function startTlsProxy(keystore: () => { pfx: Buffer; passphrase: string }): Promise<TlsProxy> {
  let target = 0;
  const outer = await startTcpProxy(() => 0.5);
  const inner = await startTcpProxy(() => 0.5);
  const front = await listening((client) => {
    const plain = new TLSSocket(client, { isServer: true, secureContext: createSecureContext(keystore()) });
    join(plain, connect(inner.port, '127.0.0.1'));
  });
  const back = await listening((client) => {
    join(client, connectTls({ host: '127.0.0.1', port: target, rejectUnauthorized: false }));
  });
  outer.aim(portOf(front));
  inner.aim(portOf(back));
  return {
    ...{ port: outer.port, outer, inner },
    aim: (port) => void (target = port),
    stop: async () => {
      await Promise.all([outer.stop(), inner.stop()]);
      await Promise.all([front, back].map((server) => new Promise((closed) => server.close(closed))));
    },
  };
}

async function listening(onConnection: (client: Socket) => void): Promise<Server> {
  const server = createServer({ noDelay: true }, onConnection);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** They carry each other's bytes, and end together. */
function join(one: Socket, other: Socket): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to);
  }
}
