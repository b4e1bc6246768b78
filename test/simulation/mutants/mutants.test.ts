import { transform } from 'esbuild';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { patch } from '../../../faults/mutants/patch';
import { packageRoot } from '../../../local/toolchain';
import { Hunter } from '../../../simulation/mutants/hunt';
import { tables } from '../../../simulation/mutants/page';
import { MARK, readResults } from '../../../simulation/mutants/results';
import { SLIPS } from '../../../simulation/mutants/table';
import { runOptions } from '../../../simulation/mutants/trial';

jest.setTimeout(180_000);

const each = SLIPS.map((slip) => [slip.name, slip] as const);

test('there are more than thirty, each under its own name', () => {
  expect(SLIPS.length).toBeGreaterThan(30);
  expect(new Set(SLIPS.map(({ name }) => name)).size).toBe(SLIPS.length);
});

test.each(each)('%s applies to one place of the runtime, and what it makes is code', async (_, slip) => {
  const { code } = await transform(patch(slip).text, { loader: 'ts' });
  expect(code).not.toBe('');
});

test.each(each)('%s is tried under faults that there are', (_, { trial }) => {
  expect(() => runOptions(trial)).not.toThrow();
});

test('a fault that there is not is said in words', () => {
  expect(() => runOptions({ faults: ['earthquake'] })).toThrow('fault: got earthquake, want one of');
});

describe('a hunt', () => {
  const dir = join(packageRoot(), '.lossless', 'simulation-mutants', `test-${process.pid}`);
  beforeAll(() => void mkdirSync(dir, { recursive: true }));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const slip = (name: string) => SLIPS.find((one) => one.name === name)!;
  const hunter = (seed: number) =>
    new Hunter({ dir, seeds: [seed], hours: 0.1, capSeconds: 120, say: () => undefined });

  test('finds an event that counts as written before the table has answered', async () => {
    const { tries } = await hunter(1).hunt(slip('settled-before-written'));
    expect(tries).toEqual([
      expect.objectContaining({ end: 'found', checks: expect.arrayContaining(['P1']) as unknown }),
    ]);
  });

  test('finds a dead letter that is not whole', async () => {
    const { tries } = await hunter(1).hunt(slip('letter-not-whole'));
    expect(tries).toEqual([
      expect.objectContaining({ end: 'found', checks: expect.arrayContaining(['P5']) as unknown }),
    ]);
  });
});

test('the page has a row for each: what found it and after how long, or why nothing does', () => {
  const page = tables({
    'reports-nothing': [
      { seed: 1, hours: 0.3, end: 'found', checks: ['P1', 'P3'] },
      { seed: 2, hours: 0.1, end: 'found', checks: ['P3'] },
      { seed: 3, hours: 0.2, end: 'found', checks: ['P1'] },
    ],
  });
  expect(page).toContain(
    '| `reports-nothing` | The batch response reports nothing that is unsettled. | P1, P3 | 0.20 |',
  );
  for (const { name } of SLIPS) expect(page).toContain(`| \`${name}\` |`);
});

test('the page says what was found, no less and nothing else; nothing is kept of a slip that there is no more', async () => {
  const results = await readResults();
  const page = readFileSync(join(packageRoot(), 'docs', 'simulation-mutants.md'), 'utf8');
  const bare = (text = '') => text.replace(/-{3,}/g, '---').replace(/\s+/g, ' ').trim();
  expect(bare(page.split(MARK)[1])).toBe(bare(tables(results)));
  const names = SLIPS.map(({ name }) => name);
  expect(Object.keys(results).filter((name) => !names.includes(name))).toEqual([]);
});
