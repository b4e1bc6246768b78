import fc from 'fast-check';
import { JsonReader, JsonTextError } from '../../../../../lambdas/runtime/event/json/reader';

const reads = (text: string | Uint8Array) => {
  const reader = new JsonReader(Buffer.from(text));
  const value = reader.value();
  reader.end();
  return value;
};
const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
const isRead = (text: string): boolean => {
  try {
    reads(text);
    return true;
  } catch (error) {
    if (error instanceof JsonTextError) return false;
    throw error;
  }
};

test('what is JSON to JavaScript is JSON to the reader, and nothing else', () => {
  const pieces = ['{', '}', '[', ']', ',', ':', '"a"', '"', '\\', '\\u00e9', '1', '-', '0', '.5', 'e+3', 'true', 'nul', 'null', ' ', '\n', '\u0001', 'ü']; // prettier-ignore
  const broken = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));
  const nearly = fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom(...pieces))
    .map(([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice(at % (text.length + 1)));
  fc.assert(
    fc.property(fc.oneof(broken, nearly, fc.json()), (text) => {
      expect([text, isRead(text)]).toEqual([text, parses(text)]);
    }),
    { numRuns: 2_000 },
  );
});

test('members and elements stand where JavaScript finds them', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })), (objects) => {
      const bytes = Buffer.from(JSON.stringify(objects, undefined, 1));
      const cut = ({ start, end }: { start: number; end: number }): unknown =>
        JSON.parse(bytes.toString('utf8', start, end));
      const reader = new JsonReader(bytes);
      const found: [unknown, unknown][][] = [];
      const elements = reader.elements();
      while (elements.next().done !== true) {
        found.push([...reader.members()].map(({ name, value }) => [cut(name), cut(value)]));
      }
      reader.end();
      expect(found).toEqual(objects.map((object) => Object.entries(JSON.parse(JSON.stringify(object)) as object)));
    }),
  );
});

test.each([
  ['7', 0],
  ['[]', 1],
  ['{"a":[{}],"b":1}', 3],
  ['['.repeat(300_000) + ']'.repeat(300_000), 300_000],
])('the depth of %.20s is told, however deep', (text, depth) => {
  expect(reads(text).depth).toBe(depth);
});

test.each([
  ['numbers', '[0,0,0,', '0,', '0]'],
  ['one long number', '1', '0', '0'],
  ['one long text', '"', 'a', '"'],
  ['escapes', '"', '\\"', '"'],
  ['arrays in arrays', '', '[', ''],
  ['objects', '[{}', ',{}', ']'],
])('each byte of %s is looked at a few times, however many there are', (_what, front, part, back) => {
  const looks = (parts: number) => {
    let count = 0;
    const bytes = Buffer.from(`${front}${part.repeat(parts)}${back}`);
    const counted = new Proxy(bytes, {
      get: (target, name) => {
        count += 1;
        return target[Number(name)];
      },
    });
    try {
      new JsonReader(counted).value();
    } catch (error) {
      if (!(error instanceof JsonTextError)) throw error;
    }
    return count / bytes.length;
  };
  expect(looks(20_000)).toBeLessThanOrEqual(8);
  expect(looks(20_000)).toBeLessThanOrEqual(looks(1_000) * 1.05);
});
