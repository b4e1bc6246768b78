/** A broker that hangs behind TLS and IAM, as MSK's would: at the handshake, after it, or with its request handlers alone. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { partitionOfKey } from '../../../../lambdas/runtime/kafka/murmur2';
import { keystoreOf } from '../../../../local/iam-listener';
import { producerEnvironment } from '../simulation/scripted-producer';
import { brokersBehindProxies, type BrokersBehindProxies } from './brokers-behind-proxies';
import type { Publish, Published } from './stuck-client';
import { startTlsProxy, type TlsProxy } from './tls-proxy';

jest.setTimeout(300_000);

const REGION = 'eu-west-1';
const ACCESS_KEY_ID = 'ASIALOCALCLUSTER';
const PARTITIONS = 6;
const root = join(__dirname, '../../../..');
/** librdkafka too where it is installed (`cd bench && npm ci`). */
const CLIENTS = existsSync(join(root, 'bench/node_modules/@confluentinc/kafka-javascript'))
  ? ['kafkajs', 'confluent']
  : ['kafkajs'];

let cluster: BrokersBehindProxies<TlsProxy>;

beforeAll(async () => {
  cluster = await brokersBehindProxies(PARTITIONS, {
    iam: { region: REGION, accessKeyId: ACCESS_KEY_ID },
    startProxy: (dir) => startTlsProxy(() => keystoreOf(join(dir, 'certificates'))),
  });
});

afterAll(() => cluster.stop());

/** How the broker hangs, and what makes it. */
const HANGS = {
  'takes connections and answers nothing': (proxy: TlsProxy, on: boolean) =>
    proxy.outer.set({ kind: on ? 'silent' : 'pass' }),
  'shakes hands and answers nothing after': (proxy: TlsProxy, on: boolean) =>
    proxy.inner.set({ kind: on ? 'silent' : 'pass' }),
  'answers no more than which versions it speaks': (proxy: TlsProxy, on: boolean) =>
    proxy.inner.set({ kind: on ? 'handlers-stuck' : 'pass' }),
};

describe.each(CLIENTS)('%s', (name) => {
  let client: ChildProcess;
  let said = '';
  let died: Promise<never>;
  beforeAll(() => {
    client = fork(join(__dirname, 'stuck-client.ts'), [name], {
      ...{ execArgv: ['--import', 'tsx'], cwd: root, silent: true },
      env: {
        PATH: process.env.PATH,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
        NODE_EXTRA_CA_CERTS: cluster.brokers.authorityFile,
        SSL_CERT_FILE: cluster.brokers.authorityFile, // librdkafka's
      },
    });
    client.stderr?.on('data', (text: Buffer) => (said += text.toString()));
    died = once(client, 'exit').then(() => Promise.reject(new Error(`the client ended by itself:\n${said}`)));
    died.catch(() => undefined); // whoever waits for an answer hears it
  });
  afterAll(() => client.kill('SIGKILL'));

  async function publish(message: Publish): Promise<Published> {
    client.send(message);
    const [outcomes] = (await Promise.race([once(client, 'message'), died])) as [Published];
    return outcomes;
  }
  const environmentOf = (list: readonly string[], deadlineMs: number) => ({
    ...producerEnvironment,
    ...({ authentication: 'iam', brokers: list.join(','), deadlineMs } as const),
  });
  /** Two for each partition at the least: keys are many. */
  const events = (prefix: string) => Array.from({ length: 60 }, (_, n) => ({ id: `${prefix}-${n}`, key: `key-${n}` }));
  const ends = (outcomes: Published) => [...new Set(outcomes.map(({ kind }) => kind))];

  test.each(Object.keys(HANGS) as (keyof typeof HANGS)[])(
    'cold: a bootstrap broker that %s spills no event of a new producer, whatever its place in the list',
    async (how) => {
      const { brokers, seed } = cluster;
      HANGS[how](seed, true);
      const others = brokers.bootstrap.split(',').slice(1);
      for (const place of [0, 1, 2]) {
        const environment = environmentOf(others.toSpliced(place, 0, `127.0.0.1:${seed.port}`), 60_000);
        const outcomes = await publish({ environment, events: events(`cold-${place}`) });
        expect(ends(outcomes)).toEqual(['acked']);
      }
      HANGS[how](seed, false);
    },
  );

  test.each(Object.keys(HANGS) as (keyof typeof HANGS)[])(
    'warm: of a producer at work, a broker that %s spills the events of its own partitions alone, and none once it is back',
    async (how) => {
      const { brokers, told } = cluster;
      const environment = environmentOf(brokers.bootstrap.split(','), 20_000);
      expect(ends(await publish({ environment, events: events('before') }))).toEqual(['acked']);
      const leaders = await cluster.leaders();
      const [id] = leaders;
      const broker = told.get(id!)!;
      HANGS[how](broker, true);
      const during = await publish({ events: events('during') });
      HANGS[how](broker, false);
      const itsOwn = events('during').map(({ key }) => leaders[partitionOfKey(Buffer.from(key), PARTITIONS)] === id);
      expect(during.map(({ kind }) => kind)).toEqual(itsOwn.map((own) => (own ? 'spilled' : 'acked')));
      expect(ends(await publish({ events: events('after') }))).toEqual(['acked']);
    },
  );
});
