import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What came of each item of a long series, kept on disk as it comes, so that what was done is never done again. */
export interface Series<Result> {
  /** In the order in which they were added, those of an earlier sitting first. */
  readonly results: readonly Result[];
  /** True when an earlier sitting has its result. */
  has(name: string): boolean;
  /** Resolves once it is on disk. */
  add(result: Result): Promise<void>;
}

/**
 * A series whose results lie in `<dir>/<name>.json`; what lies there already is taken over.
 *
 * @param nameOf - what a result is the result of
 * @throws when what lies there is no list
 */
export async function series<Result>(
  dir: string,
  name: string,
  nameOf: (result: Result) => string,
): Promise<Series<Result>> {
  const file = join(dir, `${name}.json`);
  const results = existsSync(file) ? read<Result>(file, await readFile(file, 'utf8')) : [];
  return {
    results,
    has: (wanted) => results.some((result) => nameOf(result) === wanted),
    add: async (result) => {
      results.push(result);
      await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
    },
  };
}

function read<Result>(file: string, text: string): Result[] {
  try {
    const results = JSON.parse(text) as unknown;
    if (Array.isArray(results)) return results as Result[];
  } catch (cause) {
    throw new Error(`${file}: got text that is not JSON, want results; move it away to begin anew`, { cause });
  }
  throw new Error(`${file}: got no list, want results; move it away to begin anew`);
}

/** `3 min`, `2 h 5 min`. */
export function inMinutes(seconds: number): string {
  const minutes = Math.max(1, Math.round(seconds / 60));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
