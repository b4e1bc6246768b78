import { CloudEvent, HTTP, Kafka, type KafkaMessage as SdkKafkaMessage } from 'cloudevents';
import { eventsOf } from '../../../../lambdas/runtime/door/cloudevents-http';
import { eventOf } from '../../../../lambdas/runtime/event/event';
import { encodeEvent, InvalidEventError, type NewEvent } from '../../../../lambdas/runtime/event/new-event';
import type { KafkaMessage } from '../../../../lambdas/runtime/event/message';

const defaults = { source: 'urn:test', now: () => new Date('2026-01-02T03:04:05.678Z') };
const given = {
  id: 'a-1',
  source: 'urn:shop:orders',
  type: 'order.placed',
  time: '2026-01-02T03:04:05.000Z',
  data: { id: 'a-1', amount: 12.5, name: 'Zoë' },
};
const at = { topic: 'orders', partition: 0, offset: 0, timestamp: 0 };

/** A record as the SDK's Kafka binding takes and gives it. */
const toSdk = ({ key, value, headers }: KafkaMessage): SdkKafkaMessage<unknown> =>
  ({
    key: key && Buffer.from(key).toString(),
    value: value && Buffer.from(value),
    body: value && Buffer.from(value).toString(),
    headers: Object.fromEntries(headers.map(([name, content]) => [name, Buffer.from(content ?? []).toString()])),
  }) as unknown as SdkKafkaMessage<unknown>;

const fromSdk = ({ key, value, headers }: SdkKafkaMessage<unknown>): KafkaMessage => ({
  key: key ? Buffer.from(String(key)) : null,
  value: value === undefined ? null : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  headers: Object.entries(headers).map(([name, content]) => [name, Buffer.from(String(content))] as const),
});

describe('on Kafka, in binary content mode', () => {
  test('what the producer writes, the SDK reads as the same event', () => {
    const message = encodeEvent({ ...given, key: 'customer-1', extensions: { region: 'eu' } }, defaults);
    const read = Kafka.toEvent(toSdk(message)) as CloudEvent<unknown>;
    expect(read.validate()).toBe(true);
    const { id, source, type, time, specversion, datacontenttype, data } = read;
    expect({ id, source, type, time, data }).toEqual(given);
    expect([specversion, datacontenttype, read['region']]).toEqual(['1.0', 'application/json', 'eu']);
  });

  test('what the SDK writes, the consumer reads as the same event', () => {
    const written = Kafka.binary(
      new CloudEvent({ ...given, datacontenttype: 'application/json', partitionkey: 'customer-1' }),
    );
    const read = eventOf(fromSdk(written), at);
    expect([read.id, read.source, read.type, read.time]).toEqual([given.id, given.source, given.type, given.time]);
    expect(read.contentType).toBe('application/json');
    expect(JSON.parse(Buffer.from(read.value ?? '').toString())).toEqual(given.data);
    expect(String(read.key)).toBe('customer-1');
  });
});

describe('at the HTTP door', () => {
  const request = ({ headers, body }: { headers: Record<string, unknown>; body: unknown }) => ({
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])),
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  });
  const sdkEvent = new CloudEvent({
    ...given,
    datacontenttype: 'application/json',
    partitionkey: 'customer-1',
    region: 'eu',
  });
  const only = (found: ReturnType<typeof eventsOf>): NewEvent => {
    const [event] = found.events;
    if (event === undefined || event instanceof InvalidEventError) throw event ?? new Error('no event');
    return event;
  };
  const parsed = (event: NewEvent) =>
    event.data instanceof Uint8Array ? (JSON.parse(Buffer.from(event.data).toString()) as unknown) : event.data;

  test.each([
    ['binary', () => HTTP.binary(sdkEvent)],
    ['structured', () => HTTP.structured(sdkEvent)],
  ])('what the SDK sends in %s mode is taken as the same event', (_mode, message) => {
    const event = only(eventsOf(request(message())));
    expect({ ...event, data: parsed(event) }).toMatchObject({
      ...given,
      key: 'customer-1',
      contentType: 'application/json',
      extensions: { region: 'eu' },
    });
  });

  test('what the SDK sends as a batch is taken event by event', () => {
    const body = JSON.stringify([sdkEvent, sdkEvent.cloneWith({ id: 'a-2' })]);
    const { events } = eventsOf({
      headers: { 'content-type': 'application/cloudevents-batch+json' },
      body: Buffer.from(body),
    });
    expect(events).toEqual([expect.objectContaining({ id: 'a-1' }), expect.objectContaining({ id: 'a-2' })]);
  });

  test('an event that came through the door and the producer is read by the SDK as it was sent', () => {
    const event = only(eventsOf(request(HTTP.structured(sdkEvent))));
    const read = Kafka.toEvent(toSdk(encodeEvent(event, defaults))) as CloudEvent<unknown>;
    expect({ ...read.toJSON(), partitionkey: 'customer-1' }).toEqual(sdkEvent.toJSON());
  });
});
