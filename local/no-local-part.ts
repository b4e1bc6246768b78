import type { IncomingMessage, ServerResponse } from 'node:http';

/** Not one that SDKs try again: nothing will be different the next time. */
const STATUS = 400;
const CODE = 'NoLocalPart';
/** Speak XML, also where a request has no body to tell it by. */
const SPEAK_XML = new Set(['cloudfront', 'route53', 's3-outposts']);

/** The service a request was signed for, as it stands in its credential's scope; else the host it was meant for. */
export function serviceOf(request: IncomingMessage): string {
  const signed = /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(request.headers.authorization ?? '');
  return signed?.[1] ?? request.headers.host ?? 'unknown';
}

/** Refuses a request for a service that has no part in a local run, in the words of the protocol it came in. */
export function refuseService(request: IncomingMessage, response: ServerResponse, service: string): void {
  const message =
    `${service}: got ${request.method} ${request.url}, want DynamoDB, S3, SQS or an invocation of a function of the template; ` +
    'a local run has no other part and asks no AWS service: take what needs it to an account';
  const [type, body] = inWordsOf(request, service, message);
  response.writeHead(STATUS, { 'content-type': type, 'x-amzn-errortype': CODE, 'content-length': body.length });
  response.end(body);
}

function inWordsOf(request: IncomingMessage, service: string, message: string): readonly [type: string, body: Buffer] {
  const type = request.headers['content-type'] ?? '';
  const text = xmlText(message);
  if (service === 's3')
    return ['application/xml', Buffer.from(`<Error><Code>${CODE}</Code><Message>${text}</Message></Error>`)];
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor')
    return ['application/cbor', cborMap({ __type: CODE, message })];
  if (/json/.test(type)) return [type, Buffer.from(JSON.stringify({ __type: CODE, code: CODE, message }))];
  const error = `<Error><Type>Sender</Type><Code>${CODE}</Code><Message>${text}</Message></Error>`;
  if (/x-www-form-urlencoded/.test(type) || SPEAK_XML.has(service))
    return ['text/xml', Buffer.from(`<ErrorResponse>${error}<RequestId>local</RequestId></ErrorResponse>`)];
  // A request without a body says nothing about its protocol: most such services speak JSON.
  return ['application/json', Buffer.from(JSON.stringify({ __type: CODE, code: CODE, message }))];
}

/** A text as it stands in XML. */
export const xmlText = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** A map of texts in CBOR (RFC 8949): 0xa0 + pairs, and each text with a two-byte length in front. */
function cborMap(texts: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer[] => {
    const bytes = Buffer.from(value);
    return [Buffer.from([0x79, bytes.length >> 8, bytes.length & 0xff]), bytes];
  };
  const pairs = Object.entries(texts);
  return Buffer.concat([Buffer.from([0xa0 + pairs.length]), ...pairs.flat().flatMap(text)]);
}
