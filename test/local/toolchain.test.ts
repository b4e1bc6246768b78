import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Toolchain } from '../../local/toolchain';

let root: string;
const jar = (name: string) => join(root, '.lossless', 'kafka', name);

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lossless-toolchain-'));
  mkdirSync(join(root, '.lossless', 'kafka'), { recursive: true });
  const contents = { 'b.jar': 'the second', 'a.jar': 'the first', 'notes.txt': 'no jar' };
  const files = Object.fromEntries(
    Object.entries(contents).map(([name, text]) => {
      writeFileSync(jar(name), text);
      return [name, { size: text.length, sha256: createHash('sha256').update(text).digest('hex') }];
    }),
  );
  writeFileSync(jar('stamp.json'), JSON.stringify({ hash: 'x', files }));
});
afterEach(() => rmSync(root, { recursive: true }));

test('the class path holds the jars in a fixed order and our own classes after them', () => {
  expect(new Toolchain(root).kafkaClassPath()).toBe(`${jar('a.jar')}:${jar('b.jar')}:${join(root, '.lossless/kafka')}`);
});

test('without set-up the error says to run it', () => {
  expect(() => new Toolchain(root).python()).toThrow(
    /not set up: .*python.stamp\.json is missing; run `node bin\/setup\.mjs`/,
  );
});

test('a jar that was cut short gives one error that names the jar and the fix', () => {
  writeFileSync(jar('b.jar'), 'the');
  expect(() => new Toolchain(root).kafkaClassPath()).toThrow(
    `${jar('b.jar')}: got 3 bytes, want 10 bytes; delete the folder .lossless and run \`node bin/setup.mjs\``,
  );
});

test('a jar that is gone gives one error that names the jar and the fix', () => {
  rmSync(jar('a.jar'));
  expect(() => new Toolchain(root).kafkaClassPath()).toThrow(/a\.jar: got no file, want 9 bytes; delete the folder/);
});

test('after a process died, a jar with other bytes of the same number is found and named', () => {
  writeFileSync(jar('b.jar'), 'the SECOND');
  const died = new Error('broker-1 ended before it was ready');
  const explained = new Toolchain(root).explain(died, 'kafka') as Error;
  expect(explained.message).toContain(`${jar('b.jar')} is not what set-up installed; delete the folder .lossless`);
  expect(explained.cause).toBe(died);
});

test('after a process died with every file whole, the error stays what it was', () => {
  const died = new Error('broker-1 ended before it was ready');
  expect(new Toolchain(root).explain(died, 'kafka')).toBe(died);
});
