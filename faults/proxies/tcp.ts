import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { API_VERSIONS, KafkaConversation } from './kafka-answers';
import { Line, type Passed } from './line';
import { reset } from './reset';

/** What a proxy does to the connections of one broker. */
export type TcpMode =
  | { readonly kind: 'pass' }
  /** Every chunk arrives `ms` ± `jitterMs` later, each way; bytes keep their order. */
  | { readonly kind: 'latency'; readonly ms: number; readonly jitterMs: number }
  /** Every connection is reset, and a new one as soon as it is made. */
  | { readonly kind: 'cut' }
  /** Connections stay open, and new ones are taken, but no byte goes on until the mode ends: then it comes late. */
  | { readonly kind: 'silent' }
  /**
   * A broker whose request handlers are stuck while its network is not: connections are taken and asked for their
   * versions, every other request waits until the mode ends. Then they are carried out late.
   */
  | { readonly kind: 'handlers-stuck' }
  /** Kafka requests of these kinds never reach the broker; all others on the same connections are carried out and answered. */
  | { readonly kind: 'lose-requests'; readonly apiKeys: readonly number[] }
  /**
   * Of the answers to these Kafka requests this share (0 to 1) never arrives, after the broker has done what was
   * asked. Then the connection is closed, or stays open with no further answer while requests still reach the broker.
   */
  | {
      readonly kind: 'lose-answers';
      readonly share: number;
      readonly apiKeys: readonly number[];
      readonly then: 'close' | 'silent';
    };

export interface TcpProxy {
  /** Loopback port the clients connect to. */
  readonly port: number;
  /** Says which loopback port lies behind; connections made before are reset. */
  aim(port: number): void;
  /** Changes the mode. Returns how many connections (lose-answers: answers, handlers-stuck and lose-requests: requests) the mode that ends has hit. */
  set(mode: TcpMode): number;
  /** Closes every socket and gives the port back. */
  stop(): Promise<void>;
}

/** Starts a proxy on a free loopback port, in mode `pass`. @param random - 0 ≤ x < 1, for jitter and shares */
export async function startTcpProxy(random: () => number): Promise<TcpProxy> {
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true });
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return new Proxy(server, random);
}

class Proxy implements TcpProxy {
  readonly port: number;
  private target: number | undefined;
  private mode: TcpMode = { kind: 'pass' };
  private hits = 0;
  private readonly connections = new Set<Connection>();

  constructor(
    private readonly server: Server,
    private readonly random: () => number,
  ) {
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (client) => this.accept(client));
  }

  aim(port: number): void {
    this.target = port;
    for (const connection of this.connections) connection.reset();
  }

  set(mode: TcpMode): number {
    const { hits } = this;
    this.mode = mode;
    this.hits = 0;
    for (const connection of this.connections) this.hits += this.apply(connection);
    return hits;
  }

  async stop(): Promise<void> {
    for (const connection of this.connections) connection.reset();
    await new Promise<void>((closed, failed) => this.server.close((error) => (error ? failed(error) : closed())));
  }

  private accept(client: Socket): void {
    if (this.target === undefined || this.mode.kind === 'cut') {
      if (this.mode.kind === 'cut') this.hits += 1;
      reset(client);
      return;
    }
    const broker = connect({ host: '127.0.0.1', port: this.target, allowHalfOpen: true, noDelay: true });
    const connection = new Connection(client, broker, {
      delayMs: () => this.delayMs(),
      lose: (apiKey) => this.loses(apiKey),
      holds: (apiKey) => this.holds(apiKey),
      swallows: (apiKey) => this.swallows(apiKey),
      thenClose: () => this.mode.kind === 'lose-answers' && this.mode.then === 'close',
      closed: () => this.connections.delete(connection),
    });
    this.connections.add(connection);
    this.hits += this.apply(connection);
  }

  /** Returns how many hits that is. */
  private apply(connection: Connection): 0 | 1 {
    switch (this.mode.kind) {
      case 'cut':
        connection.reset();
        return 1;
      case 'silent':
        connection.freeze();
        return 1;
      case 'latency':
        connection.thaw();
        return 1;
      case 'pass':
      case 'handlers-stuck':
      case 'lose-requests':
      case 'lose-answers':
        connection.thaw();
        return 0;
    }
  }

  private delayMs(): number {
    if (this.mode.kind !== 'latency') return 0;
    return Math.max(0, this.mode.ms + (2 * this.random() - 1) * this.mode.jitterMs);
  }

  private holds(apiKey: number): boolean {
    const held = this.mode.kind === 'handlers-stuck' && apiKey !== API_VERSIONS;
    if (held) this.hits += 1;
    return held;
  }

  private swallows(apiKey: number): boolean {
    const swallowed = this.mode.kind === 'lose-requests' && this.mode.apiKeys.includes(apiKey);
    if (swallowed) this.hits += 1;
    return swallowed;
  }

  private loses(apiKey: number): boolean {
    if (this.mode.kind !== 'lose-answers' || !this.mode.apiKeys.includes(apiKey)) return false;
    const lost = this.random() < this.mode.share;
    if (lost) this.hits += 1;
    return lost;
  }
}

interface ConnectionOptions {
  readonly delayMs: () => number;
  readonly lose: (apiKey: number) => boolean;
  readonly holds: (apiKey: number) => boolean;
  readonly swallows: (apiKey: number) => boolean;
  readonly thenClose: () => boolean;
  readonly closed: () => void;
}

/** A client's connection and the one to the broker behind it; they live and die together. */
class Connection {
  private readonly requests: Line;
  private readonly answers: Line;
  private readonly conversation = new KafkaConversation();
  private mute = false;

  constructor(
    private readonly client: Socket,
    private readonly broker: Socket,
    private readonly options: ConnectionOptions,
  ) {
    const { delayMs } = options;
    this.requests = new Line(client, broker, {
      delayMs,
      through: (bytes) => ({ bytes: this.conversation.requests(bytes, options), last: false }),
      drained: () => broker.end(),
    });
    this.answers = new Line(broker, client, {
      delayMs,
      through: (bytes) => this.answer(bytes),
      // After a lost answer both ends are closed; else the client may still be sending.
      drained: () => (this.mute ? this.close() : client.end()),
    });
    for (const socket of [client, broker]) {
      // A reset or refused connection at one end is a reset at the other.
      socket.on('error', () => this.reset());
      socket.on('close', () => this.gone());
    }
  }

  freeze(): void {
    this.requests.freeze();
    this.answers.freeze();
  }

  /** A connection that lost an answer cannot be healed: the hole in the stream stays. */
  thaw(): void {
    if (this.mute) return this.reset();
    const late = this.conversation.release();
    if (late.length > 0 && !this.broker.destroyed) this.broker.write(late);
    this.requests.thaw();
    this.answers.thaw();
  }

  reset(): void {
    this.requests.drop();
    this.answers.drop();
    reset(this.client);
    reset(this.broker);
  }

  private answer(bytes: Buffer): Passed {
    const { pass, lost } = this.conversation.answers(bytes, this.options.lose);
    const last = lost && !this.mute && this.options.thenClose();
    this.mute = lost;
    return { bytes: pass, last };
  }

  private close(): void {
    this.client.destroySoon();
    this.broker.destroy();
  }

  private gone(): void {
    if (this.client.destroyed && this.broker.destroyed) this.options.closed();
  }
}
