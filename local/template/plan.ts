import type { StackAssembly } from '../assembly';
import { readApis, readUrls, type HttpApi } from './apis';
import { readFunctions, type FunctionSpec } from './functions';
import type { PhysicalWorld } from './identity';
import { readMappings, type MappingSettings } from './mappings';
import { readOutputs, type Output } from './outputs';
import { refuseUnknownResources } from './resource';
import { createResolver } from './resolver';
import { readSchedules, type Schedule } from './schedules';
import { readBuckets, readTables, type Bucket, type Table } from './stores';
import { readServerProperties, readTopics, type Topic } from './topics';

/** What a template asks for, in terms of the local parts. */
export interface Plan {
  readonly topics: readonly Topic[];
  readonly tables: readonly Table[];
  readonly buckets: readonly Bucket[];
  readonly functions: readonly FunctionSpec[];
  readonly mappings: readonly MappingSettings[];
  readonly apis: readonly HttpApi[];
  readonly schedules: readonly Schedule[];
}

/** Broker properties of the template's MSK configuration: needed before there is a bootstrap string to resolve. */
export function planBrokers(stack: StackAssembly): Readonly<Record<string, string>> {
  refuseUnknownResources(stack.template);
  return readServerProperties(createResolver(stack.template, stack.name, { bootstrap: '' }));
}

/**
 * Reads the whole plan.
 *
 * @param bootstrap - comma-separated `host:port` of the running brokers
 * @param replaceCode - logical id, or end of the construct path, of a function → directory with its `index.js`
 * @throws one clear error for a template that cannot be run, such as one without an event source mapping
 */
export function planStack(
  stack: StackAssembly,
  bootstrap: string,
  replaceCode: Readonly<Record<string, string>> = {},
): Plan {
  refuseUnknownResources(stack.template);
  const resolver = createResolver(stack.template, stack.name, { bootstrap });
  const functions = readFunctions(resolver, stack, replaceCode);
  return {
    functions,
    topics: readTopics(resolver),
    tables: readTables(resolver),
    buckets: readBuckets(resolver),
    mappings: readMappings(resolver, stack.name, functions),
    apis: [...readApis(resolver, functions), ...readUrls(resolver, functions)],
    schedules: readSchedules(resolver, functions),
  };
}

/** Outputs of the stack that runs. */
export const planOutputs = ({ template, name }: StackAssembly, world: PhysicalWorld): readonly Output[] =>
  readOutputs(template, createResolver(template, name, world));
