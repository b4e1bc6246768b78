import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { check } from '../../cli/check';
import { explained, listOfRules } from '../../cli/check/explain';
import type { CheckOptions } from '../../cli/check/options';
import { RULES } from '../../rules';
import { topicOf } from './topic';

const root = resolve(__dirname, '..', '..');
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lossless-check-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array | object): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  const isWritten = typeof content === 'string' || content instanceof Uint8Array;
  writeFileSync(path, isWritten ? content : JSON.stringify(content));
  return path;
}

function run(paths: string | readonly string[], options: CheckOptions = {}) {
  let out = '';
  const complaints: string[] = [];
  const code = check([paths].flat(), options, {
    write: (text) => (out += text),
    complain: (line) => complaints.push(line),
    colour: false,
  });
  return { code, out, complaints };
}

interface Report {
  findings: {
    code: string;
    file: string;
    line: number;
    status: string;
    found: string;
    name: string;
    logicalId: string;
  }[];
  summary: Record<string, number>;
}
const report = (paths: string | readonly string[], options: CheckOptions = {}) =>
  JSON.parse(run(paths, { ...options, format: 'json' }).out) as Report;

const BAD = { Resources: { Topic: topicOf(1) } };
const BAD_YAML = 'Resources:\n  Topic:\n    Type: AWS::MSK::Topic\n    Properties: { ReplicationFactor: 1 }\n';
const codes = ({ findings }: Report) => findings.map(({ code }) => code);

describe('reading', () => {
  test('one file that cannot be read does not hide what is wrong with the others: all are judged, it is named, exit 2', () => {
    file('a.yaml', 'Resources:\n  A: { Type: AWS::X\n');
    file('b.json', BAD);
    const { code, out, complaints } = run(folder);
    expect(code).toBe(2);
    expect(out).toContain('LK201');
    expect(complaints).toEqual([expect.stringMatching(/^error: .*a\.yaml: .+: got .+, want .+/)]);
  });

  test.each([
    ['UTF-8 with a byte order mark, by the name of JSON', Buffer.from(`\ufeff${JSON.stringify(BAD)}`), 't.json'],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${JSON.stringify(BAD)}`)],
    ['UTF-16, little end first', Buffer.from(`\ufeff${JSON.stringify(BAD)}`, 'utf16le')],
    ['UTF-16, big end first', Buffer.from(`\ufeff${JSON.stringify(BAD)}`, 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from(BAD_YAML, 'utf16le')],
  ])('%s is read, also inside a directory', (_what, bytes, name = 't.yaml') => {
    const path = file(name, bytes);
    expect(codes(report(path))).toContain('LK201');
    expect(codes(report(folder))).toContain('LK201');
  });

  test.each([
    ['the closing quote further left', 'Description: "one\ntwo\n"\n'],
    ['single quotes', "Description: 'it''s one\ntwo'\n"],
    ['two such texts', 'Description: "one\ntwo"\nMetadata:\n  A: "x\ny\n"\n'],
    ['a short form', "Metadata:\n  A: !Sub 'x\ny'\n"],
  ])('a quoted text that goes on further left is read as CloudFormation reads it: %s', (_what, head) => {
    expect(codes(report(file('t.yaml', head + BAD_YAML)))).toContain('LK201');
  });

  test('a quoted text that never ends is no YAML', () => {
    expect(run(file('t.yaml', `Description: "one\n${BAD_YAML}`)).code).toBe(2);
  });

  test('a loop over a list that is in the template is judged as what it writes out', () => {
    const loop = (list: unknown) => ({
      Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'a, b' } },
      Resources: {
        'Fn::ForEach::Topics': [
          'Name',
          list,
          { 'Topic${Name}': topicOf({ 'Fn::FindInMap': ['Copies', { Ref: 'Name' }, 'N'] }) },
        ],
      },
      Mappings: { Copies: { a: { N: 3 }, b: { N: 1 } } },
    });
    for (const list of [['a', 'b'], { Ref: 'Names' }]) {
      const { findings } = report(file('t.json', loop(list)));
      expect(findings.filter(({ code }) => code === 'LK201')).toMatchObject([{ logicalId: 'Topicb', found: '1' }]);
    }
  });

  test('a nested stack whose template lies beside is judged with what its parent gives it', () => {
    file('child.yaml', 'Parameters: { N: { Type: Number } }\n' + BAD_YAML.replace('1 }', '!Ref N }'));
    const parent = file('parent.yaml', 'Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: { TemplateURL: ./child.yaml, Parameters: { N: 2 } }\n'); // prettier-ignore
    expect(report(parent).findings.filter(({ code }) => code === 'LK201')).toMatchObject([{ found: '2' }]);
    expect(codes(report(parent))).not.toContain('LK901');
    // Named by itself as well, it is still the one stack.
    expect(report([parent, join(folder, 'child.yaml')]).summary['files']).toBe(2);
  });

  test('a stack nested in itself ends', () => {
    const path = file('t.yaml', 'Resources:\n  Child:\n    Type: AWS::CloudFormation::Stack\n    Properties: { TemplateURL: ./t.yaml }\n'); // prettier-ignore
    expect(run(path).code).toBe(0);
  });

  test('what is not seen passes no strict check', () => {
    const path = file('t.json', { Transform: ['Acme::Macro'], Resources: { Q: { Type: 'AWS::SQS::Queue' } } });
    expect(report(path).findings).toMatchObject([
      { code: 'LK902', status: 'undecided', found: 'the macro Acme::Macro' },
    ]);
    expect([run(path).code, run(path, { strict: true }).code]).toEqual([0, 1]);
  });

  test('a path given twice is one template, a pattern is every file it fits', () => {
    const path = file('a/t.json', BAD);
    file('b/u.json', BAD);
    expect(report([path, path, dirname(path)]).summary['files']).toBe(1);
    expect(report(join(folder, '*', '*.json')).summary['files']).toBe(2);
    expect(run(join(folder, '*.nothing')).code).toBe(2);
  });

  test('aliases without end and blank lines without end are soon answered', () => {
    const many = Array.from({ length: 400 }, (_, n) => `k${n}: [${Array(50).fill('*a').join(',')}]`).join('\n');
    expect(run(file('a.yaml', `a: &a [x]\n${many}\n${BAD_YAML}`)).complaints[0]).toMatch(/aliases, want at most/);
    expect(codes(report(file('n.yaml', `${'\n'.repeat(200_000)}${BAD_YAML}`)))).toContain('LK201');
  });
});

describe('answering', () => {
  const ESCAPES = { Resources: { '::error ::\u001b[31mred': topicOf(1) } };

  test('no text of a template commands the terminal or the build server', () => {
    const path = file('t.json', ESCAPES);
    for (const format of ['table', 'markdown', 'github'] as const) {
      const { out } = run(path, { format });
      expect(out).toContain('LK201');
      expect(out).not.toContain('\u001b');
      expect(out.split('\n').filter((line) => /^\s*(::error ::|##\[)/.test(line))).toEqual([]);
    }
  });

  test('the table says what is lost', () => {
    const why = RULES.find(({ code }) => code === 'LK201')!.why;
    expect(run(file('t.json', BAD)).out).toContain(`    lost: ${why}\n`);
  });

  test('JSON names the rule and the line', () => {
    const [finding] = report(file('t.yaml', BAD_YAML)).findings.filter(({ code }) => code === 'LK201');
    expect(finding).toMatchObject({ line: 4, name: 'topic-replication' });
  });

  test('Markdown names the file', () => {
    const rows = run(file('t.json', BAD), { format: 'markdown' }).out.split('\n');
    expect(rows.find((row) => row.includes('LK201'))).toContain('t.json');
  });

  test('GitHub gets a note for each finding that nobody has accepted, at its line', () => {
    const { out } = run(file('t.yaml', BAD_YAML), { format: 'github' });
    expect(out).toMatch(/^::error file=.*t\.yaml,line=4,title=LK201 topic-replication::Topic: /m);
  });

  test('JUnit fails with what fails the check', () => {
    const short = topicOf(1);
    short.Properties.Configs = { 'Fn::Base64': 'retention.ms=86400000' };
    const path = file('t.json', { Resources: { Topic: short } });
    const failures = (options: CheckOptions) =>
      Number(/failures="(\d+)"/.exec(run(path, { ...options, format: 'junit' }).out)?.[1]);
    expect(failures({ strict: true })).toBeGreaterThan(failures({}));
    expect(run(file('e.json', ESCAPES), { format: 'junit' }).out).not.toContain('\u001b');
  });

  test('SARIF names the version that has judged', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    const log = JSON.parse(run(file('t.json', BAD), { format: 'sarif' }).out) as {
      runs: [{ tool: { driver: object } }];
    };
    expect(log.runs[0].tool.driver).toMatchObject({ version });
  });

  test('--output takes the findings, and standard output stays empty', () => {
    const output = join(folder, 'found.json');
    expect(run(file('t.json', BAD), { format: 'json', output })).toMatchObject({ code: 1, out: '' });
    expect(codes(JSON.parse(readFileSync(output, 'utf8')) as Report)).toContain('LK201');
  });
});

describe('accepting', () => {
  test('an acknowledgement in the resource accepts with its reason, and not without', () => {
    const withReason = (reason: string) =>
      file('t.json', { Resources: { Topic: topicOf(1, { Metadata: { LossRules: { acknowledge: [{ code: 'LK201', reason }] } } }) } }); // prettier-ignore
    const status = (path: string) => report(path).findings.find(({ code }) => code === 'LK201')?.status;
    expect(status(withReason('one broker here'))).toBe('acknowledged');
    expect(status(withReason(' '))).toBe('fail');
  });

  test('what stands in the baseline fails nothing; what is new, or worse, does', () => {
    const before = file('t.json', { Resources: { Topic: topicOf(2) } });
    const baseline = join(folder, 'baseline.json');
    run(before, { format: 'json', output: baseline });
    expect(run(before, { baseline, strict: true }).code).toBe(0);
    expect(run(before, { baseline }).out).toContain('known');
    expect(run(file('t.json', BAD), { baseline }).code).toBe(1);
    expect(run(file('t.json', { Resources: { Topic: topicOf(2), More: topicOf(2) } }), { baseline }).code).toBe(1);
  });

  test.each([
    ['no JSON', '{'],
    ['another file', '[]'],
  ])('a baseline that is %s is refused', (_what, text) => {
    expect(run(file('t.json', BAD), { baseline: file('b.json', text) }).complaints[0]).toMatch(/got .+, want .+; .+/);
  });

  test('rules that are not asked, and warnings that are left out, are not in the answer', () => {
    const path = file('t.json', { Resources: { Topic: topicOf(1) } });
    expect(codes(report(path, { ignore: ['LK201'] }))).not.toContain('LK201');
    expect(report(path, { severity: 'error' }).summary['warnings']).toBe(0);
  });

  test('options may stand in a file; the command line wins; what it does not know is refused', () => {
    const path = file('t.json', { Resources: { Topic: topicOf(2) } });
    const config = file('options.yaml', 'ignore: [LK201]\n');
    expect(codes(report(path, { config }))).not.toContain('LK201');
    expect(codes(report(path, { config, ignore: [] }))).toContain('LK201');
    for (const text of ['strikt: true', 'ignore: [LK999]', 'format: pdf', '- 1', '{']) {
      expect(run(path, { config: file('bad.yaml', text) }).complaints[0]).toMatch(/bad\.yaml.*: got .+, want .+; .+/);
    }
  });
});

describe('asking', () => {
  test('every rule is listed, and explained by code or by name', () => {
    expect(listOfRules().trim().split('\n')).toHaveLength(RULES.length);
    for (const { code, name, why } of RULES) {
      expect(explained(code)).toContain(why);
      expect(explained(name)).toBe(explained(code));
    }
    expect(() => explained('LK999')).toThrow(/got "LK999", want .+; .+/);
  });

  test('a template on standard input is judged; the version is told', () => {
    const cli = (input: string, ...args: string[]) =>
      execFileSync(process.execPath, ['--import', 'tsx', join(root, 'bin', 'cdk-lossless-kafka.ts'), ...args], {
        ...{ input, cwd: root, encoding: 'utf8' },
      });
    const out = cli(JSON.stringify({ Resources: { Topic: topicOf(3) } }), 'check', '-', '--format', 'json');
    expect((JSON.parse(out) as Report).summary).toMatchObject({ files: 1, errors: 0 });
    expect(cli('', '--version').trim()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
