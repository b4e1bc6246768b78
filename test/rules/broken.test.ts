import { parseTemplate } from '../../rules';

/** Texts that are no template: what is said of them is ours, and says where. */

const refusal = (text: string): string => {
  try {
    parseTemplate(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};
const head = 'Resources:\n  A: 1\n';
const deep = (open: string, close = '') => `${head}B: ${open.repeat(20_000)}${close.repeat(20_000)}\n`;
const stairs = Array.from({ length: 400 }, (_, n) => `${' '.repeat(n)}a:`).join('\n');

test.each([
  ['a second document', `${head}---\n${head}`, 'line 3: got a second document', 'give each a file of its own'],
  ['lists nested without end', deep('['), 'line 3: got values nested more than 100 deep', ''],
  ['closed lists nested without end', deep('[', ']'), 'line 3: got values nested more than 100 deep', ''],
  ['maps nested without end', deep('{a: ', '}'), 'line 3: got values nested more than 100 deep', ''],
  ['dashes nested without end', `${head}B:\n  ${'- '.repeat(20_000)}x\n`, 'line 4: got values nested more than', ''],
  ['names nested without end', stairs, 'got values nested more than 100 deep', ''],
  ['a tab', `${head}\tB: 1\n`, 'line 3: got a tab in place of blanks', 'use blanks'],
  ['a quote that stays open', `${head}B: "x\n`, 'got a text whose closing quote is missing', ''],
  ['a brace that stays open', `${head}B: {x: 1\n`, 'got an indentation that fits nothing above it', ''],
  ['a line that fits no other', 'Resources:\n  A: 1\n B: 2\n', 'line 3: got an indentation that fits nothing', ''],
  [
    'a colon too many',
    `${head}B: c: d\n`,
    'line 3: got a second name and colon in one line',
    'put the value in quotes',
  ],
  ['a sign that YAML keeps', `${head}B: @x\n`, 'line 3: got a value that begins with a character', 'put it in quotes'],
  ['an escape that is none', `${head}B: "\\q"\n`, 'line 3: got a backslash in double quotes', ''],
  ['two anchors', `${head}B: &x &y 1\n`, 'line 3: got an anchor or a tag where none belongs', ''],
  [
    'a name without a colon',
    `${head}B\n`,
    'line 3: got a place where a bracket, a brace, a comma or a colon is missing',
    '',
  ],
  ['a bracket too many', `${head}B: ]\n`, 'line 3: got something that fits nothing before it', ''],
  ['an alias of nothing', `${head}B: *nothing\n`, 'line 3: got the alias of an anchor that is not there, *nothing', ''],
  ['a merge of a number', `${head}B: { <<: 3 }\n`, 'line 3: got a merge of what is no map', ''],
  ['JSON that ends early', '{"Resources":\n', 'line 2: got the end of the file where a value belongs', ''],
  [
    'JSON with a comma too many',
    '{"Resources": {\n"A": 1,\n}}',
    'line 3: got "}" where a name in double quotes belongs',
    '',
  ],
  ['JSON with a bare word', '{"Resources":\n {"A": yes}}', 'line 2: got "y" where a value belongs', ''],
  ['JSON without a comma', '{"A": [1\n 2]}', 'line 2: got "2" where a comma or the end of the list or object', ''],
  ['JSON with a comment', '{\n // x\n}', 'line 2: got "/" where a name in double quotes belongs', ''],
  ['JSON without a colon', '{"A"\n 1}', 'line 2: got "1" where a colon belongs', ''],
  ['JSON closed as another', '{"A": [1\n}', 'line 2: got "}" where a comma or the end of the list', ''],
  ['JSON that goes on', '{"A": "\\u00e9"}\n{}', 'line 2: got "{" where nothing more belongs', ''],
])('of %s our own words say what is wrong, and where', (_what, text, got, fix) => {
  const said = refusal(text);
  expect(said).toContain(got);
  expect(said).toMatch(/^template: line \d+: got [^\n]+, want a CloudFormation template in (YAML|JSON); [^\n]+$/);
  expect(said).toContain(fix);
  expect(said).not.toMatch(/parse|implicit|mapping|token|flow|JSON input|position|Unresolved|Source contains/i);
});

test('values as deep as a template may have them are read', () => {
  const text = `Resources: ${'{ a: '.repeat(95)}1${' }'.repeat(95)}\n`;
  expect(refusal(text)).toBe('none');
  expect(refusal(Array.from({ length: 99 }, (_, n) => `${' '.repeat(n)}a:`).join('\n'))).toBe('none');
  expect(refusal(`a:\n  ${'- '.repeat(95)}x\n`)).toBe('none');
});
