import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { programFor } from '../bin/program';
import { simulateCommand } from '../simulation/command';
import { mutantsCommand } from '../simulation/mutants/command';
import { variants } from './rules/mutation/variants';

/**
 * Every command that a page prints is one that exists, with options that exist: whoever copies it is not let down. They are
 * read here, as the program reads them; those that end within a test are carried out in the test of what they do.
 */
jest.setTimeout(120_000);

const root = resolve(__dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const PAGES = [
  ...['README.md', 'CONTRIBUTING.md', 'bench/README.md', 'examples/probe/README.md'],
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Lines of shell blocks, with continued ones joined; and what stands between backticks and begins as a command does. */
function commandsOf(page: string): string[] {
  const text = read(page);
  const blocks = [...text.matchAll(/```(sh|console)\n([\s\S]*?)```/g)].flatMap(([, kind, block = '']) => {
    const lines = block.replace(/\\\n\s*/g, ' ').split('\n');
    return kind === 'sh' ? lines : lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
  });
  const inline = [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`((?:npx|npm|node|…) [^`]+)`/g)].map(
    ([, code = '']) => code,
  );
  return [...blocks, ...inline]
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .flatMap((line) => line.split(/ && /))
    .filter((line) => line !== '');
}

const words = (text: string): string[] =>
  [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? '');

/** What a page leaves to its reader stands for something that fits. */
const STANDS_FOR: Record<string, string> = {
  '<partition>': '0',
  '<offset>': '1234',
  '<name>…': 'synth',
  '<table>': 'table',
  '<cluster>': 'arn:aws:kafka:us-east-1:000000000000:cluster/orders/1',
  '<group>': 'billing',
  '<topic>': 'orders',
  'history.ndjson': 'history.ndjson',
  'corrected.json': join(root, 'package.json'),
  '<file>': 'package.json',
};
const filled = (given: readonly string[]): string[] =>
  given.map((word) => STANDS_FOR[word] ?? word.replace(/^\[(.+)\]$/, '$1').replace(/(.)…$/, '$1'));

/** Reads a command line as the program does, without carrying it out. */
async function parse(given: readonly string[]): Promise<void> {
  const program = await programFor(given[0]);
  const idle = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    command.commands.forEach(idle);
    if (command.commands.length === 0) command.action(() => undefined);
  };
  idle(program);
  if (!program.commands.some((command) => command.name() === given[0])) throw new Error(`got the command ${given[0]}`);
  await program.parseAsync([...given], { from: 'user' });
}

const scripts = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const CDK = ['bootstrap', 'deploy', 'destroy', 'diff', 'synth'];

/** Scripts that are the command line, with what they give it already. */
const RUNS: Record<string, readonly string[]> = {
  start: ['run'],
  controls: ['chaos', '--control', 'all'],
  mutants: ['chaos', '--mutant', 'all'],
  conformance: ['conformance'],
};

const benches = readdirSync(join(root, 'bench')).map((file) => file.replace(/\.ts$/, ''));
/** What other scripts take. @default - nothing */
const TAKES: Record<string, (word: string) => boolean> = {
  test: () => true,
  bench: (word) => benches.includes(word) || ['--quick', '--json'].includes(word),
  'simulate:then': (word) => !word.startsWith('-') || simulateCommand().options.some(({ long }) => long === word),
  'simulate:mutants': (word) => !word.startsWith('-') || mutantsCommand().options.some(({ long }) => long === word),
  simulate: (word) => /^\d/.test(word) || simulateCommand().options.some(({ long }) => long === word),
  'mutate:rules': (word) => variants().some(({ name }) => name.includes(word)),
};
const CDK_FLAGS = ['-c', '--app', '--output', '--outputs-file'];

/** Commands of the AWS CLI that pages print, by what each takes. One that deletes, or writes an item, is not among them. */
const AWS: Readonly<Record<string, readonly string[] | undefined>> = {
  'cloudwatch describe-alarms': ['--state-value'],
  'dynamodb describe-table': ['--table-name'],
  'events describe-rule': ['--name'],
  'events enable-rule': ['--name'],
  'kafka describe-cluster-v2': ['--cluster-arn'],
  'kafka list-cluster-operations-v2': ['--cluster-arn'],
  'kafka list-nodes': ['--cluster-arn'],
  'kafka reboot-broker': ['--cluster-arn', '--broker-ids'],
  'kafka update-broker-storage': ['--cluster-arn', '--current-version', '--target-broker-ebs-volume-info'],
  'kms cancel-key-deletion': ['--key-id'],
  'kms describe-key': ['--key-id'],
  'kms enable-key': ['--key-id'],
  'lambda get-account-settings': [],
  'lambda get-event-source-mapping': ['--uuid'],
  'lambda get-function-concurrency': ['--function-name'],
  'lambda invoke': ['--function-name', '--cli-binary-format', '--payload'],
  'lambda put-function-concurrency': ['--function-name', '--reserved-concurrent-executions'],
  'lambda update-event-source-mapping': ['--uuid', '--enabled', '--no-enabled'],
  'logs tail': ['--since', '--filter-pattern'],
  's3 ls': ['--recursive', '--summarize'],
  'sqs get-queue-attributes': ['--queue-url', '--attribute-names'],
  'sqs purge-queue': ['--queue-url'],
  'sqs receive-message': ['--queue-url', '--max-number-of-messages'],
  'sqs start-message-move-task': ['--source-arn'],
};

function checkAws([service = '', operation = '', ...given]: readonly string[]): string | undefined {
  const flags = AWS[`${service} ${operation}`];
  if (flags === undefined) return `got aws ${service} ${operation}, want one of this test; teach it, or print another`;
  const unknown = given.find((word) => word.startsWith('--') && !flags.includes(word));
  return unknown && `got ${unknown}, want one of ${flags.join(', ')}`;
}

/** Throws for a command that would not start. */
async function check(line: string): Promise<void> {
  const [first = '', ...rest] = filled(words(line));
  const wrong = (why: string) => new Error(`\`${line}\`: ${why}`);
  if (first === '…') return parse(rest);
  if (first === 'npx' && rest[0] === 'cdk-lossless-kafka') {
    // A name alone names the command; what it needs stands elsewhere.
    return parse(rest.length === 2 ? [...rest.slice(1), '--help'] : rest.slice(1)).catch((error: unknown) => {
      if ((error as { code?: string }).code !== 'commander.helpDisplayed') throw error;
    });
  }
  if (first === 'npx' && rest[0] === 'cdk') {
    if (!CDK.includes(rest[1] ?? '')) throw wrong(`got cdk ${rest[1]}, want one of ${CDK.join(', ')}`);
    const flag = rest.find((word) => word.startsWith('-') && !CDK_FLAGS.includes(word));
    if (flag !== undefined) throw wrong(`got ${flag}, want one of ${CDK_FLAGS.join(', ')}; teach it, or print another`);
    return;
  }
  if (first === 'aws') {
    const why = checkAws(rest);
    if (why !== undefined) throw wrong(why);
    return;
  }
  const isNode = first === 'node' || (first === 'npx' && rest[0] === 'tsx');
  const file = isNode ? rest.find((word) => /\.(ts|mjs)$/.test(word)) : /^\.ci\//.test(first) ? first : undefined;
  if (file !== undefined) {
    if (!existsSync(join(root, file))) throw wrong(`got ${file}, want a file of the repository`);
    return;
  }
  if (first === 'npm') {
    const [name = '', ...more] = rest[0] === 'run' ? rest.slice(1) : rest;
    if (scripts[name] === undefined) throw wrong(`got the script ${name}, want one of package.json`);
    const after = more.filter((word) => word !== '--' && word !== '--silent');
    const before = RUNS[name];
    if (before) return parse([...before, ...after]);
    const unknown = after.find((word) => TAKES[name]?.(word) !== true);
    if (unknown !== undefined) throw wrong(`got ${unknown}, which ${name} does not take`);
    return;
  }
  throw wrong('got a command that this test does not know, want it checked; teach it, or print another');
}

const printed = PAGES.flatMap((page) => commandsOf(page).map((line) => [page, line] as const));

test('pages print commands', () => {
  expect(printed.length).toBeGreaterThan(30);
});

test.each(printed)('%s: `%s` is a command that there is', async (_, line) => {
  await check(line);
});

test('every flag of the table in the README is one of `run`', async () => {
  const table = /\| flag[\s\S]*?\n\n/.exec(read('README.md'))?.[0] ?? '';
  const flags = [...table.matchAll(/--[a-z][\w-]*/g)].map(([flag]) => flag);
  const run = (await programFor('run')).commands.find((command) => command.name() === 'run');
  expect(flags.length).toBeGreaterThan(4);
  expect(flags.filter((flag) => !run?.options.some(({ long }) => long === flag))).toEqual([]);
});

test.each([
  ['npx cdk-lossless-kafka breaker park-up-to --table t --cluster c --group g --topic t --partition 0'],
  ['npx cdk-lossless-kafka chaos --sed 7'],
  ['npx cdk-lossless-kafka heal'],
  ['npm run no-such-script'],
  ['npm run bench -- no-such-bench'],
  ['npm run mutants -- --no-such-flag'],
  ['npm run mutate:rules -- no-such-variant'],
  ['npx cdk delete'],
  ['npx cdk deploy --no-such-flag'],
  ['npx tsx examples/probe/gone.ts'],
  ['aws dynamodb update-item --table-name t'],
  ['aws lambda get-event-source-mapping --id m'],
])('a page that printed `%s` would fail this test', async (line) => {
  await expect(check(line)).rejects.toThrow();
});
