import type { KafkaMessage } from '../event/message';

/** A Lambda invocation carries 6 MB of JSON, of which this much is left free for the envelope around one record. */
const INVOCATION_BYTES = 6 * 1024 * 1024;
const ENVELOPE_BYTES = 4 * 1024;

const base64Bytes = (bytes: Uint8Array | null): number => (bytes === null ? 4 : 4 * Math.ceil(bytes.length / 3));

/** Upper bound of the record in the mapping's JSON: key and value as base64, each byte of a header as up to four characters. */
function deliveredBytes({ key, value, headers }: KafkaMessage): number {
  let bytes = base64Bytes(key) + base64Bytes(value);
  for (const [name, header] of headers)
    bytes += Buffer.byteLength(JSON.stringify(name)) + 6 + 4 * (header?.length ?? 0);
  return bytes;
}

/** Bytes of key, value and headers: less than Kafka counts. */
export function contentBytes({ key, value, headers }: KafkaMessage): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, header] of headers) bytes += Buffer.byteLength(name) + (header?.length ?? 0);
  return bytes;
}

/** Upper bound of what Kafka counts for the record in a batch: its lengths are numbers of up to five bytes. */
export const recordBytes = (content: number, headers: number): number => content + 32 + 10 * headers;

/**
 * Why no mapping could hand the record to a function, in words; undefined when one can.
 *
 * @param content its `contentBytes`
 */
export function undeliverable(message: KafkaMessage, content: number): string | undefined {
  const most = INVOCATION_BYTES - ENVELOPE_BYTES;
  // No byte takes more than six characters (\u0000 in a header's name), so that a small record need not be counted out.
  if (6 * content + 16 * message.headers.length + 16 <= most) return undefined;
  const bytes = deliveredBytes(message);
  return bytes <= most
    ? undefined
    : `event size: got ${bytes} bytes as the consumer would receive it, want at most ${most}; put the data elsewhere and send its address`;
}
