import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STAMP = 'stamp.json';

/** SHA-256 in hex over texts and buffers, each with its length in front. */
export function hashOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

/** The hash a folder was made from; undefined when it is missing or was never finished. */
export function stampOf(folder) {
  const file = join(folder, STAMP);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).hash : undefined;
}

/**
 * Makes a folder anew: it is filled under another name, stamped last, and renamed, so that a folder under its own name
 * is always whole. The stamp lists the files directly in it, by which local/toolchain.ts knows a broken one.
 */
export async function makeFolder(folder, hash, fill) {
  const fresh = `${folder}.new`;
  const old = `${folder}.old`;
  for (const rest of [fresh, old]) rmSync(rest, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  await fill(fresh);
  writeFileSync(join(fresh, STAMP), JSON.stringify({ hash, files: filesIn(fresh) }, null, 1));
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(fresh, folder);
  rmSync(old, { recursive: true, force: true });
}

function filesIn(folder) {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    names.map(({ name }) => {
      const content = readFileSync(join(folder, name));
      return [name, { size: content.length, sha256: createHash('sha256').update(content).digest('hex') }];
    }),
  );
}

/** Bytes of all files below a folder. */
export function bytesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size, 0);
}
