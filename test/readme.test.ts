import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

const root = resolve(__dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const snippetsOf = (page: string, name: string) =>
  [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code], n) => ({
    file: join(root, 'examples', `${name}-snippet-${n + 1}.ts`),
    code: code ?? '',
  }));
const inReadme = snippetsOf(readme, 'readme');
const inDocs = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) => snippetsOf(readFileSync(join(root, 'docs', name), 'utf8'), name.replace('.md', '')));
const snippets = [...inReadme, ...inDocs];

/** Compiles snippets as files of the project that are never written to disk. */
function problems(): string[] {
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name)).config as object;
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: ['x.ts'] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  const snippet = (name: string) => snippets.find(({ file }) => file === resolve(name));
  host.readFile = (name) => snippet(name)?.code ?? read(name);
  host.fileExists = (name) => snippet(name) !== undefined || exists(name);
  host.getSourceFile = (name, language) => {
    const code = host.readFile(name);
    return code === undefined ? undefined : ts.createSourceFile(name, code, language);
  };
  const program = ts.createProgram(
    snippets.map(({ file }) => file),
    { ...options, noUnusedLocals: false },
    host,
  );
  return snippets
    .map(({ file }) => program.getSourceFile(file))
    .flatMap((source) => [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)])
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

jest.setTimeout(120_000);

test('every sample of TypeScript that a page prints compiles, whole as it stands', () => {
  expect(inReadme).toHaveLength(2);
  expect(inDocs.length).toBeGreaterThan(5);
  expect(problems()).toEqual([]);
});

test('the handler in the README is at most ten lines long', () => {
  const lines = inReadme[1]?.code.split('\n').filter((line) => line.trim() !== '') ?? [];
  expect(lines.length).toBeLessThanOrEqual(10);
});
