import type { MSKEvent } from 'aws-lambda';
import fc from 'fast-check';
import { messageOf } from '../../../../lambdas/runtime/dead-letters/letter';
import { bytes } from '../../../../lambdas/runtime/event/decode';
import { hashOf } from '../../../../lambdas/runtime/event/event';
import type { KafkaHeader } from '../../../../lambdas/runtime/event/message';
import type { ConsumerRecord } from '../../../../lambdas/runtime/event/records';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { environment, kafkaEvent, reported, simulation } from '../simulation';
import { oneMore } from '../../../../testing';

jest.setTimeout(120_000);

/** Whatever a foreign producer may write. */
const RUNS = Number(process.env['LOSSLESS_BATCHES'] ?? 60);

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 8 }).map((text) => Buffer.from(text)),
  fc.constantFrom(...['', 'a', 'billing:1', 'billing:9007199254740991', 'other:7', '\ufffd'].map((text) => Buffer.from(text))), // prettier-ignore
);
const structured = fc
  .record({
    specversion: fc.constantFrom('1.0', '0.3'),
    id: fc.string({ maxLength: 4 }),
    source: fc.string({ minLength: 1, maxLength: 4 }),
    type: fc.constantFrom('t', 'u'),
    data: fc.jsonValue(),
  })
  .map((event) => Buffer.from(JSON.stringify(event)));
const NAMES = [
  'ce_id',
  'ce_source',
  'ce_type',
  'CE_ID',
  'ce_datacontenttype',
  'lossless-redrive',
  'x',
  '__proto__',
  '',
];
const anyHeader = fc.oneof(
  fc.tuple(fc.constantFrom(...NAMES), fc.option(anyBytes)),
  fc.constantFrom('application/cloudevents+json', 'application/cloudevents-batch+json', 'text/plain').map((type) => ['content-type', Buffer.from(type)] as const), // prettier-ignore
);
const anyRecord = fc.record({
  key: fc.option(anyBytes),
  value: fc.oneof(fc.option(anyBytes), structured),
  headers: fc.array(anyHeader, { maxLength: 6 }),
  timestamp: fc.constantFrom(-1, -5_000, 0, 1_700_000_000_000, 1_700_000_000_000_000_000, 2 ** 60),
});
type Sent = Pick<ConsumerRecord, 'key' | 'value' | 'headers' | 'timestamp'>;

const base64 = (content: Uint8Array | null) => content && Buffer.from(content).toString('base64');
/** What the mapping makes of a record. */
const delivered = (offset: number, { key, value, headers, timestamp }: Sent): MSKEvent => {
  const wire = {
    ...{ topic: 'orders', partition: 0, offset, timestamp, key: base64(key), value: base64(value) },
    headers: headers.map(([name, content]) => Object.fromEntries([[name, content && [...content]]])),
  };
  return { ...kafkaEvent(), records: { 'orders-0': [wire] } } as unknown as MSKEvent;
};
const buffers = ({ key, value, headers }: Pick<Sent, 'key' | 'value' | 'headers'>) => ({
  key: key && Buffer.from(key),
  value: value && Buffer.from(value),
  headers: headers.map(([name, content]) => [name, content && Buffer.from(content)]),
});

const counting = {
  decode: bytes,
  write: (_: unknown, { event }: { event: { id: string; source: string } }) => [
    oneMore('orders', hashOf(event.source, event.id)),
  ],
};
const failing = { decode: bytes, attempts: 1, write: () => Promise.reject(new Error('no')) };

test('whatever a record holds: parked byte for byte, sent back under its id, and then applied once or parked again', async () => {
  await fc.assert(
    fc.asyncProperty(anyRecord, async (sent) => {
      const all = simulation();
      expect(reported(await all.deliver(delivered(1, sent), failing))).toEqual([]);
      const [letter] = all.letters();
      expect(buffers(messageOf(letter!))).toEqual(buffers(sent));
      expect(letter?.timestamp).toBe(sent.timestamp);

      const [parked] = all.records('parked');
      const generation = Number(parked?.['generation'] ?? 0) + 1;
      all.tables.write('idempotency', { ...parked!, state: 'redriven', generation, key: String(parked?.['key']) });
      const { isForeign } = deliveryOf({ ...sent, topic: 'orders', partition: 0, offset: 1 }, environment);
      const own = isForeign ? { ce_id: letter!.id, ce_source: letter!.source } : {};
      const headers: KafkaHeader[] = [
        ...sent.headers,
        ...Object.entries(own).map(([name, text]) => [name, Buffer.from(text)] as const),
        ['lossless-redrive', Buffer.from(`billing:${generation}`)],
      ];
      for (const offset of [70, 71]) {
        expect(reported(await all.deliver(delivered(offset, { ...sent, headers, timestamp: 5 }), counting))).toEqual(
          [],
        );
      }
      // What cannot be read as an event cannot be applied either: it is parked again, by its redrive.
      const states = all.entries().map(({ state, key }) => [state, key]);
      const end = letter?.reason === 'undecodable' ? (expect.stringMatching(/^(done|parked)$/) as string) : 'done';
      expect(states).toEqual([[end, parked?.['key']]]);
      expect(all.tables.items('orders')).toEqual(states[0]?.[0] === 'done' ? [expect.objectContaining({ n: 1 })] : []);
    }),
    { numRuns: RUNS },
  );
});

test('two records share a record of the table where source and id are the same bytes, and nowhere else', () => {
  const some = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 3 }), fc.constantFrom([0xff], [0xfe], [0xef, 0xbf, 0xbd], [...Buffer.from('0xff')]).map((list) => Uint8Array.from(list))); // prettier-ignore
  const keyOf = (id: Uint8Array, source: Uint8Array) =>
    deliveryOf(
      {
        ...{ topic: 'orders', partition: 0, offset: 1, timestamp: 1, key: null, value: null },
        headers: [['ce_id', id], ['ce_source', source]],
      },
      environment,
    ).key; // prettier-ignore
  fc.assert(
    fc.property(some, some, some, some, (idA, sourceA, idB, sourceB) => {
      const isSame = Buffer.compare(idA, idB) === 0 && Buffer.compare(sourceA, sourceB) === 0;
      expect(keyOf(idA, sourceA) === keyOf(idB, sourceB)).toBe(isSame);
    }),
    { numRuns: 2_000 },
  );
});
