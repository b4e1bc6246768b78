import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { LARGEST_RECORD_BYTES } from '../rules';
import { BrokerType } from './interfaces';

/**
 * What the constructs take for a prop that is left out, by the prop's name. Each value stands here and nowhere else; the
 * `@default` of each prop is held against it by a test. What a handler takes for an option of its own is said by the runtime.
 */
export const DEFAULTS = {
  // Of everything that holds events, or tells of them.
  removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  logRetention: RetentionDays.ONE_MONTH,
  accessLogRetention: RetentionDays.THREE_MONTHS,

  // Of clusters.
  brokerType: BrokerType.STANDARD,
  kafkaVersion: '4.1.x.kraft',
  instanceType: 'kafka.m7g.large',
  brokers: 3,
  volumeSize: 100,
  maxVolumeSize: 1024,

  // Of topics.
  partitions: 6,
  retention: Duration.days(7),
  maxMessageBytes: LARGEST_RECORD_BYTES,

  // Of whoever publishes. The deadline outlasts the death of a broker, which takes some ten seconds to get over.
  deadline: Duration.seconds(20),
  spillTime: Duration.seconds(5),
  // A rate a caller in a loop soon reaches, and 500 sandboxes that open 1,500 connections to a broker: half of what it takes.
  throttle: { rateLimit: 1_000, burstLimit: 500 },
  reserveConcurrency: false,

  // Of consumers, and of what sweeps behind them.
  batchSize: 500,
  minimumPollers: 1,
  maximumPollers: 10,
  timeMargin: Duration.seconds(10),
  period: Duration.minutes(1),
  audit: true,
  canary: false,

  // Of alarms.
  monitoring: true,
  dashboard: true,
  runbookUrl: 'cdk-lossless-kafka/docs/runbook.md',
  lagThreshold: 100_000,
} as const;

/** With Express brokers, in place of those above. */
export const EXPRESS_DEFAULTS = { kafkaVersion: '4.2.x.kraft', instanceType: 'express.m7g.large' } as const;
