import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { programFor } from '../bin/program';
import { withConfig } from '../cli/check/options';
import { exported, PAGE, propsPage } from './props/page';

/** Whoever looks for a prop or an option finds it on a page. */

const root = resolve(__dirname, '..');
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(join(root, name), 'utf8'));
/** Between backticks, alone or as part of some code. */
const isNamed = (name: string): boolean =>
  pages.some((text) =>
    [...text.matchAll(/`([^`\n]+)`/g)].some(([, code = '']) => code.split(/[^\w-]+/).includes(name)),
  );

test('every prop that an app can give is on the page of props, with its default and what it is for', () => {
  // How wide the columns are is prettier's.
  const plain = (text: string) => text.replace(/-{3,}/g, '---').replace(/ +/g, ' ');
  expect(plain(readFileSync(PAGE, 'utf8'))).toBe(plain(propsPage()));
  const props = exported().flatMap(({ name, of }) => of.map((prop) => ({ ...prop, name: `${name}.${prop.name}` })));
  expect(props.length).toBeGreaterThan(60);
  expect(props.filter(({ what }) => what === '').map(({ name }) => name)).toEqual([]);
  expect(
    exported()
      .flatMap(({ of }) => of.map(({ name }) => name))
      .filter((name) => !isNamed(name)),
  ).toEqual([]);
});

test('every option of `check` is on a page', async () => {
  const command = (await programFor('check')).commands.find((each) => each.name() === 'check');
  const options = command?.options.map(({ long }) => long ?? '') ?? [];
  expect(options.length).toBeGreaterThan(10);
  expect(options.filter((option) => !isNamed(option))).toEqual([]);
});

test('a prop or option that no page names would fail these tests', () => {
  expect(['mappingKey', '--severity'].map(isNamed)).toEqual([true, true]);
  expect(['mappingKeys', '--severities'].map(isNamed)).toEqual([false, false]);
});

test('the file of options that a page prints is one', () => {
  const [, printed = ''] = /```yaml\n([^]*?)```/.exec(readFileSync(join(root, 'docs/check.md'), 'utf8')) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'lossless-options-'));
  writeFileSync(join(folder, 'options.yaml'), printed);
  expect(withConfig({ config: join(folder, 'options.yaml') })).toMatchObject({
    strict: true,
    ignore: ['LK106'],
    parameters: ['Stage=prod'],
  });
  rmSync(folder, { recursive: true });
});
