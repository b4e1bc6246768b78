import { Duration } from 'aws-cdk-lib';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { LONGEST_SWEEP_PERIOD_HOURS } from '../rules';
import { DEFAULTS } from './defaults';
import { clipGroup, ownedHandler, type Kept, type OwnedFunctionOptions } from './handlers';
import { knownSeconds, outside, refuse } from './validation';
import type { Rule } from './refusal';

/** What is chosen of a function that a schedule wakes to sweep a bucket, or to look at all of them: of replay, of unpack, of the audit, and of canaries. */
export interface SweeperOptions extends OwnedFunctionOptions {
  /**
   * From one sweep to the next: whole minutes, from one to a day. What lies in the bucket waits that long for its first sweep, and
   * steps back for up to three of them after it was tried in vain.
   * @default Duration.minutes(1)
   * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
   */
  readonly period?: Duration;
}

/** Of the function that unpacks, which needs no VPC. */
export interface UnpackOptions extends SweeperOptions {
  /** With a way to S3, DynamoDB and CloudWatch Logs. @default - outside any VPC */
  readonly vpc?: ec2.IVpc;
  /** Where in `vpc`. @default - private subnets of `vpc` */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /** Of the function in `vpc`. @default - a new one */
  readonly securityGroups?: ec2.ISecurityGroup[];
}

const LONGEST_PERIOD = Duration.hours(LONGEST_SWEEP_PERIOD_HOURS);
/** The most that Lambda keeps a call waiting which finds no free execution. */
const LONGEST_WAIT = Duration.hours(6);

/** Frozen, as all ids are. */
const IDS = { replay: 'Replay', unpack: 'Unpack', audit: 'Function', canary: 'Function' } as const;

/**
 * A function that sweeps a bucket at every period. What a sweep leaves, the next one takes, so a failed call is not tried again,
 * and a call that finds no free execution waits no longer than until the next: calls do not pile up behind a long sweep.
 */
export function sweeper(
  scope: Construct,
  name: keyof typeof IDS,
  options: SweeperOptions & Kept,
  props: Partial<lambda.FunctionProps> = {},
): lambda.Function {
  const id = IDS[name];
  const { period = DEFAULTS.period } = options;
  refuse({ node: { path: `${scope.node.path}/${id}` } }, periodRules(period));
  const sweep = new lambda.Function(scope, id, {
    ...ownedHandler(scope, id, name, options),
    timeout: Duration.minutes(5),
    retryAttempts: 0,
    maxEventAge: Duration.seconds(Math.min(period.toSeconds(), LONGEST_WAIT.toSeconds())),
    ...props,
  });
  clipGroup(sweep);
  new events.Rule(sweep, 'Schedule', {
    description: `Wakes ${sweep.node.path}`.slice(0, 512),
    schedule: events.Schedule.rate(period),
    targets: [new targets.LambdaFunction(sweep)],
  });
  return sweep;
}

const periodRules = (period: Duration): Rule[] => [
  {
    when: period.isUnresolved(),
    message: `period: got a value known only at deploy, want one known at synthesis, as calls are kept waiting no longer than that; write it out`,
  },
  {
    when: !period.isUnresolved() && outside(knownSeconds(period) / 60, 1, LONGEST_PERIOD.toMinutes()),
    message: `period: got ${knownSeconds(period)} s, want whole minutes from 1 to ${LONGEST_PERIOD.toMinutes()} (a day), as EventBridge counts minutes and events wait in the bucket meanwhile; change it, or leave it out`,
  },
];
