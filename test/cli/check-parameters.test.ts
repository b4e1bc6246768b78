import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../cli/check';
import type { CheckOptions } from '../../cli/check/options';
import { topicOf } from './topic';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lossless-check-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** A topic whose number of replicas is left to a parameter. */
const template = (declaration: object) => ({
  Parameters: { Replicas: declaration, Zones: { Type: 'CommaDelimitedList', AllowedValues: ['a', 'b'] } },
  Resources: { Topic: topicOf({ Ref: 'Replicas' }) },
});
const ALLOWED = { Type: 'Number', Default: 3, AllowedValues: [1, 3] };
const DEFAULTED = { Type: 'Number', Default: 3 };

const run = (declaration: object, options: CheckOptions) => runOn(template(declaration), options);

function runOn(content: object, options: CheckOptions) {
  let out = '';
  const complaints: string[] = [];
  const code = check(
    [file('orders.yaml', content)],
    { format: 'json', ...options },
    {
      write: (text) => (out += text),
      complain: (line) => complaints.push(line),
      colour: false,
    },
  );
  const { findings } = (out === '' ? { findings: [] } : JSON.parse(out)) as {
    findings: { code: string; property: string; status: string }[];
  };
  const replicas = findings.filter((found) => found.code === 'LK201').map(({ status }) => status);
  return { code, replicas, complaints };
}

test('what an allowed value loses fails, until another is given', () => {
  expect(run(ALLOWED, {})).toMatchObject({ code: 1, replicas: ['fail'] });
  expect(run(ALLOWED, { parameters: ['Replicas=3'] })).toMatchObject({ code: 0, replicas: [] });
  expect(run(ALLOWED, { parameters: ['Replicas=1'] })).toMatchObject({ code: 1, replicas: ['fail'] });
});

test('what another value than the default may lose is undecided: it fails with --strict alone, until it is given', () => {
  expect(run(DEFAULTED, {})).toMatchObject({ code: 0, replicas: ['undecided'] });
  expect(run(DEFAULTED, { strict: true })).toMatchObject({ code: 1, replicas: ['undecided'] });
  expect(run(DEFAULTED, { parameters: ['Replicas=4'] })).toMatchObject({ code: 0, replicas: [] });
  expect(run(DEFAULTED, { parameters: ['Replicas=2'] })).toMatchObject({ code: 1, replicas: ['fail'] });
});

test.each<[string, unknown]>([
  ['of the AWS CLI', [{ ParameterKey: 'Replicas', ParameterValue: '1' }]],
  ['of a deploy', ['Replicas=1']],
  ['of CodePipeline', { Parameters: { Replicas: 1 } }],
  ['with names and values alone', { Replicas: '1' }],
])('a file %s gives parameters', (_whose, content) => {
  expect(run(ALLOWED, { parameterFiles: [file('given.json', content)] }).replicas).toEqual(['fail']);
});

test('what is given by hand counts more than a file, and a later file more than an earlier', () => {
  const [one, three] = [file('one.json', { Replicas: 1 }), file('three.json', { Replicas: 3 })];
  expect(run(ALLOWED, { parameterFiles: [one, three] }).replicas).toEqual([]);
  expect(run(ALLOWED, { parameterFiles: [three, one] }).replicas).toEqual(['fail']);
  expect(run(ALLOWED, { parameterFiles: [one], parameters: ['Replicas=3'] }).replicas).toEqual([]);
});

test('a value of an earlier deploy is not known, and left open', () => {
  const previous = file('given.json', [{ ParameterKey: 'Replicas', UsePreviousValue: true }]);
  expect(run(ALLOWED, { parameterFiles: [previous] }).replicas).toEqual(['fail']);
});

test.each<[string, CheckOptions, RegExp]>([
  [
    'a parameter that no template declares',
    { parameters: ['Replica=3'] },
    /got Replica, which no template declares, want a parameter \(Replicas, Zones\)/,
  ],
  ['a value that is not allowed', { parameters: ['Replicas=2'] }, /got Replicas=2, want one of 1, 3/],
  ['a list of which one is not allowed', { parameters: ['Zones=a,c'] }, /got Zones=c, want one of a, b/],
  ['a name without a value', { parameters: ['Replicas'] }, /got "Replicas", want Key=Value/],
])('%s is one clear error', (_what, options, message) => {
  const { code, complaints } = run(ALLOWED, options);
  expect(code).toBe(2);
  expect(complaints).toEqual([expect.stringMatching(message)]);
});

test.each<[string, unknown, RegExp]>([
  ['that is no JSON', '{', /given\.json: line 1: got .+, want a list of/],
  ['of something else', 'text', /given\.json: got no parameters, want a list/],
  ['with another list', [{ Key: 'Replicas' }], /given\.json: got \{"Key":"Replicas"\}, want a list/],
  ['with an object for a value', { Replicas: { Ref: 'x' } }, /given\.json: Replicas: got \{"Ref":"x"\}, want a text/],
  ['of another template', { Other: 'x' }, /given\.json: got Other, which no template declares/],
])('a file %s is one clear error', (_what, content, message) => {
  const { code, complaints } = run(ALLOWED, { parameterFiles: [file('given.json', content)] });
  expect(code).toBe(2);
  expect(complaints).toEqual([expect.stringMatching(message)]);
});

test('a loop over a parameter goes over what it is given', () => {
  const looping = {
    Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'orders' } },
    Resources: { 'Fn::ForEach::Topics': ['Name', { Ref: 'Names' }, { 'Topic${Name}': topicOf(2) }] },
  };
  expect(runOn(looping, {}).replicas).toEqual(['fail']);
  expect(runOn(looping, { parameters: ['Names=orders, bills'] }).replicas).toEqual(['fail', 'fail']);
  const open = { ...looping, Parameters: { Names: { Type: 'CommaDelimitedList' } } };
  expect(runOn(open, {}).replicas).toEqual([]);
  expect(runOn(open, { parameters: ['Names=orders,bills'] }).replicas).toEqual(['fail', 'fail']);
});

test('a loop of a nested stack goes over what the stack around it says, not over what that is given', () => {
  file('inner.json', {
    Parameters: { Names: { Type: 'CommaDelimitedList', Default: 'orders' } },
    Resources: { 'Fn::ForEach::Topics': ['Name', { Ref: 'Names' }, { 'Topic${Name}': topicOf(2) }] },
  });
  const outer = {
    Parameters: { Names: { Type: 'CommaDelimitedList' } },
    Resources: { Inner: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL: './inner.json' } } },
  };
  expect(runOn(outer, { parameters: ['Names=orders,bills'] }).replicas).toEqual(['fail']);
});

describe('rules of the template', () => {
  const ruled = {
    Parameters: { Stage: { Type: 'String', AllowedValues: ['prod', 'dev'] }, Replicas: ALLOWED },
    Rules: {
      ProdIsSafe: {
        RuleCondition: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
        Assertions: [
          { Assert: { 'Fn::Contains': [['3'], { Ref: 'Replicas' }] }, AssertDescription: 'prod has three replicas' },
        ],
      },
    },
    Resources: { Topic: topicOf({ Ref: 'Replicas' }) },
  };

  test('leave no value open that they refuse beside what is given', () => {
    expect(runOn(ruled, { parameters: ['Stage=dev'] })).toMatchObject({ code: 1, replicas: ['fail'] });
    expect(runOn(ruled, { parameters: ['Stage=prod'] })).toMatchObject({ code: 0, replicas: [] });
  });

  test('refuse what is given, in one clear error', () => {
    const { code, complaints } = runOn(ruled, { parameters: ['Stage=prod', 'Replicas=1'] });
    expect(code).toBe(2);
    expect(complaints).toEqual([
      expect.stringMatching(
        /orders\.yaml: Rules\.ProdIsSafe: got parameters that it refuses \(Stage=prod, Replicas=1\), want those that it allows: prod has three replicas; correct them/,
      ),
    ]);
  });

  test('are not asked where nothing is given of what they speak of', () => {
    expect(runOn(ruled, {})).toMatchObject({ code: 1, replicas: ['fail'], complaints: [] });
  });
});
