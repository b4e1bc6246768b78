import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { preProcessFile } from 'typescript';

const root = resolve(__dirname, '..');
const CONTRACT = 'lambdas/runtime/contract';

/** The contract and the clock are everybody's: names and time, no client behind them. */
const EVERYBODYS = [CONTRACT, 'lambdas/runtime/clock'];

/** Folder → folders of ours it may import. A folder may always import itself. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  bin: ['cli', 'lib', 'examples'],
  cli: ['rules', 'local', 'faults', 'lambdas'],
  lib: ['rules'],
  rules: [],
  lambdas: [],
  testing: ['rules'],
  examples: [],
  local: [],
  faults: ['local'],
};

/** What is broken on purpose is the product's own code with one thing wrong in it; what mends kafkajs goes with kafkajs. */
const MAY_ALSO_IMPORT: Record<string, string> = {
  'faults/broken/': 'lambdas',
  'local/brokers.ts': 'lambdas/runtime/kafka/request-queue',
};

const MAY_NOT_IMPORT_PACKAGE: Record<string, readonly RegExp[]> = {
  lib: [/^kafkajs/, /^aws-msk-iam/, /^@aws-sdk\//],
  lambdas: [/^aws-cdk-lib/, /^constructs/],
  rules: [/^aws-cdk-lib/, /^constructs/, /^kafkajs/, /^@aws-sdk\//],
  local: [/^aws-cdk-lib/, /^constructs/, /^cdk-lossless-kafka/],
  faults: [/^aws-cdk-lib/, /^constructs/],
  cli: [/^aws-cdk-lib/, /^constructs/],
};

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(folder, name));
}

const importsOf = (file: string): string[] =>
  preProcessFile(readFileSync(join(root, file), 'utf8'), true, true).importedFiles.map(({ fileName }) => fileName);

const also = (file: string) => Object.entries(MAY_ALSO_IMPORT).find(([start]) => file.startsWith(start))?.[1];
const isRelative = (name: string) => name.startsWith('.');
const inTree = (file: string, name: string) =>
  relative(root, resolve(root, dirname(file), name))
    .split(sep)
    .join('/');

describe.each(Object.keys(MAY_IMPORT))('import borders of %s/', (folder) => {
  const files = sources(folder).map((file) => ({ file, imports: importsOf(file) }));

  test('only allowed folders are imported', () => {
    const strays = files.flatMap(({ file, imports }) =>
      imports
        .filter(isRelative)
        .map((name) => inTree(file, name))
        .filter((target) => !EVERYBODYS.includes(target))
        .filter((target) => target !== also(file))
        .filter((target) => ![folder, ...(MAY_IMPORT[folder] ?? []), also(file)].includes(target.split('/')[0] ?? ''))
        .map((target) => `${file} → ${target}`),
    );
    expect(strays).toEqual([]);
  });

  test('no package from the other side of the border is imported', () => {
    const refused = MAY_NOT_IMPORT_PACKAGE[folder] ?? [];
    const strays = files.flatMap(({ file, imports }) =>
      imports.filter((name) => refused.some((pattern) => pattern.test(name))).map((name) => `${file} → ${name}`),
    );
    expect(strays).toEqual([]);
  });
});

test('the contract imports nothing', () => {
  expect(importsOf(`${CONTRACT}.ts`)).toEqual([]);
});

test.each(EVERYBODYS)('%s, which everybody may import, drags nothing along but Node', (name) => {
  expect(importsOf(`${name}.ts`).filter((imported) => !imported.startsWith('node:'))).toEqual([]);
});

test('the borders are looked at: every folder of sources has files', () => {
  const empty = Object.keys(MAY_IMPORT).filter((folder) => sources(folder).length === 0);
  expect(empty).toEqual([]);
});
