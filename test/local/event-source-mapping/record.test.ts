import type { MSKEvent } from 'aws-lambda';
import type { KafkaMessage } from 'kafkajs';
import {
  encodeEvent,
  encodeRecord,
  frameBytes,
  partitionBytes,
  type RecordFormat,
} from '../../../local/event-source-mapping/record';
import { frame } from '../fixtures/records';

const format: RecordFormat = { topic: 'orders', nullKey: 'null', nullValue: 'null', filter: undefined };
type Changes = Partial<KafkaMessage> & { batchContext?: unknown };
const message = (changes: Changes): KafkaMessage =>
  ({
    ...{ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: '1700000000000', attributes: 0, offset: '7' },
    headers: {},
    ...changes,
  }) as KafkaMessage;
const decoded = (changes: Changes) =>
  JSON.parse(encodeRecord(format, 3, message(changes)).json) as Record<string, unknown>;

test('a record is handed over with base64 key and value, numbers, and headers as lists of bytes', () => {
  expect(decoded({ headers: { ce_id: Buffer.from('é1'), twice: [Buffer.from([0, 255]), Buffer.from('')] } })).toEqual({
    ...{ topic: 'orders', partition: 3, offset: 7, timestamp: 1_700_000_000_000, timestampType: 'CREATE_TIME' },
    ...{ key: 'aw==', value: 'dg==' },
    headers: [{ ce_id: [195, 169, 49] }, { twice: [0, 255] }, { twice: [] }],
  });
});

test('no key and no value stay null, which is not empty', () => {
  expect(decoded({ key: null, value: null })).toMatchObject({ key: null, value: null });
  expect(decoded({ key: Buffer.alloc(0), value: Buffer.alloc(0) })).toMatchObject({ key: '', value: '' });
});

test("a record of a topic with the broker's time says so", () => {
  expect(decoded({ batchContext: { timestampType: 1 } })).toMatchObject({ timestampType: 'LOG_APPEND_TIME' });
});

test('an event holds each partition under its topic and number, and is exactly as large as was reckoned', () => {
  const records = [
    encodeRecord(format, 0, message({ offset: '1' })),
    encodeRecord(format, 12, message({ offset: '5' })),
  ];
  const json = encodeEvent(frame, records);
  const event = JSON.parse(json) as MSKEvent;
  expect(event).toMatchObject({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:cluster',
    bootstrapServers: 'b-1:9098',
  });
  expect(Object.keys(event.records)).toEqual(['orders-0', 'orders-12']);
  const reckoned = records.reduce(
    (sum, { bytes }) => sum + bytes + 1,
    frameBytes(frame) + partitionBytes(frame, 0) + partitionBytes(frame, 12),
  );
  expect(reckoned).toBeGreaterThanOrEqual(Buffer.byteLength(json));
  expect(reckoned - Buffer.byteLength(json)).toBeLessThanOrEqual(4);
});
