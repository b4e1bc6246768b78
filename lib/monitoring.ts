import { Annotations, Names } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { addressOf, idOf, makeAlarm, type AlarmSpec, type Severity } from './alarms';
import { brokerAlarms } from './broker-alarms';
import { EventConsumer } from './consumer';
import { consumerAlarms } from './consumer-alarms';
import { DEFAULTS } from './defaults';
import { IngestFunction } from './ingest';
import type { IKafkaCluster } from './interfaces';
import { otherKinds } from './kinds';
import type { EventPipeline } from './pipeline';
import { EventProducer } from './producer';
import { doorAlarms, producerAlarms } from './producer-alarms';
import type { Rule } from './refusal';
import { SpillStore } from './spill';
import { sweeperAlarms } from './sweeper-alarms';
import { brokenOf, isBlank, known, refuse } from './validation';

export interface PipelineMonitoringProps {
  /** Its cluster, its spill store, and all that was added to it, which is to be done before. @default - only the parts that are given */
  readonly pipeline?: EventPipeline;
  /** Of parts without a pipeline: the brokers. @default - those of `pipeline` */
  readonly cluster?: IKafkaCluster;
  /** Of parts without a pipeline: the spill store with its replay. @default - that of `pipeline` */
  readonly spill?: SpillStore;
  /** Consumers beside those of `pipeline`. @default - none */
  readonly consumers?: readonly EventConsumer[];
  /** Producers beside those of `pipeline`. @default - none */
  readonly producers?: readonly EventProducer[];
  /** Doors beside those of `pipeline`. @default - none */
  readonly doors?: readonly IngestFunction[];
  /** Who is woken while events are at risk. @default - nobody, which is warned of */
  readonly alarmActions?: readonly cloudwatch.IAlarmAction[];
  /** Who hears of what can wait for the morning. @default - those of `alarmActions` */
  readonly ticketActions?: readonly cloudwatch.IAlarmAction[];
  /** Of the page that alarms lead to, each under its heading: yours, or a copy of docs/runbook.md. @default 'cdk-lossless-kafka/docs/runbook.md' */
  readonly runbookUrl?: string;
  /** Records by which a partition may be ahead of a consumer for half an hour, 1 or more. @default 100_000 */
  readonly lagThreshold?: number;
}

/**
 * Alarms for brokers, consumers, producers, doors and sweeps, each of which leads to its heading in the runbook, and one that
 * holds all by which events are at risk. What is added to the pipeline later is refused, as it would have no alarm.
 *
 * @example
 * ```ts
 * import type { Stack } from 'aws-cdk-lib';
 * import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
 * import { Topic } from 'aws-cdk-lib/aws-sns';
 * import { PipelineMonitoring, type EventPipeline } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack;
 * declare const pipeline: EventPipeline;
 * new PipelineMonitoring(stack, 'Monitoring', {
 *   pipeline,
 *   alarmActions: [new SnsAction(new Topic(stack, 'OnCall'))],
 *   ticketActions: [new SnsAction(new Topic(stack, 'Team'))],
 * });
 * ```
 */
export class PipelineMonitoring extends Construct {
  /** One for each subject and heading. */
  readonly alarms: readonly cloudwatch.Alarm[];
  /**
   * Rings while one of the alarms rings that page. It has no action of its own, as those have: it is for whatever looks at one light
   * alone, such as a deploy that is to be rolled back.
   */
  readonly atRisk: cloudwatch.CompositeAlarm;

  constructor(scope: Construct, id: string, props: PipelineMonitoringProps) {
    super(scope, id);
    refuse(this, otherKinds(props));
    const specs = specsOf(props);
    refuse(this, monitoringRules(props, specs));
    const { runbookUrl = DEFAULTS.runbookUrl, alarmActions = [] } = props;
    const told: Record<Severity, readonly cloudwatch.IAlarmAction[]> = {
      page: alarmActions,
      ticket: props.ticketActions ?? alarmActions,
    };
    const made = specs.map((spec) => {
      const alarm = makeAlarm(this.homeOf(spec), spec, runbookUrl);
      alarm.addAlarmAction(...told[spec.severity]);
      return { alarm, ...spec };
    });
    this.alarms = made.map(({ alarm }) => alarm);
    const pages = made.filter(({ severity }) => severity === 'page').map(({ alarm }) => alarm);
    this.atRisk = this.oneOver(pages, AT_RISK, addressOf(runbookUrl, AT_RISK));
    if (alarmActions.length === 0) this.warnOfSilence();
    this.node.addValidation({ validate: () => brokenOf(added(props, specs)) });
  }

  /** Alarms of one subject stand together. */
  private homeOf({ subject }: AlarmSpec): Construct {
    const id = Names.nodeUniqueId(subject.node);
    return this.node.tryFindChild(id) ?? new Construct(this, id);
  }

  /** An alarm that rings while one of these does; over alarms over a part of them each, where they are too many. */
  private oneOver(alarms: readonly cloudwatch.IAlarm[], name: string, address: string): cloudwatch.CompositeAlarm {
    const parts = Array.from({ length: Math.ceil(alarms.length / MOST_NAMED) }, (_, n) =>
      alarms.slice(n * MOST_NAMED, (n + 1) * MOST_NAMED),
    );
    const named = parts.length > 1 ? parts.map((part, n) => this.oneOver(part, `${name} ${n + 1}`, address)) : alarms;
    return new cloudwatch.CompositeAlarm(this, idOf(name), {
      alarmRule: cloudwatch.AlarmRule.anyOf(
        ...named.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM)),
      ),
      alarmDescription: `${this.node.path.slice(0, 256)}: one of the alarms rings that page. ${address}`,
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

/** CloudWatch takes rules of 10,240 characters, in which each alarm is named by its whole ARN: up to some 250. */
const MOST_NAMED = 40;

function specsOf(props: PipelineMonitoringProps): AlarmSpec[] {
  const { pipeline, lagThreshold = DEFAULTS.lagThreshold } = props;
  const within = pipeline?.node.findAll() ?? [];
  const spill = props.spill ?? pipeline?.spill;
  const cluster = props.cluster ?? pipeline?.cluster;
  const doors = [...new Set([...within.filter((each) => each instanceof IngestFunction), ...(props.doors ?? [])])];
  const consumers = [...within.filter((each) => each instanceof EventConsumer), ...(props.consumers ?? [])];
  // That of a replay function publishes what lies in the spill store, and stays there until it is acknowledged.
  const producers = [
    ...within.filter((each) => each instanceof EventProducer && !(each.node.scope instanceof SpillStore)),
    ...doors.map(({ producer }) => producer),
    ...(props.producers ?? []),
  ] as EventProducer[];
  return [
    ...(cluster ? brokerAlarms(cluster) : []),
    ...[...new Set(consumers)].flatMap((consumer) => consumerAlarms(consumer, lagThreshold)),
    ...[...new Set(producers)].flatMap(producerAlarms),
    ...doors.flatMap(doorAlarms),
    ...(spill ? sweeperAlarms(spill.replay, 'Replay', spill._period, 'spilled events wait in the spill store') : []),
  ];
}

function monitoringRules({ runbookUrl, lagThreshold }: PipelineMonitoringProps, specs: readonly AlarmSpec[]): Rule[] {
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

/** What was added since the alarms were made. */
function added(props: PipelineMonitoringProps, made: readonly AlarmSpec[]): Rule[] {
  const nameOf = ({ subject }: AlarmSpec) => subject.node.path;
  const names = new Set(made.map((spec) => `${nameOf(spec)} ${spec.heading}`));
  const late = specsOf(props).filter((spec) => !names.has(`${nameOf(spec)} ${spec.heading}`));
  return [...new Set(late.map(nameOf))].map((name) => ({
    when: true,
    message: `pipeline: got ${name} after the alarms were made, want it before, as it has none; make PipelineMonitoring last`,
  }));
}
