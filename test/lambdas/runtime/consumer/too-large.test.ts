import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from '../../../../lambdas/runtime/event/decode';
import { dynamoDbTransactions } from '../../../../lambdas/runtime/stores/dynamodb';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, reported, simulation } from '../simulation';

/** A transaction that is too large is its event's own fault, and no outage. */

const writing = (bytesOf: (id: string) => number) => ({
  decode: json(),
  write: (_: unknown, { event: { id } }: { event: { id: string } }) => [
    put({ TableName: 'orders', Item: { id, text: 'x'.repeat(bytesOf(id)) } }),
  ],
});
const four = kafkaEvent(...['a', 'b', 'c', 'd'].map((id, offset) => ({ offset, id, key: id })));

test('an event whose transaction HTTP refuses as too large is parked alone, and its neighbours are applied', async () => {
  const all = simulation();
  all.tables.script = (items) =>
    items.some(({ Put }) => Put?.Item?.['id']?.S === 'b' && Put.TableName === 'orders')
      ? { kind: 'invalid', detail: 'HTTP status 413' }
      : undefined;
  expect(
    reported(
      await all.deliver(
        four,
        writing(() => 10),
      ),
    ),
  ).toEqual([]);
  expect(all.letters()).toMatchObject([{ id: 'b', reason: 'write-refused', detail: 'HTTP status 413' }]);
  expect(all.tables.items('orders').map(({ id }) => id)).toEqual(['a', 'c', 'd']);
});

test('an event whose writes are larger than any transaction is parked without being sent: no answer would come', async () => {
  const all = simulation();
  expect(
    reported(
      await all.deliver(
        four,
        writing((id) => (id === 'c' ? 13_000_000 : 10)),
      ),
    ),
  ).toEqual([]);
  expect(all.letters()).toMatchObject([{ id: 'c', reason: 'write-refused' }]);
  expect(all.letters()[0]?.detail).toMatch(/about 14 MB, want at most 4 MB/);
  const sent = all.tables.calls.flat().filter(({ Put }) => Put?.TableName === 'orders');
  expect(sent).toHaveLength(3);
});

test.each([
  ['text/html', '<html>413 Request Entity Too Large</html>'],
  ['application/x-amz-json-1.0', '{"message":"too large"}'],
  ['text/plain', ''],
])(
  "DynamoDB's client hears 413 (%s): the transaction is invalid, whatever else the answer holds",
  async (type, body) => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(413, { 'content-type': type }).end(body));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
      maxAttempts: 1,
    });
    const outcome = await dynamoDbTransactions(client).transact([
      { Put: { TableName: 't', Item: { id: { S: 'a' } } } },
    ]);
    client.destroy();
    server.closeAllConnections();
    server.close();
    expect(outcome).toEqual({ kind: 'invalid', detail: 'HTTP status 413: the request is larger than DynamoDB takes' });
  },
);
