import type { StackAssembly } from '../assembly';
import { readApis, readUrls, type HttpApi } from './apis';
import { readBuses, type BusRule } from './bus-rules';
import { readFunctions, type FunctionSpec } from './functions';
import type { PhysicalWorld } from './identity';
import { readInvokeConfigs, type InvokeConfig } from './invoke-configs';
import { readMappings, type MappingSettings } from './mappings';
import { readOutputs, type Output } from './outputs';
import { readQueueMappings, type QueueMappingSettings } from './queue-mappings';
import { readQueues, type Queue } from './queues';
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
  readonly queues: readonly Queue[];
  readonly mappings: readonly MappingSettings[];
  readonly queueMappings: readonly QueueMappingSettings[];
  readonly apis: readonly HttpApi[];
  readonly schedules: readonly Schedule[];
  readonly buses: readonly string[];
  readonly busRules: readonly BusRule[];
  /** Of functions, by their logical ids; of others Lambda's own. */
  readonly invokeConfigs: ReadonlyMap<string, InvokeConfig>;
}

/** Broker properties of the template's MSK configuration: needed before there is a bootstrap string to resolve. */
export function planBrokers(stack: StackAssembly): Readonly<Record<string, string>> {
  refuseUnknownResources(stack.template);
  return readServerProperties(createResolver(stack.template, stack.name, { bootstrap: '' }));
}

/**
 * Reads the whole plan.
 *
 * @param world - where brokers and stores of the local stack are
 * @param replaceCode - logical id, or end of the construct path, of a function → directory with its `index.js`
 * @throws one clear error for a template that cannot be run, such as one without an event source mapping
 */
export function planStack(
  stack: StackAssembly,
  world: PhysicalWorld,
  replaceCode: Readonly<Record<string, string>> = {},
): Plan {
  refuseUnknownResources(stack.template);
  const resolver = createResolver(stack.template, stack.name, world);
  const functions = readFunctions(resolver, stack, replaceCode);
  const queues = readQueues(resolver);
  return {
    ...{ functions, queues },
    topics: readTopics(resolver),
    tables: readTables(resolver),
    buckets: readBuckets(resolver),
    mappings: readMappings(resolver, stack.name, functions),
    queueMappings: readQueueMappings(resolver, functions, queues),
    apis: [...readApis(resolver, functions), ...readUrls(resolver, functions)],
    schedules: readSchedules(resolver, functions),
    ...readBuses(resolver, functions),
    invokeConfigs: readInvokeConfigs(resolver, functions, queues),
  };
}

/** Outputs of the stack that runs. */
export const planOutputs = ({ template, name }: StackAssembly, world: PhysicalWorld): readonly Output[] =>
  readOutputs(template, createResolver(template, name, world));
