import type { Graph, Resource } from '../reading/graph';
import { invokes, items } from './doors';
import { eventBridge } from './pages';
import { eventDoors } from './queues';
import { forEach, judge, type Rule, type Verdict } from './rule';

/** Rules of EventBridge that hand events to a producing function. One that fires by the clock carries none. */
function judgeTargets(rule: Resource, graph: Graph): Verdict[] {
  if (rule.at('EventPattern').object().kind === 'absent') return [];
  return items(rule.at('Targets')).flatMap((target, n) => {
    if (!eventDoors(graph).some((handler) => invokes(graph, target, handler))) return [];
    const place = { resource: rule, property: `Targets.${n}.DeadLetterConfig.Arn` };
    const want = 'a queue for what cannot be handed over';
    return judge(place, target.at('DeadLetterConfig.Arn').text(), { want, ok: () => true });
  });
}

export const BUS_RULES: readonly Rule[] = [
  {
    code: 'LK612',
    name: 'target-without-queue',
    severity: 'error',
    why: 'an event that cannot be handed to the function, as it may not be called or is throttled for a day, is dropped',
    fix: {
      cdk: 'use addRule of IngestFunction, or give the target deadLetterQueue',
      cloudFormation: 'set DeadLetterConfig.Arn of the target to an SQS queue that events.amazonaws.com may write to',
    },
    source: eventBridge('eb-rule-dlq'),
    check: forEach('AWS::Events::Rule', judgeTargets),
  },
];
