import { readPattern, type Pattern } from '../event-pattern';
import { targetFunction, type FunctionSpec } from './functions';
import { named } from './named';
import type { Properties } from './properties';
import type { Resolver } from './resolver';

/** An `AWS::Events::Rule` with a pattern: which events of a bus go to which functions. */
export interface BusRule {
  readonly path: string;
  /** Name of the bus. */
  readonly bus: string;
  readonly pattern: Pattern;
  /** Logical ids. */
  readonly functionIds: readonly string[];
}

/** The bus that every account has. */
export const DEFAULT_BUS = 'default';

/** True for a rule of a bus, where the others are schedules. */
export const matchesEvents = (properties: Properties): boolean => properties.value('EventPattern') !== undefined;

/** @throws for patterns and inputs that the local bus does not know */
export function readBuses(
  resolver: Resolver,
  functions: readonly FunctionSpec[],
): { readonly buses: readonly string[]; readonly busRules: readonly BusRule[] } {
  const busRules = named(resolver, 'AWS::Events::Rule')
    .map(({ logicalId }) => resolver.properties(logicalId))
    .filter((properties) => matchesEvents(properties) && properties.string('State') !== 'DISABLED')
    .filter((properties) => !isOfAws(properties))
    .map((properties) => readRule(properties, functions));
  return { buses: [DEFAULT_BUS, ...named(resolver, 'AWS::Events::EventBus').map(({ name }) => name)], busRules };
}

/** Of what AWS alone tells of: nobody may put such events, and on one machine nobody does. */
function isOfAws(properties: Properties): boolean {
  const { source } = properties.value<{ readonly source?: readonly unknown[] }>('EventPattern') ?? {};
  return (source ?? []).length > 0 && source!.every((each) => typeof each === 'string' && each.startsWith('aws.'));
}

interface Target extends Readonly<Record<string, unknown>> {
  readonly Arn: string;
}
const NOT_RUN = ['Input', 'InputPath', 'InputTransformer'];

function readRule(properties: Properties, functions: readonly FunctionSpec[]): BusRule {
  const { path } = properties;
  if (properties.value('ScheduleExpression') !== undefined) {
    throw new Error(`${path}: got a pattern and a schedule, want one of them; make two rules`);
  }
  const targets = properties.value<Target[]>('Targets') ?? [];
  const shaped = targets.flatMap((target) => NOT_RUN.filter((name) => target[name] !== undefined))[0];
  if (shaped !== undefined) {
    throw new Error(`${path} Targets: got ${shaped}, want the event as it is; the local bus hands over nothing else`);
  }
  return {
    path,
    bus: busName(properties.string('EventBusName') ?? DEFAULT_BUS),
    pattern: patternOf(properties),
    functionIds: targets.map(({ Arn }) => targetFunction(functions, Arn, `${path} Targets`).logicalId),
  };
}

function patternOf(properties: Properties): Pattern {
  try {
    return readPattern(properties.value('EventPattern'));
  } catch (cause) {
    throw new Error(`${properties.path} EventPattern: ${(cause as Error).message}`, { cause });
  }
}

/** Name in a bus's ARN, or the name itself. */
export const busName = (nameOrArn: string): string => nameOrArn.replace(/^arn:.*:event-bus\//, '');
