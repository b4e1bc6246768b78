import { transform } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FAULTS } from '../../faults/kinds';
import { MUTANTS, type Mutant } from '../../faults/mutants';
import { planFor } from '../../faults/mutants/hunt';
import { BAD_CODE, bundled, ENTRIES, patch } from '../../faults/mutants/patch';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'mutants-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const mutant = (search: string, replace: string): Mutant => ({
  ...{ name: 'made-up', describe: 'made up', faults: [], finds: ['P1'], search, replace },
});

test('there are more than twenty, each under its own name', () => {
  expect(MUTANTS.length).toBeGreaterThanOrEqual(20);
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

test.each(MUTANTS.map((each) => [each.name, each] as const))(
  '%s still applies to one place of the runtime, and changes it',
  (_, each) => {
    const { file, text } = patch(each);
    expect(text).not.toBe(readFileSync(file, 'utf8'));
  },
);

test.each(MUTANTS.map((each) => [each.name, each] as const))('%s is code', async (_, each) => {
  const { code } = await transform(patch(each).text, { loader: 'ts' });
  expect(code).not.toBe('');
});

test('a mutant is in every function of the chaos variant that holds the file, and in what a bad deploy brings', async () => {
  const [each] = MUTANTS.filter(({ name }) => name === 'no-lease');
  const folders = await bundled(each!, dir);
  expect(Object.keys(folders)).toEqual(Object.keys(ENTRIES));
  const code = (path: string) => readFileSync(join(folders[path]!, 'index.js'), 'utf8');
  const holding = Object.keys(folders).filter((path) => code(path).includes('CLAIM_LEASE_MS'));
  expect(holding).toEqual(['BillingConsumer/Unpack', 'CallingConsumer/Unpack', 'Billing', 'Calling', BAD_CODE]);
  for (const path of holding) expect(code(path)).toMatch(/const dead = seen\?\.claim;/);
}, 60_000);

test.each(MUTANTS.map((each) => [each.name, each] as const))(
  '%s runs under faults that there are, each once',
  (_, each) => {
    const known = new Map(FAULTS.map((fault) => [fault.name, fault]));
    expect(each.faults.filter((name) => known.get(name)?.alone !== undefined || !known.has(name))).toEqual([]);
    const { windows } = planFor(each, 1);
    const played = windows.flatMap((window) => (window.kind === 'fault' ? [window.fault.name] : []));
    expect(played.sort()).toEqual([...each.faults].sort());
  },
);

test('faults that must last at once begin at once', () => {
  const starts = (together: boolean) =>
    planFor({ faults: ['answers-lost', 's3-down'], together }, 1).windows.map(({ at }) => at);
  expect(new Set(starts(true)).size).toBe(1);
  expect(new Set(starts(false)).size).toBe(2);
});

describe('a source that has changed under a mutant', () => {
  const runtime = async (text: string) => {
    await mkdir(join(dir, 'lambdas', 'runtime'), { recursive: true });
    writeFileSync(join(dir, 'lambdas', 'runtime', 'a.ts'), text);
  };

  test('is said in words, and nothing is run', async () => {
    await runtime('const a = 1;\n');
    expect(() => patch(mutant('const b = 1;', ''), dir)).toThrow(
      /mutant made-up: got 0 places .* write the mutant anew/,
    );
  });

  test('a text that occurs twice does not say which is meant', async () => {
    await runtime('const a = 1;\nconst a = 1;\n');
    expect(() => patch(mutant('const a = 1;', ''), dir)).toThrow(/got 2 places/);
  });

  test('what is put in its place is put there to the letter', async () => {
    await runtime("const a = 'x';\n");
    expect(patch(mutant("'x'", "'$&$1'"), dir).text).toBe("const a = '$&$1';\n");
  });
});
