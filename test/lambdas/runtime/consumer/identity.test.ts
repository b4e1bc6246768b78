import type { MSKEvent } from 'aws-lambda';
import { consumer } from '../../../../lambdas/runtime/consumer';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { unpack } from '../../../../lambdas/runtime/unpack';
import { CLUSTER, environment, invoke, kafkaEvent, reported, simulation } from '../simulation';

type Bytes = readonly number[];
const bytesOf = (text: string): Bytes => [...Buffer.from(text)];

/** A record as the mapping hands it over; headers in bytes. */
const wire = (offset: number, value: string | null, ...headers: readonly (readonly [string, Bytes | null])[]) => ({
  ...{ topic: 'orders', partition: 0, offset, timestamp: 1_700_000_000_000, timestampType: 'CREATE_TIME', key: null },
  value: value === null ? null : Buffer.from(value).toString('base64'),
  headers: headers.map(([name, bytes]) => ({ [name]: bytes })),
});
const eventOf = (...records: readonly object[]) =>
  ({ ...kafkaEvent(), records: { 'orders-0': records } }) as unknown as MSKEvent;

/** One item for each offset that was applied. */
const applying = {
  decode: json(),
  write: (data: unknown, { event, record }: { event: { id: string }; record: { offset: number } }) => [
    put({ TableName: 'orders', Item: { id: `${record.offset}`, event: event.id, data } }),
  ],
};

test('two foreign records whose ids differ only in bytes that are no UTF-8 are two events', async () => {
  const { deliver, tables, ledger } = simulation();
  const records = [0xfe, 0xff].map((last, offset) => wire(offset, '{"tick":1}', ['ce_id', [0, 0, 0, last]]));
  expect(reported(await deliver(eventOf(...records), applying))).toEqual([]);
  expect(tables.items('orders')).toMatchObject([{ event: '0x000000fe' }, { event: '0x000000ff' }]);
  expect(ledger()).toMatchObject({ applied: 2, duplicate: 0 });
});

describe('an event in structured mode', () => {
  const moved = '{"specversion":"1.0","id":"e7","source":"/w","type":"moved","data":{"sku":"X"}}';
  const structured = (offset: number, value: string) =>
    wire(offset, value, ['content-type', bytesOf('application/cloudevents+json')]);

  test('that lies in the log twice is applied once, its data decoded', async () => {
    const { deliver, tables, records, ledger } = simulation();
    await deliver(eventOf(structured(1, moved), structured(2, moved)), applying);
    expect(tables.items('orders')).toEqual([{ id: '1', event: 'e7', data: { sku: 'X' } }]);
    expect(records('done')).toHaveLength(1);
    expect(ledger()).toMatchObject({ applied: 1, duplicate: 1 });
  });

  test('is the same event in binary mode', async () => {
    const { deliver, tables } = simulation();
    const attributes = { ce_id: 'e7', ce_source: '/w', ce_type: 'moved' };
    const headers = Object.entries(attributes).map(([name, text]) => [name, bytesOf(text)] as const);
    await deliver(eventOf(structured(1, moved), wire(2, '{"sku":"X"}', ...headers)), applying);
    expect(tables.items('orders')).toHaveLength(1);
  });

  test('of the same id and other data is parked, never dropped as a copy', async () => {
    const { deliver, letters } = simulation();
    await deliver(eventOf(structured(1, moved), structured(2, moved.replace('"X"', '"Y"'))), applying);
    expect(letters()).toMatchObject([{ offset: 2, reason: 'id-conflict', source: '/w', id: 'e7' }]);
  });

  test('several in one record are parked with the reason, and can be sent back as they are', async () => {
    const { deliver, letters, tables } = simulation();
    const batch = wire(1, `[${moved}]`, ['content-type', bytesOf('application/cloudevents-batch+json')]);
    expect(reported(await deliver(eventOf(batch, structured(2, moved)), applying))).toEqual([]);
    expect(letters()).toMatchObject([
      { offset: 1, reason: 'undecodable', detail: expect.stringContaining('no batched mode on Kafka') as string },
    ]);
    expect(letters()[0]).toMatchObject({ value: Buffer.from(`[${moved}]`).toString('base64') });
    expect(letters()[0]).not.toHaveProperty('raw');
    expect(tables.items('orders')).toMatchObject([{ event: 'e7' }]);
  });
});

test('a record whose time can be none is applied, and no time to its effect is counted', async () => {
  const { deliver, tables, meter } = simulation();
  const times = [1_700_000_000_000_000_000, -7, -1, 1_700_000_000_000];
  const records = times.map((timestamp, offset) => ({ ...wire(offset, '1'), timestamp }));
  expect(reported(await deliver(eventOf(...records), applying))).toEqual([]);
  expect(tables.items('orders').map(({ event }) => event)).toEqual([
    'orders-0-0-1700000000000000000',
    'orders-0-1--7',
    'orders-0-2--1',
    'orders-0-3-1700000000000',
  ]);
  expect(meter.latencies).toHaveLength(1);
  expect(reported(await deliver(eventOf(...records), applying))).toEqual([]);
  expect(tables.items('orders')).toHaveLength(4);
});

describe('records of a topic of the same name', () => {
  test.each([
    ['of another cluster', { eventSourceArn: CLUSTER.replace('1-2-3', '4-5-6') }],
    ['of a self-managed cluster', { eventSource: 'SelfManagedKafka', eventSourceArn: undefined }],
  ])('%s are refused whole, before any of them is settled', async (_, other) => {
    const { deliver, tables } = simulation();
    const event = { ...kafkaEvent({ offset: 1, id: 'a' }), ...other } as MSKEvent;
    await expect(deliver(event, applying)).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    expect(tables.items('idempotency')).toEqual([]);
  });
});

describe('an id or source longer than an item of the table', () => {
  const long = 'x'.repeat(410_000);
  const failing = { decode: json(), attempts: 1, write: () => Promise.reject(new Error('no')) };
  /** As DynamoDB refuses it. */
  const withLimit = (all: ReturnType<typeof simulation>) => {
    all.tables.script = (items) => {
      const bytes = Math.max(...items.map(({ Put }) => JSON.stringify(Put?.Item ?? {}).length));
      return bytes > 400 * 1024 ? { kind: 'invalid', detail: 'ValidationException' } : undefined;
    };
    return all;
  };
  const given = { offset: 1, id: long, source: `${long}/s`, type: long };

  test('is parked: whole in its dead letter, clipped in table and log', async () => {
    const { deliver, letters, records, log } = withLimit(simulation());
    expect(reported(await deliver(kafkaEvent(given), failing))).toEqual([]);
    expect(letters()).toMatchObject([{ id: long, source: `${long}/s` }]);
    const clippedId = expect.stringMatching(
      /^x{1024}… \(clipped: 410000 characters, SHA-256 [0-9a-f]{64}\)$/,
    ) as string;
    expect(records('parked')).toMatchObject([{ id: clippedId, source: expect.stringContaining('410002') as string }]);
    expect(JSON.stringify(log.of('event parked')).length).toBeLessThan(10_000);
  });

  test('is called once, and its neighbour too', async () => {
    const { deliver, records } = withLimit(simulation());
    const called: string[] = [];
    const calling = { decode: json(), call: (_: unknown, { event }: { event: { id: string } }) => void called.push(event.id) }; // prettier-ignore
    const events = kafkaEvent({ ...given, value: '1' }, { offset: 2, id: 'b', value: '1' });
    for (let delivery = 0; delivery < 2; delivery++) expect(reported(await deliver(events, calling))).toEqual([]);
    expect(called.map((id) => id.length).sort()).toEqual([1, 410_000]);
    expect(records('done')).toHaveLength(2);
  });

  test('is unpacked', async () => {
    const { parts, objects, clock, records } = withLimit(simulation());
    const payload = JSON.stringify(kafkaEvent(given));
    const condition = 'RetriesExhausted';
    objects.content.set('on-failure/x', JSON.stringify({ requestContext: { condition }, payload }));
    await clock.run(invoke(clock, unpack(parts), {}, 60_000));
    expect(records('parked')).toHaveLength(1);
    expect(objects.names('on-failure')).toEqual([]);
  });
});

describe('foreign records whose id is told', () => {
  const outbox = (offset: number, id: string | null) =>
    wire(offset, '{"n":1}', ['id', id === null ? null : bytesOf(id)]);

  test('by a header: written twice by their producer they are applied once', async () => {
    const { deliver, tables, ledger } = simulation();
    const options = { ...applying, eventId: { header: 'id' } };
    await deliver(eventOf(outbox(1, 'u-1'), outbox(2, 'u-1'), outbox(3, 'u-2')), options);
    expect(tables.items('orders')).toMatchObject([{ event: 'u-1' }, { event: 'u-2' }]);
    expect(ledger()).toMatchObject({ applied: 2, duplicate: 1 });
  });

  test('by a function that throws, or by no header: parked alone with the reason', async () => {
    const { deliver, tables, letters } = simulation();
    const eventId = ({ offset }: { offset: number }) => {
      if (offset === 1) throw new TypeError('card 4111');
      return offset === 2 ? '' : `u-${offset}`;
    };
    expect(reported(await deliver(eventOf(outbox(1, 'a'), outbox(2, 'b'), outbox(3, 'c')), { ...applying, eventId }))).toEqual([]); // prettier-ignore
    expect(letters()).toMatchObject([
      { offset: 1, reason: 'undecodable', detail: 'event id: eventId threw TypeError', id: 'orders-0-1-1700000000000' },
      { offset: 2, reason: 'undecodable', detail: expect.stringContaining('a text that is empty') as string },
    ]);
    expect(tables.items('orders')).toMatchObject([{ event: 'u-3' }]);
  });

  test('are unpacked under the id that the construct says, and what was applied is not parked', async () => {
    const all = simulation();
    const eventIds = { kind: 'header', header: 'id' };
    const variables = {
      LOSSLESS_CONSUMER_Billing: JSON.stringify({ ...environment, eventIds }),
      LOSSLESS_UNPACK_Billing: JSON.stringify({ ...environment, onFailure: 'on-failure', eventIds }),
    };
    const parts = { ...all.parts, variables };
    const event = eventOf(outbox(1, 'u-1'), outbox(2, 'u-2'));
    await all.clock.run(invoke(all.clock, consumer({ ...applying, deps: parts }), eventOf(outbox(1, 'u-1')), 60_000));
    all.objects.content.set('on-failure/x', JSON.stringify({ requestContext: {}, payload: JSON.stringify(event) }));
    await all.clock.run(invoke(all.clock, unpack(parts), {}, 60_000));
    expect(all.letters()).toMatchObject([{ id: 'u-2', effect: 'none' }]);
  });

  test('are unpacked, where only the handler tells their ids, with the word that they may have been applied', async () => {
    const { objects, parts, clock, letters } = simulation();
    const payload = JSON.stringify(eventOf(outbox(1, 'u-1')));
    objects.content.set('on-failure/x', JSON.stringify({ requestContext: {}, payload }));
    await clock.run(invoke(clock, unpack(parts), {}, 60_000));
    expect(letters()).toMatchObject([{ id: 'orders-0-1-1700000000000', effect: 'unknown' }]);
  });

  test('by the handler, says the construct, and it does not: nothing is settled', async () => {
    const { parts, clock, tables } = simulation();
    const variables = {
      LOSSLESS_CONSUMER_Billing: JSON.stringify({ ...environment, eventIds: { kind: 'handler' } }),
    };
    const handler = consumer({ ...applying, deps: { ...parts, variables } });
    await expect(clock.run(invoke(clock, handler, eventOf(outbox(1, 'a')), 60_000))).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
    expect(tables.items('idempotency')).toEqual([]);
  });

  test('in a way that is none is refused when the handler is made', () => {
    for (const eventId of ['id', { header: '' }, {}, null]) {
      expect(() => consumer({ ...applying, eventId: eventId as never })).toThrow(
        /want \{ header: 'name' \} or a function/,
      );
    }
  });
});
