import { S3Client } from '@aws-sdk/client-s3';
import { keepHeapSmall } from '../../bin/commands/small-heap';
import { listDeadLetters } from '../../cli/dead-letters/list';
import type { Surroundings } from '../../cli/dead-letters/surroundings';
import { s3ObjectStore } from '../../lambdas/runtime/stores/s3-object-store';

/** What a process took to list the letters of a bucket. */
export interface Listing {
  readonly seconds: number;
  /** Most resident memory beyond what the process held before, the client open and a bucket listed. */
  readonly megabytes: number;
}

const EVERY_MS = 20;

async function main(endpoint: string): Promise<Listing> {
  keepHeapSmall();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const store = s3ObjectStore(new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true }));
  // A bucket alone is listed: no stack, table or function is asked.
  const around = { store, print: () => undefined } as Partial<Surroundings> as Surroundings;
  await listDeadLetters({ bucket: 'empty', limit: 50 }, around);
  const idle = process.memoryUsage.rss();
  let most = idle;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), EVERY_MS);
  const began = performance.now();
  await listDeadLetters({ bucket: 'letters', limit: 50 }, around);
  clearInterval(watch);
  return { seconds: (performance.now() - began) / 1_000, megabytes: (most - idle) / 2 ** 20 };
}

process.once('message', (endpoint: string) => {
  void main(endpoint).then((listing) => process.send?.(listing, () => process.exit(0)));
});
