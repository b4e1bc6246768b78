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
  /** Rooms of the runtime, in an order in which each imports those before it alone: nothing goes back. */
  readonly rooms: Readonly<Record<string, readonly string[]>>;
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

test('the contract imports nothing', () => {
  expect(importsOf(`${CONTRACT}.ts`)).toEqual([]);
});

test.each(everybody)('%s, which everybody may import, drags nothing along but Node', (name) => {
  expect(
    importsOf(existsSync(join(root, `${name}.ts`)) ? `${name}.ts` : `${name}/index.ts`).filter(
      (imported) => !imported.startsWith('node:'),
    ),
  ).toEqual([]);
});

test('the borders are looked at: every folder of sources has files', () => {
  const empty = Object.keys(folders).filter((folder) => sources(folder).length === 0);
  expect(empty).toEqual([]);
});

describe('rooms of the runtime', () => {
  const roomOf = (file: string): string => file.slice(RUNTIME.length + 1).split('/')[0] ?? '';
  const files = sources(RUNTIME).filter((file) => file.split('/').length > 3);
  const arrows = files.flatMap((file) =>
    importsOf(file)
      .filter(isRelative)
      .map((name) => ({ file, from: roomOf(file), to: roomOf(inTree(file, name)) }))
      // What a bundle needs before anything else stands beside the rooms.
      .filter(({ from, to }) => to !== from && to !== 'require-in-modules'),
  );

  test('all sources but the entry lie in a room of the table', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual(Object.keys(rooms).sort());
    const loose = sources(RUNTIME).filter((file) => !files.includes(file));
    expect(loose).toEqual(['index.ts', 'require-in-modules.ts'].map((file) => `${RUNTIME}/${file}`));
  });

  test('a room imports those of its row, and each of them', () => {
    const strays = arrows.filter(({ from, to }) => !rooms[from]?.includes(to)).map(({ file, to }) => `${file} → ${to}`);
    expect(strays).toEqual([]);
    const said = Object.entries(rooms).flatMap(([from, each]) => each.map((to) => `${from} → ${to}`));
    const there = new Set(arrows.map(({ from, to }) => `${from} → ${to}`));
    expect(said.filter((arrow) => !there.has(arrow))).toEqual([]);
  });

  test('no row names a room that stands after it: an event goes from left to right', () => {
    const order = Object.keys(rooms);
    const back = order.flatMap((room, at) => (rooms[room] ?? []).filter((other) => order.indexOf(other) >= at));
    expect(back).toEqual([]);
  });
});
