import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { topicOf } from './topic';

/** Every option of `check` in the words of the command line, through the one file that the package runs. */

const root = resolve(__dirname, '..', '..');
let folder: string;
/** As deep as the file of the package, which looks for its own version. */
const bundle = () => join(folder, 'command.js');

beforeAll(() => {
  mkdirSync(join(root, 'dist'), { recursive: true });
  folder = mkdtempSync(join(root, 'dist', 'check-flags-'));
  execFileSync('npm', ['run', '--silent', 'build:cli', '--', `--outfile=${bundle()}`], { cwd: root });
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, name), JSON.stringify(content));
  check('copies.json', '--format', 'json', '--output', 'before.json');
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

const FILES = {
  /** One copy of every event, if the parameter is what it may be: an error. */
  'copies.json': {
    Parameters: { Copies: { Type: 'Number', AllowedValues: [1, 3], Default: 3 } },
    Resources: { Topic: topicOf({ Ref: 'Copies' }) },
  },
  /** Kept for a day: a warning. */
  'day.json': { Resources: { Topic: topicOf(3, {}, 'retention.ms=86400000') } },
  'three.json': { Copies: '3' },
  'accepted.json': [{ code: 'LK201', logicalId: 'Topic', reason: 'a test bed' }],
  'options.json': { ignore: ['LK201'] },
};

/** Exit code, rules that standard output names, and all of it; what was written to `found.txt` beside it. */
function check(...words: string[]) {
  const { status, stdout } = spawnSync(process.execPath, [bundle(), 'check', ...words], {
    ...{ cwd: folder, encoding: 'utf8' },
  });
  const codes = [...new Set(stdout.match(/LK\d+/g))].sort();
  const file = join(folder, 'found.txt');
  const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
  rmSync(file, { force: true });
  return { status, codes, stdout, written };
}

const answers = new Map<string, ReturnType<typeof check>>();
/** What is said without an option, asked once for the same files. */
function without(paths: readonly string[]) {
  const answer = answers.get(paths.join()) ?? check(...paths);
  answers.set(paths.join(), answer);
  return answer;
}

type Answer = Partial<Record<keyof ReturnType<typeof check>, unknown>>;
type Row = readonly [option: string, values: readonly string[], does: string, paths: readonly string[], Answer];

const has = (text: string): unknown => expect.stringContaining(text);
const NOTHING: Answer = { status: 0, codes: [] };

const ROWS: readonly Row[] = [
  ['--format', ['json'], 'says it in another form', ['copies.json'], { status: 1, stdout: has('"code": "LK201"') }],
  ['--output', ['found.txt'], 'writes it to a file', ['copies.json'], { status: 1, stdout: '', written: has('LK201') }],
  ['--strict', [], 'fails by a warning', ['day.json'], { status: 1, codes: ['LK203'] }],
  ['--severity', ['error'], 'leaves warnings out', ['copies.json', 'day.json'], { status: 1, codes: ['LK201'] }],
  ['--ignore', ['LK201', 'LK203'], 'does not ask these rules', ['copies.json', 'day.json'], NOTHING],
  ['--parameters', ['Copies=3'], 'judges what is given', ['copies.json'], NOTHING],
  ['--parameter-files', ['three.json'], 'judges what a file gives', ['copies.json'], NOTHING],
  [
    '--acknowledge',
    ['accepted.json'],
    'accepts with a reason',
    ['copies.json'],
    { status: 0, stdout: has('a test bed') },
  ],
  ['--baseline', ['before.json'], 'fails nothing found before', ['copies.json'], { status: 0, codes: ['LK201'] }],
  ['--config', ['options.json'], 'does as a file says', ['copies.json'], NOTHING],
  ['--list-rules', [], 'names the rules and judges nothing', ['copies.json'], { status: 0, stdout: has('\nLK102 ') }],
  ['--explain', ['LK201'], 'says all of a rule', ['copies.json'], { status: 0, stdout: has('fix in CDK: ') }],
  ['--help', [], 'says what there is', ['copies.json'], { status: 0, stdout: has('Usage: cdk-lossless-kafka check') }],
];

test.each(ROWS)(
  '%s %p %s, as it does not without',
  (option, values, _does, paths, answer) => {
    expect(check(...paths, option, ...values)).toMatchObject(answer);
    expect(without(paths)).not.toMatchObject(answer);
  },
  300_000,
);

test('no option is listed by --help that no row passes', () => {
  const listed = [...check('--help').stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option);
  expect(listed.sort()).toEqual(ROWS.map(([option]) => option).sort());
}, 300_000);
