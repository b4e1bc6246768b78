import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

jest.setTimeout(240_000);

/** The clients themselves, as they are installed, meet an outage on this machine. */
interface Said {
  readonly client: string;
  readonly outage: string;
  readonly blame: string;
  readonly error?: unknown;
}

let said: readonly Said[] = [];
beforeAll(async () => {
  const script = join(__dirname, 'real-clients.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script], {
    cwd: join(__dirname, '../../../..'),
    maxBuffer: 10_000_000,
  });
  said = JSON.parse(stdout) as Said[];
});

const HTTP = ['axios', 'got', 'ky', 'fetch', 'undici', 'opensearch', 'stripe', 'aws-sdk'];
const WITH_REGISTRY = [...HTTP, 'schema-registry'];
const OTHERS = ['pg', 'pg-pool', 'mysql2', 'mongodb', 'ioredis', 'redis', 'grpc', 'kafkajs'];
const blamesOf = (outage: string) => said.filter((each) => each.outage === outage);
const clientsOf = (outage: string) => blamesOf(outage).map(({ client }) => client);
const notWaited = (outage: string) => blamesOf(outage).filter(({ blame }) => blame !== 'circumstances');

test.each([
  ...([
    ['refuses connections', 'refused', [...WITH_REGISTRY, ...OTHERS]],
    ['cuts connections off', 'cut', [...WITH_REGISTRY, ...OTHERS]],
    ['takes connections and answers nothing', 'silent', [...WITH_REGISTRY, ...OTHERS]],
  ] as const),
  ...([
    ['is cut off in the middle of a body', 'body', HTTP],
    ['is cut off in the middle of a body in chunks', 'chunk', HTTP],
    ['resets the connection in the middle of a body', 'reset', WITH_REGISTRY],
    ['answers no more in the middle of a body', 'stalled', WITH_REGISTRY.filter((client) => client !== 'opensearch')],
  ] as const),
  ...([
    ['answers what is no HTTP', 'garbage', WITH_REGISTRY],
    ['answers what is no TLS', 'no-tls', WITH_REGISTRY],
    ['cuts connections off in the handshake of TLS', 'tls-cut', WITH_REGISTRY],
    ['resets connections in the handshake of TLS', 'tls-reset', WITH_REGISTRY],
  ] as const),
  ...([
    ['answers 503', '503', WITH_REGISTRY],
    ['answers 429', '429', WITH_REGISTRY],
    ['is found by a name server that fails', 'name server: fails', ['mongodb+srv']],
    ['is found by a name server that refuses', 'name server: refuses', ['mongodb+srv']],
  ] as const),
])('an event whose service %s waits, whichever client says so', (_, outage, clients) => {
  expect(clientsOf(outage)).toEqual(clients);
  expect(notWaited(outage)).toEqual([]);
});

test.each(['404', '400'])(
  'an event whose service answers %s is tried again and parked in the end, whichever client says so',
  (status) => {
    expect(clientsOf(status)).toEqual(WITH_REGISTRY);
    expect(blamesOf(status).filter(({ blame }) => blame !== 'attempt')).toEqual([]);
  },
);

test('an event whose service answers 404 and is cut off in its body is parked in the end, where the client tells the status', () => {
  expect(clientsOf('cut 404')).toEqual(HTTP);
  expect(notWaited('cut 404').map(({ client }) => client)).toEqual(['axios', 'ky', 'fetch', 'undici']);
});
