import { replay } from '../../lambdas/runtime/replay';
import { s3ObjectStore } from '../../lambdas/runtime/stores/s3-object-store';
import { clientsOf, variablesOf, type Endpoints } from './parts';

/** What a process took to bring everything from the spill store to the topic. */
export interface Replayed {
  readonly seconds: number;
  readonly events: number;
  /** Most resident memory beyond what the process held before. */
  readonly megabytes: number;
}

const EVERY_MS = 20;

async function main(endpoints: Endpoints): Promise<Replayed> {
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined, debug: () => undefined };
  const store = s3ObjectStore(clientsOf(endpoints).s3);
  const handler = replay({ variables: variablesOf(endpoints), store, log });
  const idle = process.memoryUsage.rss();
  let most = idle;
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), EVERY_MS);
  const began = performance.now();
  const [counts] = await handler({}, { getRemainingTimeInMillis: () => 900_000 });
  clearInterval(watch);
  const seconds = (performance.now() - began) / 1_000;
  return { seconds, events: counts?.replayed ?? 0, megabytes: (most - idle) / 2 ** 20 };
}

process.once('message', (endpoints: Endpoints) => {
  void main(endpoints).then((replayed) => process.send?.(replayed, () => process.exit(0)));
});
