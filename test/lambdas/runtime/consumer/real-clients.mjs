/**
 * Meets each client with an outage, on this machine, and says what is to blame for the error that it gives. A program of its own:
 * some of these clients are ES modules only, and errors of another realm than the client's would prove nothing.
 */
import { createSocket } from 'node:dgram';
import dns from 'node:dns';
import { createServer as httpServer } from 'node:http';
import { createServer } from 'node:net';
import { Client as OpenSearch } from '@opensearch-project/opensearch';
import { createClient as redisClient } from '@redis/client';
import { Client as Grpc, credentials } from '@grpc/grpc-js';
import axios from 'axios';
import { TimeoutMiddleware } from 'mappersmith/middleware';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import got from 'got';
import Redis from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import ky from 'ky';
import { MongoClient } from 'mongodb';
import mysql from 'mysql2/promise';
import pg from 'pg';
import Stripe from 'stripe';
import { request } from 'undici';
import { SQSClient, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { heed } from '../../../../lambdas/runtime/consumer/effects/answers.ts';
import { blameOf } from '../../../../lambdas/runtime/consumer/blame.ts';

/** For the port that says nothing; the others answer when they can. */
const SHORT_MS = 700;
const LONG_MS = 30_000;
const host = '127.0.0.1';
const listening = (server) => new Promise((resolve) => server.listen(0, host, () => resolve(server.address().port)));
/** A port where what comes is met by `use`, once something has come. */
const meeting = (use) => listening(createServer((socket) => void socket.on('error', () => undefined).once('data', () => use(socket)))); // prettier-ignore
const answering = (status) => listening(httpServer((req, res) => req.resume().on('end', () => res.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"type":"x"}}')))); // prettier-ignore
const head = (status) => `HTTP/1.1 ${status} Of a test\r\ncontent-type: application/json\r\n`;
const begun = (status) => `${head(status)}content-length: 100\r\n\r\n{"a":`;
const chunk = `${head(200)}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`;
/** So long after its first part that a client has read that. */
const CUT_MS = 100;
const cutAfter = (text, end = (socket) => socket.destroy()) =>
  meeting((socket) => socket.write(text, () => setTimeout(end, CUT_MS, socket)));
const closed = createServer();
const refused = await listening(closed);
await new Promise((resolve) => closed.close(resolve));
/** For each kind of outage the port where it is met. */
const ports = {
  refused,
  cut: await meeting((socket) => socket.destroy()),
  silent: await meeting(() => undefined),
  garbage: await meeting((socket) => socket.end('SSH-2.0-busy\r\n\r\n')),
};
/** Of these, the client's time is short. */
const isSilent = (outage) => ['silent', 'stalled'].includes(outage);
const bodies = {
  body: await cutAfter(begun(200)),
  chunk: await cutAfter(chunk),
  reset: await cutAfter(begun(200), (socket) => socket.resetAndDestroy()),
  stalled: await meeting((socket) => socket.write(begun(200))),
};
const tls = {
  'no-tls': await meeting((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  'tls-cut': await meeting((socket) => socket.destroy()),
  'tls-reset': await meeting((socket) => socket.resetAndDestroy()),
};
const statuses = {
  503: await answering(503),
  429: await answering(429),
  404: await answering(404),
  400: await answering(400),
};
/** A refusal, whose body is cut off. */
const refusal = await cutAfter(begun(404));

/** Each reads the body, as a handler does that wants to know what was said. */
const http = {
  axios: (url, ms) => axios.get(url, { timeout: ms }),
  got: (url, ms) => got(url, { timeout: { request: ms }, retry: { limit: 0 } }),
  ky: (url, ms) => ky(url, { timeout: ms, retry: 0, signal: globalThis.AbortSignal.timeout(ms) }).text(),
  fetch: async (url, ms) => {
    const answer = await fetch(url, { signal: globalThis.AbortSignal.timeout(ms) });
    return answer.ok ? answer.text() : answer;
  },
  undici: async (url, ms) => {
    const answer = await request(url, { headersTimeout: ms, bodyTimeout: ms });
    return answer.statusCode < 300 ? answer.body.text() : answer;
  },
  opensearch: (node, ms) => new OpenSearch({ node, maxRetries: 0, requestTimeout: ms }).index({ index: 'i', body: {} }),
  stripe: (url, ms) => {
    const { port, protocol } = new URL(url);
    const options = {
      host,
      port,
      protocol: protocol.slice(0, -1),
      maxNetworkRetries: 0,
      timeout: ms,
      telemetry: false,
    };
    return new Stripe('sk_test_x', options).charges.retrieve('ch_1');
  },
  'aws-sdk': (endpoint, ms) => {
    const requestHandler = { requestTimeout: ms, socketTimeout: ms, throwOnRequestTimeout: true };
    const keys = { accessKeyId: 'x', secretAccessKey: 'x' };
    const client = new SQSClient({ endpoint, region: 'eu-west-1', credentials: keys, maxAttempts: 1, requestHandler });
    return client.send(new ListQueuesCommand({}));
  },
  'schema-registry': (host, ms) =>
    new SchemaRegistry({ host, retry: { retries: 0 }, middlewares: [TimeoutMiddleware(ms)] }).getSchema(7),
};
const others = {
  pg: async (port, ms) => {
    const client = new pg.Client({ host, port, connectionTimeoutMillis: ms, user: 'u', database: 'd' });
    client.on('error', () => undefined);
    await client.connect();
  },
  'pg-pool': (port, ms) => new pg.Pool({ host, port, connectionTimeoutMillis: ms, user: 'u' }).query('select 1'),
  mysql2: (port, ms) => mysql.createConnection({ host, port, connectTimeout: ms, user: 'u' }),
  mongodb: (port, ms) => {
    const options = { serverSelectionTimeoutMS: Math.min(ms, 2_000), connectTimeoutMS: ms };
    return new MongoClient(`mongodb://${host}:${port}/`, options).db('d').collection('c').insertOne({});
  },
  ioredis: (port, ms) => {
    const redis = new Redis({ host, port, maxRetriesPerRequest: 1, connectTimeout: ms, commandTimeout: ms, retryStrategy: () => 50 }); // prettier-ignore
    redis.on('error', () => undefined);
    return redis.set('k', 'v');
  },
  redis: async (port, ms) => {
    const socket = { host, port, connectTimeout: ms, socketTimeout: ms, reconnectStrategy: false };
    const client = redisClient({ socket });
    client.on('error', () => undefined);
    await client.connect();
    await client.set('k', 'v');
  },
  grpc: (port, ms) =>
    new Promise((resolve, reject) => {
      const as = (value) => value;
      const deadline = Date.now() + ms;
      const client = new Grpc(`${host}:${port}`, credentials.createInsecure());
      client.makeUnaryRequest('/s/m', as, as, Buffer.alloc(0), { deadline }, (error, value) => error ? reject(error) : resolve(value)); // prettier-ignore
    }),
  kafkajs: async (port, ms) => {
    const retry = { retries: 1, initialRetryTime: 50 };
    const options = { brokers: [`${host}:${port}`], connectionTimeout: ms, requestTimeout: ms, retry };
    const admin = new Kafka({ ...options, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.listTopics();
  },
};

async function blame(call) {
  let timer;
  try {
    const hung = new Promise((_, reject) => (timer = setTimeout(reject, 60_000, new Error('the client never ended'))));
    heed(await Promise.race([call(), hung]));
    return { blame: 'done' };
  } catch (error) {
    const { name, code, message, type, cause } = error;
    return {
      blame: blameOf(error),
      error: { name, code, type, message, class: error.constructor?.name, cause: cause?.code },
    };
  } finally {
    clearTimeout(timer);
  }
}

const asking = (clients, outages, use) =>
  Object.entries(clients).flatMap(([client, call]) =>
    Object.entries(outages).map(([outage, port]) => ({
      client,
      outage,
      call: () => call(use(port), isSilent(outage) ? SHORT_MS : LONG_MS),
    })),
  );
const plain = (port) => `http://${host}:${port}`;
// Clients that have been seen never to end there; for the registry's client `registry` does, which its own test shows.
const NEVER_END = { body: ['schema-registry'], chunk: ['schema-registry'], 'cut 404': ['schema-registry'], stalled: ['opensearch'] }; // prettier-ignore
const asked = [
  ...asking(http, { ...ports, ...bodies, ...statuses, 'cut 404': refusal }, plain),
  ...asking(http, tls, (port) => `https://${host}:${port}`),
  // To a database's client what is no HTTP may be the beginning of anything.
  ...asking(others, { refused, cut: ports.cut, silent: ports.silent }, (port) => port),
].filter(({ client, outage }) => !NEVER_END[outage]?.includes(client));
// Some clients talk, and what this program says is on that stream.
console.log = console.error;
process.on('uncaughtException', (error) => process.stderr.write(`beside its promise: ${error.message}\n`));
const said = await Promise.all(
  asked.map(async ({ client, outage, call }) => ({ client, outage, ...(await blame(call)) })),
);
/** `mongodb+srv` asks a name server, and all of this process would: after the others. */
const nameServer = async (answer) => {
  const server = createSocket('udp4').on('message', (query, { port }) => {
    const error = Buffer.from(query);
    error[2] |= 0x80;
    error[3] = (error[3] & 0xf0) | answer;
    server.send(error, port, host);
  });
  await new Promise((resolve) => server.bind(0, host, resolve));
  dns.setServers([`${host}:${server.address().port}`]);
  return server;
};
for (const [outage, answer] of Object.entries({ 'name server: fails': 2, 'name server: refuses': 5 })) {
  const server = await nameServer(answer);
  const call = () => new MongoClient('mongodb+srv://db.example.test/').db('d').collection('c').insertOne({});
  said.push({ client: 'mongodb+srv', outage, ...(await blame(call)) });
  server.close();
}
process.stdout.write(JSON.stringify(said), () => process.exit(0));
