import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inMinutes, series } from '../../cli/series';

interface Result {
  readonly name: string;
  readonly found: number;
}

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'series-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const open = () => series<Result>(dir, 'controls', ({ name }) => name);

test('each result is on disk as it comes, and a later sitting goes on behind it', async () => {
  const first = await open();
  await first.add({ name: 'acks-one', found: 5 });
  expect(JSON.parse(readFileSync(join(dir, 'controls.json'), 'utf8'))).toEqual([{ name: 'acks-one', found: 5 }]);
  const second = await open();
  expect([second.has('acks-one'), second.has('commit-first')]).toEqual([true, false]);
  await second.add({ name: 'commit-first', found: 4 });
  expect((await open()).results.map(({ name }) => name)).toEqual(['acks-one', 'commit-first']);
});

test.each([['{"name":'], ['{"name":"acks-one"}']])('results that are none (%s) are not written over', async (text) => {
  writeFileSync(join(dir, 'controls.json'), text);
  await expect(open()).rejects.toThrow(/want results; move it away to begin anew/);
});

test('how long it will take is said in minutes', () => {
  expect([20, 150, 7_500].map(inMinutes)).toEqual(['1 min', '3 min', '2 h 5 min']);
});
