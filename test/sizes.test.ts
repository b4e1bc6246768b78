import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

/** One idea in a file, one thing in a function: what grows beyond these holds two. */
const MOST_LINES = 300;
const MOST_FUNCTION_LINES = 60;

const root = resolve(__dirname, '..');
const FOLDERS = ['bin', 'cli', 'cloudformation', 'lib', 'rules', 'lambdas', 'testing', 'local', 'faults', 'examples'];

/** Longer than that, and why. Whoever is not any more is to be struck off. */
const LONGER: Readonly<Record<string, string>> = {};

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mts|tsx)$/.test(name) && !/(^|\/)(node_modules|cdk\.out)\//.test(name))
    .map((name) => `${folder}/${name}`),
);

interface Measured {
  /** `<file>`, or `<file> <function>`. */
  readonly name: string;
  readonly lines: number;
}

/** The functions in a text; a method is named with its class, one without a name after what holds it. */
function functionsIn(file: string, text: string): Measured[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line;
  const found: Measured[] = [];
  const visit = (node: ts.Node, holder: string): void => {
    const named = ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node) || ts.isPropertyDeclaration(node); // prettier-ignore
    const own = ts.isConstructorDeclaration(node) ? 'constructor' : named && node.name !== undefined ? node.name.getText(source) : undefined; // prettier-ignore
    const name = own === undefined ? holder : holder === '' ? own : `${holder}.${own}`;
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      found.push({ name: `${file} ${name || 'it'}`, lines: lineOf(node.getEnd()) - lineOf(node.getStart(source)) + 1 });
    }
    ts.forEachChild(node, (child) => visit(child, name));
  };
  visit(source, '');
  return found;
}

const files = sources.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
const longer = [
  ...files
    .map(({ file, text }) => ({ name: file, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > MOST_LINES),
  ...files.flatMap(({ file, text }) => functionsIn(file, text)).filter(({ lines }) => lines > MOST_FUNCTION_LINES),
];

test(`no file is longer than ${MOST_LINES} lines, no function than ${MOST_FUNCTION_LINES}, but those that say why`, () => {
  expect(sources.length).toBeGreaterThan(300);
  const unsaid = longer.filter(({ name }) => LONGER[name] === undefined);
  expect(unsaid.map(({ name, lines }) => `${name}: ${lines} lines`)).toEqual([]);
});

test('whoever says why is longer still', () => {
  const names = new Set(longer.map(({ name }) => name));
  expect(Object.keys(LONGER).filter((name) => !names.has(name))).toEqual([]);
});

test('functions are measured with their heads, methods and those in constants too', () => {
  const text =
    'class A {\n  constructor() {}\n  b() {\n    return () => {\n      1;\n    };\n  }\n}\nconst c = { d: () => 1 };\n';
  const measured = functionsIn('a.ts', text).map(({ name, lines }) => [name, lines]);
  expect(measured).toEqual([['a.ts A.constructor', 1], ['a.ts A.b', 5], ['a.ts A.b', 3], ['a.ts c.d', 1]]); // prettier-ignore
});
