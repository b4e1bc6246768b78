import { Session, type HeapProfiler } from 'node:inspector/promises';
import { CLIENTS, loadEvent, type BenchClient, type ClientName } from './clients';

/** What one process of one client is asked to do: each load for so many milliseconds, one after the other. */
export interface Order {
  readonly client: ClientName;
  readonly bootstrap: string;
  readonly topic: string;
  /** Begins every event id. */
  readonly run: string;
  readonly loads: readonly Load[];
}

export interface Load {
  readonly name: string;
  /** Events in one call. */
  readonly batch: number;
  /** Calls under way at once. */
  readonly atOnce: number;
  readonly forMs: number;
  /** Milliseconds between two calls of one caller. @default 0 */
  readonly pauseMs?: number;
  /** Counts the bytes allocated, which slows it down. @default false */
  readonly allocations?: boolean;
}

export interface LoadResult {
  readonly name: string;
  readonly acked: readonly string[];
  readonly failed: number;
  readonly seconds: number;
  readonly cpuMs: number;
  /** Epoch milliseconds of each call whose events were all acknowledged. */
  readonly calls: readonly (readonly [began: number, ended: number])[];
  readonly allocatedBytes?: number;
}

/** Why the client cannot be used on this machine, or what it did. */
export type Report = { readonly missing: string } | { readonly results: readonly LoadResult[] };

const WARM_UP = 200;

async function main(order: Order): Promise<Report> {
  let client: BenchClient;
  try {
    client = await CLIENTS[order.client](order.bootstrap, order.topic);
  } catch (error) {
    return { missing: (error as Error).message.split('\n')[0] ?? '' };
  }
  await client.publish(Array.from({ length: WARM_UP }, (_, n) => loadEvent(`${order.run}-warm-up-${n}`, n)));
  const results: LoadResult[] = [];
  for (const load of order.loads) results.push(await measured(client, load, `${order.run}-${results.length}`));
  await Promise.race([client.close(), new Promise((resolve) => setTimeout(resolve, 5_000))]);
  return { results };
}

async function measured(client: BenchClient, load: Load, run: string): Promise<LoadResult> {
  const session = load.allocations ? await sampling() : undefined;
  const cpu = process.cpuUsage();
  const started = performance.now();
  const done = { acked: [] as string[], failed: 0, calls: [] as [number, number][] };
  let n = 0;
  const caller = async () => {
    while (performance.now() - started < load.forMs) {
      const events = Array.from({ length: load.batch }, () => loadEvent(`${run}-${n}`, n++));
      const began = performance.timeOrigin + performance.now();
      try {
        await client.publish(events);
        for (const { id } of events) done.acked.push(id);
        done.calls.push([began, performance.timeOrigin + performance.now()]);
      } catch {
        done.failed += events.length; // an event that is not acknowledged is counted and needs no name
      }
      if (load.pauseMs) await new Promise((resolve) => setTimeout(resolve, load.pauseMs));
    }
  };
  await Promise.all(Array.from({ length: load.atOnce }, caller));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const allocatedBytes = session && (await sampled(session));
  return { name: load.name, ...done, seconds, cpuMs: (user + system) / 1000, allocatedBytes };
}

/** V8's heap profiler with what the garbage collector has taken again; buffers outside the heap are not in it. */
async function sampling(): Promise<Session> {
  const session = new Session();
  session.connect();
  const params = {
    samplingInterval: 65_536,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  };
  await session.post('HeapProfiler.startSampling', params);
  return session;
}

async function sampled(session: Session): Promise<number> {
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  const sum = (node: HeapProfiler.SamplingHeapProfileNode): number =>
    node.children.reduce((total, child) => total + sum(child), node.selfSize);
  return sum(profile.head);
}

process.once('message', (order: Order) => {
  void main(order).then((report) => process.send?.(report, () => process.exit(0)));
});
