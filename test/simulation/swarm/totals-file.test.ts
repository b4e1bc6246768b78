import { linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulateCommand } from '../../../simulation/command';
import type { RunResult } from '../../../simulation/run';
import { gatheredIn, TotalsFile, versionOf } from '../../../simulation/swarm/totals-file';

let dir = '';
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'totals-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const run = (seed: number): RunResult => ({
  ...{ seed, hours: 2, events: 10, faults: 3, lost: 0, appliedTwice: 0, stuck: 0, seconds: 1, trace: '', steps: 1 },
  ...{ broken: [], reached: { killed: 1 } },
});
const piece = (seed: number, path = join(dir, 'totals.json')) => new TotalsFile(path, { seed, version: 'abc' });
const held = () => gatheredIn(readFileSync(join(dir, 'totals.json'), 'utf8'), 'totals.json');

test('what one swarm came to is added to what is there, run by run', () => {
  const first = piece(1);
  first.begin();
  first.add(run(10), false);
  // Killed here: what had ended is counted.
  const second = piece(2);
  second.begin();
  second.add(run(20), false);
  second.add({ ...run(21), lost: 2 }, true);
  expect(held()).toEqual({
    format: 'swarm totals 1',
    swarms: [
      { seed: 1, version: 'abc', runs: 1 },
      { seed: 2, version: 'abc', runs: 2 },
    ],
    ...{ runs: 3, hours: 6, events: 30, faults: 9, lost: 2, appliedTwice: 0, stuck: 0, seconds: 3 },
    failed: [21],
    reached: { killed: 3 },
  });
});

test('it is written whole and renamed: whoever was killed while writing, or reads meanwhile, has what was there', () => {
  const file = piece(1);
  file.begin();
  linkSync(join(dir, 'totals.json'), join(dir, 'read meanwhile'));
  writeFileSync(join(dir, 'totals.json.next'), '{"format":"swa');
  file.add(run(10), false);
  expect(gatheredIn(readFileSync(join(dir, 'read meanwhile'), 'utf8'), '').runs).toBe(0);
  expect(held().runs).toBe(1);
});

test('runs of a seed that the file has are not counted twice; a swarm that had come to nothing may begin again', () => {
  piece(1).begin();
  piece(1).begin();
  piece(1).add(run(10), false);
  expect(() => piece(1).begin()).toThrow('totals: got seed 1, whose runs');
  expect(held().runs).toBe(1);
});

test.each([
  ['{', 'which is no JSON'],
  ['[]', 'whose format is undefined'],
  ['{"format":"swarm totals 0"}', 'whose format is "swarm totals 0"'],
  ['{"format":"swarm totals 1","runs":"3"}', 'whose runs is no number'],
])('a file that holds %s is refused, and stays as it is', (text, why) => {
  writeFileSync(join(dir, 'totals.json'), text);
  expect(() => piece(1).begin()).toThrow(why);
  expect(readFileSync(join(dir, 'totals.json'), 'utf8')).toBe(text);
});

test('where it cannot be written a swarm does not begin', () => {
  expect(() => piece(1, join(dir, 'nowhere', 'totals.json')).begin()).toThrow('ENOENT');
});

test('totals without a swarm are refused', async () => {
  const command = simulateCommand().parseAsync(['--totals', 'x.json'], { from: 'user' });
  await expect(command).rejects.toThrow('totals: got --totals without --swarm');
});

test('outside a checkout the commit is unknown', () => {
  expect(versionOf(dir)).toBe('unknown');
});
