import { Annotations, AspectPriority, Aspects, Duration, Lazy, Names, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { addressOf, idOf, makeAlarm, type AlarmSpec, type Severity } from './alarms';
import { dashboardOf } from './dashboard';
import { DEFAULTS } from './defaults';
import { KeyWatch } from './key-watch';
import { otherKinds } from './kinds';
import { logQueries } from './log-queries';
import { alarmsOf, keysOf, monitored } from './monitored';
import type { PipelineMonitoringProps } from './monitoring-props';
import type { Rule } from './refusal';
import { isBlank, known, refuse } from './validation';

/**
 * Alarms for brokers, consumers, producers, doors and sweeps, each of which leads to its heading in the runbook, one that
 * holds all by which events are at risk, a dashboard, and queries of the functions' logs. An `EventPipeline` has one of its own; this is for parts without a pipeline, or beside it.
 * What is added to a pipeline later has its alarms, too, once the app is synthesized.
 *
 * @example
 * ```ts
 * import type { Stack } from 'aws-cdk-lib';
 * import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
 * import { Topic } from 'aws-cdk-lib/aws-sns';
 * import { PipelineMonitoring, type EventConsumer } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack; // in which the consumer stands, which may be another than the pipeline's
 * declare const consumer: EventConsumer;
 * new PipelineMonitoring(stack, 'Monitoring', {
 *   consumers: [consumer],
 *   alarmActions: [new SnsAction(new Topic(stack, 'OnCall'))],
 *   ticketActions: [new SnsAction(new Topic(stack, 'Team'))],
 * });
 * ```
 */
export class PipelineMonitoring extends Construct {
  /**
   * Rings while one of the alarms rings that page. It has no action of its own, as those have: it is for whatever looks at one light
   * alone, such as a deploy that is to be rolled back.
   */
  readonly atRisk: cloudwatch.CompositeAlarm;
  private readonly made = new Map<string, AlarmSpec & { readonly alarm: cloudwatch.Alarm }>();
  /** Each over a part of the alarms that page, where they are too many for one. */
  private readonly parts: cloudwatch.CompositeAlarm[] = [];
  private readonly told: Record<Severity, readonly cloudwatch.IAlarmAction[]>;
  private readonly runbookUrl: string;
  /** One screen over all of it, whose widgets are there once the app is synthesized. @default - none with `dashboard: false` */
  readonly dashboard?: cloudwatch.Dashboard;
  private keys?: KeyWatch;
  private isComplete = false;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: PipelineMonitoringProps,
  ) {
    super(scope, id);
    refuse(this, otherKinds(props));
    refuse(this, monitoringRules(props));
    const { runbookUrl = DEFAULTS.runbookUrl, alarmActions = [], ticketActions = alarmActions } = props;
    this.runbookUrl = runbookUrl;
    this.told = { page: alarmActions, ticket: ticketActions };
    this.watch();
    this.atRisk = this.oneOver(AT_RISK, () => (this.parts.length > 0 ? this.parts : this.paging()));
    if (alarmActions.length === 0) this.warnOfSilence();
    const { dashboard = DEFAULTS.dashboard } = props;
    if (dashboard) this.dashboard = new cloudwatch.Dashboard(this, 'Dashboard', { defaultInterval: Duration.hours(3) });
    // Parts are added, and doors change, until the app is whole.
    const visit = (each: unknown) => each === this && this.complete();
    Aspects.of(this).add({ visit }, { priority: AspectPriority.MUTATING });
  }

  /** One for each subject and heading, of what there is by now. */
  get alarms(): cloudwatch.Alarm[] {
    return [...this.made.values()].map(({ alarm }) => alarm);
  }

  /** Makes what is missing. */
  private watch(): void {
    const parts = monitored(this.props);
    const keys = keysOf(parts);
    if (keys.length > 0) (this.keys ??= new KeyWatch(this, 'Keys')).add(keys);
    for (const spec of [...alarmsOf(parts, this.props.lagThreshold), ...(this.keys ? [this.keys.alarm] : [])]) {
      const name = `${spec.subject.node.path} ${spec.heading}`;
      if (this.made.has(name)) continue;
      const alarm = makeAlarm(this.homeOf(spec), spec, this.runbookUrl);
      const actions = this.told[spec.severity];
      alarm.addAlarmAction(...actions);
      if (actions.length === 0) Validations.of(alarm).acknowledge({ id: 'LossRules::LK115', reason: SILENT });
      this.made.set(name, { ...spec, alarm });
    }
  }

  private complete(): void {
    if (this.isComplete) return;
    this.isComplete = true;
    this.watch();
    this.nameParts();
    const parts = monitored(this.props);
    const title = (this.props.pipeline ?? this).node.path.slice(0, 200);
    logQueries(this, title, parts);
    const { dashboard, runbookUrl, props } = this;
    if (dashboard === undefined) return;
    const { lagThreshold = DEFAULTS.lagThreshold } = props;
    const alarms = [...this.ofSeverity('page'), ...this.ofSeverity('ticket')];
    for (const row of dashboardOf(parts, { title, runbookUrl, lagThreshold, alarms })) dashboard.addWidgets(...row);
  }

  /** Of more alarms than one may name, the one over all names some that name a part of them each. */
  private nameParts(): void {
    const parts = Math.ceil(this.paging().length / MOST_NAMED);
    if (parts <= 1) return;
    for (let n = this.parts.length; n < parts; n += 1) {
      const some = () => this.paging().slice(n * MOST_NAMED, (n + 1) * MOST_NAMED);
      this.parts.push(this.oneOver(`${AT_RISK} ${n + 1}`, some));
    }
  }

  /** Alarms of one subject stand together. */
  private homeOf({ subject }: AlarmSpec): Construct {
    const id = Names.nodeUniqueId(subject.node);
    return this.node.tryFindChild(id) ?? new Construct(this, id);
  }

  private paging = () => this.ofSeverity('page');

  private ofSeverity(of: Severity): cloudwatch.IAlarm[] {
    return [...this.made.values()].filter(({ severity }) => severity === of).map(({ alarm }) => alarm);
  }

  /** An alarm that rings while one of these does, as they are once the app is whole. */
  private oneOver(name: string, alarms: () => readonly cloudwatch.IAlarm[]): cloudwatch.CompositeAlarm {
    const { ALARM } = cloudwatch.AlarmState;
    const anyOf = () =>
      cloudwatch.AlarmRule.anyOf(...alarms().map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, ALARM)));
    return new cloudwatch.CompositeAlarm(this, idOf(name), {
      alarmRule: { renderAlarmRule: () => Lazy.string({ produce: () => anyOf().renderAlarmRule() }) },
      alarmDescription: `${this.node.path.slice(0, 256)}: one of the alarms rings that page. ${addressOf(this.runbookUrl, AT_RISK)}`,
    });
  }

  private warnOfSilence(): void {
    Annotations.of(this).addWarningV2(
      'cdk-lossless-kafka:alarms-without-action',
      `alarmActions: got none, want who is woken while events are at risk, as alarms that tell nobody are as good as none; give [new SnsAction(topic)]`,
    );
  }
}

const AT_RISK = 'Events are at risk';

/** Why an alarm without an action is no finding of its own. */
const SILENT = 'that the alarms of a pipeline tell nobody is warned of once, where they are made';

/** CloudWatch takes rules of 10,240 characters, in which each alarm is named by its whole ARN: up to some 250. */
const MOST_NAMED = 40;

function monitoringRules(props: PipelineMonitoringProps): Rule[] {
  const { runbookUrl, lagThreshold } = props;
  const specs = alarmsOf(monitored(props), lagThreshold);
  return [
    {
      when: specs.length === 0,
      message: `pipeline: got nothing to look after, want a pipeline, or parts of one; give pipeline, or cluster, spill, consumers, producers, doors`,
    },
    {
      when: specs.length > 0 && specs.every(({ severity }) => severity !== 'page'),
      message: `producers: got nothing but those, want what events are at risk in, too; give cluster, spill or consumers`,
    },
    {
      when: runbookUrl !== undefined && (isBlank(runbookUrl) || runbookUrl.includes('#')),
      message: `runbookUrl: got '${runbookUrl}', want the address of a page, to which each alarm adds # and its heading; change it, or leave it out`,
    },
    {
      when: known(lagThreshold ?? 1) < 1,
      message: `lagThreshold: got ${lagThreshold}, want 1 record or more; raise it, or leave it out`,
    },
  ];
}
