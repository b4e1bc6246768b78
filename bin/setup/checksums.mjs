import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Holds the files of a folder against a list as `sha256sum` writes it: each file of the list, and no other.
 *
 * @throws naming the first file that is missing, unknown, or another than the one of the list
 */
export function checkFiles(folder, list) {
  const lines = readFileSync(list, 'utf8').trim().split('\n');
  const wanted = new Map(lines.map((line) => line.split('  ').reverse()));
  const got = new Set(readdirSync(folder));
  for (const name of new Set([...wanted.keys(), ...got])) {
    const want = wanted.get(name) ?? 'no such file';
    const found = got.has(name) ? sha256(join(folder, name)) : 'no such file';
    if (found !== want) throw new Error(`${join(folder, name)}: got ${found}, want ${want} (${list})`);
  }
}

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');
