import { withAdditions } from './additions';
import { refuseGiven, withinRules } from './assertions';
import { CONNECT_CHECKS, CONNECT_RULES } from './connect';
import { CONTRACT_CHECKS, CONTRACT_RULES } from './contracts';
import { CAPACITY_CHECKS, CAPACITY_RULES } from './capacity';
import { QUEUE_CHECKS, QUEUE_RULES } from './queues';
import { KEY_RULES } from './keys';
import { ALARM_RULES } from './alarms';
import { ARCHIVE_CHECKS } from './archives';
import { SCHEDULE_CHECKS } from './schedules';
import { TABLE_KEY_CHECKS } from './table-keys';
import { PIPE_CHECKS } from './pipes';
import { BROKER_RULES } from './brokers';
import { CONNECTION_RULES } from './connections';
import { CONSUMER_RULES } from './consumers';
import { Graph } from './graph';
import { PRODUCER_RULES } from './producers';
import { judgementsOf, type Rule, type Severity, type Told } from './rule';
import { SAFEKEEPING_RULES } from './safekeeping';
import { expandServerless } from './serverless';
import { withoutLoops } from './loops';
import { groupsOf, type Given, type Stack } from './stacks';
import { STORE_RULES } from './stores';
import { asTemplate, bounded, type Template } from './template';
import { TOPIC_RULES } from './topics';
import { UNSEEN_RULES } from './unseen';
import { USE_RULES } from './uses';
import { WAY_RULES } from './ways';
import { WAY_BACK_RULES } from './ways-back';
import { toldBy } from './verdicts';
import { WAY_IN_CHECKS } from './ways-in';

export type { Rule, Severity } from './rule';
export { decodeTemplate, isJson, parseTemplate } from './parse';
export type { Given, Stack } from './stacks';
export { TemplateError, type Template } from './template';
export { Mistake, readYaml } from './yaml';

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
    ...CONSUMER_RULES,
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
