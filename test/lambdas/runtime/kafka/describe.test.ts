import { describeTopic, type KafkajsAdmin } from '../../../../lambdas/runtime/kafka/describe';
import { iamTokens } from '../../../../lambdas/runtime/kafka/iam';
import { kafkajsPort } from '../../../../lambdas/runtime/kafka/kafkajs';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

interface Cluster {
  replicas?: number;
  configs?: Record<string, string> | Error;
  metadata?: Error;
}
const denied = (code: number) => Object.assign(new Error('denied'), { code });

function admin({ replicas = 3, configs = {}, metadata }: Cluster): KafkajsAdmin {
  const partition = {
    partitionErrorCode: 0,
    leader: 1,
    isr: [1],
    replicas: Array.from({ length: replicas }, (_, id) => id),
  };
  return {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    fetchTopicMetadata: () =>
      metadata
        ? Promise.reject(metadata)
        : Promise.resolve({
            topics: [{ name: 'orders', partitions: [0, 1].map((partitionId) => ({ ...partition, partitionId })) }],
          }),
    describeConfigs: () =>
      configs instanceof Error
        ? Promise.reject(configs)
        : Promise.resolve({
            throttleTime: 0,
            resources: [
              {
                errorCode: 0,
                errorMessage: '',
                resourceName: 'orders',
                resourceType: 2,
                configEntries: Object.entries(configs).map(([configName, configValue]) => ({
                  configName,
                  configValue,
                  readOnly: false,
                  isDefault: false,
                  configSource: 1,
                  isSensitive: false,
                  configSynonyms: [],
                })),
              },
            ],
          }),
  };
}

function described(cluster: Cluster) {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const warn = (line: string) => void warnings.push(line);
  return {
    warnings,
    result: clock.run(
      describeTopic(admin(cluster), 'orders', { clock, warn, limitMs: 3_000, onMetadata: () => undefined }),
    ),
  };
}

describe('rule 7: the topic itself must keep what it acknowledges', () => {
  const good = { 'min.insync.replicas': '2', 'max.message.bytes': '4000000' };

  test('three replicas, two in sync, are enough', async () => {
    expect(await described({ configs: good }).result).toEqual({ partitions: 2, maxMessageBytes: 4_000_000 });
  });

  test.each<[string, Cluster, string]>([
    ['two replicas', { replicas: 2, configs: good }, 'replication factor: got 2, want at least 3'],
    [
      'one replica in sync',
      { configs: { ...good, 'min.insync.replicas': '1' } },
      'min.insync.replicas: got 1, want at least 2',
    ],
  ])('a topic with %s takes no event', async (_what, cluster, message) => {
    await expect(described(cluster).result).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining(message) as string,
    });
  });

  test('without the right to read the configuration it warns and goes on', async () => {
    const { result, warnings } = described({ configs: denied(29) });
    expect(await result).toEqual({ partitions: 2, maxMessageBytes: undefined });
    expect(warnings).toEqual([
      'configuration of topic orders could not be read (denied): min.insync.replicas is not checked',
    ]);
  });

  test('a topic that may not be read is a wrong setup, one that cannot be reached is not', async () => {
    await expect(described({ metadata: denied(29) }).result).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    await expect(described({ metadata: denied(5) }).result).rejects.toMatchObject({ message: 'denied', code: 5 });
  });
});

test('each look that is denied is told, so that it can be counted', async () => {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const port = kafkajsPort({
    environment: { brokers: '127.0.0.1:9092', authentication: 'none' },
    clock,
    warn: (line) => void warnings.push(line),
    kafkajs: { producer: () => undefined as never, admin: () => admin({ configs: denied(29) }) },
  });
  await clock.run(port.describe('orders'));
  await clock.run(port.describe('orders'));
  expect(warnings).toHaveLength(2);
});

describe('tokens for MSK with IAM', () => {
  const tokens = (lives: number[]) => {
    const clock = new VirtualClock();
    let signed = 0;
    const sign = () => {
      const token = `token-${signed}`;
      return Promise.resolve({ token, expiryTime: clock.now() + (lives[signed++] ?? 0) });
    };
    return { clock, next: iamTokens({ region: 'eu-west-1', clock, sign }) };
  };

  test('one token serves all connections until five minutes before its end', async () => {
    const { clock, next } = tokens([900_000, 900_000]);
    expect([(await next()).value, (await next()).value]).toEqual(['token-0', 'token-0']);
    await clock.run(clock.sleep(600_000));
    expect((await next()).value).toBe('token-0');
    await clock.run(clock.sleep(1));
    expect((await next()).value).toBe('token-1');
  });

  test('a token is not used beyond its life because the wall clock was set back by ten minutes', async () => {
    const { clock, next } = tokens([900_000, 900_000]);
    await next();
    clock.step(-600_000);
    await clock.run(clock.sleep(600_000));
    expect((await next()).value).toBe('token-0');
    await clock.run(clock.sleep(1));
    expect((await next()).value).toBe('token-1');
  });

  test('an expired token, which the signer makes from expired credentials, is not sent to a broker', async () => {
    await expect(tokens([-1_000]).next()).rejects.toThrow('credentials have expired');
  });
});

test('IAM without a region is refused before anything is opened', () => {
  const environment = { brokers: 'b-1.example:9098', authentication: 'iam' } as const;
  const open = (region?: string) =>
    kafkajsPort({ environment, clock: new VirtualClock(), warn: () => undefined, region });
  expect(() => open()).toThrow('AWS_REGION: got nothing');
  expect(() => open('eu-west-1')).not.toThrow();
});
