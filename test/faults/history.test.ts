import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryWriter, readHistory, type Observation } from '../../faults/history';

const acked: Observation = {
  ...{ op: 'send', type: 'ok', outcome: 'acked', process: 'caller-1' },
  ...{ ids: ['order-1'], partitions: [2], offsets: [7] },
};
const note = (text: string): Observation => ({ op: 'note', type: 'info', process: 'run', text });

describe('history', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'history-'));
    file = join(dir, 'history.ndjson');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test('what was recorded is read back, each entry with wall and monotonic time', async () => {
    let tick = 0;
    const writer = new HistoryWriter(file, () => ({ wall: 1_700_000_000_000 + ++tick, mono: 1000 * tick }));
    writer.record(acked);
    writer.record(note('line\nbreak'));
    writer.close();
    expect(await readHistory(file)).toEqual({
      torn: false,
      entries: [
        { ...acked, wall: 1_700_000_000_001, mono: 1000 },
        { ...note('line\nbreak'), wall: 1_700_000_000_002, mono: 2000 },
      ],
    });
  });

  test('entries reach the file in order though they are written a buffer at a time', async () => {
    const writer = new HistoryWriter(file);
    for (let n = 0; n < 5000; n++) writer.record(note(`${n}`));
    expect(readFileSync(file, 'utf8').length).toBeGreaterThan(64 * 1024);
    writer.close();
    const { entries } = await readHistory(file);
    expect(entries.map((entry) => entry.op === 'note' && entry.text)).toEqual(
      Array.from({ length: 5000 }, (_, n) => `${n}`),
    );
  });

  test('a run that is killed loses no more than its last moment: the buffer does not wait for more', async () => {
    const writer = new HistoryWriter(file);
    writer.record(note('the only one'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await readHistory(file)).entries).toHaveLength(1);
    writer.close();
  });

  test.each([1, 20])('a last line cut %d characters before its end is left out, and said to be', async (cut) => {
    const writer = new HistoryWriter(file);
    writer.record(note('whole'));
    writer.record(note('cut in the middle'));
    writer.close();
    truncateSync(file, readFileSync(file).length - cut);
    const { entries, torn } = await readHistory(file);
    expect({ count: entries.length, torn }).toEqual({ count: 1, torn: true });
  });

  test('a run killed before it recorded anything leaves an empty history', async () => {
    new HistoryWriter(file).close();
    expect(await readHistory(file)).toEqual({ entries: [], torn: false });
  });

  test.each([
    ['no JSON', 'nonsense', 'want one JSON object'],
    ['another program’s JSON', '{"level":"info"}', 'want an entry with wall, mono and an op of publish, send'],
    ['an op of a later version', '{"op":"teleport","wall":1,"mono":1}', 'check it with the version that recorded it'],
    ['no time', '{"op":"note","text":"x"}', 'want an entry with wall, mono'],
    ['null', 'null', 'want an entry with wall, mono'],
  ])('a line in the middle that is %s is an error that names the line', async (_, line, message) => {
    writeFileSync(file, `${JSON.stringify({ ...note('x'), wall: 1, mono: 1 })}\n${line}\n`);
    await expect(readHistory(file)).rejects.toThrow(message);
    await expect(readHistory(file)).rejects.toThrow('line 2');
  });

  test('a history that could not be written is never passed off as whole, and recording it stops nobody', () => {
    const writer = new HistoryWriter(file);
    rmSync(dir, { recursive: true });
    expect(() => writer.record(note('x'.repeat(70_000)))).not.toThrow();
    expect(() => writer.close()).toThrow(`history ${file} is not whole`);
  });

  test('an observation after the end does not vanish unnoticed', () => {
    const writer = new HistoryWriter(file);
    writer.close();
    writer.record(note('too late'));
    expect(() => writer.close()).toThrow('is not whole');
  });

  test('a torn line followed by more is no tear but an error', async () => {
    appendFileSync(file, `{"op":"no\n${JSON.stringify({ ...note('x'), wall: 1, mono: 1 })}\n`);
    await expect(readHistory(file)).rejects.toThrow('line 1');
  });
});
