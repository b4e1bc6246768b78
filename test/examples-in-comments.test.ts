import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { globSync } from 'tinyglobby';
import ts from 'typescript';
import * as runtime from '../lambdas/runtime';

jest.setTimeout(120_000);

const ROOT = resolve(__dirname, '..');
const FILES = globSync(['lib/**/*.ts', 'lambdas/runtime/**/*.ts', 'testing/**/*.ts'], { cwd: ROOT }).sort();

interface Example {
  readonly name: string;
  readonly code: string;
}

/** The code of every `@example` in a file: what stands between its fences, without the stars of the comment. */
function examplesOf(file: string): Example[] {
  const comments = readFileSync(join(ROOT, file), 'utf8').match(/\/\*\*[^]*?\*\//g) ?? [];
  const blocks = comments.flatMap((comment) => {
    const plain = comment.replace(/^ *\* ?/gm, '');
    return [...plain.matchAll(/@example\s*\n```ts\n([^]*?)```/g)].map(([, code = '']) => code);
  });
  return blocks.map((code, n) => ({ name: `${file.replace(/\.ts$/, '')}.example-${n + 1}.ts`, code }));
}

/** What TypeScript says of each example, as a user's file beside the library. */
function faultsOf(examples: readonly Example[]): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, incremental: false }, ROOT);
  // An example is a part of somebody's file: what it makes need not be used in it.
  Object.assign(options, { tsBuildInfoFile: undefined, noUnusedLocals: false, noUnusedParameters: false });
  const sources = new Map(examples.map(({ name, code }) => [join(ROOT, name), `${code}\nexport {};\n`]));
  const host = ts.createCompilerHost(options);
  const fromDisk = {
    exists: (path: string) => ts.sys.fileExists(path),
    read: (path: string) => ts.sys.readFile(path),
  };
  host.fileExists = (path) => sources.has(path) || fromDisk.exists(path);
  host.readFile = (path) => sources.get(path) ?? fromDisk.read(path);
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources.keys()].flatMap((path) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(path))
      .map(
        ({ messageText }) => `${path.slice(ROOT.length + 1)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      ),
  );
}

const examples = FILES.flatMap(examplesOf);

test('every example in a comment is a program that the library takes', () => {
  expect(examples.length).toBeGreaterThanOrEqual(6);
  expect(faultsOf(examples)).toEqual([]);
});

test('an example that the library does not take is found', () => {
  const code = "import { put } from 'cdk-lossless-kafka/runtime';\nput({ TableName: 1, Item: {} });";
  expect(faultsOf([{ name: 'lib/not-taken.ts', code }])).toEqual([
    expect.stringContaining("Type 'number' is not assignable to type 'string'"),
  ]);
});

test('no example escapes for want of its fences', () => {
  const announced = FILES.flatMap((file) => readFileSync(join(ROOT, file), 'utf8').match(/^ *\* @example/gm) ?? []);
  expect(examples).toHaveLength(announced.length);
});

/** The comment above a declaration that is exported under that name. */
const commentOf = (name: string): string | undefined =>
  FILES.filter((file) => file.startsWith('lambdas/runtime/'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .flatMap((text) => [
      ...text.matchAll(new RegExp(`(/\\*\\*(?:(?!\\*/)[^])*\\*/)\\nexport (?:const|function|class) ${name}\\b`, 'g')),
    ]) // prettier-ignore
    .map(([, comment]) => comment ?? '')
    .find((comment) => comment.includes('@example'));

test('whatever a handler calls of the runtime shows how it is called', () => {
  const called = Object.keys(runtime).filter((name) => name !== 'InvalidEventError');
  expect(called.length).toBeGreaterThan(15);
  expect(called.filter((name) => commentOf(name) === undefined)).toEqual([]);
});
