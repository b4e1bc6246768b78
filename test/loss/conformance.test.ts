/** A cut of the conformance suite. The whole of it is `npm run conformance`. */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Report } from '../../faults/conformance';

const root = resolve(__dirname, '../..');
const command = join(root, 'dist', 'bin', 'cdk-lossless-kafka.js');

function conformance(...flags: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const args = [command, 'conformance', ...flags];
    const child = execFile(process.execPath, args, { cwd: root }, (_error, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    );
  });
}

jest.setTimeout(600_000);

test('our client keeps every acknowledged event under faults that make the usual code lose some', async () => {
  const cases = ['leaders-moved', 'answers-lost-1', 'brokers-killed', 'process-frozen'];
  const { code, stdout, stderr } = await conformance('--quick', '--events', '8000', '--json', '--only', ...cases);
  const report = JSON.parse(stdout || `{"stderr":${JSON.stringify(stderr)}}`) as Report;
  const [ours, usual] = report.contenders ?? [];
  expect(ours).toMatchObject({ name: 'kafkajs', verdict: 'admitted', missing: 0 });
  expect(ours?.cases.filter(({ holds }) => !holds)).toEqual([]);
  expect(report.acked).toBeGreaterThanOrEqual(8_000);
  expect(usual?.missing).toBeGreaterThan(0);
  expect({ ok: report.ok, unplayed: report.unplayed, code }).toEqual({ ok: true, unplayed: [], code: 0 });
  await rm(report.dir, { recursive: true });
});

test.each([
  [['--adapter', 'carrier-pigeon'], /want one of kafkajs, confluent, usual/],
  [['--only', 'rain'], /want one of no-fault, leaders-moved/],
  [['--events', '0'], /want a whole number of at least 1/],
])('%j is refused with one clear error and exit code 2', async (flags, message) => {
  const outcome = await conformance(...flags);
  expect(outcome.stderr).toMatch(message);
  expect(outcome.code).toBe(2);
});
