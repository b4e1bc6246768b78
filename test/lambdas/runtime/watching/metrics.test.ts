import { ConfigResourceTypes, type Admin } from 'kafkajs';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { kafkajsPort } from '../../../../lambdas/runtime/kafka/kafkajs';
import type { ClientOptions, KafkaPort } from '../../../../lambdas/runtime/kafka/port';
import { emfAudit, emfMeter, emfProducerMeter } from '../../../../lambdas/runtime/watching/metrics';
import { producer } from '../../../../lambdas/runtime/producer';
import { startUpCheck } from '../../../../lambdas/runtime/producer/start-up-check';
import { CountingProducerMeter } from '../../../../simulation/watching/counting-meter';
import { RecordingLog } from '../../../../simulation/watching/recording-log';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

/** What CloudWatch reads off standard output while `count` runs: one object for each line. */
async function embedded(count: () => Promise<unknown> | void): Promise<Record<string, unknown>[]> {
  const chunks: string[] = [];
  const spy = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => chunks.push(String(chunk)) > 0);
  await count();
  spy.mockRestore();
  return chunks.flatMap((chunk) => chunk.trim().split('\n')).map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a producer writes one line for all that was counted, with its topic and itself as dimensions', async () => {
  const meter = emfProducerMeter(producerEnvironment);
  const lines = await embedded(() => {
    for (const what of ['acked', 'acked', 'spilled', 'unchecked'] as const) meter.count(what);
    meter.flush();
    meter.flush();
    meter.count('acked');
    meter.flush();
  });
  expect(lines).toMatchObject([
    { service: 'urn:test', topic: 'orders', EventsAcked: 2, EventsSpilled: 1, TopicUnchecked: 1 },
    { service: 'urn:test', topic: 'orders', EventsAcked: 1 },
  ]);
  expect(lines[0]).toMatchObject({
    _aws: {
      CloudWatchMetrics: [{ Namespace: 'LosslessKafka', Dimensions: [expect.arrayContaining(['service', 'topic'])] }],
    },
  });
  expect(lines[1]).not.toHaveProperty('EventsSpilled');
});

test('an audit writes what it has found of a group, and each place with where it is', async () => {
  const waiting = { topic: 5, 'on-failure': 0 };
  const lines = await embedded(() =>
    emfAudit({ topic: 'orders', group: 'billing' }, { unaccounted: 0, oldestUnsettled: 60, waiting }),
  );
  expect(lines).toMatchObject([
    { service: 'billing', topic: 'orders', UnaccountedEvents: 0, OldestUnsettledAge: 60 },
    { service: 'billing', topic: 'orders', place: 'topic', EventsWaiting: 5 },
    { service: 'billing', topic: 'orders', place: 'on-failure', EventsWaiting: 0 },
  ]);
  const dimensions = lines.map(({ _aws }) => (_aws as { CloudWatchMetrics: { Dimensions: string[][] }[] }).CloudWatchMetrics[0]!.Dimensions[0]!.sort()); // prettier-ignore
  expect(dimensions).toEqual([['service', 'topic'], ['place', 'service', 'topic'], ['place', 'service', 'topic']]); // prettier-ignore
});

test('a consumer that counted nothing writes nothing', async () => {
  expect(await embedded(() => emfMeter({ topic: 'orders', group: 'billing' }).flush())).toEqual([]);
});

test('each event is counted as its caller hears of it, with each call of publishAll and with flush', async () => {
  const {
    clock,
    producer: orders,
    meter,
  } = scriptedProducer({
    kafka: ({ ids }) => (ids.includes('late') ? { does: 'not-now' } : undefined),
  });
  const publish = (...ids: string[]) => clock.run(orders.publishAll(ids.map((id) => event(id, { key: 'k' }))));
  await publish('a', 'b');
  await clock.run(orders.publishAll([event('c'), { ...event('d'), type: '' }]));
  await clock.run(Promise.all([orders.publish(event('e')), orders.publish(event('f'))]));
  expect(meter.flushed).toEqual([{ acked: 2 }, { acked: 1, rejected: 1 }]);
  await clock.run(orders.flush());
  await clock.run(orders.flush());
  await publish('late');
  expect(meter.flushed.slice(2)).toEqual([{ acked: 2 }, { spilled: 1 }]);
  const sums = meter.flushed.flatMap((line) => Object.entries(line));
  const sum = (kind: string) => sums.filter(([name]) => name === kind).reduce((all, [, n]) => all + n, 0);
  const { acked, rejected, spilled } = orders.counts;
  expect([sum('acked'), sum('rejected'), sum('spilled')]).toEqual([acked, rejected, spilled]);
});

test('what is rejected and logged is counted as both', async () => {
  const {
    clock,
    producer: orders,
    meter,
  } = scriptedProducer({
    kafka: () => ({ does: 'refuse', about: 'record' }),
    onRejected: { kind: 'log' },
  });
  await clock.run(orders.publishAll([event('a')]));
  expect(meter.flushed).toEqual([{ logged: 1, rejected: 1 }]);
});

test.each([
  ['in a Lambda function', { AWS_LAMBDA_FUNCTION_NAME: 'ingest' }, 1],
  ['anywhere else', {}, 0],
])('metrics are written %s: %j', async (_, variables, lines) => {
  const clock = new VirtualClock();
  const { port, store, log } = scriptedProducer();
  const orders = producer({ environment: producerEnvironment, deps: { clock, port, store, log, variables } });
  const invalid = { ...event('a'), type: '' };
  expect(await embedded(() => clock.run(orders.publishAll([invalid])))).toHaveLength(lines);
});

test('a Kafka client that fails and has another in its place is counted, whichever client that is', async () => {
  const { clock, port, store, log, meter } = scriptedProducer();
  const client = ({ onReplaced }: ClientOptions) => {
    onReplaced?.();
    return port;
  };
  const orders = producer({
    ...{ environment: producerEnvironment, client },
    deps: { clock, store, log, meter, variables: {} },
  });
  await clock.run(orders.publishAll([event('a')]));
  expect(meter.flushed).toEqual([{ replaced: 1, acked: 1 }]);
});

describe('the check of the topic', () => {
  const denied = Object.assign(new Error('denied'), { code: 29 });
  const admin = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    fetchTopicMetadata: () =>
      Promise.resolve({ topics: [{ name: 'orders', partitions: [{ partitionId: 0, replicas: [1, 2, 3] }] }] }),
    describeConfigs: ({ resources }: Parameters<Admin['describeConfigs']>[0]) =>
      Promise.reject(resources[0]?.type === ConfigResourceTypes.TOPIC ? denied : new Error('not asked for')),
  } as unknown as Admin;

  test('that is denied is said once, counted each time, and the producer goes on', async () => {
    const [clock, log, meter] = [new VirtualClock(), new RecordingLog(), new CountingProducerMeter()];
    const check = startUpCheck(log, meter);
    const port = check.over(
      kafkajsPort({
        environment: { brokers: '127.0.0.1:9092', authentication: 'none' },
        ...{ clock, warn: check.denied },
        kafkajs: { producer: () => undefined as never, admin: () => admin },
      }),
    );
    for (let look = 0; look < 3; look++) {
      expect(await clock.run(port.describe('orders'))).toEqual({ partitions: 1, maxMessageBytes: undefined });
    }
    expect(log.lines).toMatchObject([
      { level: 'warn', fields: { reason: expect.stringContaining('min.insync.replicas is not checked') as string } },
    ]);
    expect(meter.counts.get('unchecked')).toBe(3);
  });

  test('that refuses the topic is said once, and the caller hears it each time', async () => {
    const weak = new LosslessError('NOT_CONFIGURED', 'topic orders, min.insync.replicas: got 1, want at least 2');
    const {
      clock,
      producer: orders,
      log,
    } = scriptedProducer({
      topic: () => {
        throw weak;
      },
    });
    for (const id of ['a', 'b']) await expect(clock.run(orders.publish(event(id)))).rejects.toBe(weak);
    expect(log.lines).toEqual([
      {
        ...{ level: 'error', message: 'topic refused' },
        fields: { topic: 'orders', code: 'NOT_CONFIGURED', reason: weak.message },
      },
    ]);
  });

  test('that cannot reach the brokers is neither: it is tried again', async () => {
    const [log, meter] = [new RecordingLog(), new CountingProducerMeter()];
    const describe = () => Promise.reject(new Error('no broker answers'));
    const port = startUpCheck(log, meter).over({ describe } as Partial<KafkaPort> as KafkaPort);
    await expect(port.describe('orders')).rejects.toThrow('no broker answers');
    expect([log.lines, meter.counts.size]).toEqual([[], 0]);
  });
});
