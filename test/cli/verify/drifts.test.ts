import { DRIFT_CODES } from '../../../cli/verify/drift';
import { StandIn } from './stand-in';
import type { Thing } from './thing';
import { verified } from './verified';

/** Each way in which an account can leave the promise, planted once into the deployed sample. */

const mapping = (account: StandIn): Thing =>
  account.thing('AWS::Lambda::EventSourceMapping', 'OrdersBillingConsumerMapping');
const billing = (account: StandIn): Thing => account.thing('AWS::Lambda::Function', 'Billing');
const cluster = (account: StandIn): Thing => account.thing('AWS::MSK::Cluster');
const topic = (account: StandIn): Thing => account.thing('AWS::MSK::Topic');
const table = (account: StandIn): Thing => account.thing('AWS::DynamoDB::Table', 'OrdersBillingConsumerTable');
const spill = (account: StandIn): Thing => account.thing('AWS::S3::Bucket', 'OrdersSpillBucket');
const guard = (account: StandIn): Thing => account.thing('AWS::S3::BucketPolicy', 'OrdersSpillBucket');
const key = (account: StandIn): Thing => account.thing('AWS::KMS::Key');
const alarm = (account: StandIn): Thing =>
  account.thing('AWS::CloudWatch::Alarm', 'OrdersMonitoringOrdersClusterCAE5DAE5BrokerDisk1');
const role = (account: StandIn): Thing => account.thing('AWS::IAM::Role', 'BillingServiceRole');
const rights = (account: StandIn): Thing => account.thing('AWS::IAM::Policy', 'BillingServiceRoleDefaultPolicy');

/** A configuration is edited in the console, and the brokers are given the new revision. */
function configured(account: StandIn, from: string, to: string): void {
  const configuration = account.thing('AWS::MSK::Configuration');
  configuration.set('ServerProperties', changed(String(configuration.at('ServerProperties')), from, to));
  configuration.tell({ latest: 2 });
  cluster(account).tell({ revision: 2 });
}

function topicSays(account: StandIn, from: string, to: string): void {
  const text = Buffer.from(String(topic(account).at('Configs')), 'base64').toString();
  topic(account).set('Configs', Buffer.from(changed(text, from, to)).toString('base64'));
}

function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`got no ${from} in ${text}`);
  return text.replace(from, to);
}

interface Statement {
  readonly [name: string]: unknown;
  Action: string | string[];
}
const statements = (policy: Thing, document = 'PolicyDocument'): Statement[] =>
  policy.at(`${document}.Statement`) as Statement[];

function without(policy: Thing, action: string): void {
  const having = statements(policy).filter(({ Action }) => [Action].flat().includes(action));
  if (having.length === 0) throw new Error(`got no right to ${action}`);
  for (const statement of having) statement.Action = [statement.Action].flat().filter((each) => each !== action);
}

type Row = readonly [name: string, plant: (account: StandIn) => unknown, told: readonly string[]];

/** Of all who spill: nobody fetches it. */
const NO_WAY_BACK = [
  'LK504 OrdersIngest5BCB42EF Environment.Variables.LOSSLESS_PRODUCER_OrdersIngestProducerEA30C173.spill',
  'LK504 OrdersSpillReplayF073C19F Environment.Variables.LOSSLESS_PRODUCER_OrdersSpillProducer072340B5.spill',
];

const DRIFTS: readonly Row[] = [
  // Brokers
  [
    'unclean leaders are let in',
    (a) => configured(a, 'election.enable=false', 'election.enable=true'),
    ['LK101 cluster ConfigurationInfo'],
  ],
  [
    'one replica is enough for a yes',
    (a) => configured(a, 'min.insync.replicas=2', 'min.insync.replicas=1'),
    ['LK102 cluster ConfigurationInfo'],
  ],
  [
    'a newer revision has not reached the brokers',
    (a) => a.thing('AWS::MSK::Configuration').tell({ latest: 2 }),
    ['LK107 cluster ConfigurationInfo'],
  ],
  [
    'the brokers have no configuration',
    (a) => cluster(a).set('ConfigurationInfo', undefined),
    ['LK105 cluster ConfigurationInfo'],
  ],
  [
    'clients may do without TLS',
    (a) => cluster(a).set('EncryptionInfo.EncryptionInTransit.ClientBroker', 'TLS_PLAINTEXT'),
    ['LK108 cluster EncryptionInfo.EncryptionInTransit.ClientBroker'],
  ],
  [
    'anybody may connect',
    (a) => cluster(a).set('ClientAuthentication.Unauthenticated.Enabled', true),
    ['LK108 cluster ClientAuthentication.Unauthenticated.Enabled'],
  ],
  [
    'brokers are open to the internet',
    (a) =>
      cluster(a).set('BrokerNodeGroupInfo.ConnectivityInfo', {
        PublicAccess: { Type: 'SERVICE_PROVIDED_EIPS' },
      }),
    ['LK108 cluster BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type'],
  ],
  ['the cluster has failed', (a) => cluster(a).tell({ state: 'FAILED', message: 'no key' }), ['LK802 cluster State']],
  ['the cluster is gone', (a) => (cluster(a).isGone = true), ['LK801 cluster ']],
  // Topic
  ['the topic is gone', (a) => (topic(a).isGone = true), ['LK801 topic ']],
  [
    'the topic keeps events for an hour',
    (a) => topicSays(a, 'retention.ms=604800000', 'retention.ms=3600000'),
    ['LK203 topic Configs'],
  ],
  [
    'the topic keeps events for longer than they are known',
    (a) => topicSays(a, 'retention.ms=604800000', 'retention.ms=2604800000'),
    [
      'LK203 mapping MaximumRetryAttempts',
      'LK401 billing Environment.Variables.LOSSLESS_CONSUMER_OrdersBillingConsumer9226B35B.doneSeconds',
    ],
  ],
  [
    'the topic is compacted',
    (a) => topicSays(a, 'cleanup.policy=delete', 'cleanup.policy=compact'),
    ['LK207 topic Configs'],
  ],
  [
    'the topic takes a yes of one replica',
    (a) => topicSays(a, 'min.insync.replicas=2', 'min.insync.replicas=1'),
    ['LK202 topic Configs'],
  ],
  [
    'the topic keeps events for an hour, in the JSON that MSK may write',
    (a) =>
      topic(a).set('Configs', Buffer.from('{"retention.ms":"3600000","cleanup.policy":"delete"}').toString('base64')),
    ['LK203 topic Configs'],
  ],
  // Mapping
  ['the mapping is disabled', (a) => mapping(a).set('Enabled', false), ['LK313 mapping State']],
  [
    'what wakes replay is disabled',
    (a) => a.thing('AWS::Lambda::EventSourceMapping', 'OrdersSpillReplayWake').set('Enabled', false),
    ['LK313 OrdersSpillReplayWakeBCAAE881 State'],
  ],
  ['the mapping is being updated', (a) => mapping(a).tell({ State: 'Updating' }), ['LK802 mapping State']],
  [
    'the mapping begins at the end',
    (a) => mapping(a).set('StartingPosition', 'LATEST'),
    ['LK301 mapping StartingPosition'],
  ],
  [
    'the mapping has no destination',
    (a) => mapping(a).set('DestinationConfig', undefined),
    ['LK302 mapping DestinationConfig.OnFailure.Destination'],
  ],
  [
    'the mapping gives up after ten tries',
    (a) => mapping(a).set('MaximumRetryAttempts', -1),
    ['LK316 mapping MaximumRetryAttempts'],
  ],
  [
    'the mapping ages records out',
    (a) => mapping(a).set('MaximumRecordAgeInSeconds', 3600),
    ['LK315 mapping MaximumRecordAgeInSeconds'],
  ],
  [
    'one bad event holds the batch back',
    (a) => mapping(a).set('FunctionResponseTypes', []),
    ['LK307 mapping FunctionResponseTypes'],
  ],
  [
    'the mapping filters',
    (a) => mapping(a).set('FilterCriteria', { Filters: [{ Pattern: '{}' }] }),
    ['LK308 mapping FilterCriteria'],
  ],
  [
    'the last batch did not go through',
    (a) => mapping(a).tell({ LastProcessingResult: 'PROBLEM: Function call failed' }),
    ['LK803 mapping LastProcessingResult'],
  ],
  ['the mapping is gone', (a) => (mapping(a).isGone = true), ['LK801 mapping ']],
  // Functions
  ['the function may take a quarter of an hour', (a) => billing(a).set('Timeout', 900), ['LK306 mapping FunctionName']],
  [
    'no call of the consumer runs',
    (a) => billing(a).set('ReservedConcurrentExecutions', 0),
    ['LK313 billing ReservedConcurrentExecutions'],
  ],
  [
    'no call of the door runs',
    (a) => a.thing('AWS::Lambda::Function', 'OrdersIngest').set('ReservedConcurrentExecutions', 0),
    ['LK313 OrdersIngest5BCB42EF ReservedConcurrentExecutions'],
  ],
  [
    'the function forgot what it is there for',
    (a) => billing(a).set('Environment', { Variables: { ORDERS_TABLE: 'orders' } }),
    ['LK320 billing Environment.Variables.LOSSLESS_CONSUMER_OrdersBillingConsumer9226B35B'],
  ],
  ['the function does not start', (a) => billing(a).tell({ State: 'Failed' }), ['LK802 billing State']],
  [
    'the last update of the function failed',
    (a) => billing(a).tell({ LastUpdateStatus: 'Failed' }),
    ['LK802 billing LastUpdateStatus'],
  ],
  [
    'replay is gone',
    (a) => (a.thing('AWS::Lambda::Function', 'OrdersSpillReplayF').isGone = true),
    ['LK801 OrdersSpillReplayF073C19F '],
  ],
  [
    'how often replay is called again is not said',
    (a) => (a.thing('AWS::Lambda::EventInvokeConfig', 'OrdersSpillReplay').isGone = true),
    ['LK801 OrdersSpillReplayEventInvokeConfig3FC87220 '],
  ],
  // Schedules
  [
    'what wakes replay every minute is off',
    (a) => a.thing('AWS::Events::Rule', 'OrdersSpillReplay').set('State', 'DISABLED'),
    [...NO_WAY_BACK, 'LK806 OrdersSpillReplaySchedule14D8344F State'],
  ],
  [
    'what wakes replay wakes nobody',
    (a) => a.thing('AWS::Events::Rule', 'OrdersSpillReplay').set('Targets', []),
    [...NO_WAY_BACK, 'LK806 OrdersSpillReplaySchedule14D8344F Targets'],
  ],
  // Table
  [
    'the table cannot be brought back',
    (a) => table(a).set('PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', false),
    ['LK402 table PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled'],
  ],
  [
    'nothing expires',
    (a) => table(a).set('TimeToLiveSpecification', undefined),
    ['LK805 table TimeToLiveSpecification'],
  ],
  [
    'records expire by another attribute',
    (a) => table(a).set('TimeToLiveSpecification.AttributeName', 'at'),
    ['LK401 table TimeToLiveSpecification'],
  ],
  [
    'the table has lost its key',
    (a) => table(a).tell({ TableStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }),
    ['LK802 table TableStatus'],
  ],
  ['the table is gone', (a) => (table(a).isGone = true), ['LK801 table ']],
  // Buckets and key
  [
    'spilled events expire',
    (a) => (spill(a).at('LifecycleConfiguration.Rules') as unknown[]).push({ Status: 'Enabled', ExpirationInDays: 30 }),
    ['LK501 spill LifecycleConfiguration.Rules'],
  ],
  [
    'versions are not kept',
    (a) => spill(a).set('VersioningConfiguration.Status', 'Suspended'),
    ['LK503 spill VersioningConfiguration.Status'],
  ],
  [
    'the bucket may be opened to anybody',
    (a) => spill(a).set('PublicAccessBlockConfiguration.BlockPublicPolicy', false),
    ['LK502 spill PublicAccessBlockConfiguration.BlockPublicPolicy'],
  ],
  [
    'the bucket may be read without TLS',
    (a) => statements(guard(a)).shift(),
    ['LK502 spill AWS::S3::BucketPolicy', 'LK804 guard PolicyDocument'],
  ],
  ['objects may be overwritten', (a) => statements(guard(a)).pop(), ['LK804 guard PolicyDocument']],
  [
    'the bucket lets nobody write',
    (a) =>
      statements(guard(a)).push({
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:PutObject',
        Resource: '*',
      }),
    [
      'LK804 guard PolicyDocument',
      'LK605 OrdersIngest5BCB42EF Environment.Variables.LOSSLESS_PRODUCER_OrdersIngestProducerEA30C173.spill',
    ],
  ],
  ['the bucket says nothing of who may', (a) => (guard(a).isGone = true), ['LK801 guard ']],
  ['the bucket is gone', (a) => (spill(a).isGone = true), ['LK801 spill ']],
  ['the key is off', (a) => key(a).tell({ KeyState: 'Disabled', Enabled: false }), ['LK506 key KeyState']],
  [
    'the key is about to be deleted',
    (a) => key(a).tell({ KeyState: 'PendingDeletion', Enabled: false, DeletionDate: new Date('2026-12-24T00:00:00Z') }),
    ['LK506 key KeyState'],
  ],
  // Alarms
  ['an alarm calls nobody', (a) => alarm(a).set('AlarmActions', []), ['LK115 alarm AlarmActions']],
  ['an alarm is silenced', (a) => alarm(a).set('ActionsEnabled', false), ['LK115 alarm ActionsEnabled']],
  ['an alarm is gone', (a) => (alarm(a).isGone = true), ['LK801 alarm ']],
  // Rights
  [
    'the consumer may not read',
    (a) => without(rights(a), 'kafka-cluster:ReadData'),
    ['LK311 mapping FunctionName', 'LK804 rights PolicyDocument'],
  ],
  ['the rights of the consumer are gone', (a) => (rights(a).isGone = true), ['LK801 rights ']],
  [
    'somebody forbids the consumer to connect',
    (a) =>
      role(a).set('Policies', [
        {
          PolicyName: 'Stop',
          PolicyDocument: { Statement: [{ Effect: 'Deny', Action: 'kafka-cluster:*', Resource: '*' }] },
        },
      ]),
    ['LK311 mapping FunctionName'],
  ],
  [
    'the right to write logs is detached',
    (a) => (role(a).at('ManagedPolicyArns') as unknown[]).pop(),
    ['LK804 role ManagedPolicyArns'],
  ],
  [
    'Lambda may not take the role',
    (a) => role(a).set('AssumeRolePolicyDocument.Statement', []),
    ['LK804 role AssumeRolePolicyDocument'],
  ],
];

const NAMES = { mapping, billing, cluster, topic, table, spill, guard, key, alarm, role, rights };

test.each(DRIFTS)('%s: that is told, and nothing beside', async (_, plant, told) => {
  const account = new StandIn();
  plant(account);
  const { exit, drifts } = await verified(account);
  const nameOf = (logicalId: string): string =>
    Object.entries(NAMES).find(([, find]) => find(account).logicalId === logicalId)?.[0] ?? logicalId;
  expect(drifts.map(({ code, logicalId, property }) => `${code} ${nameOf(logicalId)} ${property}`).sort()).toEqual(
    [...told].sort(),
  );
  expect(exit).toBe(1);
});

test('every code of `verify` is the one of some drift', () => {
  const codes = new Set(DRIFTS.flatMap(([, , told]) => told.map((each) => each.slice(0, 5))));
  expect(Object.keys(DRIFT_CODES).filter((code) => !codes.has(code))).toEqual([]);
});

test('what is told says where, what it is, what it should be and what to do', async () => {
  const account = new StandIn();
  key(account).tell({ KeyState: 'PendingDeletion', Enabled: false, DeletionDate: new Date('2026-12-24T00:00:00Z') });
  const {
    drifts: [told],
  } = await verified(account);
  const { physicalId } = key(account);
  expect(told).toMatchObject({
    logicalId: 'OrdersKey6C690DD2',
    physicalId,
    path: 'Orders/Orders/Key',
    found: 'PendingDeletion, to be deleted 2026-12-24',
    wanted: 'Enabled',
    fix: `aws kms cancel-key-deletion --key-id ${physicalId}, then aws kms enable-key --key-id ${physicalId}`,
  });
});
