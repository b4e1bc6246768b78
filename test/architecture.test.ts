import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The page that leads a newcomer to the file must not lead to one that is gone. */
const root = resolve(__dirname, '..');
const [way = '', rest = ''] = readFileSync(join(root, 'docs/architecture.md'), 'utf8').split('## I want to change');

const steps = [...way.matchAll(/(?<![\w/])((?:[a-z-]+\/)+[a-z-]+\.ts)/g)].map(
  ([, file = '']) => `lambdas/runtime/${file}`,
);
const rows = [...rest.matchAll(/^\| .+? \| `([^`]+)` +\|$/gm)].map(([, file = '']) => file);

test('an event is followed over a dozen steps and more, and twenty changes are led to their file', () => {
  expect(new Set(steps).size).toBeGreaterThan(12);
  expect(rows.length).toBeGreaterThanOrEqual(20);
});

test.each([...new Set([...steps, ...rows])])('%s is there', (file) => {
  expect(existsSync(join(root, file))).toBe(true);
});

test('what newcomers ask is answered by decisions that are there', () => {
  const links = [...rest.matchAll(/\]\((decisions\/[^)]+)\)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThanOrEqual(10);
  expect(links.filter((link) => !existsSync(join(root, 'docs', link)))).toEqual([]);
});
