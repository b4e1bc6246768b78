import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledgeQueue } from './acknowledged';
import { SILENCE, type AlarmSpec } from './alarms';

/**
 * Hears when somebody disables a key or schedules its deletion, and keeps who it was. No metric tells of a key's state: CloudTrail tells
 * EventBridge of the call, where the account has a trail of management events in the key's region.
 *
 * @see https://docs.aws.amazon.com/prescriptive-guidance/latest/patterns/monitor-and-remediate-scheduled-deletion-of-aws-kms-keys.html
 */
export class KeyWatch extends Construct {
  /** Rings while a call waits to be looked at: it does not fall silent by itself, as the key stays as it is. */
  readonly alarm: AlarmSpec;
  private readonly rule: events.Rule;
  private readonly keys = new Set<kms.IKey>();

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const calls = new sqs.Queue(this, 'Calls', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledgeQueue(calls);
    this.rule = new events.Rule(this, 'Rule', {
      description: `Keys disabled or to be deleted: ${this.node.path}`.slice(0, 512),
      eventPattern: {
        source: ['aws.kms'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: { eventName: ['DisableKey', 'ScheduleKeyDeletion'] },
      },
      targets: [new targets.SqsQueue(calls)],
    });
    this.alarm = {
      ...{ heading: 'Key switched off', severity: 'page', subject: this },
      metric: calls.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: 'Maximum' }),
      ...{ above: 0, looks: 1, silence: SILENCE.ALL_IS_WELL },
      meaning:
        'somebody has disabled a key, or scheduled its deletion: nothing that it encrypts can be read or written',
    };
  }

  /** Looks at these keys, too. */
  add(keys: readonly kms.IKey[]): void {
    const more = keys.filter((key) => !this.keys.has(key));
    for (const key of more) this.keys.add(key);
    if (more.length === 0) return;
    this.rule.addEventPattern({ detail: { resources: { ARN: more.map(({ keyArn }) => keyArn) } } });
  }
}
