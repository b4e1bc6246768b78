import fc from 'fast-check';
import { eventsOf, type ParsedEvent } from '../../../../lambdas/runtime/door/cloudevents-http';
import { httpDoor } from '../../../../lambdas/runtime/door';
import { headerText } from '../../../../lambdas/runtime/event/event';
import { InvalidEventError } from '../../../../lambdas/runtime/event/new-event';
import { MalformedRequestError } from '../../../../lambdas/runtime/door/http-request';
import { scriptedProducer } from '../simulation/scripted-producer';

const BATCH = 'application/cloudevents-batch+json';
const good = '{"id":"good","type":"t","data":{"n":1}}';
const requestContext = { authorizer: { iam: { userArn: 'arn:aws:iam::111122223333:user/shop' } } };

async function posted(body: string | Buffer, contentType = BATCH) {
  const { clock, port, producer } = scriptedProducer();
  const request = { headers: { 'content-type': contentType }, body: Buffer.from(body).toString('base64'), isBase64Encoded: true }; // prettier-ignore
  const answer = await clock.run(
    httpDoor(producer)({ ...request, requestContext }, { getRemainingTimeInMillis: () => 28_000 }),
  );
  const { results = [], detail } = JSON.parse(answer.body ?? '') as {
    results?: { id: string; outcome: string; reason?: string }[];
    detail?: string;
  };
  return { status: answer.statusCode ?? 0, results, detail, records: [...port.log.values()].flat() };
}
const event = (body: string, contentType = 'application/json'): ParsedEvent | undefined =>
  eventsOf({ headers: { 'content-type': contentType }, body: Buffer.from(body) }).events[0];

describe('an event that the door does not take is refused alone: its neighbours are acknowledged', () => {
  const deep = `${'['.repeat(100_000)}1${']'.repeat(100_000)}`;
  test.each<[string, string, string]>([
    ['millions of numbers', `[${'0,'.repeat(2_000_000)}0]`, 'event: got an array, want a JSON object'],
    ['one long number', '1'.repeat(3_000_000), 'event: got 1111'],
    ['an id nested deep', `{"id":${deep},"type":"t"}`, 'event "id": got a value nested 100000 deep, want less than 128'],
    ['data nested deep', `{"id":"a","type":"t","data":${deep}}`, 'event "data": got a value nested'],
    ['an id that is an object', '{"id":{},"type":"t"}', 'event id: got an object, want a string'],
    ['a long number for an id', `{"id":${'1'.repeat(3_000_000)},"type":"t"}`, 'event id: got 1111'],
    ['an extension called __proto__', '{"id":"a","type":"t","__proto__":"x"}', 'event extension: got the name "__proto__"'],
    ['an extension called __proto__ that is an object', '{"id":"a","type":"t","__proto__":{"id":"b"}}', 'got object'],
    ['an id given twice', '{"id":"a","type":"t","id":"b"}', 'event "id": got it twice'],
    ['an id given twice, once escaped', '{"id":"a","type":"t","\\u0069d":"b"}', 'event "id": got it twice'],
    ['more members than attributes', `{"id":"a",${Array.from({ length: 100_000 }, (_, n) => `"a${n}":1`).join()}}`, 'event: got more than 64 members'],
    ['a name as long as a body', `{"${'a'.repeat(1_000_000)}":1}`, 'event: got a name of 1000002 bytes'],
    ['half a surrogate pair in its id', '{"id":"\\ud800","type":"t"}', 'half a surrogate pair'],
    ['half a surrogate pair in its text', '{"id":"a","type":"t","datacontenttype":"text/plain","data":"\\ud800"}', 'half a surrogate pair'],
  ])('%s', async (_what, bad, reason) => {
    const { status, results, records } = await posted(`[${good},${bad},${good.replace('good', 'fine')}]`);
    expect(status).toBe(207);
    expect(results.map(({ outcome }) => outcome)).toEqual(['acked', 'rejected', 'acked']);
    expect(results[1]?.reason).toContain(reason);
    expect(results[1]?.reason?.length).toBeLessThan(400);
    expect(records.map(({ headers }) => headerText(headers, 'ce_id')).sort()).toEqual(['fine', 'good']);
  }); // prettier-ignore
});

test.each(['1e400', '1524831183200260097', '0.1000000000000000055', '-0', '1.50', `[${'0,'.repeat(100_000)}0]`])(
  'data is published as it is written, never as another number: %.30s',
  async (data) => {
    const { status, records } = await posted(`{"id":"a","type":"t","data": ${data} }`, 'application/json');
    expect([status, String(records[0]?.value)]).toEqual([202, data]);
    expect(headerText(records[0]?.headers ?? [], 'content-type')).toBe('application/json');
  },
);

describe('different contents under one id in a request', () => {
  const named = (more: string) => `{"id":"a","type":"t","source":"/s","data":1${more}}`;

  test('are refused but the first: none of them costs a dead letter', async () => {
    const contents = Array.from({ length: 400 }, (_, n) => `{"id":"a","type":"t","data":${n}}`);
    const { results, records } = await posted(`[${contents.join()}]`);
    expect(results.map(({ outcome }) => outcome)).toEqual(['acked', ...Array<string>(399).fill('rejected')]);
    expect(results[1]?.reason).toContain('event id: got it before, with other data');
    expect(records).toHaveLength(1);
  });

  test.each([
    ['another type', named('').replace('"t"', '"u"')],
    ['another key', named(',"partitionkey":"k"')],
    ['no data', '{"id":"a","type":"t","source":"/s"}'],
  ])('are told by %s', async (_what, other) => {
    expect((await posted(`[${named('')},${other}]`)).results.map(({ outcome }) => outcome)).toEqual(['acked', 'rejected']); // prettier-ignore
  });

  test('are not the same content twice, nor the same id of another source', async () => {
    const other = named('').replace('/s', '/t').replace('1}', '2}');
    const { results } = await posted(`[${named('')},${named(',"sequence":2')},${other}]`);
    expect(results.map(({ outcome }) => outcome)).toEqual(['acked', 'acked', 'acked']);
  });
});

test('an extension that is a number is kept as it is written', () => {
  expect(event('{"id":"a","type":"t","sequence":9007199254740993,"flag":true,"none":null}')).toMatchObject({
    extensions: { sequence: '9007199254740993', flag: 'true' },
  });
});

describe('what the door makes of a body is bounded, whatever the body says', () => {
  /** Bytes of JSON that are parsed into values, and events that are kept, for one body. */
  const work = (body: string, contentType = BATCH) => {
    const parse = jest.spyOn(JSON, 'parse');
    try {
      const { events } = eventsOf({ headers: { 'content-type': contentType }, body: Buffer.from(body) });
      return { parsed: parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0), kept: events.length };
    } catch (error) {
      if (!(error instanceof MalformedRequestError)) throw error;
      return { parsed: parse.mock.calls.reduce((sum, [text]) => sum + text.length, 0), kept: 0, status: error.status };
    } finally {
      parse.mockRestore();
    }
  };
  const many = (part: string, bytes = 5_900_000) => part.repeat(Math.floor(bytes / part.length));

  test.each([
    ['numbers', `[${many('0,')}0]`, { parsed: 0, kept: 0, status: 413 }],
    ['numbers in one element', `[[${many('0,')}0]]`, { parsed: 0, kept: 1 }],
    ['arrays', `[${many('[],')}0]`, { parsed: 0, kept: 0, status: 413 }],
    ['brackets', many('['), { parsed: 0, kept: 0, status: 400 }],
    ['objects in an event', `[{"data":[${many('{},')}0]}]`, { parsed: 6, kept: 1 }],
  ])('5.9 MB of %s', (_what, body, bounds) => {
    expect(work(body)).toEqual(bounds);
  });

  test('members beyond the bound are read and not parsed', () => {
    const body = `[{${Array.from({ length: 200_000 }, (_, n) => `"a${n}":1`).join()}}]`;
    expect(work(body)).toMatchObject({ kept: 1 });
    expect(work(body).parsed).toBeLessThan(1_000);
  });
});

describe('any bytes at the door', () => {
  const attribute = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.json().map((text) => JSON.parse(text) as unknown)); // prettier-ignore
  /** Literals that no JavaScript number is. */
  const literal = fc.oneof(fc.stringMatching(/^-?[1-9]\d{0,40}$/), fc.stringMatching(/^-?\d\.\d{1,30}e[+-]?\d{1,4}$/));
  const data = fc.oneof(fc.json(), literal, fc.array(literal).map((parts) => `{"a": [${parts.join(' , ')}]}`)); // prettier-ignore
  const eventText = fc
    .tuple(
      fc.dictionary(fc.oneof(fc.constantFrom('id', 'type', 'source', 'time', 'partitionkey', '__proto__', 'a'), fc.string()), attribute, { noNullPrototype: true, maxKeys: 5 }),
      fc.boolean(),
      data,
    )
    .map(([attributes, isNamed, text]) => {
      const members = Object.entries({ ...attributes, ...(isNamed && { id: 'i', type: 't' }) });
      return `{${[...members.map((member) => member.map((part) => JSON.stringify(part)).join(':')), `"data":${text}`].join()}}`;
    }); // prettier-ignore
  const body = fc.oneof(
    fc.array(fc.oneof(eventText, fc.json()), { maxLength: 5 }).map((events) => Buffer.from(`[${events.join()}]`)),
    fc.json().map((text) => Buffer.from(text)),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.string().map((text) => Buffer.from(`[{"id":"a","type":"t","data":${text}}]`)),
  );

  test('each event is acknowledged as it was sent, or refused in words; never 5xx, never another number', async () => {
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(BATCH, 'application/json'), async (bytes, contentType) => {
        const { status, results, detail, records } = await posted(bytes, contentType);
        expect(status).toBeLessThan(500);
        if (results.length === 0) return void expect(detail ?? 'an empty batch').not.toBe('');
        const acked = results.filter(({ outcome }) => outcome === 'acked');
        for (const { outcome, reason } of results) if (outcome !== 'acked') expect(reason).toMatch(/got .*want /s);
        expect(records).toHaveLength(acked.length);
        const text = bytes.toString();
        for (const { value } of records) {
          if (value !== null) expect(text).toContain(Buffer.from(value).toString());
        }
      }),
      { numRuns: 300 },
    );
  });

  test('what is refused and what is taken does not depend on the neighbours', () => {
    fc.assert(
      fc.property(fc.array(eventText, { minLength: 1, maxLength: 4 }), (texts) => {
        const together = eventsOf({ headers: { 'content-type': BATCH }, body: Buffer.from(`[${texts.join()}]`) });
        const seen = (found: ParsedEvent | undefined) =>
          found instanceof InvalidEventError ? found.message : { ...found, data: String(found?.data) };
        expect(together.events.map(seen)).toEqual(texts.map((text) => seen(event(text))));
      }),
    );
  });
});
