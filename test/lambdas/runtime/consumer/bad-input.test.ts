import type { MSKEvent } from 'aws-lambda';
import { consumer } from '../../../../lambdas/runtime/consumer';
import type { ConsumerRecord } from '../../../../lambdas/runtime/event/records';
import { messageOf } from '../../../../lambdas/runtime/dead-letters/letter';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { unpack } from '../../../../lambdas/runtime/unpack';
import { invoke, kafkaEvent, reported, simulation, type Given } from '../simulation';
import { oneMore } from '../../../../testing';

jest.setTimeout(60_000);

/** Adds to a counter, so that a second application shows; remembers what it was given. */
function adding() {
  const given: ConsumerRecord[] = [];
  const write = (_: unknown, { event, record }: { event: { id: string }; record: ConsumerRecord }) => {
    given.push(record);
    return [oneMore('orders', event.id)];
  };
  return { given, options: { decode: json(), write } };
}
const A: Given = { offset: 1, id: 'a', key: 'k' };
const B: Given = { offset: 2, id: 'b', key: 'k' };
const C: Given = { offset: 3, id: 'c', key: 'k' };

/** The mapping's event, with other fields on the records of these offsets. */
function eventWith(wrong: Readonly<Record<number, object>>, ...given: readonly Given[]): MSKEvent {
  const event = kafkaEvent(...given);
  for (const record of Object.values(event.records).flat()) Object.assign(record, wrong[record.offset]);
  return event;
}
const wireOf = (event: MSKEvent, offset: number) =>
  Object.values(event.records)
    .flat()
    .find((record) => record.offset === offset);

describe('a record that cannot be read', () => {
  test.each([
    ['key', { key: 'no base64' }],
    ['value', { value: '%%%' }],
    ['value of another type', { value: { a: 1 } }],
    ['timestamp', { timestamp: 'now' }],
  ])('by its %s: parked whole under its own id, its neighbours are applied', async (_, wrong) => {
    const { deliver, letters, records, tables } = simulation();
    const { given, options } = adding();
    const event = eventWith({ 2: wrong }, A, B, C);
    expect(reported(await deliver(event, options))).toEqual([]);
    expect(given.map(({ offset }) => offset)).toEqual([1, 3]);
    expect(tables.items('orders')).toEqual([
      { id: 'a', n: 1 },
      { id: 'c', n: 1 },
    ]);
    expect(letters()).toMatchObject([{ offset: 2, source: 'shop', id: 'b', reason: 'undecodable' }]);
    expect(JSON.parse(letters()[0]?.raw ?? '')).toEqual(wireOf(event, 2));
    expect(records('parked')).toMatchObject([{ id: 'b', reason: 'undecodable' }]);
  });

  test('by its headers: parked whole under its coordinates, as a foreign record is', async () => {
    const { deliver, letters } = simulation();
    await deliver(eventWith({ 2: { headers: [{ ce_id: 'b' }] } }, A, B), adding().options);
    expect(letters()).toMatchObject([{ source: 'orders', id: 'orders-0-2-1700000000000', headers: [] }]);
  });

  test('and whose effect would be a call: never called, not even as a tombstone', async () => {
    const { deliver, letters } = simulation();
    const called: string[] = [];
    const call = (_: unknown, { event }: { event: { id: string } }) => void called.push(event.id);
    await deliver(eventWith({ 2: { value: '%%%' } }, A, B, C), { decode: json(), call });
    expect(called).toEqual(['a', 'c']);
    expect(letters()).toMatchObject([{ id: 'b', reason: 'undecodable' }]);
  });

  test('and is delivered again: settled, one dead letter', async () => {
    const { deliver, letters, ledger } = simulation();
    const event = eventWith({ 2: { value: '%%%' } }, A, B, C);
    await deliver(event, adding().options);
    expect(reported(await deliver(event, adding().options))).toEqual([]);
    expect(letters()).toHaveLength(1);
    expect(ledger()).toMatchObject({ applied: 2, parked: 1, duplicate: 0 });
  });

  test('while S3 does not confirm: reported, and never passed', async () => {
    const { deliver, objects } = simulation();
    objects.failing = (call) => call === 'put';
    const { given, options } = adding();
    expect(reported(await deliver(eventWith({ 2: { value: '%%%' } }, A, B, C), options))).toEqual([
      'orders-0@2',
      'orders-0@3',
    ]);
    expect(given.map(({ offset }) => offset)).toEqual([1]);
  });

  test('as none can: twenty are parked, the others wait in the log for a version that can read them', async () => {
    const { deliver, letters } = simulation();
    const given = Array.from({ length: 30 }, (_, i): Given => ({ offset: i, id: `e${i}`, key: `k${i}` }));
    const wrong = Object.fromEntries(given.map(({ offset }) => [offset, { value: { of: 'tomorrow' } }]));
    const handler = adding();
    const response = await deliver(eventWith(wrong, ...given), handler.options);
    expect(letters()).toHaveLength(20);
    expect(reported(response).length).toBeGreaterThanOrEqual(10);
    expect(handler.given).toEqual([]);
    await deliver(kafkaEvent(...given.slice(20)), handler.options);
    expect(handler.given).toHaveLength(10);
  });

  test.each([
    ['write', { write: () => [] }],
    ['call', { call: () => undefined }],
  ])('of an id that came before with other content: parked beside it, and settled (%s)', async (_, effect) => {
    const { deliver, letters, records } = simulation();
    const options = { decode: json(), ...effect } as ReturnType<typeof adding>['options'];
    await deliver(kafkaEvent(A), options);
    const response = await deliver(eventWith({ 2: { value: '%%%' } }, { ...A, offset: 2 }), options);
    expect(reported(response)).toEqual([]);
    expect(records('done')).toHaveLength(1);
    expect(records('parked')).toMatchObject([{ id: 'a', reason: 'id-conflict' }]);
    expect(letters()).toMatchObject([{ offset: 2, id: 'a', raw: expect.stringContaining('%%%') as string }]);
  });

  test('cannot be sent back as it is: what stands for its parts is not the record', async () => {
    const { deliver, letters } = simulation();
    await deliver(eventWith({ 2: { value: '%%%' } }, A, B), adding().options);
    expect(() => messageOf(letters()[0]!)).toThrow(/read them from its `raw` and publish the event under its id/);
  });

  test('and that the mapping gave up on: parked whole', async () => {
    const { parts, objects, clock, letters } = simulation();
    const event = eventWith({ 2: { value: '%%%' } }, A, B);
    const condition = 'RetriesExhausted';
    objects.content.set(
      'on-failure/x',
      JSON.stringify({ requestContext: { condition }, payload: JSON.stringify(event) }),
    );
    await clock.run(invoke(clock, unpack(parts), {}, 60_000));
    expect(letters()).toMatchObject([{ id: 'a' }, { id: 'b', raw: JSON.stringify(wireOf(event, 2)) }]);
    expect(letters()[0]).not.toHaveProperty('raw');
  });
});

describe('an entry that contradicts its partition', () => {
  const other: Given = { partition: 1, offset: 9, id: 'x', key: 'k' };

  test.each([
    ['the topic', { topic: 'invoices' }],
    ['the partition', { partition: 1 }],
    ['the offset', { offset: 2 ** 53 }],
  ])('by %s: all of that partition is reported, nothing of it applied, the others go on', async (_, wrong) => {
    const { deliver, tables, entries } = simulation();
    const { given, options } = adding();
    expect(reported(await deliver(eventWith({ 2: wrong }, A, B, C, other), options))).toEqual([
      'orders-0@1',
      'orders-0@3',
    ]);
    expect(given.map(({ offset }) => offset)).toEqual([9]);
    expect(tables.items('orders')).toEqual([{ id: 'x', n: 1 }]);
    expect(entries()).toHaveLength(1);
  });

  test('alone in its partition: the whole batch fails, what was applied of the others stays', async () => {
    const { deliver, records, meter } = simulation();
    const event = eventWith({ 2: { offset: 'two' } }, B, other);
    await expect(deliver(event, adding().options)).rejects.toMatchObject({ code: 'INVALID_RECORD_BATCH' });
    expect(records('done')).toHaveLength(1);
    expect(meter.counts).toMatchObject({ applied: 1, flushed: 1 });
  });

  test('in all of the batch: reported, or failed', async () => {
    const { deliver } = simulation();
    const { options } = adding();
    expect(reported(await deliver(eventWith({ 2: { topic: 'x' } }, A, B), options))).toEqual(['orders-0@1']);
    await expect(deliver(eventWith({ 2: { topic: 'x' } }, B), options)).rejects.toThrow(/want a record of orders-0/);
  });

  test('is counted as received and delivered again', async () => {
    const { deliver, meter } = simulation();
    await deliver(eventWith({ 2: { topic: 'x' } }, A, B, other), adding().options);
    expect(meter.counts).toMatchObject({ received: 2, applied: 1, retried: 1 });
  });

  test('in an object the mapping gave up on: the object stays whole, the other partitions are parked', async () => {
    const { parts, objects, clock, letters } = simulation();
    const payload = JSON.stringify(eventWith({ 2: { topic: 'x' } }, A, B, other));
    objects.content.set('on-failure/x', JSON.stringify({ requestContext: {}, payload }));
    await expect(clock.run(invoke(clock, unpack(parts), {}, 60_000))).rejects.toMatchObject({
      code: 'INVALID_ON_FAILURE_OBJECT',
    });
    expect(objects.names('on-failure')).toEqual(['x']);
    expect(letters()).toMatchObject([{ partition: 1, id: 'x' }]);
  });
});

describe('two records of one offset', () => {
  test('equal: settled as one, and counted once', async () => {
    const { deliver, tables, meter, ledger } = simulation();
    expect(reported(await deliver(kafkaEvent(A, A, B), adding().options))).toEqual([]);
    expect(tables.items('orders')).toEqual([
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
    ]);
    expect(meter.counts).toMatchObject({ received: 2, applied: 2, duplicate: 0 });
    expect(ledger()).toMatchObject({ applied: 2 });
  });

  test('of different events: both are applied, and the offset is settled once both are', async () => {
    const { deliver, tables } = simulation();
    tables.script = (items) => (JSON.stringify(items).includes('"b"') ? { kind: 'busy', detail: 'x' } : undefined);
    const event = kafkaEvent(A, { ...B, offset: 1, key: 'other' });
    expect(reported(await deliver(event, adding().options))).toEqual(['orders-0@1']);
    tables.script = () => undefined;
    expect(reported(await deliver(event, adding().options))).toEqual([]);
    expect(tables.items('orders')).toEqual([
      { id: 'a', n: 1 },
      { id: 'b', n: 1 },
    ]);
  });

  test('without an id, of different content: one is applied, the other parked', async () => {
    const { deliver, letters, records } = simulation();
    const [one, two] = [
      { offset: 1, value: 1 },
      { offset: 1, value: 2 },
    ];
    expect(reported(await deliver(kafkaEvent(one, two), { decode: json(), write: () => [] }))).toEqual([]);
    expect(records('done')).toHaveLength(1);
    expect(letters()).toMatchObject([{ reason: 'id-conflict' }]);
  });
});

describe('much of everything', () => {
  const many = Array.from({ length: 100_000 }, (_, i) => [`h${i}`, 'v'] as const);
  const redrives = Array.from({ length: 100_000 }, () => ['lossless-redrive', 'billing:7'] as const);

  test.each([
    ['headers', many],
    ['redrives', redrives],
  ])('a record of 100,000 %s is applied, or parked with all of them', async (_, headers) => {
    const { deliver, tables, letters } = simulation();
    const event = kafkaEvent({ ...A, headers }, { ...B, headers, value: '{broken' });
    expect(reported(await deliver(event, adding().options))).toEqual([]);
    expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
    expect(letters()[0]?.headers).toHaveLength(100_004);
  });

  test('a value of 5 MB is parked byte for byte', async () => {
    const { deliver, letters } = simulation();
    const value = 'ä'.repeat(2_500_000);
    expect(reported(await deliver(kafkaEvent({ ...A, value }), adding().options))).toEqual([]);
    expect(Buffer.from(letters()[0]?.value ?? '', 'base64').toString()).toBe(value);
  });

  test('a value larger than DynamoDB takes is parked when it is written as it is', async () => {
    const { deliver, letters, tables } = simulation();
    tables.script = (items) =>
      JSON.stringify(items).length > 4e6 ? { kind: 'invalid', detail: 'too large' } : undefined;
    const write = (note: unknown, { event: { id } }: { event: { id: string } }) => [
      put({ TableName: 'orders', Item: { id, note } }),
    ];
    const event = kafkaEvent(A, { ...B, key: 'other', value: JSON.stringify('x'.repeat(4_500_000)) });
    expect(reported(await deliver(event, { decode: json(), write }))).toEqual([]);
    expect(tables.items('orders')).toMatchObject([{ id: 'a' }]);
    expect(letters()).toMatchObject([{ id: 'b', reason: 'write-refused' }]);
  });

  test('a batch of 6 MB is settled whole', async () => {
    const { deliver, tables } = simulation();
    const value = { note: 'x'.repeat(40_000) };
    const given = Array.from({ length: 112 }, (_, i): Given => ({ offset: i, id: `e${i}`, key: `k${i}`, value }));
    const event = kafkaEvent(...given);
    expect(JSON.stringify(event).length).toBeGreaterThan(5.9e6);
    expect(reported(await deliver(event, adding().options))).toEqual([]);
    expect(tables.items('orders')).toHaveLength(112);
  });
});

test('a partition without records is none', async () => {
  const handler = consumer({ decode: json(), write: () => [], deps: { variables: {} } });
  const event = { ...kafkaEvent(), records: { 'orders-0': [] } } as MSKEvent;
  await expect(handler(event, { getRemainingTimeInMillis: () => 60_000 })).resolves.toEqual({ batchItemFailures: [] });
});
