import { contentHash, eventOf, headerText } from '../../../../lambdas/runtime/event/event';
import { encodeEvent } from '../../../../lambdas/runtime/event/new-event';
import type { KafkaMessage } from '../../../../lambdas/runtime/event/message';
import { httpDoor } from '../../../../lambdas/runtime/door';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import type { Event } from '../../../../lambdas/runtime';
import { replay } from '../../../../lambdas/runtime/replay';
import { traceContextOf, traceIdOf } from '../../../../lambdas/runtime/event/trace-context';
import { kafkaEvent, simulation } from '../simulation';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const OTHER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
const TRACESTATE = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE';

test.each([
  ['version 00', TRACEPARENT],
  ['a later version', `01-${TRACE_ID}-00f067aa0ba902b7-01`],
  ['a later version with more behind it', `cc-${TRACE_ID}-00f067aa0ba902b7-01-what-the-future-holds`],
])('a traceparent of %s is a trace', (_, traceparent) => {
  expect(traceContextOf({ traceparent })).toEqual({ traceparent });
  expect(traceIdOf(traceContextOf({ traceparent }))).toBe(TRACE_ID);
});

const INVALID: [what: string, traceparent: unknown][] = [
  ['nothing', undefined],
  ['no text', { traceparent: TRACEPARENT }],
  ['two of them, as HTTP joins them', `${TRACEPARENT},${OTHER}`],
  ['capitals', TRACEPARENT.toUpperCase()],
  ['version ff', `ff-${TRACE_ID}-00f067aa0ba902b7-01`],
  ['version 00 with more behind it', `${TRACEPARENT}-more`],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`],
  ['a parent id of zeros', `00-${TRACE_ID}-${'0'.repeat(16)}-01`],
  ['a trace id that is too short', `00-${TRACE_ID.slice(1)}-00f067aa0ba902b7-01`],
  ['a line behind it', `${TRACEPARENT}\n`],
];
test.each(INVALID)('a traceparent that is %s is none', (_, traceparent) => {
  expect(traceContextOf({ traceparent, tracestate: TRACESTATE })).toBeUndefined();
});

test.each([
  ['fits', TRACESTATE, TRACESTATE],
  ['is longer than anybody has to propagate', 'a='.padEnd(513, 'b'), undefined],
  ['is no ASCII', 'a=ö', undefined],
  ['is no text', 7, undefined],
])('a tracestate that %s does not decide over its traceparent', (_, tracestate, kept) => {
  expect(traceContextOf({ traceparent: TRACEPARENT, tracestate })?.tracestate).toBe(kept);
});

const defaults = { source: 'urn:test', now: () => new Date(0) };
const at = { topic: 'orders', partition: 0, offset: 0, timestamp: 0 };

test.each(INVALID)('an event published with a traceparent that is %s goes without it', (_, traceparent) => {
  const extensions = { traceparent: traceparent as string, region: 'eu' };
  const message = encodeEvent(event('a', { extensions }), defaults);
  expect(message.headers.map(([name]) => name)).not.toContain('ce_traceparent');
  expect(headerText(message.headers, 'ce_region')).toBe('eu');
});

test('the trace that a foreign producer’s instrumentation wrote is handed on, the event’s own comes first', () => {
  const headers = (pairs: Record<string, string>): KafkaMessage => ({
    ...{ key: null, value: null },
    headers: Object.entries(pairs).map(([name, text]) => [name, Buffer.from(text)]),
  });
  expect(eventOf(headers({ traceparent: OTHER }), at).trace).toEqual({ traceparent: OTHER });
  expect(eventOf(headers({ traceparent: OTHER, ce_traceparent: TRACEPARENT }), at).trace).toEqual({
    traceparent: TRACEPARENT,
  });
  expect(eventOf(headers({ traceparent: OTHER, ce_traceparent: 'nonsense' }), at).trace).toEqual({
    traceparent: OTHER,
  });
});

test('two deliveries of one event in other traces have the same content', () => {
  const content = (traceparent?: string) =>
    contentHash(eventOf(encodeEvent(event('a', { extensions: traceparent ? { traceparent } : {} }), defaults), at));
  expect(new Set([content(), content(TRACEPARENT), content(OTHER)]).size).toBe(1);
});

describe('at the HTTP door', () => {
  const good = { id: 'a', type: 'order.placed', data: { amount: 1 } };
  async function posted(body: unknown, headers: Record<string, string>) {
    const { clock, port, producer } = scriptedProducer();
    const request = { headers, body: typeof body === 'string' ? body : JSON.stringify(body), isBase64Encoded: false };
    const answer = await clock.run(
      httpDoor(producer, { environment: { unnamedCallers: 'a test' } })(request, {
        getRemainingTimeInMillis: () => 28_000,
      }),
    );
    const records = [...port.log.values()].flat();
    return {
      status: answer.statusCode,
      traces: records.map((record) => eventOf(record, at).trace),
    };
  }
  const own = { traceparent: OTHER };
  const request = { traceparent: TRACEPARENT, tracestate: TRACESTATE };
  const BATCH = { 'content-type': 'application/cloudevents-batch+json' };

  test.each<[what: string, body: unknown, headers: Record<string, string>, trace: unknown]>([
    ['none', good, {}, undefined],
    ['the request’s', good, { Traceparent: TRACEPARENT, TraceState: TRACESTATE }, request],
    ['the event’s own before the request’s', { ...good, ...own }, request, own],
    ['the request’s, where the event’s own is not valid', { ...good, traceparent: {} }, request, request],
    ['none, where neither is valid', { ...good, traceparent: 1 }, { traceparent: 'x' }, undefined],
    [
      'that of a binary event',
      '{}',
      { 'ce-id': 'a', 'ce-type': 't', 'ce-traceparent': OTHER, 'ce-tracestate': 'a=1%2C2' },
      { traceparent: OTHER, tracestate: 'a=1,2' },
    ],
    [
      'none of a binary event whose own cannot be read',
      '{}',
      { 'ce-id': 'a', 'ce-type': 't', 'ce-traceparent': '%zz' },
      undefined,
    ],
  ])('an event takes %s', async (_, body, headers, trace) => {
    expect(await posted(body, headers)).toEqual({ status: 202, traces: [trace] });
  });

  test('each event of a batch takes its own, or the request’s', async () => {
    const { traces } = await posted(
      [
        { ...good, partitionkey: 'k' },
        { ...good, id: 'b', partitionkey: 'k', ...own },
      ],
      { ...BATCH, ...request },
    );
    expect(traces).toEqual([request, own]);
  });
});

/** What the mapping makes of these records. */
const delivered = (records: readonly KafkaMessage[], from = 0) =>
  kafkaEvent(
    ...records.map(({ key, value, headers }, index) => ({
      offset: from + index,
      key: key && Buffer.from(key).toString(),
      value: value && Buffer.from(value).toString(),
      headers: headers.map(([name, text]) => [name, Buffer.from(text ?? []).toString()] as const),
    })),
  );

test('a trace that comes in at the door comes out at the handler, in the log and in the dead letter, by way of the spill store too', async () => {
  let away = true;
  const ingest = scriptedProducer({ kafka: () => (away ? { does: 'not-now' } : undefined) });
  const body = JSON.stringify({ id: 'a', type: 'order.placed', partitionkey: 'k', data: {} });
  const headers = { traceparent: TRACEPARENT, tracestate: TRACESTATE };
  const answer = await ingest.clock.run(
    httpDoor(ingest.producer, { environment: { unnamedCallers: 'a test' } })(
      { headers, body, isBase64Encoded: false },
      { getRemainingTimeInMillis: () => 28_000 },
    ),
  );
  expect(answer.statusCode).toBe(202);

  away = false;
  const { cluster, topic, spill, deadLetters } = producerEnvironment;
  const sweep = replay({
    ...{ clock: ingest.clock, store: ingest.store, port: () => ingest.port, log: ingest.log },
    variables: {
      LOSSLESS_REPLAY_Orders: JSON.stringify({ cluster, topic, spill, deadLetters }),
      LOSSLESS_PRODUCER_Orders: JSON.stringify(producerEnvironment),
    },
  });
  await ingest.clock.run(sweep({}, { getRemainingTimeInMillis: () => 60_000 }));

  const { deliver, letters, log } = simulation();
  const seen: Event['trace'][] = [];
  const write = (_: unknown, { event: { trace } }: { event: Event }) => {
    seen.push(trace);
    throw new RangeError('no');
  };
  await deliver(delivered([...ingest.port.log.values()].flat()), { decode: json(), write });
  expect(seen[0]).toEqual({ traceparent: TRACEPARENT, tracestate: TRACESTATE });
  expect(letters()[0]?.headers).toContainEqual(['ce_traceparent', Buffer.from(TRACEPARENT).toString('base64')]);
  expect(letters()[0]?.headers).toContainEqual(['ce_tracestate', Buffer.from(TRACESTATE).toString('base64')]);
  expect(log.lines.map(({ fields }) => fields['traceId'])).toEqual(Array(6).fill(TRACE_ID));
});

test('an event that comes again in another trace is a duplicate', async () => {
  const { deliver, tables, meter, letters } = simulation();
  const write = () => [put({ TableName: 'orders', Item: { id: 'a' } })];
  const twice = [TRACEPARENT, OTHER].map((traceparent) =>
    encodeEvent(event('a', { extensions: { traceparent } }), defaults),
  );
  await deliver(delivered(twice.slice(0, 1)), { decode: json(), write });
  await deliver(delivered(twice.slice(1), 1), { decode: json(), write });
  expect([tables.items('orders').length, meter.counts.duplicate, letters()]).toEqual([1, 1, []]);
});
