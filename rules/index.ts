import { withAdditions } from './checks/additions';
import { refuseGiven, withinRules } from './checks/assertions';
import { CONNECT_CHECKS, CONNECT_RULES } from './checks/connect';
import { CONTRACT_CHECKS, CONTRACT_RULES } from './checks/contracts';
import { CAPACITY_CHECKS, CAPACITY_RULES } from './checks/capacity';
import { QUEUE_CHECKS, QUEUE_RULES } from './checks/queues';
import { QUEUE_DOOR_RULES } from './checks/queue-doors';
import { BUS_RULES } from './checks/buses';
import { KEY_RULES } from './checks/keys';
import { ALARM_RULES } from './checks/alarms';
import { ARCHIVE_CHECKS } from './checks/archives';
import { SCHEDULE_CHECKS } from './checks/schedules';
import { TABLE_KEY_CHECKS } from './checks/table-keys';
import { PIPE_CHECKS } from './checks/pipes';
import { BROKER_RULES } from './checks/brokers';
import { CONNECTION_RULES } from './checks/connections';
import { GIVING_UP_RULES } from './checks/giving-up';
import { MAPPING_RULES } from './checks/mappings';
import { Graph } from './reading/graph';
import { PRODUCER_RULES } from './checks/producers';
import { judgementsOf, type Rule, type Severity, type Told } from './checks/rule';
import { SAFEKEEPING_RULES } from './checks/safekeeping';
import { expandServerless } from './reading/serverless';
import { withoutLoops } from './reading/loops';
import { groupsOf, type Given, type Stack } from './reading/stacks';
import { STORE_RULES } from './checks/stores';
import { asTemplate, bounded, type Template } from './reading/template';
import { TOPIC_RULES } from './checks/topics';
import { UNSEEN_RULES } from './checks/unseen';
import { URL_RULES } from './checks/urls';
import { USE_RULES } from './checks/uses';
import { WAY_RULES } from './checks/ways';
import { WAY_BACK_RULES } from './checks/ways-back';
import { toldBy } from './checks/verdicts';
import { WAY_IN_CHECKS } from './checks/ways-in';

export type { Rule, Severity } from './checks/rule';
export * from './reading/lambda-limits';
export { LONGEST_SWEEP_PERIOD_HOURS } from './checks/schedules';
export { decodeTemplate, isJson, parseTemplate } from './reading/parse';
export type { Given, Stack } from './reading/stacks';
export { TemplateError, type Template } from './reading/template';
export { Mistake, readYaml } from './reading/yaml';

/** What other subjects than those of a rule's own page add to it. */
const ADDITIONS = [
  PIPE_CHECKS,
  CONNECT_CHECKS,
  CONTRACT_CHECKS,
  CAPACITY_CHECKS,
  QUEUE_CHECKS,
  WAY_IN_CHECKS,
  ARCHIVE_CHECKS,
  SCHEDULE_CHECKS,
  TABLE_KEY_CHECKS,
];

/** Every loss rule, by code. */
export const RULES: readonly Rule[] = withAdditions(
  [
    ...BROKER_RULES,
    ...SAFEKEEPING_RULES,
    ...TOPIC_RULES,
    ...MAPPING_RULES,
    ...GIVING_UP_RULES,
    ...CONNECTION_RULES,
    ...STORE_RULES,
    ...PRODUCER_RULES,
    ...USE_RULES,
    ...WAY_RULES,
    ...WAY_BACK_RULES,
    ...UNSEEN_RULES,
    ...CONNECT_RULES,
    ...CONTRACT_RULES,
    ...CAPACITY_RULES,
    ...QUEUE_RULES,
    ...QUEUE_DOOR_RULES,
    ...BUS_RULES,
    ...URL_RULES,
    ...KEY_RULES,
    ...ALARM_RULES,
  ],
  ADDITIONS,
).sort((a, b) => (a.code < b.code ? -1 : 1));

/** One way to lose an event that a template has, or may have: a value decides that is known only at deploy. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly status: 'fail' | 'undecided';
  readonly logicalId: string;
  /** Construct path, where the CDK has written it into the template. */
  readonly path?: string;
  /** Below `Properties`; or `DeletionPolicy` and its like. */
  readonly property: string;
  readonly found: string;
  readonly wanted: string;
  /** What, got, want, and what is lost. */
  readonly message: string;
  readonly fix: string;
  /** Page that says so. */
  readonly source: string;
}

/**
 * Takes a CloudFormation template, parsed; SAM's functions are read as what they become.
 *
 * @param given - what its parameters are given, as loops go over some; for the rest it is asked by `findingsAmong`
 * @throws TemplateError when it is no template, or one of which a part cannot be seen
 */
export function templateFrom(parsed: unknown, given: Given = {}): Template {
  const { written, unwritten } = withoutLoops(bounded(parsed), given);
  return expandServerless(asTemplate(written, unwritten));
}

/**
 * Judges a template by every loss rule.
 *
 * @returns findings by code, then in the template's order; none when nothing can be lost, as far as a template says it
 * @throws TemplateError as `templateFrom`
 */
export const findingsOf = (parsed: unknown): Finding[] =>
  findingsAmong([{ file: '', template: templateFrom(parsed) }]).flat();

/**
 * Judges stacks together: what one imports from another, or is given by the stack around it, is known.
 *
 * @param given - what parameters are given, by their names; the others are judged with all that they may be given
 * @returns for each stack its findings, as `findingsOf` has them
 * @throws TemplateError where the `Rules` of a template refuse what parameters are given
 */
export function findingsAmong(stacks: readonly Stack[], given: Given = {}): Finding[][] {
  const findings = new Map(stacks.map((stack) => [stack, [] as Finding[]]));
  for (const group of groupsOf(stacks, given)) {
    const graph = new Graph(group, given);
    refuseGiven(graph, given);
    for (const rule of RULES) {
      for (const judgement of judgementsOf(rule.check, graph)) {
        for (const told of toldBy(withinRules(judgement, graph), graph))
          findings.get(told.resource.stack)?.push(finding(rule, told));
      }
    }
  }
  return [...findings.values()];
}

/** Names on the way from a resource to the property of a finding: two attributes stand beside `Properties`. */
export const placeInResource = (property: string): string[] =>
  ['DeletionPolicy', 'UpdateReplacePolicy'].includes(property)
    ? [property]
    : ['Properties', ...property.split('.').filter((name) => name !== '')];

function finding(rule: Rule, verdict: Told): Finding {
  const { status, resource, property, found, wanted } = verdict;
  const { path } = resource;
  return {
    code: rule.code,
    severity: (status === 'fail' ? verdict.severity : undefined) ?? rule.severity,
    status,
    logicalId: resource.logicalId,
    ...(path !== undefined && { path }),
    property,
    found,
    wanted,
    message: `${rule.name}: ${property === '' ? '' : `${property}: `}got ${found}, want ${wanted}: ${rule.why}`,
    fix: path === undefined ? rule.fix.cloudFormation : rule.fix.cdk,
    source: rule.source,
  };
}
