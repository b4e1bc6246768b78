import { hashOfBytes, hashOfHeaders, hashOfStored, Print } from '../../../faults/final-read/printed';

const print = new Print('f00d');
const property = (name: string) => print.properties.find((each) => each.startsWith(`${name}=`))!.slice(name.length + 1);
const [FIELD, HEADER, LINE, NULL] = ['key.separator', 'headers.separator', 'line.separator', 'null.literal'].map(
  property,
) as [string, string, string, string];
const printed = (headers: string, key: string, value: string) =>
  ['LogAppendTime:1700000000000', 'Partition:3', 'Offset:7', headers, key, value].join(FIELD) + LINE;
const read = (output: string) => [...print.parse(output)];

describe('what the console consumer printed', () => {
  test('is read back as bytes: escapes, null and empty are told apart', () => {
    const [record] = read(printed(`ce_id:order-1${HEADER}n:${NULL}${HEADER}e:`, NULL, '\\x00\\xFF\\x5Cx41|,;'));
    expect(record).toEqual({
      ...{ partition: 3, offset: 7, timestamp: 1_700_000_000_000, id: 'order-1', key: null, redriven: false },
      keyHash: hashOfBytes(null),
      valueHash: hashOfBytes(Buffer.concat([Buffer.from([0, 255]), Buffer.from('\\x41|,;')])),
      headersHash: expect.any(String) as string,
    });
    expect(record?.keyHash).not.toBe(read(printed('NO_HEADERS', '', ''))[0]?.keyHash);
  });

  test('has the key as text, whatever its alphabet', () => {
    expect(read(printed('NO_HEADERS', '\\xC3\\xA4', 'v'))[0]?.key).toBe('ä');
  });

  test('knows a record that a redrive sent', () => {
    expect(read(printed('lossless-redrive:billing\\x3A1', 'k', 'v'))[0]).toMatchObject({ id: null, redriven: true });
  });

  test('may hold warnings between records, and words after the last', () => {
    const output = `WARN something\n${printed('NO_HEADERS', 'a', 'v')}${printed('NO_HEADERS', 'b', 'v')}Processed a total of 2\n`;
    expect(read(output).map(({ key }) => key)).toEqual(['a', 'b']);
  });

  test('is refused where it cannot be read: nothing is concluded from half a record', () => {
    expect(() => read(`Partition:1${FIELD}${LINE}`)).toThrow('cannot read');
    expect(() => read(printed('NO_HEADERS', 'a', `b${FIELD}c`))).toThrow('cannot read');
    expect(() => read(printed('NO_HEADERS', 'a', 'b').replace('Offset:7', 'Offset:?'))).toThrow(
      'want a partition or an offset',
    );
  });
});

describe('fingerprints', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const headersOf = (text: string) => read(printed(text, 'k', 'v'))[0]?.headersHash;

  test('of a dead letter and of its record are the same', () => {
    expect(hashOfStored(base64('v'))).toBe(read(printed('NO_HEADERS', 'k', 'v'))[0]?.valueHash);
    expect(hashOfStored(null)).toBe(read(printed('NO_HEADERS', NULL, 'v'))[0]?.keyHash);
    expect(hashOfHeaders([])).toBe(headersOf('NO_HEADERS'));
    expect(hashOfHeaders([['a', base64('1')], ['a', base64('2')]])).toBe(headersOf(`a:1${HEADER}a:2`)); // prettier-ignore
  });

  test.each([
    [
      'the order of headers',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
    [
      'a repeat',
      [['a', '1']],
      [
        ['a', '1'],
        ['a', '1'],
      ],
    ],
    ['where a name ends', [['ab', 'c']], [['a', 'bc']]],
  ] as [string, [string, string][], [string, string][]][])('change with %s', (_, one, other) => {
    // prettier-ignore
    const stored = (headers: [string, string][]) => hashOfHeaders(headers.map(([name, value]) => [name, base64(value)]));
    expect(stored(one)).not.toBe(stored(other));
  });
});
