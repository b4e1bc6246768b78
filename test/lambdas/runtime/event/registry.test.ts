import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateSync } from 'node:zlib';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import avro from 'avsc';
import protobuf from 'protobufjs';
import { json, text } from '../../../../lambdas/runtime/event/decode';
import type { Event } from '../../../../lambdas/runtime/event/event';
import { registry, type RegistryOptions } from '../../../../lambdas/runtime/event/registry';
import { framingHint, framingOf, protobufMessage } from '../../../../lambdas/runtime/event/registry-framing';

const ORDER = { id: 'o-1', amount: 7 };
const AVRO = { type: 'record', name: 'Order', fields: [{ name: 'id', type: 'string' }, { name: 'amount', type: 'int' }] } as const; // prettier-ignore
const PROTO = 'syntax = "proto3"; message Other { string x = 1; } message Order { string id = 1; int32 amount = 2; }';
const UUID = 'b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63';

const event = (value: Uint8Array | null): Event => ({
  id: 'a',
  source: 's',
  type: 't',
  attributes: {},
  key: null,
  value,
  headers: [],
});
const decode = (value: Uint8Array | null, options: RegistryOptions<unknown, unknown>) =>
  registry(options).decode(event(value));

const confluent = (payload: Uint8Array, id = 7) => Buffer.concat([Buffer.from([0, 0, 0, 0, id]), payload]);
const glue = (payload: Uint8Array, compression = 0) =>
  Buffer.concat([Buffer.from([3, compression]), Buffer.from(UUID.replaceAll('-', ''), 'hex'), payload]);

describe("with Confluent's registry, as its client for kafkajs reads and writes", () => {
  const SCHEMAS: Record<string, object> = {
    1: { schema: JSON.stringify(AVRO) },
    2: { schemaType: 'JSON', schema: JSON.stringify({ type: 'object', required: ['id'] }) },
    3: { schemaType: 'PROTOBUF', schema: PROTO.replace('message Other { string x = 1; } ', '') },
  };
  let server: Server;
  let client: SchemaRegistry;
  let asked: string[];

  beforeAll(async () => {
    server = createServer(({ url = '' }, response) => {
      asked.push(url);
      const schema = SCHEMAS[url.split('/').at(-1) ?? ''];
      response.writeHead(schema ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(schema ?? { error_code: 40403, message: 'Schema not found' }));
    });
    await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
    const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    client = new SchemaRegistry({ host, retry: { retries: 0 } });
  });
  beforeEach(() => (asked = []));
  afterAll(() => new Promise((closed) => void server.close(closed)));

  test.each([
    ['Avro', 1],
    ['JSON', 2],
    ['Protobuf', 3],
  ])('%s is read back to what was written', async (_, id) => {
    const written = await client.encode(id, ORDER);
    const { data } = (await decode(written, {
      lookup: (of) => client.getSchema(of.id as number),
      parse: (payload, schema) => (schema as { fromBuffer(bytes: Buffer): unknown }).fromBuffer(Buffer.from(payload)),
    })) as { data: object };
    expect({ ...data }).toEqual(ORDER);
  });

  test('a registry that refuses is no fault of the bytes: the decoder rejects, and asks again', async () => {
    const decoder = registry({
      lookup: ({ id }) => client.getSchema(id as number),
      parse: () => ORDER,
    });
    const value = event(confluent(Buffer.from('x'), 99));
    const said = () => Promise.resolve(decoder.decode(value)).then(String, ({ message }: Error) => message);
    expect(await said()).toContain('Schema not found');
    let again = await said();
    while (again.includes('has not answered')) {
      await new Promise((turn) => setImmediate(turn));
      again = await said();
    }
    expect(again).toContain('Schema not found');
    expect(asked).toEqual(['/schemas/ids/99', '/schemas/ids/99']);
  });
});

describe('with AWS Glue', () => {
  const type = avro.Type.forSchema(AVRO as never);
  const options: RegistryOptions<avro.Type, unknown> = {
    lookup: ({ registry: of, id }) => (of === 'glue' && id === UUID ? type : undefined),
    parse: (payload, schema) => schema.fromBuffer(Buffer.from(payload)) as unknown,
  };
  const written = type.toBuffer(ORDER);

  test.each([
    ['plain', glue(written)],
    ['compressed', glue(deflateSync(written), 5)],
  ])('Avro, %s, is read back to what was written', async (_, value) => {
    expect(await registry(options).decode(event(value))).toEqual({ data: ORDER });
  });

  test.each([
    ['plain', (text: Buffer) => glue(text)],
    ['compressed', (text: Buffer) => glue(deflateSync(text), 5)],
  ])('JSON, %s, is read back to what was written', async (_, framed) => {
    const schema = { type: 'object' };
    const parse = (payload: Uint8Array, of: unknown) => [
      JSON.parse(Buffer.from(payload).toString('utf8')) as unknown,
      of,
    ];
    const decoder = registry({ lookup: ({ registry: of, id }) => (of === 'glue' && id === UUID ? schema : undefined), parse }); // prettier-ignore
    const text = Buffer.from(JSON.stringify(ORDER));
    expect(await decoder.decode(event(framed(text)))).toEqual({ data: [ORDER, schema] });
  });

  test('what is compressed badly, or is not what the schema says, is said without a word of it', async () => {
    expect(await registry(options).decode(event(glue(Buffer.from('4111'), 5)))).toEqual({
      undecodable: expect.stringMatching(/^value is not what schema b7b4a7f0-\S+ of glue says \(4 bytes\): Error$/) as string,
    }); // prettier-ignore
    expect(await registry(options).decode(event(glue(written.subarray(1))))).toHaveProperty('undecodable');
  });
});

test('of Protobuf the message is found by its place in the schema', () => {
  const root = protobuf.parse(PROTO).root;
  const order = root.lookupType('Order');
  const message = order.encode(order.create(ORDER)).finish();
  const read = (place: number[], of: 'confluent' | 'glue') => {
    const found = protobufMessage(Buffer.concat([Buffer.from(place), message]), { registry: of, id: 1 as never });
    return { path: found.path, order: order.decode(found.message).toJSON() };
  };
  // Confluent: how many indexes, then each, all in zigzag; a single zero for the first message. Glue: one number.
  expect(read([0], 'confluent')).toEqual({ path: [0], order: ORDER });
  expect(read([2, 2], 'confluent')).toEqual({ path: [1], order: ORDER });
  expect(read([4, 2, 0xc8, 0x01], 'confluent')).toEqual({ path: [1, 100], order: ORDER });
  expect(read([1], 'glue')).toEqual({ path: [1], order: ORDER });
  expect(() => protobufMessage(Buffer.from([0x80]), { registry: 'glue', id: UUID })).toThrow(RangeError);
  expect(() => protobufMessage(Buffer.from([3]), { registry: 'confluent', id: 1 })).toThrow(RangeError);
});

test('a tombstone is null, and a value without framing is undecodable', async () => {
  const options = { lookup: () => 1, parse: () => 2 };
  expect(await decode(null, options)).toEqual({ data: null });
  for (const value of ['', '{}', '\u0000\u0000', '\u0003\u0001']) {
    expect(await decode(Buffer.from(value), options)).toEqual({
      undecodable: expect.stringMatching(/begins with no schema registry's framing/) as string,
    });
  }
});

test('a schema that the registry does not have parks the record, and is asked for again: it may come', async () => {
  const found = [undefined, 'schema'];
  const decoder = registry({ lookup: () => Promise.resolve(found.shift()), parse: (_, schema) => schema });
  const value = event(confluent(Buffer.from('x')));
  expect(await decoder.decode(value)).toEqual({ undecodable: 'schema 7 of confluent is not in the registry' });
  expect(await decoder.decode(value)).toEqual({ data: 'schema' });
});

test('a schema is asked for once, also by many at the same time', async () => {
  let asked = 0;
  const decoder = registry({ lookup: () => Promise.resolve(++asked), parse: () => 1 });
  const value = event(confluent(Buffer.from('x')));
  await Promise.all(Array.from({ length: 20 }, async () => decoder.decode(value)));
  await decoder.decode(value);
  expect(asked).toBe(1);
});

test('no more than a thousand schemas are remembered: whoever writes the topic may name any number of ids', async () => {
  let asked = 0;
  const decoder = registry({ lookup: () => Promise.resolve(++asked), parse: () => 1 });
  const one = (id: number) => {
    const value = Buffer.alloc(6);
    value.writeUInt32BE(id, 1);
    return decoder.decode(event(value));
  };
  for (let id = 0; id < 1_001; id++) await one(id);
  await one(1_000);
  expect(asked).toBe(1_001);
  await one(0);
  expect(asked).toBe(1_002);
});

test('a lookup that throws at once rejects as well', async () => {
  const lookup = (): never => {
    throw new Error('ECONNREFUSED');
  };
  await expect(decode(confluent(Buffer.from('x')), { lookup, parse: () => 1 })).rejects.toThrow('ECONNREFUSED');
});

test('other decoders name the framing that a value begins with', async () => {
  expect(await json().decode(event(confluent(Buffer.from('{}'))))).toEqual({
    undecodable: "value is not JSON (7 bytes); it begins as what Confluent's schema registry frames (schema 7): decode it with registry()", // prettier-ignore
  });
  expect(await text.decode(event(glue(Buffer.from([0xff]))))).toEqual({
    undecodable: expect.stringContaining(`AWS Glue's schema registry frames (schema ${UUID})`) as string,
  });
  expect(framingHint(Buffer.from('{'))).toBe('');
  expect(framingOf(glue(Buffer.from('x')).subarray(0, 17))).toBeUndefined();
});
