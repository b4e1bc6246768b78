import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMap, isSeq, LineCounter, parseDocument, type Scalar } from 'yaml';
import { placesIn, type Place } from '../../cli/check/formats/json-places';

/** Every part and its line, as `Resources.Topic.Properties: 4`. */
const linesOf = ({ parts }: Place, path = ''): string[] =>
  [...parts].flatMap(([name, part]) => [`${path}${name}: ${part.line}`, ...linesOf(part, `${path}${name}.`)]);

/** The same by a parser of YAML, which holds JSON. */
function linesByYaml(text: string): string[] {
  const lines = new LineCounter();
  const follow = (node: unknown, path: string): string[] => {
    const entries = isMap(node)
      ? node.items.map(({ key, value }) => [String((key as Scalar).value), key, value] as const)
      : isSeq(node)
        ? node.items.map((item, n) => [String(n), item, item] as const)
        : [];
    return entries.flatMap(([name, at, value]) => [
      `${path}${name}: ${lines.linePos((at as Scalar).range?.[0] ?? 0).line}`,
      ...follow(value, `${path}${name}.`),
    ]);
  };
  return follow(parseDocument(text, { lineCounter: lines }).contents, '');
}

const SAMPLE = {
  Resources: {
    'a "quoted": {name}': {
      Properties: { Empty: {}, None: [], Text: 'a\n"b": [{', Nested: [[1, -2.5e3], [{ A: null }]] },
    },
    'back\\slash\\': [true, false, '', ',', { Last: '\\' }],
  },
};

test.each([
  ['of the shapes', readFileSync(join(__dirname, '..', 'rules', 'shapes', 'express.json'), 'utf8')],
  ['indented', JSON.stringify(SAMPLE, undefined, 2)],
  ['in one line', JSON.stringify(SAMPLE)],
  [
    'with a line before each colon, and ends of lines as Windows has them',
    JSON.stringify(SAMPLE, undefined, 1)
      .replace(/\n/g, '\r\n')
      .replace(/(?<!\\)": /g, '"\r\n : '),
  ],
])('in a template %s, every part stands in the line where a parser of YAML finds it', (_what, text) => {
  const found = linesOf(placesIn(text));
  expect(found).toEqual(linesByYaml(text));
  expect(found.length).toBeGreaterThan(10);
});

test('of a name written twice the last counts, as for CloudFormation', () => {
  expect(linesOf(placesIn('{ "A": 1,\n"A": { "B": 2 } }'))).toEqual(['A: 2', 'A.B: 2']);
});
