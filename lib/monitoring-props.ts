import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { EventAudit } from './audit';
import type { EventCanary } from './canary';
import type { EventConsumer } from './consumer';
import type { IngestFunction } from './ingest';
import type { IKafkaCluster } from './interfaces';
import type { EventProducer } from './producer';
import type { SpillStore } from './spill';
import type { IConstruct } from 'constructs';

/** What is chosen of alarms, whatever they look at. */
export interface PipelineMonitoringOptions {
  /** Who is woken while events are at risk. @default - nobody, which is warned of */
  readonly alarmActions?: readonly cloudwatch.IAlarmAction[];
  /** Who hears of what can wait for the morning. @default - those of `alarmActions` */
  readonly ticketActions?: readonly cloudwatch.IAlarmAction[];
  /** Of the page that alarms lead to, each under its heading: yours, or a copy of docs/runbook.md. @default 'cdk-lossless-kafka/docs/runbook.md' */
  readonly runbookUrl?: string;
  /** Records by which a partition may be ahead of a consumer for half an hour, 1 or more. @default 100_000 */
  readonly lagThreshold?: number;
  /** Whether there is a dashboard. @default true */
  readonly dashboard?: boolean;
}

/** What is looked after as a whole: an `EventPipeline`. */
export interface IEventPipeline extends IConstruct {
  readonly cluster: IKafkaCluster;
  readonly spill: SpillStore;
}

export interface PipelineMonitoringProps extends PipelineMonitoringOptions {
  /** Its cluster, its spill store, and all that is added to it, before or after. @default - only the parts that are given */
  readonly pipeline?: IEventPipeline;
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
  /** Audits beside that of `pipeline`. @default - none */
  readonly audits?: readonly EventAudit[];
  /** Canaries beside those of `pipeline`. @default - none */
  readonly canaries?: readonly EventCanary[];
}
