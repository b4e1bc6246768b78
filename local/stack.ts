import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readAssembly, type StackAssembly } from './assembly';
import { startBrokers, type Brokers } from './brokers';
import { ClusterAdmin } from './cluster-admin';
import { startDynamoDb } from './dynamodb';
import { startMapping, type LocalMapping, type MappingSwitches } from './event-source-mapping';
import { eventBus } from './event-bus';
import { failureDestination } from './failure-destination';
import { startFunctionHost, type FunctionHost, type LocalFunction } from './function-host';
import { startHttpDoor, type Door, type HttpDoor } from './http-door';
import { startMinistack } from './ministack';
import type { Observer } from './observer';
import { Processes } from './processes';
import { startQueueMapping } from './queue-mapping';
import { startSchedules } from './schedules';
import { stackApi } from './stack-api';
import { createBuckets, createQueues, createTables, localClient, localIdentity } from './stores';
import type { BusRule } from './template/bus-rules';
import { queueUrl } from './template/identity';
import type { Named } from './template/named';
import type { Queue } from './template/queues';
import type { Schedule } from './template/schedules';
import { planBrokers, planOutputs, planStack, type Plan } from './template/plan';

export interface LocalStackOptions {
  /** Cloud assembly directory, `cdk.out`. */
  readonly assembly: string;
  /** Stack to run. @default - the only one in the assembly */
  readonly stack?: string;
  /** Directory for data and logs; made when it is missing. */
  readonly dir: string;
  /** Progress of the start, in plain sentences. */
  readonly log: (line: string) => void;
  /** Logical id, or end of the construct path, of a function → directory with an `index.js` that takes its place. */
  readonly replaceCode?: Readonly<Record<string, string>>;
  /** What AWS does not document about the mapping. */
  readonly mapping?: Partial<MappingSwitches>;
  /** Sandboxes of one function at a time. @default 4 */
  readonly maxSandboxes?: number;
  /** Port clients are told for a broker, when a proxy stands in front of it. */
  readonly advertised?: (brokerId: number, port: number) => number | Promise<number>;
  /** Endpoint that functions are given for a store, when a proxy stands in front of it. @default - the store's own */
  readonly storesSeen?: Partial<Readonly<Record<'dynamodb' | 's3' | 'sqs', (endpoint: string) => string>>>;
  /** Is told what mappings and functions do. @default - nobody is */
  readonly observer?: Observer;
}

/** A queue of the stack. */
export interface LocalQueue extends Queue {
  readonly url: string;
  /** Logical id of the function whose mapping reads it; undefined: nothing does. */
  readonly readBy: string | undefined;
}

/** A synthesized stack, running on this machine. */
export interface LocalStack {
  readonly name: string;
  /** Environment in which any client of AWS, the commands of this package too, finds this stack and nothing else. */
  readonly clientVariables: Readonly<Record<string, string>>;
  readonly brokers: Brokers;
  readonly admin: ClusterAdmin;
  readonly endpoints: Readonly<Record<'dynamodb' | 's3' | 'sqs', string>>;
  readonly doors: readonly Door[];
  readonly topics: readonly Named[];
  readonly tables: readonly Named[];
  readonly buckets: readonly Named[];
  readonly queues: readonly LocalQueue[];
  readonly busRules: readonly Pick<BusRule, 'path'>[];
  readonly functions: readonly LocalFunction[];
  readonly mappings: readonly LocalMapping[];
  readonly schedules: readonly Pick<Schedule, 'path' | 'everyMs'>[];
  /** Fires every schedule of the template once and resolves when the functions have ended. Throws for those that failed. */
  fireSchedules(): Promise<void>;
  /** Events for which no caller waits that functions have not taken yet, and that are not given up. */
  eventsUnderWay(): number;
  /** Ends everything; leaves no process and no port. */
  stop(): Promise<void>;
}

/**
 * Runs a stack of a cloud assembly: real brokers and stores, functions as child processes, and the template's doors,
 * schedules and mappings around them.
 *
 * @throws one clear error for what cannot be run; then nothing is left running
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const stack = readAssembly(options.assembly, options.stack);
  const properties = planBrokers(stack);
  planStack(stack, { bootstrap: 'unknown' }, options.replaceCode); // refuses what cannot be run before anything is started
  await mkdir(options.dir, { recursive: true });
  const undo: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (const each of undo.splice(0).reverse()) await each();
  };
  try {
    const servers = await startServers(options, properties, undo);
    const world = { bootstrap: servers.brokers.bootstrap, sqs: servers.endpoints.sqs };
    const plan = planStack(stack, world, options.replaceCode);
    return { ...(await startParts(options, servers, { stack, plan }, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Undo = (() => Promise<void> | void)[];

interface Servers {
  readonly processes: Processes;
  readonly brokers: Brokers;
  readonly endpoints: LocalStack['endpoints'];
}

async function startServers(
  options: LocalStackOptions,
  properties: Readonly<Record<string, string>>,
  undo: Undo,
): Promise<Servers> {
  const { dir, log, advertised } = options;
  const processes = new Processes({ logDir: join(dir, 'logs') });
  undo.push(() => processes.stopAll());
  const dataOf = async (name: string) => {
    const folder = join(dir, name);
    await mkdir(folder, { recursive: true });
    return folder;
  };
  const [brokers, dynamodb, ministack] = await Promise.all([
    dataOf('kafka').then((folder) => startBrokers({ dir: folder, processes, properties, advertised, log })),
    startDynamoDb({ processes }),
    dataOf('ministack').then((folder) => startMinistack({ dir: folder, processes })),
  ]);
  undo.push(() => brokers.stop());
  log(`DynamoDB on ${dynamodb.endpoint}, S3 and SQS on ${ministack.endpoint}.`);
  return {
    processes,
    brokers,
    endpoints: { dynamodb: dynamodb.endpoint, s3: ministack.endpoint, sqs: ministack.endpoint },
  };
}

async function startParts(
  options: LocalStackOptions,
  servers: Servers,
  { stack, plan }: { readonly stack: StackAssembly; readonly plan: Plan },
  undo: Undo,
): Promise<Omit<LocalStack, 'stop'>> {
  const { log } = options;
  const { brokers, endpoints, processes } = servers;
  const admin = new ClusterAdmin(brokers.direct);
  undo.push(() => admin.close());
  await createStores(admin, endpoints, plan);
  log(`${plan.topics.length} topics, ${plan.tables.length} tables and ${plan.buckets.length} buckets created.`);

  const kept = failureDestination(endpoints);
  undo.push(() => kept.close());
  const host = await startFunctionHost({
    ...{ functions: plan.functions, invokeConfigs: plan.invokeConfigs, keep: kept.keep },
    processes,
    endpoints: endpointVariables(seenByFunctions(endpoints, options.storesSeen)),
    observer: options.observer,
    maxSandboxes: options.maxSandboxes,
    log,
  });
  undo.push(() => host.stop());
  const { doors, origins } = await openDoors(plan, host, undo);
  const schedules = startSchedules(plan.schedules, (id, payload) => host.invoke(id, payload, 'Event'), log);
  undo.push(() => schedules.stop());
  const later = (id: string, payload: string) => host.asynchronous.take(id, payload);
  host.aws.serve(eventBus({ buses: plan.buses, rules: plan.busRules, later, now: () => new Date() }));
  takeQueues(options, servers, plan, { host, undo });
  const mappings = await startMappings(options, servers, plan, { admin, host, undo });
  const outputs = planOutputs(stack, { bootstrap: brokers.bootstrap, sqs: endpoints.sqs, origins });
  host.aws.serve(stackApi({ name: stack.name, outputs, mappings: plan.mappings, resources: running(plan) }));
  return {
    ...{ name: stack.name, brokers, admin, endpoints, doors, mappings },
    clientVariables: { ...localIdentity, ...host.aws.variables, ...endpointVariables(endpoints) },
    topics: plan.topics,
    tables: plan.tables,
    buckets: plan.buckets,
    queues: plan.queues.map((queue) => ({
      ...queue,
      url: queueUrl(queue.name, endpoints),
      readBy: plan.queueMappings.find((mapping) => mapping.queue.arn === queue.arn)?.functionId,
    })),
    busRules: plan.busRules,
    functions: host.functions,
    schedules: plan.schedules,
    fireSchedules: () => schedules.fireAll(),
    eventsUnderWay: () => host.asynchronous.underWay,
  };
}

const running = ({ functions, mappings }: Plan) => [
  ...functions.map(({ name: id }) => ({ type: 'AWS::Lambda::Function', id })),
  ...mappings.map(({ uuid: id }) => ({ type: 'AWS::Lambda::EventSourceMapping', id })),
];

async function createStores(admin: ClusterAdmin, endpoints: LocalStack['endpoints'], plan: Plan): Promise<void> {
  await Promise.all([
    ...plan.topics.map((topic) => admin.createTopic(topic)),
    createTables(endpoints.dynamodb, plan.tables),
    createBuckets(endpoints.s3, plan.buckets),
    createQueues(endpoints.sqs, plan.queues),
  ]);
}

async function openDoors(plan: Plan, host: FunctionHost, undo: Undo) {
  const open = new Map<string, HttpDoor>();
  for (const api of plan.apis) {
    const door = await startHttpDoor(api, (id, payload) => host.invoke(id, payload));
    undo.push(() => door.stop());
    open.set(api.logicalId, door);
  }
  const doors: Door[] = [...open.values()].flatMap((door) => door.doors);
  return { doors, origins: Object.fromEntries([...open].map(([id, { origin }]) => [id, origin])) };
}

async function startMappings(
  options: LocalStackOptions,
  { brokers, endpoints }: Servers,
  plan: Plan,
  { admin, host, undo }: { admin: ClusterAdmin; host: FunctionHost; undo: Undo },
): Promise<LocalMapping[]> {
  const s3 = new S3Client({ ...localClient(endpoints.s3), forcePathStyle: true });
  undo.push(() => s3.destroy());
  const mappings = await Promise.all(
    plan.mappings.map(async (settings) => {
      await admin.untilGroupServes(settings.group, settings.topic);
      const mapping = await startMapping({
        ...{ settings, admin, s3, switches: options.mapping, log: options.log, observer: options.observer },
        bootstrap: brokers.bootstrap,
        invoke: (payload) => host.invoke(settings.functionId, payload),
      });
      undo.push(() => mapping.stop());
      return mapping;
    }),
  );
  for (const { topic, group } of mappings) options.log(`Mapping of ${topic} runs as group ${group}.`);
  return mappings;
}

/** Lets functions take what comes in by queues. */
function takeQueues(
  { log }: LocalStackOptions,
  { endpoints }: Servers,
  plan: Plan,
  { host, undo }: { host: FunctionHost; undo: Undo },
): void {
  const sqs = new SQSClient(localClient(endpoints.sqs));
  undo.push(() => sqs.destroy());
  for (const settings of plan.queueMappings) {
    const mapping = startQueueMapping({
      ...{ settings, sqs, log, queueUrl: queueUrl(settings.queue.name, endpoints) },
      invoke: (payload) => host.invoke(settings.functionId, payload),
    });
    undo.push(() => mapping.stop());
    log(`Mapping of the queue ${settings.queue.path} runs.`);
  }
}

const seenByFunctions = (
  { dynamodb, s3, sqs }: LocalStack['endpoints'],
  seen: LocalStackOptions['storesSeen'] = {},
): LocalStack['endpoints'] => ({
  dynamodb: seen.dynamodb?.(dynamodb) ?? dynamodb,
  s3: seen.s3?.(s3) ?? s3,
  sqs: seen.sqs?.(sqs) ?? sqs,
});

/** The SDK's own variables: handlers reach the local stores without knowing that they are local. */
const endpointVariables = ({ dynamodb, s3, sqs }: LocalStack['endpoints']) => ({
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb,
  AWS_ENDPOINT_URL_S3: s3,
  AWS_ENDPOINT_URL_SQS: sqs,
});
