/** One event is one event, in whichever of its two modes a record holds it. */
import fc from 'fast-check';
import { CloudEvent, Kafka } from 'cloudevents';
import { contentHash, identifiedEvent } from '../../../../lambdas/runtime/event/event';
import type { KafkaMessage } from '../../../../lambdas/runtime/event/message';
import { encodeEvent } from '../../../../lambdas/runtime/event/new-event';
import { deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';

const at = { topic: 'orders', partition: 0, offset: 7, timestamp: 5 };
const TIME = '2026-01-02T03:04:05Z';
const STRUCTURED = ['content-type', Buffer.from('application/cloudevents+json; charset=utf-8')] as const;

interface Data {
  readonly contentType: string;
  readonly bytes: Buffer | null;
  /** Members of the JSON format that say the same. */
  readonly members: string;
}
interface Written {
  readonly attributes: Readonly<Record<'id' | 'source' | 'type', string>>;
  readonly extensions: Readonly<Record<string, string>>;
  readonly key: string | null;
  readonly data: Data;
}

const binary = ({ attributes, extensions, key, data }: Written): KafkaMessage =>
  encodeEvent(
    { ...attributes, time: TIME, key, extensions, contentType: data.contentType, data: data.bytes },
    { source: 's', now: () => new Date(0) },
  );
const structured = ({ attributes, extensions, key, data }: Written): KafkaMessage => {
  const members = { specversion: '1.0', ...attributes, time: TIME, ...extensions };
  return {
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(`${JSON.stringify(members).slice(0, -1)}, ${data.members} }`),
    headers: [STRUCTURED],
  };
};
/** All that a consumer, its table and a dead letter make of a record, but for the headers themselves. */
const made = (message: KafkaMessage) => {
  const record = { ...at, ...message };
  const { event, identity, isForeign, undecodable } = identifiedEvent(record);
  const { key, content } = deliveryOf(record, { cluster: 'c', group: 'g' });
  const bytes = { key: event.key && Buffer.from(event.key), value: event.value && Buffer.from(event.value) };
  return { ...event, headers: [], ...bytes, identity, isForeign, undecodable, record: { key, content } };
};

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
// Null is what CloudEvents takes for no data at all.
const json = fc.json().filter((text) => text.trim() !== 'null');
const data: fc.Arbitrary<Data> = fc.oneof(
  json.map((text) => ({ contentType: 'application/json', bytes: Buffer.from(text), members: `"data": ${text}` })),
  fc.constantFrom('1524831183200260097', '[1.0, -0]', '{"a" :1}').map((text) => ({ contentType: 'application/problem+json', bytes: Buffer.from(text), members: `"datacontenttype":"application/problem+json","data":${text}` })), // prettier-ignore
  name.map((text) => ({ contentType: 'text/plain', bytes: Buffer.from(text), members: `"datacontenttype":"text/plain","data":${JSON.stringify(text)}` })), // prettier-ignore
  fc.uint8Array({ maxLength: 8 }).map((list) => ({ contentType: 'image/png', bytes: Buffer.from(list), members: `"datacontenttype":"image/png","data_base64":"${Buffer.from(list).toString('base64')}"` })), // prettier-ignore
  fc.constant({ contentType: 'a/b', bytes: null, members: '"datacontenttype":"a/b","data":null' }),
);
const written: fc.Arbitrary<Written> = fc.record({
  attributes: fc.record({ id: name, source: name, type: name }),
  extensions: fc.dictionary(fc.stringMatching(/^x[a-z0-9]{1,8}$/), name, { noNullPrototype: true, maxKeys: 3 }),
  key: fc.option(name),
  data,
});

test('whatever it holds, an event in structured mode is what it is in binary mode: attributes, data, record and content', () => {
  fc.assert(
    fc.property(written, (event) => {
      expect(made(structured(event))).toEqual(made(binary(event)));
      expect(made(structured(event))).toMatchObject({ isForeign: false, undecodable: undefined });
    }),
    { numRuns: 500 },
  );
});

test('what the SDK writes in one mode is the event that it writes in the other', () => {
  const event = new CloudEvent({ id: 'a', source: '/s', type: 't', time: TIME, region: 'eu', partitionkey: 'k', datacontenttype: 'application/json', data: { amount: 12.5 } }); // prettier-ignore
  const [one, other] = [Kafka.binary(event), Kafka.structured(event)].map(({ key, value, headers }) =>
    made({
      key: Buffer.from(String(key)),
      value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
      // It writes its times otherwise in each of them, and headers of nothing.
      headers: Object.entries(headers).flatMap(([header, text]) =>
        text === undefined || header === 'ce_time' ? [] : [[header, Buffer.from(String(text))] as const],
      ),
    }),
  );
  expect(one).toMatchObject({ id: 'a', source: '/s', type: 't', undecodable: undefined });
  expect({ ...other, time: undefined }).toEqual(one);
});

test('other data, written anew, or another key is another content of the event: it is told from a copy', () => {
  const content = (key: string | null, text: string): string =>
    contentHash(identifiedEvent({ ...at, ...structured({ attributes: { id: 'a', source: 's', type: 't' }, extensions: {}, key, data: { contentType: '', bytes: null, members: `"data":${text}` } }) }).event); // prettier-ignore
  const contents = [content('k', '{"a":1}'), content('k', '{"a":2}'), content('k', '{"a": 1}'), content(null, '{"a":1}')]; // prettier-ignore
  expect(new Set(contents).size).toBe(4);
});
