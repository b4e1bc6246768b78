import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TAKES } from '../../../cli/status/read';
import { span, wrapped } from '../../../cli/status/words';
import { OUTPUTS, pipeline, refusal } from './world';

const page = readFileSync(join(resolve(__dirname, '../../..'), 'docs', 'status.md'), 'utf8');

/** A night on which several things went wrong. */
async function night() {
  const all = pipeline();
  const { around, told, putAtMs, now } = all;
  for (let partition = 0; partition < 6; partition++) {
    around.logs.set(partition, { start: 0, end: 100 });
    await around.applied(partition, 0, partition === 0 ? 79 : 99);
  }
  await all.fail(...Array.from({ length: 25 }, () => ({ partition: 3 })));
  all.unsent(3);
  all.spill(1);
  all.spill(2);
  putAtMs['spill'] = now - 300_000;
  putAtMs['dead-letters'] = now - 200_000;
  await around.audit();
  await around.applied(0, 82, 99);
  await around.audit();
  const timestamps = Array.from({ length: 12_345 }, () => now - 3_600_000);
  around.logs.set(1, { start: 90, end: 12_435, timestamps });
  told.resources = ['Shop-Held-1', 'Shop-Lag-2', 'Shop-Quiet-3'].map((id) => ({ type: 'AWS::CloudWatch::Alarm', id }));
  told.ringing = [
    {
      name: 'Shop-Held-1',
      description: 'Shop/Orders/BillingConsumer: its circuit breaker is open: what fails is held in the topic. cdk-lossless-kafka/docs/runbook.md#circuit-breaker-open', // prettier-ignore
      sinceMs: now - 180_000,
      reason: 'above',
    },
  ];
  told.failing.set('mappings', refusal);
  return all;
}

test('the page shows the screen as it is', async () => {
  const all = await night();
  const [, shown] = /\$ npx cdk-lossless-kafka status Shop\n([\s\S]*?)```/.exec(page) ?? [];
  expect(await all.screen()).toBe(shown);
});

test.each([80, 100, 120])('no line but that of a command is longer than the %i characters of the terminal', async (columns) => {
  const all = await night();
  const lines = (await all.screen(columns)).split('\n').filter((line) => !line.includes('npx cdk-lossless-kafka'));
  expect(lines.length).toBeGreaterThan(30);
  expect(lines.filter((line) => line.length > columns)).toEqual([]);
}); // prettier-ignore

test('names that are too long keep their end, by which they differ', async () => {
  const all = await night();
  all.told.outputs = all.told.outputs.map((text) => text.replaceAll('billing', `${'very-'.repeat(20)}long-billing`));
  const screen = await all.screen(80);
  expect(screen).toMatch(/^ {4}….*long-billing +\? /m);
  // Of partitions the numbers are what tells them apart.
  all.told.outputs = [OUTPUTS.consumer, OUTPUTS.spill, OUTPUTS.audit];
  const worst = (await all.screen(50)).split('log end')[1] ?? '';
  expect([...worst.matchAll(/^ {2}…\S*  +(\d+) /gm)].map(([, partition]) => partition)).toEqual(['0', '3', '1']);
});

test('the page names every right that it takes, and every field of the object', async () => {
  const rights = [...new Set(['cloudformation:DescribeStacks', ...Object.values(TAKES).flat()])].sort();
  const [, listed = ''] = /"Action": \[([\s\S]*?)\]/.exec(page) ?? [];
  expect([...listed.matchAll(/"([^"]+)"/g)].map(([, action]) => action)).toEqual(rights);
  const all = await night();
  all.told.failing.clear();
  const fields = new Set<string>();
  JSON.stringify(await all.status(), (key, value: unknown) => (fields.add(key), value));
  const known = (name: string) => new RegExp(`\`${name}(\\[\\]|\`)`).test(page);
  // Those of lists and of the code that the test adds.
  const others = new Set(['', 'code', ...Array.from({ length: 20 }, (_, n) => String(n))]);
  expect([...fields].filter((name) => !others.has(name) && !known(name))).toEqual([]);
});

test('what a name holds gives the terminal no command', async () => {
  const all = await night();
  all.told.ringing = all.told.ringing.map((alarm) => ({ ...alarm, description: '\u001b[2Jgone' }));
  const screen = await all.screen();
  expect(screen).not.toContain('\u001b');
  expect(screen).toContain('\\u001b[2Jgone');
});

test.each([
  [0, '< 1 min'],
  [59, '< 1 min'],
  [60, '1 min'],
  [3_599, '59 min'],
  [3_600, '1 h'],
  [3_660, '1 h 1 min'],
  [36_060, '10 h'],
  [86_400 + 7_200, '1 d 2 h'],
  [20 * 86_400 + 7_200, '20 d'],
])('%i seconds are said as %s', (seconds, words) => {
  expect(span(seconds)).toBe(words);
});

test('lines break between words, and a word that is too long stands alone', () => {
  expect(wrapped('a bc def ghij klmnopqrstuvwxyz a', 6)).toEqual(['a bc', 'def', 'ghij', 'klmnopqrstuvwxyz', 'a']);
});
