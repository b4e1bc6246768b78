import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parkedObject, type DeadLetter } from '../../lambdas/runtime/contract';

/** Objects of one page, as S3 lists them. */
const PAGE = 1_000;
const CLUSTER = 'arn:aws:kafka:us-east-1:000000000000:cluster/orders/21bc266f-aae9-4bb1-892a-862c66bb1a38-1';
const GROUP = 'orders-Orders-BillingConsumer-9226B35B';
const PARTITIONS = 6;

/** S3 as far as a listing goes: the bucket `empty` holds nothing, any other so many dead letters, whose names are made as they are listed. */
export async function manyObjects(count: number): Promise<{ readonly endpoint: string; close(): void }> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (!searchParams.has('list-type')) return void response.end(JSON.stringify(LETTER));
    const isEmpty = pathname.startsWith('/empty') || searchParams.get('prefix') !== '';
    response.setHeader('content-type', 'application/xml');
    response.end(page(Number(searchParams.get('continuation-token') ?? 0), isEmpty ? 0 : count));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => server.close().closeAllConnections() };
}

function page(from: number, count: number): string {
  const to = Math.min(from + PAGE, count);
  const contents = Array.from({ length: to - from }, (_, index) => {
    const n = from + index;
    const put = new Date(1_700_000_000_000 + ((n * 7_919) % count) * 1_000).toISOString();
    return `<Contents><Key>${nameOf(n, count)}</Key><LastModified>${put}</LastModified><ETag>&quot;${n}&quot;</ETag><Size>1200</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const next = to < count ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${to}</NextContinuationToken>` : '<IsTruncated>false</IsTruncated>'; // prettier-ignore
  return `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${next}${contents.join('')}</ListBucketResult>`;
}

function nameOf(n: number, count: number): string {
  const each = Math.ceil(count / PARTITIONS);
  const hash = createHash('sha256').update(String(n)).digest('hex');
  return parkedObject({ cluster: CLUSTER, group: GROUP, topic: 'orders', partition: Math.floor(n / each), offset: n % each, hash }); // prettier-ignore
}

const LETTER: DeadLetter = {
  ...{ version: 1, cluster: CLUSTER, group: GROUP, topic: 'orders', partition: 0, offset: 1, timestamp: 1 },
  ...{ key: 'YW5u', value: Buffer.from('x'.repeat(200)).toString('base64'), headers: [], source: 'shop', id: 'o-1' },
  ...{ reason: 'handler-error', detail: 'handler: no', effect: 'none', parkedAt: '2026-01-01T00:00:00.000Z' },
};
