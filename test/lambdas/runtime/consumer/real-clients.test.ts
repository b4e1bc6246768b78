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
const OTHERS = ['pg', 'pg-pool', 'mysql2', 'mongodb', 'ioredis', 'redis', 'grpc', 'kafkajs'];
const blamesOf = (outage: string) => said.filter((each) => each.outage === outage);

test.each([
  ['refuses connections', 'refused'],
  ['cuts connections off', 'cut'],
  ['takes connections and answers nothing', 'silent'],
])('an event whose service %s waits, whichever client says so', (_, outage) => {
  expect(blamesOf(outage).map(({ client }) => client)).toEqual([...HTTP, ...OTHERS]);
  expect(blamesOf(outage).filter(({ blame }) => blame !== 'circumstances')).toEqual([]);
});

test.each(['503', '429'])('an event whose service answers %s waits, whichever client says so', (status) => {
  expect(blamesOf(status).map(({ client }) => client)).toEqual(HTTP);
  expect(blamesOf(status).filter(({ blame }) => blame !== 'circumstances')).toEqual([]);
});

test('an event whose service answers 404 is tried again and parked in the end, whichever client says so', () => {
  expect(blamesOf('404').map(({ client }) => client)).toEqual(HTTP);
  expect(blamesOf('404').filter(({ blame }) => blame !== 'attempt')).toEqual([]);
});
