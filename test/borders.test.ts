import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { preProcessFile } from 'typescript';
import table from './borders.json';

const root = resolve(__dirname, '..');
const RUNTIME = 'lambdas/runtime';
const CONTRACT = `${RUNTIME}/contract/index`;

/** One table, which lint reads too. */
const { everybody, folders, also: mayAlso, rooms } = table as Borders;

interface Borders {
  /** Names and time, no client behind them. */
  readonly everybody: readonly string[];
  /** What a folder may import of ours beside itself, and packages from the other side of its border. */
  readonly folders: Readonly<
    Record<string, { readonly imports: readonly string[]; readonly never: readonly string[] }>
  >;
  /** What is broken on purpose is the product's own code with one thing wrong in it; what mends kafkajs goes with kafkajs. */
  readonly also: Readonly<Record<string, string>>;
  /** Rooms of a folder, in an order in which each imports those before it alone: nothing goes back. */
  readonly rooms: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

const importsOf = (file: string): string[] =>
  preProcessFile(readFileSync(join(root, file), 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName);

const also = (file: string) => Object.entries(mayAlso).find(([start]) => file.startsWith(start))?.[1];
const isRelative = (name: string) => name.startsWith('.');
const inTree = (file: string, name: string) =>
  relative(root, resolve(root, dirname(file), name))
    .split(sep)
    .join('/');

describe.each(Object.keys(folders))('import borders of %s/', (folder) => {
  const files = sources(folder).map((file) => ({ file, imports: importsOf(file) }));

  test('only allowed folders are imported', () => {
    const strays = files.flatMap(({ file, imports }) =>
      imports
        .filter(isRelative)
        .map((name) => inTree(file, name))
        .filter((target) => !everybody.includes(target))
        .filter((target) => target !== also(file))
        .filter(
          (target) => ![folder, ...(folders[folder]?.imports ?? []), also(file)].includes(target.split('/')[0] ?? ''),
        )
        .map((target) => `${file} → ${target}`),
    );
    expect(strays).toEqual([]);
  });

  test('no package from the other side of the border is imported', () => {
    const refused = folders[folder]?.never ?? [];
    const strays = files.flatMap(({ file, imports }) =>
      imports
        .filter((name) => refused.some((other) => name === other || name.startsWith(`${other}/`)))
        .map((name) => `${file} → ${name}`),
    );
    expect(strays).toEqual([]);
  });
});

/** What a file imports, and what that imports in turn; files beside it are followed. */
function draggedBy(file: string, seen = new Set<string>()): Set<string> {
  for (const name of importsOf(file)) {
    const target = isRelative(name) ? `${inTree(file, name)}.ts` : name;
    if (seen.has(target)) continue;
    seen.add(target);
    if (isRelative(name)) draggedBy(target, seen);
  }
  return seen;
}

test('the contract imports nothing but its own parts, which check nothing and throw nothing', () => {
  const dragged = [...draggedBy(`${CONTRACT}.ts`)];
  expect(dragged.length).toBeGreaterThan(5);
  expect(dragged.filter((file) => !/^lambdas\/runtime\/contract\/(?!environment|errors|word)[a-z-]+\.ts$/.test(file))).toEqual([]); // prettier-ignore
});

test.each(everybody)('%s, which everybody may import, drags nothing along but Node', (name) => {
  const file = existsSync(join(root, `${name}.ts`)) ? `${name}.ts` : `${name}/index.ts`;
  const dragged = [...draggedBy(file)];
  expect(dragged.filter((imported) => !imported.startsWith('node:') && !imported.startsWith(`${name}/`))).toEqual([]);
});

test('the borders are looked at: every folder of sources has files', () => {
  const empty = Object.keys(folders).filter((folder) => sources(folder).length === 0);
  expect(empty).toEqual([]);
});

test('no file needs itself by way of others: each can be read, and tried, alone', () => {
  const all = Object.keys(folders).flatMap(sources);
  const known = new Set(all);
  const fileOf = (target: string) => [`${target}.ts`, `${target}/index.ts`, target].find((name) => known.has(name));
  const needs = new Map(
    all.map((file) => [
      file,
      importsOf(file)
        .filter(isRelative)
        .flatMap((name) => fileOf(inTree(file, name)) ?? []),
    ]),
  );
  // What needs nothing that is left is taken away, until nothing can be: what stays goes round.
  for (let before = -1; before !== needs.size;) {
    before = needs.size;
    for (const [file, others] of needs) if (!others.some((other) => needs.has(other))) needs.delete(file);
  }
  expect([...needs.keys()]).toEqual([]);
});

/** What stands beside the rooms: the way in, and what every bundle needs before anything else. */
const LOOSE: Readonly<Record<string, readonly string[]>> = {
  [RUNTIME]: ['index.ts', 'require-in-modules.ts'],
  rules: ['index.ts', 'page.ts', 'write-page.ts'],
};

describe.each(Object.entries(rooms))('rooms of %s', (folder, rows) => {
  const roomOf = (file: string): string => file.slice(folder.length + 1).split('/')[0] ?? '';
  const loose = (LOOSE[folder] ?? []).map((file) => `${folder}/${file}`);
  const files = sources(folder).filter((file) => !loose.includes(file));
  const arrows = files.flatMap((file) =>
    importsOf(file)
      .filter(isRelative)
      .map((name) => inTree(file, name))
      .filter((target) => target.startsWith(`${folder}/`) && !loose.includes(`${target}.ts`))
      .map((target) => ({ file, from: roomOf(file), to: roomOf(target) }))
      .filter(({ from, to }) => to !== from),
  );

  test('all other sources lie in a room of the table', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(rows).sort());
  });

  test('a room imports those of its row, and each of them', () => {
    const strays = arrows.filter(({ from, to }) => !rows[from]?.includes(to)).map(({ file, to }) => `${file} → ${to}`);
    expect(strays).toEqual([]);
    const said = Object.entries(rows).flatMap(([from, each]) => each.map((to) => `${from} → ${to}`));
    const there = new Set(arrows.map(({ from, to }) => `${from} → ${to}`));
    expect(said.filter((arrow) => !there.has(arrow))).toEqual([]);
  });

  test('no row names a room that stands after it: nothing goes back', () => {
    const order = Object.keys(rows);
    const back = order.flatMap((room, at) => (rows[room] ?? []).filter((other) => order.indexOf(other) >= at));
    expect(back).toEqual([]);
  });
});
