import { bytes, json } from '../../../../lambdas/runtime/event/decode';
import { consumer } from '../../../../lambdas/runtime/consumer';
import { recordBatch, type ConsumerRecord } from '../../../../lambdas/runtime/event/records';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import type { Listed } from '../../../../lambdas/runtime/stores/object-store';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { unpack } from '../../../../lambdas/runtime/unpack';
import { environment, invoke, kafkaEvent, simulation, type Given } from '../simulation';

const onFailure = (payload: unknown, condition = 'RetryAttemptsExhausted') =>
  JSON.stringify({
    requestContext: { requestId: 'r', functionArn: 'f', condition, approximateInvokeCount: 10_001 },
    responseContext: condition === 'MaximumPayloadSizeExceeded' ? null : { statusCode: 200 },
    version: '1.0',
    KafkaBatchInfo: { batchSize: 2 },
    payload,
  });
const invocation = (...given: readonly Given[]) => JSON.stringify(kafkaEvent(...given));
const A: Given = { offset: 1, id: 'a', key: 'k', value: '\u0000binary' };
const B: Given = { offset: 2, id: 'b', key: null, value: null };

function sweeping(objects: Record<string, string>, more: Partial<ReturnType<typeof simulation>['parts']> = {}) {
  const all = simulation();
  for (const [name, text] of Object.entries(objects)) all.objects.content.set(`on-failure/${name}`, text);
  const handler = unpack({ ...all.parts, ...more });
  const sweep = (timeoutMs = 60_000) => invoke(all.clock, handler, {}, timeoutMs);
  return { ...all, sweep, left: () => all.objects.names('on-failure') };
}

test('every record of an on-failure object is parked, then the object is deleted', async () => {
  const { sweep, clock, letters, records, left } = sweeping({ x: onFailure(invocation(A, B)) });
  expect(await clock.run(sweep())).toEqual({ objects: 1, parked: 2, complete: true });
  expect(records('parked')).toHaveLength(2);
  expect(letters()).toMatchObject([
    {
      group: 'billing',
      offset: 1,
      id: 'a',
      key: 'aw==',
      value: Buffer.from('\u0000binary').toString('base64'),
      reason: 'retries-exhausted',
    },
    { offset: 2, id: 'b', key: null, value: null, detail: 'the event source mapping gave up: RetryAttemptsExhausted' },
  ]);
  expect(left()).toEqual([]);
});

test.each([
  ['RetryAttemptsExhausted', 'retries-exhausted'],
  ['RetriesExhausted', 'retries-exhausted'],
  ['RecordAgeExceeded', 'record-too-old'],
  ['MaximumPayloadSizeExceeded', 'payload-too-large'],
  ['a condition of tomorrow', 'retries-exhausted'],
])('%s parks as %s', async (condition, reason) => {
  const { sweep, clock, letters } = sweeping({ x: onFailure(invocation(A), condition) });
  await clock.run(sweep());
  expect(letters()).toMatchObject([{ reason }]);
});

test('records that were settled before stay as they are and leave no object', async () => {
  const { sweep, clock, parts, tables, records, letters, left } = sweeping({ x: onFailure(invocation(A, B)) });
  const handler = consumer({
    decode: json(),
    write: () => [put({ TableName: 'orders', Item: { id: 'b' } })],
    deps: parts,
  });
  await clock.run(invoke(clock, handler, kafkaEvent(B), 60_000));
  expect(await clock.run(sweep())).toEqual({ objects: 1, parked: 1, complete: true });
  expect(records('done')).toHaveLength(1);
  expect(letters()).toMatchObject([{ id: 'a' }]);
  expect(tables.items('orders')).toEqual([{ id: 'b' }]);
  expect(left()).toEqual([]);
});

test('a given-up record whose id belongs to other content is an id conflict in its dead letter, too, not only in the table', async () => {
  const twin: Given = { ...A, offset: 2, value: 'other content' };
  const { sweep, clock, parts, records, letters } = sweeping({ x: onFailure(invocation(twin)) });
  const handler = consumer({ decode: bytes, write: () => [], deps: parts });
  await clock.run(invoke(clock, handler, kafkaEvent(A), 60_000));
  expect(await clock.run(sweep())).toMatchObject({ parked: 1, complete: true });
  expect(records('parked')).toMatchObject([{ reason: 'id-conflict' }]);
  expect(letters()).toMatchObject([
    { offset: 2, reason: 'id-conflict', detail: expect.stringMatching(/; retries-exhausted: /) as string },
  ]);
});

test('an event applied between look and parking stays applied', async () => {
  const { sweep, clock, tables, objects, records } = sweeping({ x: onFailure(invocation(A)) });
  const [record] = [...recordBatch(kafkaEvent(A)).partitions.values()].flat();
  const { key, content } = deliveryOf(record as ConsumerRecord, environment);
  objects.failing = (call) => {
    if (call === 'put') tables.write('idempotency', { key, content, state: 'done' });
    return false;
  };
  await clock.run(sweep());
  expect(records('parked')).toEqual([]);
  expect(records('done')).toHaveLength(1);
});

test.each([
  ['that is no JSON', '{', /got no JSON, want a document of the mapping/],
  [
    'with metadata only',
    onFailure(undefined, 'MaximumPayloadSizeExceeded'),
    /got no payload, want the whole invocation/,
  ],
  ['with a payload cut off', onFailure(invocation(A).slice(0, 50)), /got no JSON/],
  ['with no records', onFailure(JSON.stringify({ eventSource: 'aws:kafka', records: {} })), /got no records/],
  ['of another source', onFailure(JSON.stringify({ eventSource: 'aws:sqs', records: {} })), /want 'aws:kafka'/],
])('an object %s stays, is reported, and is not in the way of the others', async (_, text, message) => {
  const { sweep, clock, left, letters } = sweeping({ a: text, b: onFailure(invocation(A)) });
  await expect(clock.run(sweep())).rejects.toThrow(message);
  await expect(clock.run(sweep())).rejects.toMatchObject({ code: 'INVALID_ON_FAILURE_OBJECT' });
  expect(left()).toEqual(['a']);
  expect(letters()).toHaveLength(1);
});

test('an object stays until the last of its records is settled, and is finished by a later sweep', async () => {
  const { sweep, clock, objects, left, records } = sweeping({ x: onFailure(invocation(A, B)) });
  objects.failing = (call, name) => call === 'put' && name.includes('0000000000000000002-');
  await expect(clock.run(sweep())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(records('parked')).toHaveLength(1);
  expect(left()).toEqual(['x']);
  objects.failing = () => false;
  expect(await clock.run(sweep())).toEqual({ objects: 1, parked: 1, complete: true });
  expect(left()).toEqual([]);
});

test('while the table is away nothing is deleted', async () => {
  const { sweep, clock, tables, left } = sweeping({ x: onFailure(invocation(A)) });
  tables.script = () => ({ kind: 'unknown', detail: 'TimeoutError' });
  await expect(clock.run(sweep())).rejects.toThrow(/1 of 1 records not settled/);
  tables.read = () => Promise.reject(new Error('no answer'));
  await expect(clock.run(sweep())).rejects.toThrow(/1 of 1 records not settled/);
  expect(left()).toEqual(['x']);
});

test('two sweeps at once park each record once', async () => {
  const { sweep, clock, records, letters, left } = sweeping({
    x: onFailure(invocation(A, B)),
    y: onFailure(invocation(A)),
  });
  const swept = await clock.run(Promise.allSettled([sweep(), sweep()]));
  // Where one met the other's transaction the record was left to the next sweep, and the sweep said so.
  for (const each of swept) if (each.status === 'rejected') expect(String(each.reason)).toMatch(/TransactionConflict/);
  await clock.run(sweep());
  expect(records('parked')).toHaveLength(2);
  expect(letters()).toHaveLength(2);
  expect(left()).toEqual([]);
});

test('a sweep that runs out of time says so and leaves the rest', async () => {
  const { sweep, clock, left } = sweeping({ x: onFailure(invocation(A)) });
  expect(await clock.run(sweep(10_000))).toEqual({ objects: 0, parked: 0, complete: false });
  expect(left()).toEqual(['x']);
});

test('a bucket that cannot be listed is not in the way of the others', async () => {
  const { parts, clock, objects, records } = sweeping({ x: onFailure(invocation(A)) });
  const list = objects.list.bind(objects);
  objects.list = (bucket, prefix) => (bucket === 'gone' ? broken() : list(bucket, prefix));
  const variables = { LOSSLESS_UNPACK_A: JSON.stringify({ ...environment, onFailure: 'gone' }), ...parts.variables };
  await expect(clock.run(invoke(clock, unpack({ ...parts, variables }), {}, 60_000))).rejects.toThrow(/no such bucket/);
  expect(records('parked')).toHaveLength(1);
});

async function* broken(): AsyncIterable<Listed> {
  await Promise.reject(new Error('no such bucket'));
  yield { name: '', bytes: 0 };
}

test('the parked event keeps the redrive it came with', async () => {
  const { sweep, clock, records, tables } = sweeping({
    x: onFailure(invocation({ ...A, headers: [['lossless-redrive', 'billing:2']] })),
  });
  const [record] = [...recordBatch(kafkaEvent(A)).partitions.values()].flat();
  const { key, content } = deliveryOf(record as ConsumerRecord, environment);
  tables.write('idempotency', { key, content, state: 'redriven', generation: 2, object: 'o' });
  await clock.run(sweep());
  expect(records('parked')).toMatchObject([{ generation: 2 }]);
});

describe("what lies in the bucket and is not this consumer's is left where it is, said, and in nobody's way", () => {
  const event = JSON.parse(invocation(A)) as { records: Record<string, object[]> };
  const [record] = Object.values(event.records).flat();

  test.each([
    [
      'of another cluster',
      { ...event, eventSourceArn: 'arn:other' },
      /topic orders of arn:other, want those of orders/,
    ],
    [
      'of another topic',
      { ...event, records: { 'payments-0': [{ ...record, topic: 'payments' }] } },
      /of topic payments/,
    ],
  ])('an object %s', async (_, payload, message) => {
    const foreign = onFailure(JSON.stringify(payload));
    const { sweep, clock, left, letters, records } = sweeping({ a: foreign, b: onFailure(invocation(B)) });
    await expect(clock.run(sweep())).rejects.toThrow(message);
    expect(left()).toEqual(['a']);
    expect(letters()).toMatchObject([{ id: 'b' }]);
    expect(records('parked')).toHaveLength(1);
  });

  describe('what the mapping of another function gave up of the same topic', () => {
    const own = 'arn:aws:lambda:eu-west-1:111122223333:function:billing';
    const givenUp = (functionArn: string | undefined, payload: string) =>
      JSON.stringify({ requestContext: { condition: 'RetriesExhausted', functionArn }, payload });
    const unpacked = JSON.stringify({ ...environment, onFailure: 'on-failure', functionArn: own });
    const variables = { ...simulation().parts.variables, LOSSLESS_UNPACK_Billing: unpacked };

    test('is not taken for settled because this consumer has applied it', async () => {
      const others = givenUp('arn:aws:lambda:eu-west-1:111122223333:function:shipping', invocation(A));
      const { sweep, clock, left, letters } = sweeping({ a: others, b: givenUp(own, invocation(B)) }, { variables });
      await expect(clock.run(sweep())).rejects.toThrow(/of \S+:shipping gave up, want that of \S+:billing; give each/);
      expect(left()).toEqual(['a']);
      expect(letters()).toMatchObject([{ id: 'b' }]);
    });

    test.each([
      ['a version of it', `${own}:7`],
      ['$LATEST', `${own}:$LATEST`],
      ['nobody, put back by hand', undefined],
    ])('is its own where it names %s', async (_, functionArn) => {
      const { sweep, clock, left, letters } = sweeping({ a: givenUp(functionArn, invocation(A)) }, { variables });
      await clock.run(sweep());
      expect([left(), letters().length]).toEqual([[], 1]);
    });
  });

  test('an object with a partition whose entries contradict its name: its other records are parked, it stays', async () => {
    const payload = { ...event, records: { ...event.records, 'orders-1': [{ ...record, partition: 2 }] } };
    const { sweep, clock, left, letters } = sweeping({ a: onFailure(JSON.stringify(payload)) });
    for (let n = 0; n < 2; n += 1) {
      await expect(clock.run(sweep())).rejects.toMatchObject({ code: 'INVALID_ON_FAILURE_OBJECT' });
      expect(left()).toEqual(['a']);
      expect(letters()).toMatchObject([{ id: 'a', partition: 0 }]);
    }
    const alone = { ...event, records: { 'orders-1': [{ ...record, partition: 2 }] } };
    const other = sweeping({ a: onFailure(JSON.stringify(alone)) });
    await expect(other.clock.run(other.sweep())).rejects.toMatchObject({ code: 'INVALID_ON_FAILURE_OBJECT' });
    expect([other.left(), other.letters()]).toEqual([['a'], []]);
  });

  test("an object too large for the function's memory", async () => {
    const { sweep, clock, left, objects, letters } = sweeping({
      a: onFailure(invocation(A)),
      b: onFailure(invocation(B)),
    });
    const list = objects.list.bind(objects);
    objects.list = async function* (bucket, prefix) {
      for await (const one of list(bucket, prefix)) yield one.name === 'a' ? { ...one, bytes: 2 ** 27 } : one;
    };
    await expect(clock.run(sweep())).rejects.toThrow(/got 134217728 bytes, want at most 67108864/);
    expect([left(), letters().length]).toEqual([['a'], 1]);
  });
});

test('a record with an id and a source as large as a record may be is parked, whole', async () => {
  const id = 'i'.repeat(410_000);
  const { sweep, clock, left, letters } = sweeping({ x: onFailure(invocation({ ...A, id })) });
  expect(await clock.run(sweep())).toEqual({ objects: 1, parked: 1, complete: true });
  const [, written] = letters()[0]?.headers.find(([name]) => name === 'ce_id') ?? [];
  expect(Buffer.from(written ?? '', 'base64').toString()).toBe(id);
  expect(left()).toEqual([]);
});

test.each(['silent', 'stalled'] as const)('an object whose read is %s holds up no other', async (act) => {
  const { sweep, clock, left, objects, letters } = sweeping({
    a: onFailure(invocation(A)),
    b: onFailure(invocation(B)),
  });
  objects.script = (call, name) => (call === 'get' && name === 'a' ? act : 'ok');
  await expect(clock.run(sweep())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect([left(), letters().map(({ id }) => id)]).toEqual([['a'], ['b']]);
});

test.each([1_000, 9_000, 11_000, 16_000, 60_000])(
  'a sweep begun %i ms before its end is over in time, and nothing is deleted that is not settled',
  async (timeoutMs) => {
    const many = Array.from({ length: 400 }, (_, n): Given => ({ offset: n, id: `e${n}`, key: null, value: '' }));
    const { sweep, clock, left, tables, records } = sweeping({
      x: onFailure(invocation(...many)),
      y: onFailure(invocation(A)),
    });
    const transact = tables.transact.bind(tables);
    tables.transact = async (...args) => {
      await clock.sleep(900);
      return transact(...args);
    };
    const began = clock.monotonic();
    await clock.run(sweep(timeoutMs)).catch(() => undefined);
    expect(clock.monotonic() - began).toBeLessThan(timeoutMs);
    if (!left().includes('x')) expect(records('parked').length).toBeGreaterThanOrEqual(400);
    // What a sweep has not done the next ones do.
    for (let n = 0; n < 10; n += 1) await clock.run(sweep(60_000)).catch(() => undefined);
    expect(left()).toEqual([]);
  },
);

test('thirty objects whose reads hang are said in every sweep, and do not take the time of those behind them', async () => {
  const hanging = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`a${n}`, onFailure(invocation(A))]));
  const { sweep, clock, left, objects, letters } = sweeping({ ...hanging, b: onFailure(invocation(B)) });
  objects.script = (call, name) => (call === 'get' && name.startsWith('a') ? 'silent' : 'ok');
  for (let n = 0; n < 6; n += 1) await expect(clock.run(sweep(300_000))).rejects.toThrow(/objects stay where they are/);
  expect(letters().map(({ id }) => id)).toEqual(['b']);
  objects.script = () => 'ok';
  for (let n = 0; n < 6; n += 1) await clock.run(sweep(300_000)).catch(() => undefined);
  expect(left()).toEqual([]);
});

test('a table that never answers does not hold a sweep beyond its time', async () => {
  const { sweep, clock, left, tables } = sweeping({ x: onFailure(invocation(A)) });
  tables.transact = () => new Promise(() => undefined);
  const began = clock.monotonic();
  expect(await clock.run(sweep(30_000))).toMatchObject({ parked: 0, complete: false });
  expect(clock.monotonic() - began).toBeLessThan(30_000);
  expect(left()).toEqual(['x']);
});

test('what is parked from an object is counted in the ledger of its partition, once', async () => {
  const { sweep, clock, ledger } = sweeping({ x: onFailure(invocation(A, B)), y: onFailure(invocation(A)) });
  await clock.run(sweep());
  expect(ledger()).toMatchObject({ parked: 2 });
});
