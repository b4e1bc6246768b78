import { findingsOf, templateFrom } from '../../rules';
import { answers, shape, TOKEN } from './support';

type Node = Record<string, unknown>;

/** serverless.yaml with other properties of its function, or of the function's event. */
function serverless(changes: { function?: Node; event?: Node; type?: string; globals?: Node; resources?: Node }) {
  const template = shape('serverless.yaml');
  const billing = template.Resources['Billing']?.['Properties'] as Node & { Events: { Orders: Node } };
  Object.assign(billing.Events.Orders['Properties'] as Node, changes.event);
  if (changes.type !== undefined) billing.Events.Orders['Type'] = changes.type;
  Object.assign(billing, changes.function);
  Object.assign((template['Globals'] as { Function: Node }).Function, changes.globals);
  Object.assign(template.Resources, changes.resources);
  return template;
}

const told = (template: unknown): string[] =>
  findingsOf(template).map(
    ({ code, status, severity, logicalId }) => `${code} ${status === 'fail' ? severity : status} ${logicalId}`,
  );

const allow = (Action: unknown) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });
const CLUSTER_IS_ELSEWHERE = 'LK112 undecided BillingOrders';

test('a function of SAM that reads Kafka loses nothing; its cluster lies elsewhere', () => {
  expect(told(serverless({}))).toEqual([CLUSTER_IS_ELSEWHERE]);
});

describe('the mapping of SAM', () => {
  test.each<[string, Node, string]>([
    ['starts at the end', { StartingPosition: 'LATEST' }, 'LK301 error BillingOrders'],
    ['names no group', { ConsumerGroupId: undefined }, 'LK305 warning BillingOrders'],
    ['has no pollers', { ProvisionedPollerConfig: undefined }, 'LK304 error BillingOrders'],
    [
      'asks a registry of schemas without pollers',
      {
        ProvisionedPollerConfig: undefined,
        FunctionResponseTypes: undefined,
        MaximumRetryAttempts: undefined,
        SchemaRegistryConfig: { a: 1 },
      },
      'LK304 error BillingOrders',
    ],
    [
      'sends what fails to a queue',
      { DestinationConfig: { OnFailure: { Type: 'SQS', Destination: 'arn:aws:sqs:eu-west-1:1:q' } } },
      'LK303 error BillingOrders',
    ],
    ['is off', { Enabled: false }, 'LK313 warning BillingOrders'],
  ])('%s', (_when, event, expected) => {
    expect(told(serverless({ event }))).toContain(expected);
  });

  test('reads a self-managed cluster, too', () => {
    const event = {
      Stream: undefined,
      KafkaBootstrapServers: ['a:9092'],
      StartingPosition: 'LATEST',
      ConsumerGroupId: undefined,
    };
    const found = told(serverless({ type: 'SelfManagedKafka', event }));
    expect(found).toEqual(expect.arrayContaining(['LK301 error BillingOrders', 'LK305 warning BillingOrders']));
    expect(told(serverless({ type: 'SelfManagedKafka', event: { ...event, ConsumerGroupId: 'b' } }))).not.toContain(
      'LK305 warning BillingOrders',
    );
  });

  test('is none for an event of another kind', () => {
    expect(told(serverless({ type: 'SQS', event: { StartingPosition: 'LATEST' } }))).toEqual([]);
  });
});

describe('the role that SAM makes', () => {
  const secret = (Type: string) => ({ SourceAccessConfigurations: [{ Type, URI: { Ref: 'Secret' } }] });
  const Secret = { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'AmazonMSK_billing' } };
  const outside = { Stream: undefined, KafkaBootstrapServers: ['a:9092'] };

  test.each<[string, string, Node, string[]]>([
    ['SelfManagedKafka', 'BASIC_AUTH', outside, []],
    ['SelfManagedKafka', 'SASL_SCRAM_512_AUTH', outside, []],
    ['SelfManagedKafka', 'SERVER_ROOT_CA_CERTIFICATE', outside, ['error']],
    ['MSK', 'CLIENT_CERTIFICATE_TLS_AUTH', {}, []],
    ['MSK', 'SASL_SCRAM_512_AUTH', {}, ['error']],
  ])('may read the secret of %s by %s as far as SAM gives the right', (type, way, event, expected) => {
    const template = serverless({ type, event: { ...event, ...secret(way) }, resources: { Secret } });
    expect(answers(template, 'LK311')).toEqual(expected);
  });

  test('may read every secret by a policy of AWS', () => {
    const template = serverless({
      event: secret('SASL_SCRAM_512_AUTH'),
      function: { Policies: ['SecretsManagerReadWrite', 'AWSKeyManagementServicePowerUser'] },
      resources: { Secret },
    });
    expect(answers(template, 'LK311')).toEqual([]);
  });

  const cluster = { Cluster: { ...shape('plain.yaml').Resources['Cluster'] } };
  const seen = (changes: Parameters<typeof serverless>[0]) =>
    answers(
      serverless({ ...changes, event: { Stream: { Ref: 'Cluster' }, ...changes.event }, resources: cluster }),
      'LK311',
    );

  test.each<[string, Node, string[]]>([
    ['reads by the policy of the function', {}, []],
    ['reads by a single policy', { Policies: allow('kafka-cluster:*') }, []],
    ['does not read without', { Policies: undefined }, ['error']],
    [
      'does not read by a policy of AWS that says nothing of it',
      { Policies: ['AWSLambdaBasicExecutionRole'] },
      ['error'],
    ],
    ['may read by a template of SAM', { Policies: [{ SomePolicy: {} }] }, ['undecided']],
    ['may read by a policy of somebody', { Policies: ['arn:aws:iam::111122223333:policy/x'] }, ['undecided']],
    ['may read by what is known only at deploy', { Policies: [TOKEN] }, ['undecided']],
    ['may be held by a boundary', { PermissionsBoundary: 'arn:aws:iam::111122223333:policy/b' }, ['undecided']],
    ['is not made where one is named', { Role: 'arn:aws:iam::111122223333:role/x' }, ['undecided']],
  ])('%s', (_how, properties, expected) => {
    expect(seen({ function: properties })).toEqual(expected);
  });

  test('gets nothing that is out of sight from a template of SAM beside its rights', () => {
    const reads = allow('kafka-cluster:*');
    const template = (...Policies: Node[]) =>
      serverless({ function: { Policies }, event: { Stream: { Ref: 'Cluster' } }, resources: cluster });
    expect(told(template(reads, { VPCAccessPolicy: {} }))).toEqual(told(template(reads)));
  });

  test('reads only where the event is of Amazon MSK: other roles may not enter the network', () => {
    const other = {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Billing' }, EventSourceArn: { Ref: 'Cluster' }, Topics: ['orders'] },
    };
    const template = serverless({ type: 'SQS', resources: { ...cluster, Other: other } });
    expect(answers(template, 'LK311')).toEqual(['error']);
  });

  test.each([
    ['S3', 'arn:aws:s3:::kept', []],
    ['SQS', 'arn:aws:sqs:eu-west-1:1:q', []],
    ['SNS', 'arn:aws:sns:eu-west-1:1:t', []],
    [undefined, 'arn:aws:s3:::kept', ['error']],
    ['Kafka', 'arn:aws:s3:::kept', ['error']],
  ])('may write to a destination whose type is %s', (Type, Destination, expected) => {
    expect(
      answers(serverless({ event: { DestinationConfig: { OnFailure: { Type, Destination } } } }), 'LK310'),
    ).toEqual(expected);
  });
});

describe('what SAM takes from Globals', () => {
  test.each<[string, Parameters<typeof serverless>[0], string[]]>([
    ['a timeout', { globals: { Timeout: 10 } }, ['error']],
    ['nothing that the function says itself', { globals: { Timeout: 10 }, function: { Timeout: 60 } }, []],
    ['no timeout, which is 3 seconds', { globals: { Timeout: undefined } }, ['error']],
  ])('%s', (_what, changes, expected) => {
    expect(answers(serverless(changes), 'LK317')).toEqual(expected);
  });
});

describe('a producing function of SAM', () => {
  const variable = (fields: Node) => ({
    LOSSLESS_PRODUCER_Shop: JSON.stringify({ deadlineMs: 20_000, spillTimeMs: 5000, ...fields }),
  });
  const shop = (Events: Node, more: Node = {}) =>
    serverless({
      resources: {
        Shop: {
          Type: 'AWS::Serverless::Function',
          Properties: { Timeout: 300, Environment: { Variables: variable({}) }, Events, ...more },
        },
      },
    });

  test.each([
    ['Api', 'LK602', ['error']],
    ['HttpApi', 'LK602', ['error']],
    ['SQS', 'LK602', []],
    ['EventBridgeRule', 'LK607', ['error']],
    ['CloudWatchEvent', 'LK607', ['error']],
    ['Schedule', 'LK607', ['error']],
    ['ScheduleV2', 'LK607', ['error']],
    ['Api', 'LK607', []],
    ['SNS', 'LK607', ['error']],
    ['S3', 'LK607', ['error']],
    ['IoTRule', 'LK607', ['error']],
    ['CloudWatchLogs', 'LK607', ['error']],
    ['Cognito', 'LK607', []],
    ['Cognito', 'LK602', ['error']],
    ['SQS', 'LK607', []],
    ['SQS', 'LK608', ['undecided']],
    ['Kinesis', 'LK608', ['undecided']],
    ['DynamoDB', 'LK607', []],
  ])('is called by an event of type %s: %s', (Type, code, expected) => {
    const late = { Environment: { Variables: variable({ deadlineMs: 26_000 }) } };
    expect(answers(shop({ Call: { Type, Properties: {} } }, late), code)).toEqual(expected);
  });

  test('is called by an SNS topic by way of a queue, which SAM makes without a redrive', () => {
    const call = (SqsSubscription: unknown) => shop({ Call: { Type: 'SNS', Properties: { SqsSubscription } } });
    expect(answers(call(true), 'LK607')).toEqual([]);
    expect(answers(call(true), 'LK608')).toEqual(['undecided']);
    expect(answers(call({ QueueArn: 'arn:aws:sqs:eu-west-1:1:q' }), 'LK608')).toEqual(['undecided']);
    expect(answers(call(false), 'LK607')).toEqual(['error']);
  });

  test('is called with the records of a stream, and a bucket takes what fails', () => {
    const call = (more: Node) =>
      shop({ Call: { Type: 'Kinesis', Properties: { Stream: 'arn:aws:kinesis:eu-west-1:1:stream/x', ...more } } });
    expect(answers(call({}), 'LK608')).toEqual(['error']);
    const OnFailure = { Type: 'S3', Destination: 'arn:aws:s3:::failed' };
    expect(answers(call({ DestinationConfig: { OnFailure } }), 'LK608')).toEqual([]);
  });

  test('has a URL for anybody, or for whom IAM lets in', () => {
    expect(answers(shop({}, { FunctionUrlConfig: { AuthType: 'NONE' } }), 'LK613')).toEqual(['error']);
    expect(answers(shop({}, { FunctionUrlConfig: { AuthType: 'AWS_IAM' } }), 'LK613')).toEqual([]);
  });

  test('has a destination for calls nobody waits for', () => {
    const call = { Call: { Type: 'Schedule' } };
    const OnFailure = { Type: 'SQS', Destination: 'arn:aws:sqs:eu-west-1:1:q' };
    expect(answers(shop(call, { EventInvokeConfig: { DestinationConfig: { OnFailure } } }), 'LK607')).toEqual([]);
    expect(answers(shop(call, { EventInvokeConfig: { MaximumRetryAttempts: 2 } }), 'LK607')).toEqual(['error']);
    expect(answers(shop({}, { EventInvokeConfig: { MaximumRetryAttempts: 2 } }), 'LK607')).toEqual(['error']);
  });

  test('has the variables of Globals beside its own, and lists joined', () => {
    const template = shop({});
    const globals = (template['Globals'] as { Function: Node }).Function;
    globals['Environment'] = { Variables: { LOSSLESS_PRODUCER_Other: '{"acks":"1"}' } };
    globals['Policies'] = [allow('kafka-cluster:*')];
    expect(
      findingsOf(template)
        .filter(({ code }) => code === 'LK601')
        .map(({ logicalId, property }) => `${logicalId} ${property}`),
    ).toEqual(
      expect.arrayContaining([
        'Billing Environment.Variables.LOSSLESS_PRODUCER_Other.acks',
        'Shop Environment.Variables.LOSSLESS_PRODUCER_Other.acks',
        'Shop Environment.Variables.LOSSLESS_PRODUCER_Shop.acks',
      ]),
    );
    const Policies = [allow('s3:*')];
    const both = serverless({
      globals: { Policies: [allow('kafka-cluster:*')] },
      function: { Policies },
      event: { Stream: { Ref: 'Cluster' } },
      resources: { Cluster: { ...shape('plain.yaml').Resources['Cluster'] } },
    });
    expect(answers(both, 'LK311')).toEqual([]);
  });

  test('lies in a network, and its role may enter it', () => {
    const found = findingsOf(shop({}, { VpcConfig: { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] } }));
    expect(found.filter(({ code }) => code === 'LK606').map(({ status }) => status)).toEqual(['undecided']);
  });

  test('under a condition that does not hold is not there, with all that belongs to it', () => {
    const template = serverless({});
    template.Resources['Billing']!['Condition'] = 'Never';
    expect(findingsOf({ ...template, Conditions: { Never: { 'Fn::Equals': ['a', 'b'] } } })).toEqual([]);
  });
});

describe('what SAM publishes of a function', () => {
  const found = (FunctionName: unknown, published: Node = { AutoPublishAlias: 'live-1' }) => {
    const ByHand = { Type: 'AWS::Lambda::EventSourceMapping', Properties: { Topics: ['bills'], FunctionName } };
    const template = serverless({ function: { Timeout: 5, ...published }, resources: { ByHand } });
    return told(template).filter((each) => each.startsWith('LK317') && each.endsWith('ByHand'));
  };

  test.each<[string, unknown]>([
    ['its alias', { Ref: 'Billing.Alias' }],
    ['its version', { Ref: 'Billing.Version' }],
    ['its alias in a text', { 'Fn::Sub': '${Billing.Alias}' }],
    ['its alias by the id that SAM gives it', { Ref: 'BillingAliaslive1' }],
    ['its alias in a text with values of its own', { 'Fn::Sub': ['${Alias}', { Alias: { Ref: 'Billing.Alias' } }] }],
  ])('is the function: %s', (_what, name) => {
    expect(found(name)).toEqual(['LK317 error ByHand']);
  });

  test('is nothing where it publishes nothing', () => {
    expect(found({ Ref: 'Billing.Alias' }, {})).toEqual(['LK317 undecided ByHand']);
  });

  test('is exported as what it is', () => {
    const template = serverless({ function: { AutoPublishAlias: 'live' } });
    const Outputs = { Alias: { Value: { Ref: 'Billing.Alias' } } };
    expect(templateFrom({ ...template, Outputs }).Outputs).toEqual({ Alias: { Value: { Ref: 'BillingAliaslive' } } });
  });
});
