/**
 * Meets each client with an outage, on this machine, and says what is to blame for the error that it gives. A program of its own:
 * some of these clients are ES modules only, and errors of another realm than the client's would prove nothing.
 */
import { createServer as httpServer } from 'node:http';
import { createServer } from 'node:net';
import { Client as OpenSearch } from '@opensearch-project/opensearch';
import { createClient as redisClient } from '@redis/client';
import { Client as Grpc, credentials } from '@grpc/grpc-js';
import axios from 'axios';
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
import { heed } from '../../../../lambdas/runtime/consumer/answers.ts';
import { blameOf } from '../../../../lambdas/runtime/consumer/blame.ts';

/** For the port that says nothing; the others answer when they can. */
const SHORT_MS = 700;
const LONG_MS = 30_000;
const host = '127.0.0.1';
const listening = (server) => new Promise((resolve) => server.listen(0, host, () => resolve(server.address().port)));
/** A promise for each kind of outage: the port where it is met. */
const answering = (status) => listening(httpServer((req, res) => req.resume().on('end', () => res.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"type":"x"}}')))); // prettier-ignore
const closed = createServer();
const refused = await listening(closed);
await new Promise((resolve) => closed.close(resolve));
const ports = {
  refused,
  cut: await listening(createServer((socket) => void socket.on('error', () => undefined).once('data', () => socket.destroy()))), // prettier-ignore
  silent: await listening(createServer((socket) => void socket.on('error', () => undefined).resume())),
};
const statuses = { 503: await answering(503), 429: await answering(429), 404: await answering(404) };

const http = {
  axios: (port, ms) => axios.get(`http://${host}:${port}/`, { timeout: ms }),
  got: (port, ms) => got(`http://${host}:${port}/`, { timeout: { request: ms }, retry: { limit: 0 } }),
  ky: (port, ms) => ky(`http://${host}:${port}/`, { timeout: ms, retry: 0 }),
  fetch: (port, ms) => fetch(`http://${host}:${port}/`, { signal: globalThis.AbortSignal.timeout(ms) }),
  undici: (port, ms) => request(`http://${host}:${port}/`, { headersTimeout: ms }),
  opensearch: (port, ms) => {
    const node = `http://${host}:${port}`;
    return new OpenSearch({ node, maxRetries: 0, requestTimeout: ms }).index({ index: 'i', body: {} });
  },
  stripe: (port, ms) => {
    const options = { host, port, protocol: 'http', maxNetworkRetries: 0, timeout: ms, telemetry: false };
    return new Stripe('sk_test_x', options).charges.retrieve('ch_1');
  },
  'aws-sdk': (port, ms) => {
    const endpoint = `http://${host}:${port}`;
    const requestHandler = { requestTimeout: ms, throwOnRequestTimeout: true };
    const keys = { accessKeyId: 'x', secretAccessKey: 'x' };
    const client = new SQSClient({ endpoint, region: 'eu-west-1', credentials: keys, maxAttempts: 1, requestHandler });
    return client.send(new ListQueuesCommand({}));
  },
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

const asked = Object.entries({ ...http, ...others }).flatMap(([client, call]) =>
  Object.entries(ports).map(([outage, port]) => ({
    client,
    outage,
    call: () => call(port, outage === 'silent' ? SHORT_MS : LONG_MS),
  })),
);
const answered = Object.entries(http).flatMap(([client, call]) =>
  Object.entries(statuses).map(([outage, port]) => ({ client, outage, call: () => call(port, LONG_MS) })),
);
process.on('uncaughtException', (error) => process.stderr.write(`beside its promise: ${error.message}\n`));
const said = await Promise.all(
  [...asked, ...answered].map(async ({ client, outage, call }) => ({ client, outage, ...(await blame(call)) })),
);
process.stdout.write(JSON.stringify(said), () => process.exit(0));
