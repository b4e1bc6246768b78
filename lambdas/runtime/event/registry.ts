import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Decoded, Decoder } from './decode';
import { thrownName } from '../contract/errors';
import { framingOf, type Framed, type SchemaReference } from './registry-framing';
import { remembered } from './registry-schemas';

export type { SchemaReference } from './registry-framing';

export interface RegistryOptions<S, T> {
  /**
   * The schema of that id, from the registry: of Confluent, Apicurio and others an id that is a number, of AWS Glue the id of a
   * schema version. Undefined when the registry has none, which parks the record. Asked once for each id, again after it
   * threw or after ten seconds without an answer; what it throws says nothing against the event when it is an outage, and
   * else is an attempt on it. One that takes longer than a second is an outage, too, until it ends.
   */
  readonly lookup: (schema: SchemaReference) => S | undefined | Promise<S | undefined>;
  /**
   * The payload behind the framing, read by that schema. What it throws parks the record as undecodable: such bytes stay what
   * they are. Of Protobuf the message stands behind its index in the schema: `protobufMessage`.
   */
  readonly parse: (payload: Uint8Array, schema: S, of: SchemaReference) => T | Promise<T>;
}

/** Bytes that a compressed payload may become. */
const MOST_BYTES = 64 * 1024 * 1024;

const inflated = promisify(inflate);

/**
 * The value of a producer that uses a schema registry: the framing of Confluent's serializers (a zero and the schema's id in
 * four bytes) or of AWS Glue's (eighteen bytes, perhaps compressed), and behind it Avro, Protobuf or JSON, whatever `parse`
 * reads. A tombstone is `null`. No registry client is needed but the one that `lookup` uses.
 *
 * @example
 * ```ts
 * import { consumer, put, registry } from 'cdk-lossless-kafka/runtime';
 * import avro from 'avsc';
 *
 * export const handler = consumer({
 *   decode: registry({
 *     lookup: async ({ id }) => (await fetch(`https://registry.example/schemas/ids/${id}/schema`)).text(),
 *     parse: (payload, schema) => avro.Type.forSchema(JSON.parse(schema)).fromBuffer(Buffer.from(payload)) as object,
 *   }),
 *   write: (order, { event }) => [put({ TableName: 'orders', Item: { id: event.id, ...order } })],
 * });
 * ```
 */
export function registry<S, T>({ lookup, parse }: RegistryOptions<S, T>): Decoder<T | null> {
  const schemaOf = remembered(lookup);
  const decode = async ({ value }: { readonly value: Uint8Array | null }): Promise<Decoded<T | null>> => {
    if (value === null) return { data: null };
    const framed = framingOf(value);
    if (framed === undefined) {
      return { undecodable: `value begins with no schema registry's framing (${value.length} bytes), want Confluent's or AWS Glue's` }; // prettier-ignore
    }
    const { schema } = framed;
    const found = await schemaOf(schema);
    if (found === undefined) return { undecodable: `${inWords(schema)} is not in the registry` };
    return parsed(framed, (payload) => parse(payload, found, schema));
  };
  return { decode };
}

async function parsed<T>(
  { payload, compressed, schema }: Framed,
  parse: (payload: Uint8Array) => T | Promise<T>,
): Promise<Decoded<T>> {
  try {
    return { data: await parse(compressed ? await inflated(payload, { maxOutputLength: MOST_BYTES }) : payload) };
  } catch (error) {
    // A parser's message may quote the payload.
    return { undecodable: `value is not what ${inWords(schema)} says (${payload.length} bytes): ${thrownName(error)}` };
  }
}

const inWords = ({ registry, id }: SchemaReference): string => `schema ${id} of ${registry}`;
