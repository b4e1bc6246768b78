import type * as kms from 'aws-cdk-lib/aws-kms';
import type { AlarmSpec } from './alarms';
import { EventAudit } from './audit';
import { auditAlarms } from './audit-alarms';
import { brokerAlarms } from './broker-alarms';
import { EventCanary } from './canary';
import { canaryAlarms } from './canary-alarms';
import { KafkaCluster } from './cluster';
import { EventConsumer } from './consumer';
import { consumerAlarms } from './consumer-alarms';
import { DEFAULTS } from './defaults';
import { IngestFunction } from './ingest';
import type { IKafkaCluster } from './interfaces';
import { behindAlias, isForeignAlias } from './keys';
import type { PipelineMonitoringProps } from './monitoring-props';
import { EventProducer } from './producer';
import { doorAlarms, producerAlarms } from './producer-alarms';
import { SpillStore } from './spill';
import { sweeperAlarms } from './sweeper-alarms';
import { waitingAlarms } from './waiting-alarms';

/** What is looked after, each once: what was given, and what is in the pipeline by now. */
export interface Monitored {
  readonly cluster?: IKafkaCluster;
  readonly spill?: SpillStore;
  readonly consumers: readonly EventConsumer[];
  /** Those of doors, too; without those whose handler's path is too long for a metric. */
  readonly producers: readonly EventProducer[];
  readonly doors: readonly IngestFunction[];
  readonly audits: readonly EventAudit[];
  readonly canaries: readonly EventCanary[];
}

export function monitored(props: PipelineMonitoringProps): Monitored {
  const { pipeline } = props;
  const within = pipeline?.node.findAll() ?? [];
  const doors = [...new Set([...within.filter((each) => each instanceof IngestFunction), ...(props.doors ?? [])])];
  const consumers = [...within.filter((each) => each instanceof EventConsumer), ...(props.consumers ?? [])];
  const producers = [
    ...within.filter((each) => each instanceof EventProducer),
    ...doors.map(({ producer }) => producer),
    ...(props.producers ?? []),
  ];
  return {
    cluster: props.cluster ?? pipeline?.cluster,
    spill: props.spill ?? pipeline?.spill,
    consumers: [...new Set(consumers)],
    // That of a replay function publishes what lies in the spill store, and stays there until it is acknowledged.
    producers: [...new Set(producers)].filter((each) => each._isMeasured && !(each.node.scope instanceof SpillStore)),
    doors,
    audits: [...new Set([...within.filter((each) => each instanceof EventAudit), ...(props.audits ?? [])])],
    canaries: [...new Set([...within.filter((each) => each instanceof EventCanary), ...(props.canaries ?? [])])],
  };
}

export function alarmsOf(
  { cluster, spill, consumers, producers, doors, audits, canaries }: Monitored,
  lagThreshold?: number,
): AlarmSpec[] {
  return [
    ...(cluster ? brokerAlarms(cluster) : []),
    ...consumers.flatMap((consumer) => consumerAlarms(consumer, lagThreshold ?? DEFAULTS.lagThreshold)),
    ...producers.flatMap(producerAlarms),
    ...doors.flatMap(doorAlarms),
    ...(spill ? spillAlarms(spill) : []),
    ...audits.flatMap(auditAlarms),
    ...canaries.flatMap(canaryAlarms),
  ];
}

const spillAlarms = (spill: SpillStore): AlarmSpec[] => [
  ...sweeperAlarms(spill.replay, 'Replay', spill._period, 'spilled events wait in the spill store'),
  ...waitingAlarms(spill),
];

/** Keys that are known by themselves, without which events can be neither read nor written. */
export function keysOf({ cluster, spill, consumers }: Monitored): kms.IKey[] {
  const keys = [
    ...(cluster instanceof KafkaCluster ? [cluster.encryptionKey] : []),
    ...(spill ? [spill.bucket.encryptionKey, spill.deadLetters.bucket.encryptionKey] : []),
    ...consumers.flatMap(({ table, onFailureBucket }) => [table.encryptionKey, onFailureBucket.encryptionKey]),
  ];
  const own = keys.flatMap((key) => (key === undefined || isForeignAlias(key) ? [] : [behindAlias(key)]));
  return [...new Set(own)];
}
