import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from '../../cli/check';
import { edited, type Edit } from '../rules/support';

/** What a pull request may hold is somebody else's choice: it neither stops a check nor speaks in its place. */

const SIZE = 200_000;
const many = (unit: string): string => unit.repeat(Math.ceil(SIZE / unit.length));

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'lossless-hostile-'))));
afterEach(() => rmSync(folder, { recursive: true }));

type Format = NonNullable<Parameters<typeof check>[1]['format']>;
function run(path: string, format: Format = 'json') {
  let out = '';
  const complaints: string[] = [];
  const code = check([path], { format }, {
    write: (text) => (out += text),
    complain: (line) => complaints.push(line),
    colour: false,
  }); // prettier-ignore
  return { code, out, complaints };
}

const BAD = '{"Resources":{"T":{"Type":"AWS::MSK::Topic","Properties":{"ReplicationFactor":1}}}}';
const BAD_YAML = 'Resources:\n  T:\n    Type: AWS::MSK::Topic\n    Properties: { ReplicationFactor: 1 }\n';
const told = (...edits: readonly Edit[]) => JSON.stringify(edited('plain.yaml', ...edits));
/** A sweeper: whether anything else calls it is asked of all that the template says. */
const named = (id: string): string => told(['UnpackMinutely', undefined]).replaceAll(/\bUnpack\b/g, id);

/** Where a pattern goes over such a text in squares, or worse, none of these ends before its test does. */
const HOSTILE: readonly (readonly [string, string])[] = [
  ['blank lines before JSON', many('\n') + BAD],
  ['lines of blanks before YAML', `${many('\n  ')}\n${BAD_YAML}`],
  ['blank lines in a description', `Description: "${many('\n')}"\n${BAD_YAML}`],
  ['a quote that is not closed, and blank lines', `Description: "${many('\n')}\n${BAD_YAML}`],
  ['blanks after a name that is no section', `${many('Resources ')}\n${BAD_YAML}`],
  ['a thousand blank lines again and again', many(`${'\n'.repeat(999)}#`) + BAD_YAML],
  ['JSON that ends within a text', `{"Resources":{"AWS::${many('a')}`],
  ['JSON that ends within quotes', `{"Resources":{"AWS::":${many('"')}`],
  ['quotes, hashes and dashes', `${many('# "')}\n${many('- ')}\n${BAD_YAML}`],
  ['settings of a topic that are no base64 at their end', told(['Topic.Configs', `${many('\n')}!`])],
  ['settings of brokers that are backslashes', told(['Configuration.ServerProperties', `${many('\\')}x`])],
  ['settings of brokers in one line that goes on', told(['Configuration.ServerProperties', many('\\\n')])],
  ['a target that begins as a function again and again', told(['UnpackMinutely.Target.Arn', many('functions/arn:')])],
  ['rights on a place within places', told(['UnpackRole.Policies.0.PolicyDocument.Statement.0.Resource', many('a/')], ['Mapping.EventSourceArn', `arn:aws:kafka:eu-west-1:111122223333:cluster/${many('a/')}`])], // prettier-ignore
  ['a logical id that is a pattern', named(`(${'a+'.repeat(20)})+$`).replace('{', `{"Outputs":{"A":{"Value":"${'a'.repeat(60)}"}},`)], // prettier-ignore
];

describe('a template of 200 kB inside a directory', () => {
  test.each(HOSTILE)('is soon answered: %s', (_what, text) => {
    writeFileSync(join(folder, 't.yaml'), text);
    const { code, out, complaints } = run(folder);
    expect(complaints.length > 0 || out.includes('LK201') || out.includes('"summary"')).toBe(true);
    expect([0, 1, 2]).toContain(code);
  });

  test('is judged when it is one, whatever blank lines stand before it', () => {
    writeFileSync(join(folder, 't.json'), many('\n') + BAD);
    expect(run(folder)).toMatchObject({ code: 1, out: expect.stringContaining('LK201') as string });
  });
});

describe('the name of a file or folder', () => {
  const FORMATS: readonly Format[] = ['table', 'json', 'sarif', 'markdown', 'junit', 'github'];
  const EVIL = 'e\n::error::\u001b[31m\u009b2J##[add-mask]##vso[task.x]';

  test.each(FORMATS)('commands neither the terminal nor the build server: %s', (format) => {
    mkdirSync(join(folder, EVIL));
    writeFileSync(join(folder, EVIL, `${EVIL}.json`), BAD);
    writeFileSync(join(folder, EVIL, `unread${EVIL}.yaml`), 'Resources:\n  A: { Type: AWS::X\n');
    const { out, complaints } = run(folder, format);
    expect(out).toContain('LK201');
    expect(complaints).toHaveLength(1);
    for (const text of [out, complaints.join('\n')]) {
      // eslint-disable-next-line no-control-regex
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
      expect(text).not.toMatch(/^\s*::error::/m);
    }
    expect(complaints[0]).not.toMatch(/\n|##\[|##vso\[/);
  });

  test('is written for GitHub as its runner reads properties back', () => {
    const name = 'a,b:c%\n\u001b.json';
    writeFileSync(join(folder, name), BAD);
    expect(run(folder, 'github').out).toContain('/a%2Cb%3Ac%25%0A%1B.json,line=1,title=');
  });
});

test('a link in a folder that leads nowhere is named, and hides no template beside it', () => {
  writeFileSync(join(folder, 't.json'), BAD);
  symlinkSync(join(folder, 'gone.json'), join(folder, 'a.json'));
  const { code, out, complaints } = run(folder);
  const named = expect.stringMatching(/a\.json: got no file that can be read/) as string;
  expect([code, complaints]).toEqual([2, [named]]);
  expect(out).toContain('LK201');
});
