import { createHash } from 'node:crypto';
import type { StoredHeader } from '../../lambdas/runtime/contract';
import { CE_ID, REDRIVE_HEADER } from '../../lambdas/runtime/contract';
import type { LogRecord } from './final-read';

/**
 * How Kafka's console consumer is told to print. Its `BytesDeserializer` writes every byte that is no printable ASCII
 * character, and the backslash, as `\xNN`; names of headers it prints as they are. So what separates fields, headers and
 * lines, and what stands for null, carries a token drawn for each read: no record can hold it.
 */
export class Print {
  readonly #field: string;
  readonly #header: string;
  readonly #line: string;
  readonly #null: string;

  constructor(token: string) {
    this.#field = `|${token}|`;
    this.#header = `,${token},`;
    this.#line = `;${token}\n`;
    this.#null = `null${token}`;
  }

  /** Properties of the console consumer's formatter. */
  get properties(): string[] {
    const shown = ['timestamp', 'partition', 'offset', 'headers', 'key', 'value'];
    const bytes = 'org.apache.kafka.common.serialization.BytesDeserializer';
    return [
      ...shown.map((part) => `print.${part}=true`),
      ...['key', 'value', 'headers'].map((part) => `${part}.deserializer=${bytes}`),
      `key.separator=${this.#field}`,
      `headers.separator=${this.#header}`,
      `line.separator=${this.#line}`,
      `null.literal=${this.#null}`,
    ];
  }

  /** The records of an output, in its order. Lines of others between them (warnings) are passed over. */
  *parse(output: string): Generator<LogRecord & { readonly partition: number }> {
    const lines = output.split(this.#line);
    lines.pop(); // what comes after the last record: nothing, or words for people
    for (const line of lines) {
      const [time = '', partition, offset, headers = '', key = '', value = '', ...more] = line.split(this.#field);
      const timestamp = /(?:^|\n)(?:LogAppendTime|CreateTime|NoTimestampType):(-?\d+)$/.exec(time)?.[1];
      if (timestamp === undefined || more.length > 0)
        throw new Error(`console consumer: cannot read ${JSON.stringify(line)}`);
      const held = this.#headers(headers);
      const header = (name: string) => held.find((each) => each.name === name)?.value?.toString('utf8');
      const keyBytes = this.#bytes(key);
      yield {
        ...{ partition: number(partition), offset: number(offset), timestamp: Number(timestamp) },
        id: header(CE_ID) ?? null,
        key: keyBytes?.toString('utf8') ?? null,
        keyHash: hashOfBytes(keyBytes),
        valueHash: hashOfBytes(this.#bytes(value)),
        headersHash: hashOfParts(held.flatMap((each) => [Buffer.from(each.name), each.value])),
        redriven: header(REDRIVE_HEADER) !== undefined,
      };
    }
  }

  #headers(printed: string): { name: string; value: Buffer | null }[] {
    if (printed === 'NO_HEADERS') return [];
    return printed.split(this.#header).map((header) => {
      const at = header.indexOf(':');
      return { name: header.slice(0, at), value: this.#bytes(header.slice(at + 1)) };
    });
  }

  #bytes(printed: string): Buffer | null {
    if (printed === this.#null) return null;
    return Buffer.from(
      printed.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
      'latin1',
    );
  }
}

/** `Partition:3`, `Offset:7`. */
function number(printed = ''): number {
  const digits = /^(?:Partition|Offset):(\d+)$/.exec(printed)?.[1];
  if (digits === undefined)
    throw new Error(`console consumer: got ${JSON.stringify(printed)}, want a partition or an offset`);
  return Number(digits);
}

/** Fingerprint of bytes. Null is not empty. */
export const hashOfBytes = (bytes: Buffer | null): string => hashOfParts([bytes]);

/** Of a dead letter's base64, to be held against the record's. */
export const hashOfStored = (base64: string | null): string =>
  hashOfBytes(base64 === null ? null : Buffer.from(base64, 'base64'));

export const hashOfHeaders = (headers: readonly StoredHeader[]): string =>
  hashOfParts(
    headers.flatMap(([name, value]) => [Buffer.from(name), value === null ? null : Buffer.from(value, 'base64')]),
  );

function hashOfParts(parts: readonly (Buffer | null)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part === null ? 'null;' : `${part.length};`).update(part ?? '');
  return hash.digest('hex').slice(0, 32);
}
