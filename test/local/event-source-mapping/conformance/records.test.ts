import type { KafkaMessage } from 'kafkajs';
import { encodeRecord, type RecordFormat } from '../../../../local/event-source-mapping/record';

const format = (changes: Partial<RecordFormat> = {}): RecordFormat => ({
  ...{ topic: 'orders', nullKey: 'null', nullValue: 'null', filter: undefined },
  ...changes,
});
const message = (changes: Partial<KafkaMessage> = {}): KafkaMessage =>
  ({
    ...{ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: '1700000000000', attributes: 0, offset: '7' },
    headers: {},
    ...changes,
  }) as KafkaMessage;
const decoded = (changes: Partial<KafkaMessage>, with_: Partial<RecordFormat> = {}) =>
  JSON.parse(encodeRecord(format(with_), 3, message(changes)).json) as Record<string, unknown>;

describe('https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html', () => {
  test('key and value are base64, offset, partition and time are numbers, headers are lists of bytes', () => {
    expect(decoded({ headers: { ce_id: [Buffer.from('é'), Buffer.from('')] } })).toEqual({
      ...{ topic: 'orders', partition: 3, offset: 7, timestamp: 1_700_000_000_000, timestampType: 'CREATE_TIME' },
      ...{ key: 'aw==', value: 'dg==', headers: [{ ce_id: [195, 169] }, { ce_id: [] }] },
    });
  });

  test.each([
    ['null', { key: null, value: null }],
    ['empty', { key: '', value: '' }],
  ] as const)('no key and a tombstone are %s, as the switch says', (form, want) => {
    expect(decoded({ key: null, value: null }, { nullKey: form, nullValue: form })).toMatchObject(want);
  });

  test('no key and a tombstone are absent where the switch says so', () => {
    const absent = { nullKey: 'absent', nullValue: 'absent' } as const;
    expect(Object.keys(decoded({ key: null, value: null }, absent))).not.toEqual(expect.arrayContaining(['key']));
    expect(Object.keys(decoded({ key: null, value: null }, absent))).not.toEqual(expect.arrayContaining(['value']));
  });

  test('an empty key and an empty value are texts of no characters under every switch', () => {
    for (const form of ['null', 'absent', 'empty'] as const) {
      const empty = { key: Buffer.alloc(0), value: Buffer.alloc(0) };
      expect(decoded(empty, { nullKey: form, nullValue: form })).toMatchObject({ key: '', value: '' });
    }
  });
});

describe('bad input', () => {
  test('100,000 headers are all handed over', () => {
    const headers = Object.fromEntries(Array.from({ length: 100_000 }, (_, index) => [`h${index}`, Buffer.from('x')]));
    const list = decoded({ headers })['headers'] as Record<string, number[]>[];
    expect([list.length, list[0], list.at(-1)]).toEqual([100_000, { h0: [120] }, { h99999: [120] }]);
  });

  test('100,000 headers of one name are all handed over', () => {
    const headers = { twice: Array.from({ length: 100_000 }, () => Buffer.from('x')) };
    expect(decoded({ headers })['headers']).toHaveLength(100_000);
  });

  test('a header of a name that JSON has to escape keeps its name', () => {
    expect(decoded({ headers: { '"\\\n\u2028': Buffer.from('x') } })['headers']).toEqual([{ '"\\\n\u2028': [120] }]);
  });

  test('the largest offset a JSON number can hold is exact, the one above it is refused rather than mistaken', () => {
    expect(decoded({ offset: '9007199254740991' })['offset']).toBe(9_007_199_254_740_991);
    expect(() => decoded({ offset: '9007199254740993' })).toThrow(
      'partition 3: got the offset 9007199254740993, want one below 2^53',
    );
  });
});
