import { ERROR, FINE, onMapping, statement, UNDECIDED, WARNING, type Row } from './row';
import { shape, TOKEN, variable, type Edit } from './support';

/** Whether functions may use their table and dead letters, and whether what lies in the buckets comes back. */

const allow = (Action: unknown, Resource: unknown = '*') => ({ Effect: 'Allow', Action, Resource });
const document = (...Statement: object[]) => ({ Statement });
const NOTHING = allow('logs:*');
const remembers = (...said: object[]): Edit => ['BillingMemory.PolicyDocument', document(...said)];
const ITEMS = ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'].map((name) => `dynamodb:${name}`);
const DECRYPTS = allow('kms:Decrypt', { 'Fn::GetAtt': 'Key.Arn' });
const FOLDERS = { 'Fn::Join': ['!002f', { 'Fn::Split': ['/', { 'Fn::Join': ['!003a', { 'Fn::Split': [':', { 'Fn::GetAtt': 'Cluster.Arn' }] }] }] }] }; // prettier-ignore
const lettersOf = (group: string) => ({ 'Fn::Join': ['', [{ 'Fn::GetAtt': 'DeadLetters.Arn' }, '/', FOLDERS, `/${group}/orders/*`]] }); // prettier-ignore
const FAILED = { 'Fn::Sub': '${OnFailure.Arn}/*' };
const parks = (group: string): Edit[] => [statement(1, allow('s3:PutObject', FAILED)), statement(4, allow('s3:PutObject', lettersOf(group)))]; // prettier-ignore

const NO_REPLAY: Edit[] = [['Shop.Environment.Variables.LOSSLESS_REPLAY_Shop', undefined], ['Replay.Environment.Variables', {}]]; // prettier-ignore
const NO_SHOP_REPLAY: Edit = ['Shop.Environment.Variables.LOSSLESS_REPLAY_Shop', undefined];
const spills = (topic: string): Edit[] => [NO_SHOP_REPLAY, ['ShopPolicy.PolicyDocument.Statement.2.Resource', { 'Fn::Join': ['', [{ 'Fn::GetAtt': 'Spill.Arn' }, '/', FOLDERS, `/${topic}/*`]] }]]; // prettier-ignore
const ONLY_REPLAY = (...edits: Edit[]): Edit[] => [NO_SHOP_REPLAY, ...edits];
const OTHER_CLUSTER = 'arn:aws:kafka:eu-west-1:111122223333:cluster/other/0a1b-2';
const plain = (id: string) => shape('plain.yaml').Resources[id];
const SECOND: Edit = ['Second', plain('Cluster')];
const REPLAY_SENDS = 'Replay.Environment.Variables.LOSSLESS_PRODUCER_Replay';
const BY_HEADER = { kind: 'header', header: 'id' };
const replayed = (changed: object): Edit => ['Replay.Environment.Variables.LOSSLESS_REPLAY_Replay', { 'Fn::Sub': JSON.stringify({ cluster: '${Cluster}', topic: 'orders', spill: '${Spill}', ...changed }) }]; // prettier-ignore
const producerOf = (changed: object): unknown => variable('PRODUCER_Shop', { ...changed })[1];
const sends = (changed: object): Edit => [REPLAY_SENDS, producerOf(changed)];
const unpacked = (changed: object): Edit => ['Unpack.Environment.Variables.LOSSLESS_UNPACK_Billing', { 'Fn::Sub': JSON.stringify({ cluster: '${Cluster.Arn}', topic: '${TopicName}', group: 'billing', onFailure: '${OnFailure}', ...changed }) }]; // prettier-ignore
const replayMay = (n: number, said: object): Edit => [`ReplayRole.Policies.0.PolicyDocument.Statement.${n}`, said];
const unpackMay = (n: number, said: object): Edit => [`UnpackRole.Policies.1.PolicyDocument.Statement.${n}`, said];
const told = (value: unknown): Edit => ['Elsewhere', { Type: 'AWS::StepFunctions::StateMachine', Properties: { DefinitionString: value } }]; // prettier-ignore
const live = (FunctionName: unknown): Edit => ['Live', { Type: 'AWS::Lambda::Alias', Properties: { FunctionName, FunctionVersion: '1', Name: 'live' } }]; // prettier-ignore

const archives = (bucket: string, rule: object): Edit => [`${bucket}.LifecycleConfiguration.Rules.0`, { Status: 'Enabled', ...rule }]; // prettier-ignore

export const RETURNS: readonly Row[] = [
  ['LK403', 'the role may not use the table', [remembers(NOTHING)], ERROR],
  ...ITEMS.map((action): Row => ['LK403', `the role is without ${action}`, [remembers(allow(ITEMS.filter((each) => each !== action)), DECRYPTS)], ERROR]), // prettier-ignore
  ['LK403', 'the role may use another table', [remembers(allow('dynamodb:*', { 'Fn::Sub': 'arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/other' }), DECRYPTS), ['Table.TableName', 'mine']], ERROR], // prettier-ignore
  ['LK403', 'the role may use the table by its name', [remembers(allow('dynamodb:*', { 'Fn::Sub': 'arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/mine' }), DECRYPTS), ['Table.TableName', 'mine']], FINE], // prettier-ignore
  ['LK403', 'the role may use all tables', [remembers(allow('dynamodb:*Item'), DECRYPTS)], FINE],
  ['LK403', 'the role may not use the key of the table', [remembers(allow(ITEMS))], ERROR],
  ['LK403', 'the table has no key of its own', [remembers(allow(ITEMS)), ['Table.SSESpecification', undefined]], FINE],
  [
    'LK403',
    'the table has a key of AWS',
    [remembers(allow(ITEMS)), ['Table.SSESpecification', { SSEEnabled: true }]],
    FINE,
  ],
  ['LK403', 'the unpacking function may not use the table', [['UnpackRole.Policies.0', undefined]], ERROR],
  ['LK403', 'the table denies everybody to write', [['Table.ResourcePolicy', { PolicyDocument: document({ ...allow('dynamodb:PutItem'), Effect: 'Deny', Principal: '*' }) }]], ERROR], // prettier-ignore
  ['LK403', 'the table denies everybody to delete', [['Table.ResourcePolicy', { PolicyDocument: document({ ...allow('dynamodb:DeleteItem'), Effect: 'Deny', Principal: '*' }) }]], FINE], // prettier-ignore
  ['LK403', 'the table lies elsewhere, and the role may use it', [variable('CONSUMER_Billing', { table: 'there' }), remembers(allow(ITEMS))], FINE], // prettier-ignore
  ['LK403', 'the table lies elsewhere, and the role may not use it', [variable('CONSUMER_Billing', { table: 'there' })], UNDECIDED], // prettier-ignore
  ['LK403', 'a deploy decides what the role may use', [remembers(allow(ITEMS, TOKEN), DECRYPTS)], UNDECIDED],
  ['LK403', 'the role lies elsewhere', [['Billing.Role', TOKEN]], UNDECIDED],

  ['LK403', 'the table has another key', [['Table.KeySchema.0.AttributeName', 'id']], ERROR],
  ['LK403', 'the table has a sort key beside the key', [['Table.KeySchema.1', { AttributeName: 'at', KeyType: 'RANGE' }]], ERROR], // prettier-ignore
  ['LK403', 'a deploy decides the key of the table', [['Table.KeySchema.0.AttributeName', TOKEN]], UNDECIDED],

  ['LK505', 'the role may not park', [statement(1, allow('s3:PutObject', FAILED))], ERROR],
  ['LK505', 'the role may park for its own group', parks('billing'), FINE],
  ['LK505', 'the role may park for another group', parks('audit'), ERROR],
  ['LK505', 'the cluster is written out, and the role may park for its group', [variable('CONSUMER_Billing', { cluster: 'arn:aws:kafka:eu-west-1:111122223333:cluster/a/b' }), statement(1, allow('s3:PutObject', [FAILED, { 'Fn::Sub': '${DeadLetters.Arn}/arn!003aaws!003akafka!003aeu-west-1!003a111122223333!003acluster!002fa!002fb/billing/orders/*' }]))], FINE], // prettier-ignore
  ['LK505', 'the role may not use the key', [statement(3, NOTHING)], ERROR],
  ['LK505', 'the bucket denies everybody', [['DeadLettersPolicy.PolicyDocument', document({ ...allow('s3:Put*'), Effect: 'Deny', Principal: '*' })]], ERROR], // prettier-ignore
  ['LK505', 'the bucket takes only new objects, as they are', [['DeadLettersPolicy.PolicyDocument', document({ ...allow('s3:Put*'), Effect: 'Deny', Principal: '*', Condition: { Null: { 's3:if-none-match': 'true' } } })]], FINE], // prettier-ignore
  ['LK505', 'the unpacking function may not park', [unpackMay(2, NOTHING)], ERROR],
  ['LK505', 'replay may not put aside what Kafka never takes', [replayMay(2, NOTHING)], ERROR],
  ['LK605', 'the role may spill for its topic', spills('orders'), FINE],
  ['LK605', 'the role may spill for another topic', spills('bills'), ERROR],
  ['LK505', 'a producer puts nothing aside', [NO_SHOP_REPLAY, ['ShopPolicy.PolicyDocument.Statement.2.Resource', { 'Fn::Sub': '${Spill.Arn}/*' }]], FINE], // prettier-ignore
  ['LK505', 'a producer may not park what it is told to', [NO_SHOP_REPLAY, variable('PRODUCER_Shop', { onRejected: { kind: 'park' } }), ['ShopPolicy.PolicyDocument.Statement.2.Resource', { 'Fn::Sub': '${Spill.Arn}/*' }]], ERROR], // prettier-ignore
  ['LK505', 'a producer may park what it is told to', [NO_SHOP_REPLAY, variable('PRODUCER_Shop', { onRejected: { kind: 'park' } })], FINE], // prettier-ignore
  ['LK505', 'the group is known only at deploy', [variable('CONSUMER_Billing', { group: '${Open}' }), ...parks('billing')], UNDECIDED], // prettier-ignore

  ['LK504', 'nothing replays', NO_REPLAY, ERROR],
  ['LK504', 'one of two functions replays', [NO_SHOP_REPLAY], FINE],
  ['LK504', 'another bucket is replayed', ONLY_REPLAY(['Replay.Environment.Variables.LOSSLESS_REPLAY_Replay', { 'Fn::Sub': '{"topic":"orders","spill":"${DeadLetters}"}' }]), ERROR], // prettier-ignore
  ['LK504', 'another topic is replayed', ONLY_REPLAY(['Replay.Environment.Variables.LOSSLESS_REPLAY_Replay', { 'Fn::Sub': '{"topic":"bills","spill":"${Spill}"}' }]), ERROR], // prettier-ignore
  ['LK504', 'another cluster is replayed', ONLY_REPLAY(replayed({ cluster: OTHER_CLUSTER }), sends({ cluster: OTHER_CLUSTER })), UNDECIDED], // prettier-ignore
  ['LK504', 'another cluster of the template is replayed', ONLY_REPLAY(SECOND, replayed({ cluster: '${Second}' }), sends({ cluster: '${Second}' })), ERROR], // prettier-ignore
  ['LK504', 'a deploy decides which topic is replayed', ONLY_REPLAY(replayed({ topic: '${Open}' })), UNDECIDED],
  ['LK504', 'the replay has no producer', ONLY_REPLAY([REPLAY_SENDS, undefined]), ERROR],
  ['LK504', 'the replay has the producer of another topic', ONLY_REPLAY(sends({ topic: 'bills' })), ERROR],
  ['LK504', 'the replay has the producer of another cluster', ONLY_REPLAY(SECOND, sends({ cluster: '${Second}' })), ERROR], // prettier-ignore
  ['LK504', 'the replay has two producers of the topic', ONLY_REPLAY([`${REPLAY_SENDS}2`, producerOf({})]), ERROR],
  ['LK504', 'the replay has the producers of two topics', ONLY_REPLAY([`${REPLAY_SENDS}2`, producerOf({ topic: 'bills', spill: undefined })]), FINE], // prettier-ignore
  ['LK504', 'a deploy decides whose producer the replay has', ONLY_REPLAY(sends({ topic: '${Open}' })), UNDECIDED],
  ['LK504', 'the replay says nothing of the cluster', ONLY_REPLAY(replayed({ cluster: undefined })), FINE],
  ['LK504', 'nothing calls the replay', ONLY_REPLAY(['ReplayMinutely', undefined]), ERROR],
  ['LK504', 'the schedule is off', ONLY_REPLAY(['ReplayMinutely.State', 'DISABLED']), ERROR],
  ['LK504', 'the schedule is on', ONLY_REPLAY(['ReplayMinutely.State', 'ENABLED']), FINE],
  ['LK504', 'a deploy decides whether the schedule is on', ONLY_REPLAY(['ReplayMinutely.State', TOKEN]), UNDECIDED],
  ['LK504', 'the schedule calls another', ONLY_REPLAY(['ReplayMinutely.Targets.0.Arn', { 'Fn::GetAtt': 'Billing.Arn' }]), ERROR], // prettier-ignore
  ['LK504', 'the schedule calls an alias', ONLY_REPLAY(live({ Ref: 'Replay' }), ['ReplayMinutely.Targets.0.Arn', { Ref: 'Live' }], ['ReplayMayBeCalled.FunctionName', { Ref: 'Live' }]), FINE], // prettier-ignore
  [
    'LK504',
    'events call it, at no known time',
    ONLY_REPLAY(['ReplayMinutely.ScheduleExpression', undefined]),
    UNDECIDED,
  ],
  ['LK504', 'EventBridge may not call the replay', ONLY_REPLAY(['ReplayMayBeCalled', undefined]), ERROR],
  ['LK504', 'another rule may call the replay', ONLY_REPLAY(['ReplayMayBeCalled.SourceArn', { 'Fn::Sub': 'arn:aws:events:${AWS::Region}:${AWS::AccountId}:rule/other' }], ['ReplayMinutely.Name', 'minutely']), ERROR], // prettier-ignore
  ['LK504', 'any rule may call the replay', ONLY_REPLAY(['ReplayMayBeCalled.SourceArn', undefined]), FINE],
  [
    'LK504',
    'another service may call the replay',
    ONLY_REPLAY(['ReplayMayBeCalled.Principal', 's3.amazonaws.com']),
    ERROR,
  ],
  ['LK504', 'something else may call the replay', ONLY_REPLAY(['ReplayMinutely', undefined], told({ 'Fn::Sub': '{"Resource":"${Replay.Arn}"}' })), UNDECIDED], // prettier-ignore
  ['LK504', 'the replay may not run', ONLY_REPLAY(['Replay.ReservedConcurrentExecutions', 0]), ERROR],
  ['LK504', 'the replay runs once at a time', ONLY_REPLAY(['Replay.ReservedConcurrentExecutions', 1]), FINE],
  ['LK504', 'a deploy decides how often the replay runs', ONLY_REPLAY(['Replay.ReservedConcurrentExecutions', TOKEN]), UNDECIDED], // prettier-ignore
  ['LK504', 'the replay may not list', ONLY_REPLAY(replayMay(0, NOTHING)), ERROR],
  ['LK504', 'the replay may not read', ONLY_REPLAY(replayMay(1, NOTHING)), ERROR],
  ['LK504', 'the replay may not delete', ONLY_REPLAY(replayMay(1, allow('s3:GetObject'))), ERROR],
  ['LK504', 'the replay may not decrypt', ONLY_REPLAY(replayMay(3, allow('kms:GenerateDataKey'))), ERROR],
  ['LK504', 'the role of the replay lies elsewhere', ONLY_REPLAY(['Replay.Role', TOKEN]), UNDECIDED],
  ['LK504', 'the spill store lies elsewhere, as may its replay', [...NO_REPLAY, variable('PRODUCER_Shop', { spill: 'there' })], UNDECIDED], // prettier-ignore
  ['LK504', 'the replay is called once a month', ONLY_REPLAY(['ReplayMinutely.ScheduleExpression', 'rate(30 days)']), WARNING], // prettier-ignore
  ['LK504', 'the replay is called on Mondays', ONLY_REPLAY(['ReplayMinutely.ScheduleExpression', 'cron(0 8 ? * MON *)']), WARNING], // prettier-ignore
  ['LK504', 'the replay is called in a year that is over', ONLY_REPLAY(['ReplayMinutely.ScheduleExpression', 'cron(* * * * ? 2020)']), ERROR], // prettier-ignore
  ['LK504', 'the replay is called every minute, as cron says it', ONLY_REPLAY(['ReplayMinutely.ScheduleExpression', 'cron(* * * * ? *)']), FINE], // prettier-ignore
  ['LK504', 'the replay is called once a day', ONLY_REPLAY(['ReplayMinutely.ScheduleExpression', 'rate(24 hours)']), FINE], // prettier-ignore
  ['LK504', 'the unpacking function is called once', [['UnpackMinutely.ScheduleExpression', 'at(2027-01-01T00:00:00)']], ERROR], // prettier-ignore
  ['LK504', 'the unpacking schedule has ended', [['UnpackMinutely.EndDate', '2020-01-01T00:00:00Z']], ERROR],
  ['LK504', 'the unpacking schedule will end', [['UnpackMinutely.EndDate', '2099-01-01T00:00:00Z']], ERROR],
  ['LK504', 'a deploy decides when the unpacking schedule ends', [['UnpackMinutely.EndDate', TOKEN]], UNDECIDED],
  ['LK504', 'the unpacking schedule has not begun', [['UnpackMinutely.StartDate', '2099-01-01T00:00:00Z']], ERROR],
  ['LK504', 'the unpacking schedule has not begun, in UTC as the scheduler reads it', [['UnpackMinutely.StartDate', '2099-01-01T00:00:00']], ERROR], // prettier-ignore
  ['LK504', 'the replaying schedule has not begun', ONLY_REPLAY(['ReplayMinutely', { ...plain('UnpackMinutely'), Properties: { ScheduleExpression: 'rate(1 minute)', StartDate: '2099-01-01T00:00:00Z', Target: { Arn: { 'Fn::GetAtt': 'Replay.Arn' }, RoleArn: { 'Fn::GetAtt': 'SchedulerRole.Arn' } } } }], ['SchedulerRole.Policies.0.PolicyDocument.Statement.0.Resource', '*']), ERROR], // prettier-ignore
  ['LK504', 'a deploy decides when the unpacking schedule begins', [['UnpackMinutely.StartDate', TOKEN]], UNDECIDED],
  ['LK504', 'of two schedules that unpack one has begun', [['Also', plain('UnpackMinutely')], ['Also.StartDate', '2099-01-01T00:00:00Z']], FINE], // prettier-ignore
  ['LK504', 'of two schedules that unpack one goes on', [['Also', plain('UnpackMinutely')], ['Also.EndDate', '2020-01-01T00:00:00Z']], FINE], // prettier-ignore
  ['LK317', 'the unpacking function has no timeout', [['Unpack.Timeout', undefined]], ERROR],
  ['LK317', 'the unpacking function has 19 seconds', [['Unpack.Timeout', 19]], ERROR],
  ['LK317', 'the unpacking function has 20 seconds', [['Unpack.Timeout', 20]], FINE],
  ['LK317', 'the replay has no timeout', [['Replay.Timeout', undefined]], ERROR],
  ['LK317', 'a deploy decides the timeout of the unpacking function', [['Unpack.Timeout', TOKEN]], UNDECIDED],
  ['LK317', 'a function that sweeps nothing has no timeout', [NO_SHOP_REPLAY, ['Shop.Timeout', undefined]], FINE],
  ['LK504', 'spilled events are archived', [archives('Spill', { Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 1 }] })], WARNING], // prettier-ignore
  ['LK504', 'what a mapping gave up is archived', [archives('OnFailure', { Transition: { StorageClass: 'DEEP_ARCHIVE', TransitionInDays: 1 } })], WARNING], // prettier-ignore
  ['LK504', 'spilled events move to a class that is read at once', [archives('Spill', { Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 1 }] })], FINE], // prettier-ignore
  ['LK504', 'a rule that would archive spilled events is off', [archives('Spill', { Status: 'Disabled', Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 1 }] })], FINE], // prettier-ignore
  ['LK504', 'nothing unpacks', [['Unpack.Environment.Variables', {}]], ERROR],
  ['LK504', 'another group is unpacked', [['Unpack.Environment.Variables.LOSSLESS_UNPACK_Billing', { 'Fn::Sub': '{"group":"audit","onFailure":"${OnFailure}"}' }]], ERROR], // prettier-ignore
  ['LK504', 'another cluster is unpacked', [SECOND, unpacked({ cluster: '${Second}' })], ERROR],
  ['LK504', 'a cluster is unpacked that may be another', [unpacked({ cluster: OTHER_CLUSTER })], UNDECIDED],
  ['LK504', 'another topic is unpacked', [unpacked({ topic: 'bills' })], ERROR],
  ['LK504', 'a deploy decides which group is unpacked', [unpacked({ group: '${Open}' })], UNDECIDED],
  ['LK320', 'events are told apart by a header, and unpacked as they come', [variable('CONSUMER_Billing', { eventIds: BY_HEADER })], ERROR], // prettier-ignore
  ['LK320', 'events are told apart as they come, and unpacked by a header', [unpacked({ eventIds: BY_HEADER })], ERROR],
  ['LK320', 'events are told apart, and unpacked, by a header', [variable('CONSUMER_Billing', { eventIds: BY_HEADER }), unpacked({ eventIds: BY_HEADER })], FINE], // prettier-ignore
  ['LK320', 'events are told apart by a header, and unpacked by another', [variable('CONSUMER_Billing', { eventIds: BY_HEADER }), unpacked({ eventIds: { ...BY_HEADER, header: 'key' } })], ERROR], // prettier-ignore
  ['LK320', 'a deploy decides how events are told apart', [variable('CONSUMER_Billing', { eventIds: BY_HEADER }), unpacked({ eventIds: { ...BY_HEADER, header: '${Open}' } })], UNDECIDED], // prettier-ignore
  ['LK320', 'events of another group are told apart otherwise', [variable('CONSUMER_Billing', { eventIds: BY_HEADER }), unpacked({ group: 'audit' })], FINE], // prettier-ignore
  ['LK504', 'the unpacking schedule is off', [['UnpackMinutely.State', 'DISABLED']], ERROR],
  ['LK504', 'the scheduler may not call the unpacking function', [['SchedulerRole.Policies', []]], ERROR],
  ['LK504', 'the role of the scheduler lies elsewhere', [['UnpackMinutely.Target.RoleArn', TOKEN]], UNDECIDED],
  ['LK504', 'the unpacking function may not run', [['Unpack.ReservedConcurrentExecutions', 0]], ERROR],
  ['LK504', 'the unpacking function may not read', [unpackMay(1, NOTHING)], ERROR],
  ['LK504', 'the consumer is none of ours', [['Unpack', undefined], ['Billing.Environment', undefined]], FINE], // prettier-ignore
  ['LK504', 'what is given up goes to a topic', [['Unpack', undefined], onMapping('DestinationConfig.OnFailure.Destination', 'kafka://failed')], FINE], // prettier-ignore
];
