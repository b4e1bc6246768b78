import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DEFAULT_SWITCHES, SWITCHES } from '../../../local/event-source-mapping/switches';

const page = readFileSync(resolve(__dirname, '../../../docs/local-mapping.md'), 'utf8');

test('every switch has at least two values, of which the first is the default', () => {
  for (const [name, { values }] of Object.entries(SWITCHES)) {
    expect(new Set<unknown>(values).size).toBeGreaterThan(1);
    expect(DEFAULT_SWITCHES[name as keyof typeof SWITCHES]).toEqual(values[0]);
  }
});

test('the page on the local mapping tells of every switch what it decides and why it is open', () => {
  const text = page.replace(/ +/g, ' ');
  for (const [name, { does, undecided }] of Object.entries(SWITCHES)) {
    expect(text).toContain(`| \`${name}\` | ${does} |`);
    expect(text).toContain(`| ${undecided} |`);
  }
});

test('the tests that the page names are there', () => {
  const named = [...page.matchAll(/`([\w/-]+(?:\.real)?\.test\.ts)`/g)].map(([, file]) => file ?? '');
  expect(named.length).toBeGreaterThan(20);
  // Of the Kafka mapping beside this one; of queues and buses a folder above.
  const isThere = (file: string) => [__dirname, join(__dirname, '..')].some((folder) => existsSync(join(folder, file)));
  expect(named.filter((file) => !isThere(file))).toEqual([]);
});
