import { readAssembly } from '../../local/assembly';
import { planBrokers, planStack } from '../../local/template/plan';
import { pipeline, writeAssembly } from './fixtures/assembly';

const handlers = { ingest: 'exports.handler = async () => ({})', consumer: 'exports.handler = async () => null' };
const plan = (resources = pipeline(), replace?: Record<string, string>) =>
  planStack(
    readAssembly(writeAssembly(resources, handlers).directory),
    { bootstrap: '127.0.0.1:9001,127.0.0.1:9002' },
    replace,
  );

describe('an assembly', () => {
  test('without a manifest is refused with the command that makes one', () => {
    expect(() => readAssembly('/nowhere')).toThrow('run `npx cdk synth` first');
  });

  test('with another stack than the one asked for is refused with the names it has', () => {
    const { directory } = writeAssembly({}, {}, 'Billing');
    expect(() => readAssembly(directory, 'Orders')).toThrow('stack Orders: got the stacks Billing');
  });

  test('finds its only stack, and the directory behind an asset', () => {
    const stack = readAssembly(writeAssembly({}, handlers).directory);
    expect(stack.name).toBe('Orders');
    expect(stack.asset('consumer.zip')).toMatch(/asset\.consumer$/);
  });
});

describe('a template', () => {
  test('becomes topics with their configuration, tables with their expiry and buckets with their versions', () => {
    const { topics, tables, buckets } = plan();
    expect(topics).toEqual([
      {
        logicalId: 'Topic',
        path: 'Pipeline/Topic',
        name: 'orders',
        partitions: 3,
        replicationFactor: 3,
        configs: { 'min.insync.replicas': '2', 'message.timestamp.type': 'LogAppendTime' },
      },
    ]);
    expect(tables[0]).toMatchObject({ name: 'Table', expiryAttribute: 'expiresAt' });
    expect(buckets[0]).toMatchObject({ name: 'onfailure', versioned: true });
  });

  test("gives the brokers its cluster's server properties", () => {
    expect(planBrokers(readAssembly(writeAssembly(pipeline()).directory))).toEqual({
      'auto.create.topics.enable': 'false',
      'min.insync.replicas': '2',
    });
  });

  test('gives a producer the local brokers without IAM, and changes nothing else of its contract', () => {
    const ingest = plan().functions.find(({ logicalId }) => logicalId === 'Ingest');
    expect(JSON.parse(ingest?.environment.LOSSLESS_PRODUCER_ORDERS ?? '')).toEqual({
      brokers: '127.0.0.1:9001,127.0.0.1:9002',
      cluster: expect.stringMatching(
        /^arn:aws:kafka:us-east-1:000000000000:cluster\/orders-cluster\/[0-9a-f-]{36}-1$/,
      ) as unknown,
      authentication: 'none',
    });
  });

  test('leaves out the functions that only run at deploy', () => {
    expect(plan().functions.map(({ logicalId }) => logicalId)).toEqual(['Ingest', 'Consumer']);
  });

  test('takes the code of a function from another directory, by the end of its construct path', () => {
    const other = writeAssembly({}, { broken: '' }).directory + '/asset.broken';
    const code = plan(pipeline(), { Consumer: other }).functions.map((fn) => fn.code.split('/').at(-1));
    expect(code).toEqual(['asset.ingest', 'asset.broken']);
    expect(() => plan(pipeline(), { Nobody: other })).toThrow(
      'names 0 functions, want one of Pipeline/Ingest, Pipeline/Consumer',
    );
  });

  test('opens its HTTP routes and fires its schedules at their functions', () => {
    const { apis, schedules } = plan();
    expect(apis).toEqual([
      {
        logicalId: 'Api',
        path: 'Pipeline/Api',
        routes: [{ api: 'Api', key: 'POST /events', functionId: 'Ingest', timeoutMs: 29_000 }],
        ...{ onFailure: 500, namesCallers: true },
      },
    ]);
    expect(schedules).toMatchObject([{ path: 'Pipeline/Sweep', functionId: 'Ingest', everyMs: 60_000 }]);
  });

  test('opens the URLs of its functions, and tells their addresses', () => {
    const url = (Properties: object) =>
      plan({
        ...pipeline(),
        Url: {
          Type: 'AWS::Lambda::Url',
          Metadata: { 'aws:cdk:path': 'Orders/Ingest/FunctionUrl/Resource' },
          Properties: { TargetFunctionArn: { 'Fn::GetAtt': ['Ingest', 'Arn'] }, ...Properties },
        },
      }).apis.at(-1);
    const routes = [{ key: '$default', functionId: 'Ingest', timeoutMs: 900_000 }];
    const found = { logicalId: 'Url', path: 'Ingest/FunctionUrl', routes, onFailure: 502 };
    expect(url({ AuthType: 'AWS_IAM' })).toEqual({ ...found, namesCallers: true });
    expect(url({ AuthType: 'NONE' })).toEqual({ ...found, namesCallers: false });
    expect(() => url({ AuthType: 'NONE', InvokeMode: 'RESPONSE_STREAM' })).toThrow(
      'Ingest/FunctionUrl InvokeMode: got RESPONSE_STREAM, want BUFFERED; the local door streams nothing',
    );
  });

  test('without an event source mapping is refused with what to do', () => {
    const rest = pipeline();
    delete rest.Mapping;
    expect(() => plan(rest)).toThrow(
      'got no AWS::Lambda::EventSourceMapping of a topic, want at least one; add a consumer',
    );
  });

  test('with a resource an event could go through unseen is refused by name', () => {
    const stream = { Type: 'AWS::Kinesis::Stream', Metadata: { 'aws:cdk:path': 'Orders/Inbox/Resource' } };
    expect(() => plan({ ...pipeline(), Inbox: stream })).toThrow(
      'got Inbox (AWS::Kinesis::Stream), want only resources it can run',
    );
  });

  describe('with a mapping of a queue', () => {
    const withQueue = (variables: Record<string, string>): ReturnType<typeof pipeline> => {
      const { Ingest, ...rest } = pipeline();
      const Environment = { Variables: variables };
      const FunctionName = { Ref: 'Ingest' };
      return {
        ...rest,
        Ingest: { ...Ingest!, Properties: { ...Ingest!.Properties, Environment } },
        Spilled: { Type: 'AWS::SQS::Queue', Properties: {} },
        SpilledPolicy: { Type: 'AWS::SQS::QueuePolicy', Properties: {} },
        Wake: { Type: 'AWS::Lambda::EventSourceMapping', Properties: { FunctionName, EventSourceArn: { 'Fn::GetAtt': ['Spilled', 'Arn'] } } }, // prettier-ignore
      };
    };
    test('that only wakes replay is run without it: the schedule wakes replay as well', () => {
      expect(plan(withQueue({ LOSSLESS_REPLAY_Orders: '{}' })).mappings.map(({ path }) => path)).toEqual(['Pipeline/Consumer/Mapping']); // prettier-ignore
    });
  });

  test('with a reference to nothing is refused with the place', () => {
    const resources = pipeline({ mapping: { FunctionName: { Ref: 'Nobody' } } });
    expect(() => plan(resources)).toThrow('Pipeline/Consumer/Mapping FunctionName: got a reference to Nobody');
  });
});
