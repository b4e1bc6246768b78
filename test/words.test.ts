import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

/** One word, one meaning: a newcomer who knows a name knows what it is, wherever it stands. */
const root = resolve(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const RUNTIME = 'lambdas/runtime';
const files = readdirSync(join(root, RUNTIME), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => `${RUNTIME}/${name}`);

/** Names of the types that a file declares, for itself or for others. */
const typesIn = (file: string): string[] =>
  ts
    .createSourceFile(file, read(file), ts.ScriptTarget.Latest)
    .statements.filter((each) => ts.isTypeAliasDeclaration(each) || ts.isInterfaceDeclaration(each) || ts.isClassDeclaration(each))
    .flatMap(({ name, modifiers }) => (name && modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ? [name.text] : [])); // prettier-ignore

test('no two exported types of the runtime have one name', () => {
  const homes = new Map<string, string[]>();
  for (const file of files) for (const name of typesIn(file)) homes.set(name, [...(homes.get(name) ?? []), file]);
  expect(homes.size).toBeGreaterThan(100);
  expect([...homes].filter(([, where]) => where.length > 1)).toEqual([]);
});

const words = [...read('docs/glossary.md').matchAll(/^\| ([a-z ]+?) +\| .+? \| `([^`]+)` +\|$/gm)];

test('the glossary has about twenty words, each once', () => {
  const all = words.map(([, word]) => word);
  expect(all.length).toBeGreaterThan(18);
  expect(new Set(all).size).toBe(all.length);
});

test.each(words.map(([, word = '', file = '']) => [word, file]))('the word "%s" is in %s', (word, file) => {
  expect(existsSync(join(root, file))).toBe(true);
  // As a name in code or in the sentence above it: `deadLetter` and `time margin` are the same words.
  const pattern = new RegExp(word.split(' ').join('[ _-]?'), 'i');
  expect(read(file)).toMatch(pattern);
});
