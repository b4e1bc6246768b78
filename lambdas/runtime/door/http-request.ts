import { isUtf8 } from 'node:buffer';
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';

/** What of an HTTP request makes events. Header names in lower case. */
export interface HttpRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** Most bytes of a body, unzipped: what API Gateway takes of one that is not zipped. */
export const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** The request as a whole holds no events. `status` says what is wrong: 400 its text, 413 its size, 415 its format. */
export class MalformedRequestError extends Error {
  override readonly name = 'MalformedRequestError';
  constructor(
    message: string,
    readonly status: 400 | 413 | 415 = 400,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Content codings that are undone, by the names of HTTP (RFC 9110, 8.4.1). */
const CODINGS: Readonly<Record<string, (body: Buffer, options: ZlibOptions) => Buffer>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: (body, options) => (isZlib(body) ? inflateSync(body, options) : inflateRawSync(body, options)),
  br: brotliDecompressSync,
};
export const ACCEPT_ENCODING = 'gzip, deflate, br';
const MOST_CODINGS = 3;

/** The body without its content codings. Never more than the limit is unzipped. @throws MalformedRequestError */
export function unzipped({ headers, body }: HttpRequest): Buffer {
  const codings = (headers['content-encoding'] ?? '')
    .split(',', MOST_CODINGS + 1)
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MOST_CODINGS) throw unsupported(`${codings.length} of them`);
  const plain = codings.reduceRight(undone, body);
  if (plain.length <= MAX_BODY_BYTES) return plain;
  throw tooLarge(`${plain.length} bytes`);
}

function undone(body: Buffer, coding: string): Buffer {
  const undo = Object.hasOwn(CODINGS, coding) ? CODINGS[coding] : undefined;
  if (undo === undefined) throw unsupported(JSON.stringify(coding.slice(0, 40)));
  try {
    return undo(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('more', cause);
    throw new MalformedRequestError(
      `body: got bytes that are not ${coding}, want what content-encoding says; send it zipped so, or without the header`,
      400,
      { cause },
    );
  }
}

const tooLarge = (got: string, cause?: unknown): MalformedRequestError =>
  new MalformedRequestError(
    `body: got ${got}, want at most ${MAX_BODY_BYTES} bytes unzipped; send several requests`,
    413,
    { cause },
  );

const unsupported = (got: string): MalformedRequestError =>
  new MalformedRequestError(
    `content-encoding: got ${got}, want ${ACCEPT_ENCODING.replace(', br', ' or br')}; zip the body so, or not at all`,
    415,
  );

/** Deflate is zlib's format to HTTP, and the bare stream to some clients. The first two bytes tell (RFC 1950, 2.2). */
const isZlib = ([first = 0, second = 0]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;

/** @throws MalformedRequestError for a body that is no JSON by its bytes or its charset */
export function requireUtf8(contentType: string, body: Buffer): void {
  const charset = /;\s*charset="?([^";\s]*)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';
  if (!['utf-8', 'utf8', 'us-ascii'].includes(charset)) {
    throw new MalformedRequestError(
      `content-type: got the charset ${JSON.stringify(charset.slice(0, 40))}, want utf-8; send JSON in UTF-8`,
      415,
    );
  }
  if (!isUtf8(body)) {
    throw new MalformedRequestError('body: got bytes that are not UTF-8, want JSON in UTF-8; encode it so');
  }
}
