import type { Severity } from '../../rules';
import type { Deployed } from './deployed';

/** Where reality has left what was deployed. */
export interface Drift {
  readonly code: string;
  readonly name: string;
  readonly severity: Severity;
  /** Undecided: reality says something that the rule cannot judge. */
  readonly status: 'fail' | 'undecided';
  readonly of: Deployed;
  /** Below `Properties`, or what the service calls it. */
  readonly property: string;
  readonly found: string;
  readonly wanted: string;
  /** What is lost by it. */
  readonly why: string;
  readonly fix: string;
  readonly source: string;
}

/** What no template can show, and so no loss rule judges. */
export const DRIFT_CODES = {
  LK801: {
    name: 'gone',
    severity: 'error',
    why: 'what the stack deployed is not there any more: what depends on it fails, and what it held is lost unless it can be restored',
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html',
  },
  LK802: {
    name: 'out-of-order',
    severity: 'error',
    why: 'the service says that it does not work, or not yet: events wait, or find no place',
    source: 'https://docs.aws.amazon.com/msk/latest/developerguide/msk-cluster-states.html',
  },
  LK803: {
    name: 'mapping-fails',
    severity: 'error',
    why: 'the last batch that the mapping read did not go through: events wait until it does, or the retention ends',
    source: 'https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-troubleshoot.html',
  },
  LK804: {
    name: 'statement-lost',
    severity: 'error',
    why: 'a role may not do any more what the way of an event takes, or what guarded the events is off',
    source: 'https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html',
  },
  LK805: {
    name: 'never-forgets',
    severity: 'warning',
    why: 'what was applied is remembered for ever: the table grows, and its cost, without end',
    source: 'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html',
  },
  LK806: {
    name: 'rule-off',
    severity: 'error',
    why: 'what the rule wakes or tells hears nothing any more: spilled events are not replayed, given up ones not parked, or nobody is called',
    source: 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-delete-rule.html',
  },
} as const satisfies Readonly<Record<string, Pick<Drift, 'name' | 'severity' | 'why' | 'source'>>>;

export type DriftCode = keyof typeof DRIFT_CODES;
