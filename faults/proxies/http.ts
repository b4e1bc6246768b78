import {
  Agent,
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import { reset } from './reset';

/** One request to a store, as a refusal or a strike looks at it. */
export interface StoreRequest {
  /** DynamoDB: the operation (`TransactWriteItems`). S3: the method (`PUT`). */
  readonly operation: string;
  /** S3: `/<bucket>/<key>` and the query. */
  readonly path: string;
  readonly body: Buffer;
}

/** A request that a store has carried out or refused, with its answer. */
export interface StoreExchange extends StoreRequest {
  readonly status: number;
  readonly answer: Buffer;
}

export interface StoreAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a store says instead of doing what was asked. */
export interface Refusal {
  /** Operations it can answer. @default - all */
  readonly operations?: readonly string[];
  /** Of these operations, the requests it can answer. @default - all */
  readonly which?: (request: StoreRequest) => boolean;
  readonly answer: (request: StoreRequest) => StoreAnswer;
}

/** What a proxy does to the requests to one store. */
export type HttpMode =
  | { readonly kind: 'pass' }
  /** Every request reaches the store `ms` ± `jitterMs` later. */
  | { readonly kind: 'slow'; readonly ms: number; readonly jitterMs: number }
  /** Connections are reset, those under way and every new one. */
  | { readonly kind: 'down' }
  /** Requests are taken and never answered, nor do they reach the store; reset when the mode ends. */
  | { readonly kind: 'silent' }
  /** This share (0 to 1) of the requests does not reach the store: one of the refusals, drawn, is the answer. */
  | { readonly kind: 'refuse'; readonly share: number; readonly refusals: readonly Refusal[] }
  /** This share of the requests is carried out, and the caller's connection reset in place of the answer. */
  | { readonly kind: 'lose-answers'; readonly share: number }
  /**
   * The next `times` requests of this operation call `act`, before they reach the store (which they then never do) or
   * after it has carried them out; the caller's connection is reset when `act` is done.
   */
  | {
      readonly kind: 'strike';
      readonly operation: string;
      /** @default - every one of the operation */
      readonly which?: (request: StoreRequest) => boolean;
      readonly when: 'before' | 'after';
      readonly times: number;
      readonly act: () => Promise<unknown>;
    }
  /** The first request of that kind calls `act`, and reaches the store when `act` is done. */
  | {
      readonly kind: 'hold';
      readonly which: (request: StoreRequest) => boolean;
      readonly act: () => Promise<unknown>;
    };

export interface HttpProxy {
  /** Loopback endpoint, without a path. */
  readonly endpoint: string;
  /** Says which endpoint lies behind. */
  aim(endpoint: string): void;
  /** Changes the mode. Returns how many requests (down: connections and requests) the mode that ends has hit. */
  set(mode: HttpMode): number;
  /** Closes every connection and gives the port back. */
  stop(): Promise<void>;
}

/**
 * Starts a proxy on a free loopback port, in mode `pass`.
 *
 * @param random - 0 ≤ x < 1, for jitter, shares and draws
 * @param see - is shown what the store itself has answered, whether or not the caller hears of it
 */
export async function startHttpProxy(
  random: () => number,
  see: (exchange: StoreExchange) => void = () => undefined,
): Promise<HttpProxy> {
  const server = createServer();
  // A client's pool decides when a connection has been idle for too long, so that no request meets a closing one.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  return new Proxy(server, random, see);
}

/** Below the idle time after which the stores close a connection (the shortest is 5 s), for the same reason. */
const IDLE_MS = 2000;
/** Headers that speak of one connection, or that a body taken whole makes untrue. */
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect', 'upgrade', 'te']);

class Proxy implements HttpProxy {
  readonly endpoint: string;
  private readonly agent = new Agent({ keepAlive: true, timeout: IDLE_MS, noDelay: true });
  private readonly sockets = new Set<Socket>();
  private readonly unanswered = new Set<Socket>();
  private target: URL | undefined;
  private mode: HttpMode = { kind: 'pass' };
  private hits = 0;

  constructor(
    private readonly server: Server,
    private readonly random: () => number,
    private readonly see: (exchange: StoreExchange) => void,
  ) {
    this.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('connection', (socket) => this.accept(socket));
    server.on('request', (request, response) => {
      // A store that closed or refused the connection is a connection closed for the caller, too.
      this.handle(request, response).catch(() => reset(request.socket));
    });
  }

  aim(endpoint: string): void {
    this.target = new URL(endpoint);
  }

  set(mode: HttpMode): number {
    const { hits } = this;
    this.mode = mode;
    this.hits = 0;
    for (const socket of mode.kind === 'down' ? this.sockets : this.unanswered) {
      if (mode.kind === 'down') this.hits += 1;
      reset(socket);
    }
    return hits;
  }

  async stop(): Promise<void> {
    const closed = new Promise<void>((done, failed) => this.server.close((error) => (error ? failed(error) : done())));
    for (const socket of this.sockets) reset(socket);
    this.agent.destroy();
    await closed;
  }

  private accept(socket: Socket): void {
    if (this.mode.kind === 'down') {
      this.hits += 1;
      reset(socket);
      return;
    }
    this.sockets.add(socket);
    socket.once('close', () => {
      this.sockets.delete(socket);
      this.unanswered.delete(socket);
    });
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = { operation: operationOf(incoming), path: incoming.url ?? '', body: await buffer(incoming) };
    const { mode } = this;
    switch (mode.kind) {
      case 'pass':
        return this.forward(incoming, request, response);
      case 'slow':
        this.hits += 1;
        await wait(Math.max(0, mode.ms + (2 * this.random() - 1) * mode.jitterMs));
        return this.forward(incoming, request, response);
      case 'down':
        this.hits += 1;
        reset(incoming.socket);
        return;
      case 'silent':
        this.hits += 1;
        this.unanswered.add(incoming.socket);
        return;
      case 'refuse': {
        const refusals = mode.refusals.filter(
          ({ operations, which }) => (operations?.includes(request.operation) ?? true) && (which?.(request) ?? true),
        );
        if (refusals.length === 0 || !this.drawn(mode.share)) return this.forward(incoming, request, response);
        const refusal = refusals[Math.floor(this.random() * refusals.length)]!;
        return reply(response, refusal.answer(request));
      }
      case 'lose-answers':
        if (!this.drawn(mode.share)) return this.forward(incoming, request, response);
        await this.ask(incoming, request);
        reset(incoming.socket);
        return;
      case 'strike':
        if (request.operation !== mode.operation || this.hits >= mode.times || mode.which?.(request) === false) {
          return this.forward(incoming, request, response);
        }
        this.hits += 1;
        if (mode.when === 'after') await this.ask(incoming, request);
        await mode.act();
        reset(incoming.socket);
        return;
      case 'hold':
        if (this.hits === 0 && mode.which(request)) {
          this.hits += 1;
          await mode.act();
        }
        return this.forward(incoming, request, response);
    }
  }

  private drawn(share: number): boolean {
    const hit = this.random() < share;
    if (hit) this.hits += 1;
    return hit;
  }

  private async forward(incoming: IncomingMessage, request: StoreRequest, response: ServerResponse): Promise<void> {
    const { status, headers, body: answer } = await this.ask(incoming, request);
    const sized =
      incoming.method === 'HEAD' ? headers : [...withoutLength(headers), 'content-length', String(answer.length)];
    response.writeHead(status, sized).end(answer);
  }

  /** Has the store carry the request out, and takes its answer whole. */
  private async ask(incoming: IncomingMessage, request: StoreRequest): ReturnType<Proxy['carryOut']> {
    const answered = await this.carryOut(incoming, request.body);
    this.see({ ...request, status: answered.status, answer: answered.body });
    return answered;
  }

  private carryOut(
    incoming: IncomingMessage,
    body: Buffer,
  ): Promise<{ status: number; headers: string[]; body: Buffer }> {
    const { agent, target } = this;
    return new Promise((answered, failed) => {
      if (!target) return failed(new Error('a proxy got a request before it was aimed at a store'));
      const { hostname: host, port } = target;
      const headers = [...endToEnd(incoming.rawHeaders), 'content-length', String(body.length)];
      const outgoing = send({ host, port, agent, method: incoming.method, path: incoming.url, headers }, (answer) => {
        buffer(answer).then(
          (bytes) =>
            answered({ status: answer.statusCode ?? 502, headers: endToEnd(answer.rawHeaders, true), body: bytes }),
          failed,
        );
      });
      outgoing.on('error', failed);
      outgoing.end(body);
    });
  }
}

/** Names and values as they came, in their order and case: signatures and metadata stay as they are. */
function endToEnd(rawHeaders: readonly string[], keepLength = false): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const [name, value] = [rawHeaders[at]!, rawHeaders[at + 1]!];
    if (!HOP.has(name.toLowerCase()) || (keepLength && name.toLowerCase() === 'content-length')) kept.push(name, value);
  }
  return kept;
}

const withoutLength = (headers: readonly string[]): string[] => endToEnd(headers);

function operationOf({ headers, method = 'GET' }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? (target.split('.').at(-1) ?? target) : method;
}

function reply(response: ServerResponse, { status, headers, body }: StoreAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}
