import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, type CheckId, type Verdict } from '../../faults/checker';
import { CONTROLS, tryControl, type Control } from '../../faults/controls';
import { cleanRun } from './clean-run';

const FOLDER = join(__dirname, '..', '..', 'faults', 'controls');
const MACHINERY = ['control', 'index', 'on-brokers', 'on-pipeline', 'tries'];

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'controls-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ground = (signal = new AbortController().signal) => ({
  ...{ dir, signal },
  assembly: () => Promise.reject(new Error('no assembly is needed here')),
  say: () => undefined,
  count: () => undefined,
});

const verdict = (broken: readonly CheckId[]): Verdict => {
  const { entries, read } = cleanRun();
  const clean = check({ entries, torn: false }, read);
  const checks = clean.checks.map((each) => (broken.includes(each.check) ? { ...each, ok: false } : each));
  return { ...clean, checks };
};

/** A control that ends, try by try, as it is told. */
const scripted = (...ends: readonly (readonly CheckId[] | Error)[]): Control => ({
  ...{ name: 'scripted', check: 'P1', describe: 'ends as it is told' },
  recipe: ({ seed }) => {
    const end = ends[seed - 1] ?? [];
    return end instanceof Error ? Promise.reject(end) : Promise.resolve(verdict(end));
  },
});

test('every file of a control is listed, under its own name', () => {
  const files = readdirSync(FOLDER).map((file) => file.replace(/\.ts$/, ''));
  const names = CONTROLS.map(({ name }) => name).sort();
  expect(names).toEqual(files.filter((file) => !MACHINERY.includes(file)).sort());
});

test('a control found in four of five tries is as it must be; in three of five it is not', async () => {
  const four = await tryControl(scripted(['P1'], ['P1'], [], ['P1'], ['P1', 'P3']), 5, ground());
  expect(four).toMatchObject({ found: 4, needs: 4, asItMust: true });
  expect(four.tries.map(({ broken }) => broken)).toEqual([['P1'], ['P1'], [], ['P1'], ['P1', 'P3']]);
  const three = await tryControl(scripted(['P1'], ['P1'], [], [], ['P1']), 5, ground());
  expect(three).toMatchObject({ found: 3, needs: 4, asItMust: false });
});

test('a control seen by another check alone, or that could not be run, was not found', async () => {
  const { found, tries } = await tryControl(scripted(['P3'], new Error('no broker')), 2, ground());
  expect(found).toBe(0);
  expect(tries.map(({ broken, failure }) => ({ broken, failure }))).toEqual([
    { broken: ['P3'], failure: undefined },
    { broken: [], failure: 'no broker' },
  ]);
});

test('a try that missed leaves its folder to be looked at; one that found what it had to leaves nothing', async () => {
  await tryControl(scripted(['P1'], []), 2, ground());
  expect([1, 2].map((n) => existsSync(join(dir, `scripted-${n}`)))).toEqual([false, true]);
});

test('an interrupted series ends with an error, and no table is made of it', async () => {
  await expect(tryControl(scripted(['P1']), 1, ground(AbortSignal.abort()))).rejects.toThrow(/abort/);
});
