import { API_VERSIONS, KafkaConversation, PRODUCE } from '../../../faults/proxies/kafka-answers';

const METADATA = 3;
const never = () => false;
const sends = (apiKey: number) => apiKey === PRODUCE;

interface KafkaRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
}
// kafkajs' own encoders: the frames are those its producer sends. Not part of its types.
/* eslint-disable @typescript-eslint/no-require-imports */
const encode = require('kafkajs/src/protocol/request') as (of: {
  request: KafkaRequest;
  correlationId: number;
  clientId: string;
}) => Promise<{ buffer: Buffer }>;
const produceV7 = require('kafkajs/src/protocol/requests/produce/v7/request') as (of: object) => KafkaRequest;
const metadataV6 = require('kafkajs/src/protocol/requests/metadata/v6/request') as (of: object) => KafkaRequest;
/* eslint-enable @typescript-eslint/no-require-imports */

const produce = async (correlationId: number, acks: number, transactionalId: string | null = null): Promise<Buffer> => {
  const messages = [{ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: '1', headers: {} }];
  const topicData = [{ topic: 'orders', partitions: [{ partition: 0, messages }] }];
  const request = produceV7({ acks, timeout: 1000, transactionalId, topicData });
  return (await encode({ request, correlationId, clientId: 'a client' })).buffer;
};
const metadata = async (correlationId: number): Promise<Buffer> => {
  const request = metadataV6({ topics: ['orders'] });
  return (await encode({ request, correlationId, clientId: 'a client' })).buffer;
};

/** Version 0 has no body. */
const apiVersions = (correlationId: number): Buffer =>
  Buffer.concat([int32(10), Buffer.from([0, API_VERSIONS, 0, 0]), int32(correlationId), Buffer.from([0, 0])]);

/** Kafka's own bytes for the head of a Produce request of version 9 and later (KIP-482). */
const flexibleProduce = (correlationId: number, acks: number, transactionalId: string): Buffer => {
  const body = Buffer.concat([
    Buffer.from([0, 0, 0, 11]),
    int32(correlationId),
    Buffer.from([0, 2]),
    Buffer.from('me'),
    Buffer.from([0]),
    Buffer.from([transactionalId.length + 1]),
    Buffer.from(transactionalId),
    Buffer.from([acks < 0 ? 0xff : 0, acks & 0xff]),
    int32(1000),
  ]);
  return Buffer.concat([int32(body.length), body]);
};
const answer = (correlationId: number, body = 'what the broker answered'): Buffer =>
  Buffer.concat([int32(4 + body.length), int32(correlationId), Buffer.from(body)]);
function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
const inPieces = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size));

test('an answer that is to be lost does not go on, and nothing after it; what came before it does', async () => {
  const conversation = new KafkaConversation();
  conversation.requests(Buffer.concat([await metadata(1), await produce(2, -1), await metadata(3)]));
  const { pass, lost } = conversation.answers(Buffer.concat([answer(1), answer(2), answer(3)]), sends);
  expect(lost).toBe(true);
  expect(pass).toEqual(answer(1));
  expect(conversation.answers(answer(4), never)).toEqual({ pass: Buffer.alloc(0), lost: true });
});

test.each([1, 3, 7, 11, 64])('frames that arrive %p bytes at a time are read the same', async (size) => {
  const conversation = new KafkaConversation();
  const requests = Buffer.concat([await metadata(1), await produce(2, -1), await produce(3, 1)]);
  for (const piece of inPieces(requests, size)) conversation.requests(piece);
  const answers = Buffer.concat([answer(1, ''), answer(2), answer(3)]);
  let asked = 0;
  const secondSend = (apiKey: number) => sends(apiKey) && ++asked === 2;
  const passed = inPieces(answers, size).map((piece) => conversation.answers(piece, secondSend).pass);
  expect(Buffer.concat(passed)).toEqual(Buffer.concat([answer(1, ''), answer(2)]));
});

test('bytes go on unchanged while nothing is to be lost', async () => {
  const conversation = new KafkaConversation();
  conversation.requests(await produce(5, -1));
  const bytes = Buffer.concat([answer(5), answer(6, 'x'.repeat(100_000))]);
  const passed = inPieces(bytes, 4096).map((piece) => conversation.answers(piece, never).pass);
  expect(Buffer.concat(passed)).toEqual(bytes);
});

test.each([
  ['classic', (acks: number) => produce(9, acks)],
  ['classic, transactional', (acks: number) => produce(9, acks, 'a transaction')],
  ['flexible', (acks: number) => Promise.resolve(flexibleProduce(9, acks, ''))],
  ['flexible, transactional', (acks: number) => Promise.resolve(flexibleProduce(9, acks, 'a transaction'))],
])('a send with acks=0 (%s) has no answer: a later request of that number is not taken for it', async (_, send) => {
  const unanswered = new KafkaConversation();
  unanswered.requests(await send(0));
  expect(unanswered.answers(answer(9), sends).lost).toBe(false);
  const answered = new KafkaConversation();
  answered.requests(await send(-1));
  expect(answered.answers(answer(9), sends).lost).toBe(true);
});

test.each([1, 3])('a hole is one lost answer, whether %p answers at a time arrive', async (together) => {
  const conversation = new KafkaConversation();
  conversation.requests(Buffer.concat([await produce(1, -1), await produce(2, -1), await produce(3, -1)]));
  const lose = jest.fn(sends);
  const answers = Buffer.concat([answer(1), answer(2), answer(3)]);
  for (const piece of inPieces(answers, answer(1).length * together)) conversation.answers(piece, lose);
  expect(lose).toHaveBeenCalledTimes(1);
});

test('only the requests that are meant lose their answer', async () => {
  const conversation = new KafkaConversation();
  conversation.requests(Buffer.concat([await produce(1, -1), await metadata(2)]));
  expect(conversation.answers(Buffer.concat([answer(1), answer(2)]), (apiKey) => apiKey === METADATA)).toEqual({
    pass: answer(1),
    lost: true,
  });
});

test('a stream that is not Kafka goes on as it is, and is never held back', () => {
  const conversation = new KafkaConversation();
  const http = Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  conversation.requests(http);
  expect(conversation.answers(http, () => true)).toEqual({ pass: http, lost: false });
  const word = Buffer.from('pong');
  expect(new KafkaConversation().answers(word, () => true)).toEqual({ pass: word, lost: false });
});

test('a held request is kept back with all that follow it, and released whole, in their order', async () => {
  const conversation = new KafkaConversation();
  const [versions, first, then] = [apiVersions(1), await metadata(2), await produce(3, -1)];
  const holds = (apiKey: number) => apiKey !== API_VERSIONS;
  const passed = inPieces(Buffer.concat([versions, first]), 7).map((piece) => conversation.requests(piece, { holds }));
  expect(Buffer.concat(passed)).toEqual(versions);
  expect(conversation.requests(then, { holds })).toEqual(Buffer.alloc(0));
  expect(conversation.release()).toEqual(Buffer.concat([first, then]));
  expect(conversation.requests(versions)).toEqual(versions);
  const { lost } = conversation.answers(answer(3), sends);
  expect(lost).toBe(true);
});

test.each([1, 7, 4096])(
  'a request that is swallowed is missing whole, and those around it arrive (in pieces of %p)',
  async (size) => {
    const conversation = new KafkaConversation();
    const [before, send, after] = [await metadata(1), await produce(2, -1), await metadata(3)];
    const swallows = (apiKey: number) => apiKey === PRODUCE;
    const passed = inPieces(Buffer.concat([before, send, after]), size).map((piece) =>
      conversation.requests(piece, { swallows }),
    );
    expect(Buffer.concat(passed)).toEqual(Buffer.concat([before, after]));
    const late = await produce(4, -1);
    expect(conversation.requests(late)).toEqual(late);
  },
);
