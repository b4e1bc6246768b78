import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { check } from '../../cli/check';
import type { CheckOptions } from '../../cli/check/options';
import { parseTemplate } from '../../rules';
import { topicOf } from './topic';

const root = resolve(__dirname, '..', '..');
const UNSAFE = join(root, 'examples', 'unsafe.yaml');
const SAFE = join(root, 'test', 'rules', 'shapes', 'plain.yaml');
const OPEN = join(root, 'test', 'rules', 'shapes', 'serverless.yaml');

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lossless-check-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

function run(paths: string | readonly string[], options: Partial<CheckOptions> = {}, colour = false) {
  let out = '';
  const complaints: string[] = [];
  const code = check(
    [paths].flat(),
    { format: 'table', ...options },
    {
      write: (text) => (out += text),
      complain: (line) => complaints.push(line),
      colour,
    },
  );
  return { code, out, complaints };
}

interface Report {
  findings: Record<string, unknown>[];
  summary: Record<string, number>;
}
const report = (paths: string | readonly string[], options: Partial<CheckOptions> = {}) =>
  JSON.parse(run(paths, { ...options, format: 'json' }).out) as Report;

const oneTopic = (ReplicationFactor: unknown) => ({ Resources: { Topic: topicOf(ReplicationFactor) } });

test('exit 0: nothing can be lost', () => {
  expect(run(SAFE)).toMatchObject({
    code: 0,
    out: '0 errors, 0 warnings, 0 undecided, 0 acknowledged in 1 template\n',
  });
});

test('exit 1: an error that nobody has acknowledged', () => {
  expect(run(UNSAFE).code).toBe(1);
});

test('what is undecided fails a strict check only', () => {
  expect(run(OPEN).code).toBe(0);
  expect(run(OPEN, { strict: true }).code).toBe(1);
});

test('warnings fail a strict check only', () => {
  const path = file('t.json', { Resources: { Topic: topicOf(3, {}, 'retention.ms=86400000') } });
  expect([run(path).code, run(path, { strict: true }).code]).toEqual([0, 1]);
});

test.each([
  ['no such file', () => join(folder, 'nowhere.yaml')],
  ['broken JSON', () => file('t.json', '{"Resources": {')],
  ['broken YAML', () => file('t.yaml', 'Resources:\n  A: [1\n')],
  ['no template', () => file('t.json', '[]')],
  ['no resources', () => file('t.json', '{"Resources": []}')],
  ['a resource without a type', () => file('t.json', '{"Resources": {"A": {}}}')],
  ['nesting without end', () => file('t.json', `{"Resources": ${'['.repeat(200_000)}`)],
  [
    'nesting too deep',
    () => file('t.json', `{"Resources": {"A": {"Type": "T", "X": ${'['.repeat(500)}${']'.repeat(500)}}}}`),
  ],
  ['nested YAML', () => file('t.yaml', `Resources: ${'['.repeat(20_000)}`)],
  [
    'aliases of aliases',
    () =>
      file(
        't.yaml',
        `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefg'].map((c, n) => `${c}: &${c} [${Array(9).fill(`*${'abcdef'[n]}`).join(',')}]`).join('\n')}\nResources: {}\n`,
      ),
  ],
  ['too much', () => file('t.json', ' '.repeat(10_000_001))],
  ['an empty directory', () => folder],
])('exit 2, and one clear line: %s', (_what, path) => {
  const { code, complaints } = run(path());
  expect(code).toBe(2);
  expect(complaints).toHaveLength(1);
  expect(complaints[0]).toMatch(/^error: .+: got .+, want .+; .+[^.]$/);
});

test('a template of five million bytes is judged', () => {
  const Resources: Record<string, unknown> = {};
  for (let n = 0; n < 5000; n++)
    Resources[`R${n}`] = { Type: 'AWS::SSM::Parameter', Properties: { Value: 'x'.repeat(1000) } };
  expect(report(file('t.json', { Resources })).summary).toMatchObject({ files: 1, errors: 0 });
});

test('a finding in JSON has exactly the public fields', () => {
  const { findings, summary } = report(file('t.json', oneTopic(2)));
  expect(findings.map((finding) => Object.keys(finding))).toEqual([
    [
      'file',
      'line',
      'code',
      'name',
      'severity',
      'status',
      'logicalId',
      'path',
      'property',
      'found',
      'wanted',
      'message',
      'fix',
      'source',
    ],
  ]);
  expect(findings[0]).toMatchObject({
    code: 'LK201',
    severity: 'error',
    status: 'fail',
    logicalId: 'Topic',
    path: null,
    found: '2',
    wanted: '3',
  });
  expect(summary).toEqual({
    ...{ files: 1, errors: 1, warnings: 0, undecided: 0, acknowledged: 0, known: 0, unreadable: 0 },
  });
});

test('an acknowledged finding is still listed, and no longer fails', () => {
  const path = file('t.json', oneTopic(2));
  const acknowledge = file('ok.yaml', "- { code: LK201, logicalId: 'To*', reason: one broker in this account }\n");
  const { findings, summary } = report(path, { acknowledge });
  expect(findings).toMatchObject([{ code: 'LK201', status: 'acknowledged', reason: 'one broker in this account' }]);
  expect(summary).toMatchObject({ errors: 0, acknowledged: 1 });
  expect(run(path, { acknowledge, strict: true }).code).toBe(0);
});

test('an acknowledgement of another resource accepts nothing, and is told', () => {
  const acknowledge = file('ok.yaml', '- { code: LK201, logicalId: Other, reason: gone }\n');
  const { code, complaints } = run(file('t.json', oneTopic(2)), { acknowledge });
  expect(code).toBe(1);
  expect(complaints).toEqual(['acknowledgement of LK201 on Other: no such finding; take it out']);
});

test.each([
  ['no reason', '- { code: LK201, logicalId: Topic }'],
  ['an empty reason', "- { code: LK201, logicalId: Topic, reason: ' ' }"],
  ['no rule', '- { code: LK999, logicalId: Topic, reason: x }'],
  ['no place', '- { code: LK201, reason: x }'],
  ['no list', 'code: LK201'],
  ['no YAML', '- [1'],
])('an acknowledgement with %s is refused', (_what, content) => {
  expect(run(file('t.json', oneTopic(2)), { acknowledge: file('ok.yaml', content) })).toMatchObject({
    code: 2,
    out: '',
  });
});

test('every template below a directory is judged, and nothing else', () => {
  file('a/one.template.json', oneTopic(2));
  file(
    'b/two.yaml',
    'Resources:\n  Topic:\n    Type: AWS::MSK::Topic\n    Properties: { ReplicationFactor: !Ref X }\n',
  );
  file('c/values.yaml', 'Resources: { limits: 1 }\n');
  file('d/tsconfig.json', '{}');
  expect(report(folder).summary['files']).toBe(2);
});

test('a stack nested in an assembly is judged with what its parent gives it', () => {
  file('manifest.json', {
    artifacts: {
      App: { type: 'aws:cloudformation:stack', properties: { templateFile: 'App.template.json' } },
      Stage: { type: 'cdk:cloud-assembly', properties: { directoryName: 'assembly-Stage' } },
    },
  });
  const nested = (file: string, Replicas: string) => ({
    Type: 'AWS::CloudFormation::Stack',
    Properties: { Parameters: { Replicas } },
    Metadata: { 'aws:asset:path': file },
  });
  file('App.template.json', { Resources: { Nested: nested('App.nested.json', '2') } });
  file('App.nested.json', { Parameters: { Replicas: { Type: 'Number' } }, ...oneTopic({ Ref: 'Replicas' }) });
  file('assembly-Stage/manifest.json', {
    artifacts: { S: { type: 'aws:cloudformation:stack', properties: { templateFile: 'S.json' } } },
  });
  file('assembly-Stage/S.json', oneTopic(1));
  const { findings, summary } = report(folder);
  expect(summary).toMatchObject({ files: 3, errors: 2, undecided: 0 });
  expect(findings.map(({ found }) => found)).toEqual(['2', '1']);
});

const MAPPING = (cluster: unknown) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { EventSourceArn: cluster, Topics: ['orders'], StartingPosition: 'TRIM_HORIZON' },
});
const CLUSTER = { Type: 'AWS::MSK::ServerlessCluster', Properties: { ClusterName: 'orders' } };
const exporting = (Name: string) => ({
  Resources: { Cluster: CLUSTER },
  Outputs: { Arn: { Value: { Ref: 'Cluster' }, Export: { Name } } },
});
const importing = { Resources: { Mapping: MAPPING({ 'Fn::ImportValue': 'cluster-arn' }) } };
const outOfSight = ({ findings }: Report) =>
  findings.filter(({ code }) => code === 'LK112').map(({ file: name }) => name);

test('a cluster of another stack in the same assembly is in sight', () => {
  const stack = (templateFile: string) => ({ type: 'aws:cloudformation:stack', properties: { templateFile } });
  file('manifest.json', { artifacts: { App: stack('App.template.json'), Cluster: stack('Cluster.template.json') } });
  const app = file('App.template.json', importing);
  file('Cluster.template.json', exporting('cluster-arn'));
  expect(outOfSight(report(folder))).toEqual([]);
  expect(outOfSight(report(app))).toEqual([app]);
});

test('so is one of another template that is named with it', () => {
  const app = file('app.json', importing);
  expect(outOfSight(report([app, file('cluster.json', exporting('cluster-arn'))]))).toEqual([]);
  expect(outOfSight(report([app, file('cluster.json', exporting('another-arn'))]))).toEqual([app]);
});

test('findings stand under the template they are of', () => {
  const good = file('good.json', { ...exporting('cluster-arn'), Resources: { Cluster: CLUSTER, Topic: topicOf(2) } });
  const bad = file('bad.json', { Resources: { ...importing.Resources, Topic: topicOf(1) } });
  const found = report([bad, good]).findings.filter(({ code }) => code === 'LK201');
  expect(found.map(({ file: name, found: got }) => [name, got])).toEqual([
    [bad, '1'],
    [good, '2'],
  ]);
});

test('a stack of an assembly that has no resources loses nothing, and hides no other', () => {
  const stack = (templateFile: string) => ({ type: 'aws:cloudformation:stack', properties: { templateFile } });
  file('manifest.json', { artifacts: { Empty: stack('Empty.json'), App: stack('App.json') } });
  file('Empty.json', {});
  file('App.json', oneTopic(1));
  const { code, out, complaints } = run(folder);
  expect({ code, complaints }).toEqual({ code: 1, complaints: [] });
  expect(out).toContain('LK201');
});

test('an assembly that lacks a file is refused by its name', () => {
  const nested = { Type: 'AWS::CloudFormation::Stack', Metadata: { 'aws:asset:path': 'gone.json' } };
  file('manifest.json', {
    artifacts: { App: { type: 'aws:cloudformation:stack', properties: { templateFile: 'App.json' } } },
  });
  file('App.json', { Resources: { Nested: nested } });
  const { code, complaints } = run(folder);
  expect([code, complaints.length]).toEqual([2, 1]);
  expect(complaints[0]).toMatch(/gone\.json: got .+, want .+; .+[^.]$/);
  file('manifest.json', '{');
  expect(run(folder).complaints[0]).toMatch(/manifest\.json: got .+, want .+; .+/);
});

test('colour stands on a terminal only', () => {
  expect(run(UNSAFE).out).not.toContain('\u001b');
  expect(run(UNSAFE, {}, true).out).toContain('\u001b[31m');
});

test('SARIF tells what is open from what fails, and gives the reason of what is accepted', () => {
  const acknowledge = file('ok.yaml', "- { code: LK301, logicalId: '*', reason: a test }\n");
  const log = JSON.parse(run([UNSAFE, OPEN], { format: 'sarif', acknowledge }).out) as {
    version: string;
    runs: { tool: { driver: { rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
  };
  expect(log.version).toBe('2.1.0');
  const { tool, results } = log.runs[0]!;
  const of = (id: string) => results.find(({ ruleId }) => ruleId === id);
  expect(of('LK101')).toMatchObject({ kind: 'fail', level: 'error' });
  expect(of('LK112')).toMatchObject({ kind: 'open', level: 'none' });
  expect(of('LK301')).toMatchObject({ suppressions: [{ kind: 'external', justification: 'a test' }] });
  expect(results.every(({ ruleIndex, ruleId }) => tool.driver.rules[ruleIndex as number]?.id === ruleId)).toBe(true);
});

test('SARIF has what its schema demands', () => {
  interface Log {
    $schema: string;
    version: string;
    runs: { tool: { driver: { name: string; rules: { id: string; helpUri: string }[] } }; results: Result[] }[];
  }
  interface Result {
    kind: string;
    level: string;
    message: { text: string };
    locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
  }
  const log = JSON.parse(run([UNSAFE, OPEN], { format: 'sarif' }).out) as Log;
  expect(log).toMatchObject({ $schema: expect.stringContaining('sarif-2.1.0') as string, version: '2.1.0' });
  expect(log.runs).toHaveLength(1);
  const { driver } = log.runs[0]!.tool;
  expect(driver.name).not.toBe('');
  expect(new Set(driver.rules.map(({ id }) => id)).size).toBe(driver.rules.length);
  for (const { kind, level, message, locations } of log.runs[0]!.results) {
    expect(['fail', 'open']).toContain(kind);
    expect(['error', 'warning', 'none']).toContain(level);
    expect(kind === 'fail' || level === 'none').toBe(true);
    expect(message.text).not.toBe('');
    const { artifactLocation, region } = locations[0]!.physicalLocation;
    expect(artifactLocation.uri).toMatch(/^[\w./%-]+$|^file:\/\//);
    expect(region.startLine).toBeGreaterThanOrEqual(1);
  }
});

test.each([
  ['YAML', (template: string) => template],
  ['JSON', (template: string) => JSON.stringify(parseTemplate(template), undefined, 2)],
])('a finding in %s points at its line, or, where nothing is written, at where it belongs', (format, written) => {
  const text = written(readFileSync(UNSAFE, 'utf8'));
  const { results } = (
    JSON.parse(run(file(`t.${format.toLowerCase()}`, text), { format: 'sarif' }).out) as {
      runs: { results: { ruleId: string; locations: { physicalLocation: { region: { startLine: number } } }[] }[] }[];
    }
  ).runs[0]!;
  const lineOf = (id: string) =>
    text.split('\n')[results.find(({ ruleId }) => ruleId === id)!.locations[0]!.physicalLocation.region.startLine - 1];
  expect(lineOf('LK301')).toMatch(/^\s+"?StartingPosition"?: "?LATEST/);
  expect(lineOf('LK109')).toMatch(/^ {2,4}"?(Configuration|Cluster)"?:/);
  expect(lineOf('LK304')).toMatch(/^\s+"?Properties"?:/);
});

test('Markdown has one row for each finding', () => {
  const rows = run(UNSAFE, { format: 'markdown' })
    .out.split('\n')
    .filter((line) => line.startsWith('| '));
  expect(rows).toHaveLength(2 + report(UNSAFE).findings.length);
});

test('the session in the README is what the command says', () => {
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, session = ''] = /```console\n\$ npx cdk-lossless-kafka check \S+\n([\s\S]*?)```/.exec(readme) ?? [];
  const said = run(UNSAFE)
    .out.split('\n')
    .map((line) => line.replace(UNSAFE, 'examples/unsafe.yaml'));
  const lines = session.trim().split('\n');
  expect(lines.length).toBeGreaterThan(8);
  expect(lines.filter((line) => line !== '…' && !said.includes(line))).toEqual([]);
});
