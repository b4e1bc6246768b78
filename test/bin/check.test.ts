import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { topicOf } from '../cli/topic';

const root = resolve(__dirname, '..', '..');

test('check says on standard error only what is wrong with its input, and V8 knows every flag it is given', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lossless-check-'));
  const template = join(folder, 'template.json');
  writeFileSync(template, JSON.stringify({ Resources: { Topic: topicOf(1) } }));
  const command = ['--import', 'tsx', join('bin', 'cdk-lossless-kafka.ts'), 'check', template];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  expect(stdout).toContain('LK201');
}, 30_000);
