import {
  CLAIM_LEASE_MS,
  CONSUMER_VARIABLE,
  PRODUCER_VARIABLE,
  STRIKES,
  UNPACK_VARIABLE,
  type ConsumerEnvironment,
  type ProducerEnvironment,
  type UnpackEnvironment,
} from '../lambdas/runtime/contract';
import { DEFAULT_SWITCHES, type LocalFunction, type LocalStack } from '../local';
import { doorQueues } from './doors';
import type { FinalReadSource } from './final-read';

/** Names of what a consumer leaves behind. */
export type LeftByConsumer = Omit<FinalReadSource, 'bootstrap' | 'counters'>;

/** Names of what a run leaves behind: its first consumer, whose effect is a write, and the others. */
export interface Left extends LeftByConsumer {
  readonly others: readonly LeftByConsumer[];
  /** Bytes of the door's buffer, where the stack says so. */
  readonly bufferBytes?: number;
}

/** Names the bucket of a consumer whose effect is a call: see examples/orders/chaos. */
const CALLS_VARIABLE = 'CALLS_BUCKET';

/** As the functions' own environment says them. @throws for a template that is no variant of the sample */
export function leftBy(stack: LocalStack): Left {
  const producers = rolesOf<ProducerEnvironment>(stack, PRODUCER_VARIABLE);
  const [producer] = producers;
  const consumers = rolesOf<ConsumerEnvironment>(stack, CONSUMER_VARIABLE);
  const first = consumers.find(({ fn }) => fn.environment[CALLS_VARIABLE] === undefined);
  if (!first || !producer)
    throw new Error('got no producer and consumer with a write in the template, want the sample of bin/app.ts');
  const left = ({ fn, role }: (typeof consumers)[number]): LeftByConsumer => ({
    topic: role.topic,
    group: role.group,
    endpoints: stack.endpoints,
    tables: { orders: table(stack, 'OrdersTable'), customers: table(stack, 'CustomersTable'), idempotency: role.table },
    buckets: { deadLetters: role.deadLetters, spill: producer.role.spill, onFailure: onFailureOf(stack, role.group) },
    calls: fn.environment[CALLS_VARIABLE],
  });
  const bufferBytes = producers.map(({ role }) => role.bufferBytes).find((bytes) => bytes !== undefined);
  return { ...left(first), others: consumers.filter((each) => each !== first).map(left), bufferBytes };
}

function table(stack: LocalStack, path: string): string {
  const found = stack.tables.find((each) => each.path === path);
  if (!found) throw new Error(`the template has no table ${path}: this run judges the sample of bin/app.ts`);
  return found.name;
}

function onFailureOf(stack: LocalStack, group: string): string {
  const found = rolesOf<UnpackEnvironment>(stack, UNPACK_VARIABLE).find(({ role }) => role.group === group);
  if (!found) throw new Error(`no function of the template unpacks what the mapping of ${group} gave up`);
  return found.role.onFailure;
}

function rolesOf<Role>(
  { functions }: Pick<LocalStack, 'functions'>,
  variable: string,
): { readonly fn: LocalFunction; readonly role: Role }[] {
  return functions.flatMap((fn) =>
    Object.entries(fn.environment)
      .filter(([name]) => name.startsWith(variable))
      .map(([, json]) => ({ fn, role: JSON.parse(json) as Role })),
  );
}

/** The longest rest of the local mapping before a next try; AWS does not publish its own. */
const REST_MS = DEFAULT_SWITCHES.retryBackoff.maxMs;

/**
 * How long a single record may wait after the last heal with nothing else in its way: two timeouts of the slowest consumer
 * until kills are known to be kills, a lease, and a sweep; and for each killer three deliveries, each with the lease of the
 * claim that the one before left and the mapping's longest wait between tries, and the timeout until the last is known. Before all
 * that what came by a queue or a bus may wait to be handed over again.
 */
export function patienceOf(stack: PatientStack, killers: number): number {
  const consumers = rolesOf<ConsumerEnvironment>(stack, CONSUMER_VARIABLE);
  const timeoutMs = Math.max(...consumers.map(({ fn }) => fn.timeoutMs));
  const killerMs = STRIKES * (CLAIM_LEASE_MS + REST_MS) + timeoutMs;
  const sweepMs = Math.max(0, ...stack.schedules.map(({ everyMs = 0 }) => everyMs));
  return atDoorsMs(stack) + 2 * timeoutMs + CLAIM_LEASE_MS + sweepMs + killers * killerMs;
}

type PatientStack = Pick<LocalStack, 'functions' | 'schedules'> & Partial<Pick<LocalStack, 'queues' | 'busRules'>>;

/** Lambda's waits before the second and the third try of an event for which nobody waits. */
const TRIES_MS = 180_000;

/** How long what a door did not take waits until it is handed over again. */
const atDoorsMs = ({ functions, queues = [], busRules = [] }: PatientStack): number =>
  Math.max(0, ...doorQueues({ functions, queues }).map(({ visibilityMs }) => visibilityMs), ...busRules.map(() => TRIES_MS)); // prettier-ignore
