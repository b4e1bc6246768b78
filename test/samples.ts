import { transformSync } from '@swc/core';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as runtime from '../lambdas/runtime';
import { systemClock } from '../lambdas/runtime/time/clock';
import type { ConsumerOptions, KafkaHandler } from '../lambdas/runtime/consumer';
import { environment, MemoryTables, simulation } from './lambdas/runtime/simulation';

const root = resolve(__dirname, '..');

/** A sample of TypeScript, as it stands in a page. */
export interface Sample {
  readonly name: string;
  readonly code: string;
}

/** Every sample of a page, by its path from the root of the project. */
export const samplesOf = (page: string): Sample[] =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = ''], n) => ({
    name: `${page}, sample ${n + 1}`,
    code,
  }));

/** Runs a sample as a module: `libraries` stand in for the packages of their names, all others are the real ones. */
export function load<Exports>(code: string, libraries: Readonly<Record<string, object>>): Exports {
  const { code: script } = transformSync(code, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs' },
  });
  const exports = {} as Exports;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a sample's other packages are the real ones
  const found = (name: string): unknown => libraries[name] ?? require(name);
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page's own code is what is tested
  (new Function('require', 'exports', script) as (...given: unknown[]) => void)(found, exports);
  return exports;
}

/** A sample's handler that consumes, over stores in memory, by the time of this machine. */
export function consuming(code: string, timeMarginMs = environment.timeMarginMs) {
  const all = simulation();
  const instant = Object.assign(Object.create(all.clock) as typeof all.clock, { sleep: () => Promise.resolve() });
  const tables = new MemoryTables({ idempotency: 'key', orders: 'id' }, instant);
  const variables = { LOSSLESS_CONSUMER_Billing: JSON.stringify({ ...environment, timeMarginMs }) };
  const deps = { ...all.parts, variables, transactions: tables, clock: systemClock };
  const consumer = (options: ConsumerOptions<unknown>) => runtime.consumer({ ...options, deps });
  const libraries = { 'cdk-lossless-kafka/runtime': { ...runtime, consumer } };
  return { tables, ...load<{ handler: KafkaHandler }>(code, libraries) };
}
