import { Stack } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { BrokerType, KafkaCluster } from 'cdk-lossless-kafka';
import type { ConsumerEnvironment, ProducerEnvironment, ReplayEnvironment } from '../../lambdas/runtime/contract';
import { Template } from 'aws-cdk-lib/assertions';
import { emfMeter, emfProducerMeter, emfWaitingMeter } from '../../lambdas/runtime/watching/metrics';
import { contractOf, existingCluster, existingVpc, newFunction, newStack, pipelineOnExistingTopic } from './support';

/** A metric that nothing writes looks as if all were well: each is held to what the runtime writes, or MSK. */

interface Emf {
  readonly _aws: { readonly CloudWatchMetrics: readonly { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[] }; // prettier-ignore
}

/** Namespace, names and dimensions of what is written meanwhile, as CloudWatch takes it. */
function written(write: () => void): { namespace: string; names: string[]; dimensions: Record<string, unknown> }[] {
  const lines: string[] = [];
  const stdout = jest.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  write();
  stdout.mockRestore();
  return lines.flatMap((line) => {
    const emf = JSON.parse(line) as Emf & Record<string, unknown>;
    return emf._aws.CloudWatchMetrics.map(({ Namespace, Dimensions, Metrics }) => ({
      namespace: Namespace,
      names: Metrics.map(({ Name }) => Name),
      dimensions: Object.fromEntries(Dimensions.flat().map((name) => [name, emf[name]])),
    }));
  });
}

const looksAt = ({ namespace, metricName, dimensions }: Metric) => ({ namespace, metricName, dimensions });

test('what a consumer counts is where its metrics look', () => {
  const stack = newStack();
  const consumer = pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler: newFunction(stack) });
  const [environment] = contractOf(Template.fromStack(stack), 'LOSSLESS_CONSUMER_') as unknown as ConsumerEnvironment[];
  const [line] = written(() => {
    const meter = emfMeter(environment!);
    meter.applied(5);
    meter.breakerOpen();
    meter.parked('handler-error');
    meter.duplicate(1);
    meter.retried(1);
    meter.flush();
  });
  const ofEvents = [consumer.metricApplied(), consumer.metricDuplicate(), consumer.metricRetried()];
  for (const metric of [
    ...ofEvents,
    consumer.metricParked(),
    consumer.metricBreakerOpen(),
    consumer.metricTimeToEffect(),
  ]) {
    expect(line?.names).toContain(metric.metricName);
    expect(looksAt(metric)).toMatchObject({ namespace: line?.namespace, dimensions: line?.dimensions });
  }
  expect(consumer.metricTimeToEffect().statistic).toBe('p99');
});

test('what a producer and a door count is where their metrics look', () => {
  const stack = newStack();
  const { producer } = pipelineOnExistingTopic(stack).addIngest('Door');
  const environments = contractOf(Template.fromStack(stack), 'LOSSLESS_PRODUCER_') as unknown as ProducerEnvironment[];
  const environment = environments.find(({ source }) => source.endsWith('/Door'))!;
  const [line] = written(() => {
    const meter = emfProducerMeter(environment);
    for (const what of ['spilled', 'rejected', 'unknown', 'unchecked'] as const) meter.count(what);
    meter.flush();
  });
  const metrics = [producer.metricSpilled(), producer.metricRejected(), producer.metricUnknown(), producer.metricUnchecked()]; // prettier-ignore
  expect(metrics.map(({ metricName }) => metricName)).toEqual(line?.names);
  for (const metric of metrics)
    expect(looksAt(metric)).toMatchObject({ namespace: line?.namespace, dimensions: line?.dimensions });
});

test('what replay counts in buckets is where the metrics of spill store and dead letters look', () => {
  const stack = newStack();
  const { spill, deadLetters, topic } = pipelineOnExistingTopic(stack);
  const [environment] = contractOf(Template.fromStack(stack), 'LOSSLESS_REPLAY_') as unknown as ReplayEnvironment[];
  for (const [bucket, metrics] of [
    [environment!.spill, [spill.metricWaiting(), spill.metricOldestAge()]],
    [environment!.deadLetters, [deadLetters.metricWaiting(topic), deadLetters.metricOldestAge(topic)]],
  ] as const) {
    const [line] = written(() => emfWaitingMeter().waiting({ bucket, topic: environment!.topic }, 3, 60));
    expect(metrics.map(({ metricName }) => metricName)).toEqual(line?.names);
    for (const { namespace, dimensions, statistic } of metrics) {
      expect([namespace, statistic]).toEqual([line?.namespace, 'Maximum']);
      const { service, ...rest } = stack.resolve(dimensions) as Record<string, unknown>;
      // As contractOf writes it.
      const name = JSON.stringify(service).replaceAll('"', "'");
      expect({ service: name, ...rest }).toEqual(line?.dimensions);
    }
  }
});

test('a cluster that exists is known to CloudWatch by the name in its ARN', () => {
  const cluster = existingCluster(newStack());
  const { namespace, metricName, dimensions } = cluster.metricOfflinePartitions();
  expect([namespace, metricName, dimensions]).toEqual([
    'AWS/Kafka',
    'OfflinePartitionsCount',
    { 'Cluster Name': 'there' },
  ]);
  expect(cluster.metricUnderMinIsr().expression).toBe(
    `SELECT MAX(UnderMinIsrPartitionCount) FROM SCHEMA("AWS/Kafka", "Broker ID", "Cluster Name") WHERE "Cluster Name" = 'there'`,
  );
  expect(cluster.metricCpuIdle().expression).toContain('SELECT MIN(CpuIdle)');
});

test('both lags are those of the group, topic and cluster', () => {
  const stack = newStack();
  const consumer = pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler: newFunction(stack) });
  expect(looksAt(consumer.metricTimeLag())).toEqual({
    namespace: 'AWS/Kafka',
    metricName: 'EstimatedMaxTimeLag',
    dimensions: { 'Cluster Name': 'there', 'Consumer Group': consumer.group, Topic: 'orders' },
  });
  expect(looksAt(consumer.metricOffsetLag())).toEqual({
    ...looksAt(consumer.metricTimeLag()),
    metricName: 'MaxOffsetLag',
  });
});

test('what MSK does not count of Express brokers is refused in one sentence', () => {
  const stack = new Stack();
  const cluster = KafkaCluster.fromKafkaClusterAttributes(stack, 'Express', {
    clusterArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/there/0a1b-2',
    ...{ vpc: existingVpc(stack), brokerType: BrokerType.EXPRESS },
    securityGroups: existingCluster(newStack()).connections.securityGroups,
  });
  const metrics = [
    'metricOfflinePartitions',
    'metricUnderMinIsr',
    'metricUnderReplicated',
    'metricDiskUsed',
    'metricTrafficShaped',
  ] as const;
  for (const metric of metrics) expect(() => cluster[metric]()).toThrow('got Express brokers, which have no');
  expect(cluster.metricActiveControllers().statistic).toBe('Maximum');
});
