import { execFile } from 'node:child_process';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CE_ID } from '../../../../lambdas/runtime/contract';
import { startBrokers, type Brokers } from '../../../../local/brokers';
import { ClusterAdmin } from '../../../../local/cluster-admin';
import { Processes } from '../../../../local/processes';
import { producerEnvironment } from '../simulation/scripted-producer';
import type { IamClientResult } from './iam-client';

jest.setTimeout(180_000);

const REGION = 'eu-west-1';
const ACCESS_KEY_ID = 'ASIALOCALCLUSTER';
/** kafkajs authenticates again once 10 s of a session are left, so here every 3 s. */
const SESSION_MS = 13_000;
/** Topic → what this client may do with it; `orders` has no ACL, so it may do everything. */
const ALLOWED = {
  orders: undefined,
  unread: AclOperationTypes.WRITE,
  unwritten: AclOperationTypes.DESCRIBE,
  hidden: AclOperationTypes.ALTER_CONFIGS,
};

let dir: string;
let processes: Processes;
let brokers: Brokers;
let admin: ClusterAdmin;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'lossless-iam-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  const iam = { region: REGION, accessKeyId: ACCESS_KEY_ID, sessionMs: SESSION_MS };
  brokers = await startBrokers({ dir, processes, iam, accessControl: true });
  admin = new ClusterAdmin(brokers.direct);
  for (const name of Object.keys(ALLOWED)) await admin.createTopic({ name, partitions: 3, replicationFactor: 3 });
  await restrict();
});

afterAll(async () => {
  await admin.close();
  await processes.stopAll();
  rmSync(dir, { recursive: true });
});

const kafka = () => new Kafka({ brokers: brokers.direct.split(','), logLevel: logLevel.NOTHING });

async function restrict(): Promise<void> {
  const client = kafka().admin();
  await client.connect();
  const acl = Object.entries(ALLOWED).flatMap(([resourceName, operation]) =>
    operation === undefined
      ? []
      : [
          { resourceName, operation, principal: `User:${ACCESS_KEY_ID}` },
          { resourceName, operation: AclOperationTypes.ALL, principal: 'User:ANONYMOUS' }, // this test, past TLS and IAM
        ],
  );
  const shape = { host: '*', permissionType: AclPermissionTypes.ALLOW, resourceType: AclResourceTypes.TOPIC };
  const resourcePatternType = ResourcePatternTypes.LITERAL;
  await client.createAcls({ acl: acl.map((each) => ({ ...each, ...shape, resourcePatternType })) });
  await client.disconnect();
}

interface Client {
  readonly topic?: keyof typeof ALLOWED;
  readonly bootstrap?: string;
  readonly variables?: Record<string, string | undefined>;
  /** How long it publishes. @default - one event */
  readonly forMs?: number;
  /** Short for what cannot succeed. @default 60_000 */
  readonly deadlineMs?: number;
}
const deadlineMs = 10_000;

/** Publishes in a process of its own, ten keyed events at once when it publishes for a while. */
async function client(given: Client = {}): Promise<IamClientResult> {
  const { topic = 'orders', bootstrap, variables, forMs = 0 } = given;
  const environment = {
    ...producerEnvironment,
    topic,
    brokers: bootstrap ?? brokers.bootstrap,
    authentication: 'iam',
    deadlineMs: given.deadlineMs ?? 60_000,
  };
  const args = ['--import', 'tsx', join(__dirname, 'iam-client.ts'), String(forMs), forMs > 0 ? '10' : '1'];
  const env = {
    PATH: process.env.PATH,
    AWS_REGION: REGION,
    AWS_ACCESS_KEY_ID: ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY: 'secret',
    NODE_EXTRA_CA_CERTS: brokers.authorityFile,
    LOSSLESS_PRODUCER_orders: JSON.stringify(environment),
    ...variables,
  };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as IamClientResult;
}

/** Every event id in the topic, read past TLS and IAM. */
async function idsIn(topic: string): Promise<string[]> {
  const ends = await admin.endOffsets(topic);
  const expected = [...ends.values()].reduce((sum, end) => sum + end, 0);
  const consumer = kafka().consumer({ groupId: `read-${topic}` });
  const ids: string[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((done, failed) => {
    const eachMessage = ({ message }: { message: { headers?: Record<string, unknown> } }) => {
      ids.push(String(message.headers?.[CE_ID]));
      if (ids.length === expected) done();
      return Promise.resolve();
    };
    consumer.run({ eachMessage }).catch(failed);
  });
  await consumer.disconnect();
  return ids;
}

test('events published over TLS and IAM stay acknowledged past the end of each session, and each is in the log once', async () => {
  const { acked, others, warnings } = await client({ forMs: 1.5 * SESSION_MS });
  expect({ others, warnings }).toEqual({ others: [], warnings: [] });
  expect(acked.length).toBeGreaterThan(50);
  expect((await idsIn('orders')).sort()).toEqual([...acked].sort());
});

/** Started together: each takes as long as its event has to reach Kafka. */
const REFUSED = {
  'credentials that have expired': {
    line: "want 10 s of life; the function's credentials have expired",
    client: () => client({ deadlineMs, variables: { AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' } }),
  },
  'a token for another region': {
    line: 'Access denied; want a session; grant kafka-cluster:Connect on this cluster, and check AWS_REGION',
    client: () => client({ deadlineMs, variables: { AWS_REGION: 'us-east-1' } }),
  },
  'a principal without the right to connect': {
    line: 'Access denied; want a session; grant kafka-cluster:Connect',
    client: () => client({ deadlineMs, variables: { AWS_ACCESS_KEY_ID: 'ASIASOMEBODYELSE' } }),
  },
  'an authority that nobody trusts': {
    line: 'self-signed certificate in certificate chain; want a certificate that Node.js trusts',
    client: () => client({ deadlineMs, variables: { NODE_EXTRA_CA_CERTS: undefined } }),
  },
  'a host that is not in the certificate': {
    line: "Host: localhost. is not cert's CN: broker of a local cluster; want a certificate for the host that was asked",
    client: () => client({ deadlineMs, bootstrap: brokers.bootstrap.replaceAll('127.0.0.1', 'localhost') }),
  },
};

describe('a connection that is refused: the event is spilled, and one line says what to do', () => {
  let running: Map<string, Promise<IamClientResult>> | undefined;
  const started = () => new Map(Object.entries(REFUSED).map(([name, { client: start }]) => [name, start()]));
  afterAll(() => Promise.all([...(running?.values() ?? [])]));

  test.each(Object.entries(REFUSED))('%s', async (name, { line }) => {
    running ??= started();
    const { acked, others, warnings } = (await running.get(name))!;
    expect({ acked, others }).toEqual({ acked: [], others: [expect.objectContaining({ kind: 'spilled' })] });
    expect(warnings).toEqual([expect.stringContaining(line)]);
  });
});

describe('rights to a topic', () => {
  test('without the one to read its configuration, one line says so and events are acknowledged', async () => {
    const { acked, others, warnings } = await client({ topic: 'unread', forMs: 1_000 });
    expect(others).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^configuration of topic unread could not be read .*: min\.insync\.replicas is not checked$/,
      ),
    ]);
    expect((await idsIn('unread')).sort()).toEqual([...acked].sort());
  });

  test('without the one to write, the event is not acknowledged and the refusal is named', async () => {
    const { acked, others, warnings } = await client({ topic: 'unwritten' });
    // Spilled when a try before the refusal went unanswered, as on a busy machine: then it may have been written.
    const kind = expect.stringMatching(/^(rejected|spilled)$/) as string;
    expect({ acked, others }).toEqual({ acked: [], others: [expect.objectContaining({ kind })] });
    expect(JSON.stringify([others, warnings])).toContain('TOPIC_AUTHORIZATION_FAILED');
  });

  test('without any, publish throws NOT_CONFIGURED: nothing was sent', async () => {
    const { others } = await client({ topic: 'hidden' });
    const message = expect.stringContaining('grant this function the topic with EventProducer') as string;
    expect(others).toEqual([{ kind: 'thrown', name: 'LosslessError', message }]);
  });
});
