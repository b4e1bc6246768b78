/** A schema as the first bytes of a value name it. */
export type SchemaReference =
  | { readonly registry: 'confluent'; readonly id: number }
  /** Id of the schema version, a UUID. */
  | { readonly registry: 'glue'; readonly id: string };

export interface Framed {
  readonly schema: SchemaReference;
  /** What is behind the framing. */
  readonly payload: Uint8Array;
  /** By ZLIB. */
  readonly compressed: boolean;
}

/** Zero, and the schema's id in four bytes. */
const CONFLUENT_BYTES = 5;
/** Version, compression, and the schema version's UUID. */
const GLUE_BYTES = 18;
const GLUE = { version: 3, plain: 0, zlib: 5 };

/** The framing with which a value begins; undefined for none. A value of another kind may begin like one. */
export function framingOf(value: Uint8Array): Framed | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes[0] === 0 && bytes.length >= CONFLUENT_BYTES) {
    const schema = { registry: 'confluent', id: bytes.readUInt32BE(1) } as const;
    return { schema, payload: bytes.subarray(CONFLUENT_BYTES), compressed: false };
  }
  const [version, compression] = bytes;
  const isGlue = version === GLUE.version && (compression === GLUE.plain || compression === GLUE.zlib);
  if (!isGlue || bytes.length < GLUE_BYTES) return undefined;
  const id = bytes.toString('hex', 2, GLUE_BYTES).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return {
    schema: { registry: 'glue', id },
    payload: bytes.subarray(GLUE_BYTES),
    compressed: compression === GLUE.zlib,
  };
}

/** Words for a value that is not what it was taken for; empty where it begins with no framing. */
export function framingHint(value: Uint8Array): string {
  const { schema } = framingOf(value) ?? {};
  return schema === undefined
    ? ''
    : `; it begins as what ${schema.registry === 'glue' ? 'AWS Glue' : 'Confluent'}'s schema registry frames (schema ${schema.id}): decode it with registry()`;
}

/**
 * Of a Protobuf payload behind Confluent's or AWS Glue's framing: which message of the schema it is, and its bytes.
 *
 * @example
 * ```ts
 * import { protobufMessage, type RegistryOptions } from 'cdk-lossless-kafka/runtime';
 *
 * declare const decoders: Readonly<Record<string, (bytes: Uint8Array) => object>>;
 *
 * const parse: RegistryOptions<string, object>['parse'] = (payload, _schema, of) => {
 *   const { path, message } = protobufMessage(payload, of);
 *   return decoders[path.join('.')]!(message);
 * };
 * ```
 *
 * @param payload - as `parse` is given it
 * @param of - the schema it was framed with. AWS Glue numbers all messages of a schema, Confluent those at each depth
 * @returns `path`: of Confluent the index at each depth, outermost first; of Glue the one number
 * @throws RangeError for bytes that end within it
 */
export function protobufMessage(
  payload: Uint8Array,
  of: SchemaReference,
): { readonly path: readonly number[]; readonly message: Uint8Array } {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = payload[at++];
      if (byte === undefined) break;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError('message index: got bytes that end within it, want a number');
  };
  if (of.registry === 'glue') return { path: [varint()], message: payload.subarray(at) };
  const zigzag = (): number => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  const depth = zigzag();
  // No index at all stands for the first message.
  if (depth === 0) return { path: [0], message: payload.subarray(at) };
  if (depth < 0 || depth > payload.length) throw new RangeError('message index: got no list, want one');
  const path = Array.from({ length: depth }, zigzag);
  return { path, message: payload.subarray(at) };
}
