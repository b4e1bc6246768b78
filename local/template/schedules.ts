import { matchesEvents } from './bus-rules';
import { targetFunction, type FunctionSpec } from './functions';
import { ACCOUNT, PARTITION, REGION } from './identity';
import { named } from './named';
import type { Properties } from './properties';
import type { Resolver } from './resolver';

/** An EventBridge rule with a schedule, or an EventBridge Scheduler schedule. */
export interface Schedule {
  readonly logicalId: string;
  readonly path: string;
  readonly functionId: string;
  /** Milliseconds between two firings; undefined for a `cron` or `at` expression, which fires on demand only. */
  readonly everyMs: number | undefined;
  /** JSON the target is invoked with; undefined: EventBridge's own scheduled event. */
  readonly input: string | undefined;
  readonly ruleArn: string;
}

export function readSchedules(resolver: Resolver, functions: readonly FunctionSpec[]): readonly Schedule[] {
  const rules = named(resolver, 'AWS::Events::Rule').flatMap(({ logicalId }) => {
    const properties = resolver.properties(logicalId);
    if (matchesEvents(properties)) return [];
    const targets = properties.value<Target[]>('Targets') ?? [];
    return targets.map((target) => schedule(properties, logicalId, target, functions));
  });
  const schedules = named(resolver, 'AWS::Scheduler::Schedule').map(({ logicalId }) => {
    const properties = resolver.properties(logicalId);
    return schedule(properties, logicalId, properties.value<Target>('Target') ?? { Arn: '' }, functions);
  });
  return [...rules, ...schedules].filter(({ enabled }) => enabled).map(({ enabled: _, ...rest }) => rest);
}

interface Target {
  readonly Arn: string;
  readonly Input?: string;
}

function schedule(properties: Properties, logicalId: string, target: Target, functions: readonly FunctionSpec[]) {
  return {
    logicalId,
    path: properties.path,
    functionId: targetFunction(functions, target.Arn, properties.path).logicalId,
    everyMs: rate(properties.requiredString('ScheduleExpression')),
    input: target.Input,
    ruleArn: `arn:${PARTITION}:events:${REGION}:${ACCOUNT}:rule/${logicalId}`,
    enabled: properties.string('State') !== 'DISABLED',
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** `rate(5 minutes)` in milliseconds; undefined for any other expression. */
export function rate(expression: string): number | undefined {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression.trim()) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}
