import { DESTINATION, ERROR, FINE, onMapping, statement, UNDECIDED, type Row } from './row';
import { TOKEN, type Edit } from './support';

/** What others say of a role's rights: buckets, keys, boundaries, endpoints; and in which words. */

const allow = (Action: unknown, Resource: unknown = '*', more: object = {}) => ({ Effect: 'Allow', Action, Resource, ...more }); // prettier-ignore
const deny = (Action: unknown, more: object = {}) => ({ Effect: 'Deny', Action, Resource: '*', ...more });
const document = (...Statement: object[]) => ({ Statement });
const when = (operator: string, key: string, value: unknown) => ({ Condition: { [operator]: { [key]: value } } });
const NOTHING = allow('logs:*');
const NO_WRITING = statement(1, NOTHING);
const EVERYBODY = { Principal: '*' };
const ROLE = { AWS: { 'Fn::GetAtt': 'BillingRole.Arn' } };
const ANOTHER = { AWS: { 'Fn::GetAtt': 'ShopRole.Arn' } };
const OURS = { AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' } };
const bucketSays = (said: object): Edit => ['OnFailurePolicy.PolicyDocument.Statement.1', said];
const keySays = (...said: object[]): Edit => ['Key.KeyPolicy', document(...said)];
const OWNERS = allow('kms:*', '*', { Principal: OURS });
const put = (more: object = {}) => deny('s3:PutObject', { ...EVERYBODY, ...more });

const BOUNDARY = (...said: object[]): Edit[] => [
  ['BillingRole.PermissionsBoundary', { Ref: 'Boundary' }],
  ['Boundary', { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document(...said) } }],
];
const NOT_A_SWEEPER: Edit = ['Shop.Environment.Variables.LOSSLESS_REPLAY_Shop', undefined];
const KEYED = (id: unknown): Edit => ['OnFailure.BucketEncryption', { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: id } }] }]; // prettier-ignore
const ALIAS: Edit = ['Alias', { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/events', TargetKeyId: { Ref: 'Key' } } }]; // prettier-ignore
const NO_KEY = statement(3, NOTHING);

const PLACE = 'arn:aws:kafka:eu-west-1:111122223333';
const READS = (place: string) => statement(0, allow('kafka-cluster:*', [`${place}:cluster/orders/*`, `${place}:topic/orders/*`, `${place}:group/orders/*`])); // prettier-ignore
const ASSETS = (place: string): Edit => ['Billing.Code', { S3Bucket: `cdk-hnb659fds-assets-${place}`, S3Key: 'x.zip' }];

const HERE = '111122223333-eu-west-1';
const keyThrough = (operator: string, key: string, value: unknown): Edit =>
  statement(3, allow('kms:*', '*', when(operator, key, value)));

const DESCRIBES = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2'];
const UNMANAGED: Edit = ['BillingRole.ManagedPolicyArns', []];

const SECRET: Edit = ['Secret', { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'AmazonMSK_billing', KmsKeyId: { Ref: 'Key' } } }]; // prettier-ignore
const comesIn = (Type: string, URI: unknown): Edit => onMapping('SourceAccessConfigurations', [{ Type, URI }]);
const USER: Edit = ['User', { Type: 'AWS::MSK::BatchScramSecret', Properties: { ClusterArn: { Ref: 'Cluster' }, SecretArnList: [{ Ref: 'Secret' }] } }]; // prettier-ignore
const SCRAM = [SECRET, USER, comesIn('SASL_SCRAM_512_AUTH', { Ref: 'Secret' })];
const READS_SECRET = statement(4, allow('secretsmanager:GetSecretValue', { Ref: 'Secret' }));
const DECRYPTS = statement(5, allow('kms:Decrypt', { 'Fn::GetAtt': 'Key.Arn' }));
const SECRET_ARN = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:kafka-secret';
const MANAGED = 'AmazonManagedKafkaEventSourceConfig';
const registry = (URI: unknown): Edit => onMapping(`${MANAGED}.SchemaRegistryConfig`, { SchemaRegistryURI: 'https://registry', AccessConfigs: [{ Type: 'BASIC_AUTH', URI }] }); // prettier-ignore
const SELF_MANAGED: Edit[] = [
  onMapping('EventSourceArn', undefined),
  onMapping('SelfManagedEventSource', { Endpoints: { KafkaBootstrapServers: ['a:9092'] } }),
];

export const GRANTS: readonly Row[] = [
  ['LK310', 'the bucket denies everybody', [bucketSays(put())], ERROR],
  ['LK310', 'the bucket denies everybody, in the longer words', [bucketSays(deny('s3:*', { Principal: { AWS: ['*'] } }))], ERROR], // prettier-ignore
  ['LK310', 'the bucket denies the whole account', [bucketSays(deny('s3:Put*', { Principal: OURS }))], ERROR],
  ['LK310', 'the bucket denies all but another', [bucketSays(deny('s3:*', { NotPrincipal: ANOTHER }))], ERROR],
  ['LK310', 'the bucket denies all but the role, whose sessions it may deny', [bucketSays(deny('s3:*', { NotPrincipal: ROLE }))], UNDECIDED], // prettier-ignore
  ['LK310', 'the bucket denies another', [bucketSays(deny('s3:*', { Principal: ANOTHER }))], FINE],
  ['LK310', 'the bucket denies a service', [bucketSays(deny('s3:*', { Principal: { Service: 'logging.s3.amazonaws.com' } }))], FINE], // prettier-ignore
  ['LK310', 'the bucket denies everybody to delete', [bucketSays(deny('s3:DeleteObject*', EVERYBODY))], FINE],
  ['LK310', 'the bucket denies everybody all but puts and lists', [bucketSays({ Effect: 'Deny', NotAction: ['s3:PutObject', 's3:ListBucket'], Resource: '*', ...EVERYBODY })], FINE], // prettier-ignore
  ['LK310', 'the bucket denies everybody all but reading', [bucketSays({ Effect: 'Deny', NotAction: 's3:Get*', Resource: '*', ...EVERYBODY })], ERROR], // prettier-ignore
  ['LK310', 'another bucket denies everybody', [['SpillPolicy.PolicyDocument', document(put())]], FINE],
  [
    'LK310',
    'the bucket wants TLS of a version',
    [bucketSays(put(when('NumericLessThan', 's3:TlsVersion', 1.2)))],
    FINE,
  ],
  ['LK310', 'the bucket denies whoever is of another account', [bucketSays(put(when('StringNotEquals', 'aws:PrincipalAccount', { Ref: 'AWS::AccountId' })))], FINE], // prettier-ignore
  ['LK310', 'the bucket denies everybody but another role', [bucketSays(put(when('ArnNotEquals', 'aws:PrincipalArn', { 'Fn::GetAtt': 'ShopRole.Arn' })))], ERROR], // prettier-ignore
  ['LK310', 'the bucket denies everybody but the role', [bucketSays(put(when('ArnNotEquals', 'aws:PrincipalArn', { 'Fn::GetAtt': 'BillingRole.Arn' })))], FINE], // prettier-ignore
  ['LK310', 'the bucket lets in only who comes by an endpoint', [bucketSays(put(when('StringNotEquals', 'aws:SourceVpce', 'vpce-1')))], UNDECIDED], // prettier-ignore
  ['LK310', 'the bucket wants a header that the poller may not send', [bucketSays(put(when('Null', 's3:if-none-match', 'true')))], UNDECIDED], // prettier-ignore
  ['LK605', 'the bucket wants a header that the runtime sends', [NOT_A_SWEEPER, ['SpillPolicy.PolicyDocument', document(put(when('Null', 's3:if-none-match', 'true')))]], FINE], // prettier-ignore
  [
    'LK605',
    'the spill store denies everybody',
    [NOT_A_SWEEPER, ['SpillPolicy.PolicyDocument', document(put())]],
    ERROR,
  ],
  ['LK310', 'a deploy decides whom the bucket denies', [bucketSays(deny('s3:*', { Principal: { AWS: TOKEN } }))], UNDECIDED], // prettier-ignore
  ['LK310', 'the bucket lets everybody in', [NO_WRITING, bucketSays(allow('s3:Put*', '*', EVERYBODY))], FINE],
  ['LK310', 'the bucket lets everybody in, on a condition', [NO_WRITING, bucketSays(allow('s3:Put*', '*', { ...EVERYBODY, ...when('StringEquals', 'aws:PrincipalOrgID', 'o-1') }))], UNDECIDED], // prettier-ignore
  ['LK310', 'the bucket lets the account in, which decides for itself', [NO_WRITING, bucketSays(allow('s3:Put*', '*', { Principal: OURS }))], ERROR], // prettier-ignore
  ['LK310', 'a condition holds whatever is asked', [statement(1, allow('s3:*', '*', when('Bool', 'aws:SecureTransport', true)))], FINE], // prettier-ignore
  ['LK310', 'a condition never holds', [statement(1, allow('s3:*', '*', when('Bool', 'aws:SecureTransport', false)))], ERROR], // prettier-ignore
  ['LK310', 'a condition lets one service through to the key', [statement(3, allow('kms:*', '*', when('StringEquals', 'kms:ViaService', { 'Fn::Sub': 's3.${AWS::Region}.amazonaws.com' })))], FINE], // prettier-ignore
  ['LK310', 'a condition lets another service through to the key', [statement(3, allow('kms:*', '*', when('StringEquals', 'kms:ViaService', { 'Fn::Sub': 'sqs.${AWS::Region}.amazonaws.com' })))], ERROR], // prettier-ignore

  ['LK310', 'the key heeds the policies of the account', [keySays(OWNERS)], FINE],
  ['LK310', 'a condition lets one service through to the key, its region written out', [ASSETS(HERE), keyThrough('StringEquals', 'kms:ViaService', 's3.eu-west-1.amazonaws.com')], FINE], // prettier-ignore
  ['LK310', 'a condition lets the service of another region through to the key', [ASSETS(HERE), keyThrough('StringEquals', 'kms:ViaService', 's3.us-east-1.amazonaws.com')], ERROR], // prettier-ignore
  ['LK310', 'a condition names a region, and nothing says which is that of the stack', [keyThrough('StringEquals', 'kms:ViaService', 's3.eu-west-1.amazonaws.com')], UNDECIDED], // prettier-ignore
  ['LK310', 'a condition asks for calls to the region of the stack, written out', [ASSETS(HERE), keyThrough('StringEquals', 'aws:RequestedRegion', 'eu-west-1')], FINE], // prettier-ignore
  ['LK310', 'a condition asks for calls to the region of the stack', [keyThrough('StringEquals', 'aws:RequestedRegion', { Ref: 'AWS::Region' })], FINE], // prettier-ignore
  ['LK310', 'a condition asks for calls to another region', [ASSETS(HERE), keyThrough('StringEquals', 'aws:RequestedRegion', ['us-east-1', 'us-east-2'])], ERROR], // prettier-ignore
  ['LK310', 'what is written to the bucket is to stay in the region', [ASSETS(HERE), bucketSays(put(when('StringNotEquals', 'aws:RequestedRegion', 'eu-west-1')))], FINE], // prettier-ignore
  ['LK310', 'what is written to a bucket elsewhere is to stay in the region', [ASSETS(HERE), onMapping(DESTINATION, 'arn:aws:s3:::elsewhere'), statement(1, allow('s3:*', '*', when('StringEquals', 'aws:RequestedRegion', 'eu-west-1')))], UNDECIDED], // prettier-ignore
  ['LK310', 'the bucket denies whoever is of another account, its own written out', [ASSETS(HERE), bucketSays(put(when('StringNotEquals', 'aws:PrincipalAccount', '111122223333')))], FINE], // prettier-ignore
  ['LK310', 'the bucket denies whoever is of this account, written out', [ASSETS(HERE), bucketSays(put(when('StringNotEquals', 'aws:PrincipalAccount', ['999999999999'])))], ERROR], // prettier-ignore
  ['LK310', 'the bucket denies the role of this account, written out', [ASSETS(HERE), ['BillingRole.RoleName', 'bill'], bucketSays(put(when('ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::111122223333:role/bill')))], ERROR], // prettier-ignore
  ['LK310', 'the bucket denies a role of that name in another account', [ASSETS(HERE), ['BillingRole.RoleName', 'bill'], bucketSays(put(when('ArnEquals', 'aws:PrincipalArn', 'arn:aws:iam::999999999999:role/bill')))], FINE], // prettier-ignore
  ['LK310', 'the key heeds nobody but another', [keySays(allow('kms:*', '*', { Principal: ANOTHER }))], ERROR],
  ['LK310', 'the key lets the role in itself', [NO_KEY, keySays(allow('kms:*', '*', { Principal: ROLE }))], FINE],
  [
    'LK310',
    'the key heeds the account in reading alone',
    [keySays(allow('kms:Decrypt', '*', { Principal: OURS }))],
    ERROR,
  ],
  ['LK310', 'the key denies everybody', [keySays(OWNERS, deny('kms:*', EVERYBODY))], ERROR],
  [
    'LK310',
    'the key denies everybody to delete it',
    [keySays(OWNERS, deny('kms:ScheduleKeyDeletion', EVERYBODY))],
    FINE,
  ],
  ['LK310', 'the key lets in everybody of the account by S3', [NO_KEY, keySays(allow('kms:*', '*', { ...EVERYBODY, ...when('StringEquals', 'kms:CallerAccount', { Ref: 'AWS::AccountId' }) }))], FINE], // prettier-ignore
  ['LK310', 'the key lets in everybody of an organization', [NO_KEY, keySays(allow('kms:*', '*', { ...EVERYBODY, ...when('StringEquals', 'aws:PrincipalOrgID', 'o-1') }))], UNDECIDED], // prettier-ignore
  ['LK310', 'a deploy decides what the key says', [['Key.KeyPolicy', TOKEN]], UNDECIDED],
  ['LK310', 'the key is named by an alias', [ALIAS, KEYED({ Ref: 'Alias' })], FINE],
  ['LK310', 'the key is named by an alias, and the role has no right on it', [ALIAS, KEYED({ Ref: 'Alias' }), NO_KEY], ERROR], // prettier-ignore
  ['LK310', 'the key is named by an alias in words', [ALIAS, KEYED('alias/events'), NO_KEY], ERROR],
  ['LK310', 'the key is named by an alias in words, and the role has the right', [ALIAS, KEYED('alias/events')], FINE],
  ['LK310', 'the alias lies elsewhere, and the role has no right', [KEYED('alias/elsewhere'), NO_KEY], ERROR],
  ['LK310', 'the alias lies elsewhere, and the role has a right on one key', [KEYED('alias/elsewhere')], UNDECIDED],
  ['LK310', 'the alias lies elsewhere, and the role has the right on all keys', [KEYED('alias/elsewhere'), statement(3, allow('kms:*'))], FINE], // prettier-ignore
  ['LK310', 'the key is of AWS', [KEYED('alias/aws/s3'), NO_KEY], FINE],
  ['LK310', 'the key lies elsewhere, and the role has no right', [KEYED('arn:aws:kms:eu-west-1:111122223333:key/0a'), NO_KEY], ERROR], // prettier-ignore
  ['LK310', 'the key lies elsewhere, and the role has the right', [KEYED('arn:aws:kms:eu-west-1:111122223333:key/0a'), statement(3, allow('kms:*', 'arn:aws:kms:eu-west-1:111122223333:key/0a'))], FINE], // prettier-ignore
  ['LK310', 'the key lies elsewhere, said by its id', [KEYED('0a'), statement(3, allow('kms:*', { 'Fn::Sub': 'arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/0a' }))], FINE], // prettier-ignore

  ['LK310', 'a boundary lets through what is needed', BOUNDARY(allow(['s3:*', 'kms:*'])), FINE],
  ['LK310', 'a boundary leaves no room', BOUNDARY(allow('kafka:*')), ERROR],
  ['LK310', 'a boundary denies', BOUNDARY(allow('*'), deny('s3:Put*')), ERROR],
  ['LK310', 'a boundary denies something else', BOUNDARY(allow('*'), deny('iam:*')), FINE],
  ['LK310', 'a boundary holds what the bucket gives', [NO_WRITING, bucketSays(allow('s3:*', '*', { Principal: ROLE })), ...BOUNDARY(allow('kms:*'))], ERROR], // prettier-ignore
  ['LK311', 'the boundary is that of administrators', [['BillingRole.PermissionsBoundary', 'arn:aws:iam::aws:policy/AdministratorAccess']], FINE], // prettier-ignore

  ['LK311', 'region and account are written out', [READS(PLACE)], FINE],
  ['LK311', 'the account alone is written out', [statement(0, allow('kafka-cluster:*', { 'Fn::Sub': 'arn:aws:kafka:${AWS::Region}:111122223333:*' }))], FINE], // prettier-ignore
  ['LK311', 'they are written out apart from each other', [statement(0, allow('kafka-cluster:*', { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':kafka:', 'eu-west-1', ':', '111122223333', ':*']] }))], FINE], // prettier-ignore
  ['LK311', 'they are written out as where the code lies', [READS(PLACE), ASSETS('111122223333-eu-west-1')], FINE],
  ['LK311', 'another region is written out', [READS('arn:aws:kafka:us-east-1:111122223333'), ASSETS('111122223333-eu-west-1')], UNDECIDED], // prettier-ignore
  ['LK311', 'another account is written out', [READS('arn:aws:kafka:eu-west-1:444455556666'), ASSETS('111122223333-eu-west-1')], UNDECIDED], // prettier-ignore
  ['LK311', 'a layer of another account is used', [READS(PLACE), ['Billing.Layers', ['arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension:1']]], FINE], // prettier-ignore
  ['LK311', 'the function is said by an ARN with an alias', [onMapping('FunctionName', { 'Fn::Sub': '${Billing.Arn}:live' }), statement(0, NOTHING)], ERROR], // prettier-ignore
  ['LK311', 'the function is said by its name with an alias', [onMapping('FunctionName', { 'Fn::Sub': '${Billing}:live' }), statement(0, NOTHING)], ERROR], // prettier-ignore
  [
    'LK311',
    'the function with an alias may read',
    [onMapping('FunctionName', { 'Fn::Sub': '${Billing.Arn}:live' })],
    FINE,
  ],
  ['LK311', 'the function is said by account and name', [onMapping('FunctionName', { 'Fn::Sub': '${AWS::AccountId}:function:${Billing}' })], FINE], // prettier-ignore
  ['LK311', 'the function is said by an alias of a version', [['Live', { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Billing' }, FunctionVersion: '1', Name: 'live' } }], onMapping('FunctionName', { 'Fn::GetAtt': 'Live.AliasArn' })], FINE], // prettier-ignore
  ['LK311', 'a function of that name lies in another account', [onMapping('FunctionName', 'arn:aws:lambda:eu-west-1:444455556666:function:bill'), ['Billing.FunctionName', 'bill'], ASSETS('111122223333-eu-west-1')], UNDECIDED], // prettier-ignore

  ...DESCRIBES.map((action): Row => ['LK311', `of the two only ${action} is allowed`, [UNMANAGED, statement(4, allow([action, 'kafka:GetBootstrapBrokers', 'ec2:*']))], FINE]), // prettier-ignore
  ['LK311', 'neither way to describe the cluster is allowed', [UNMANAGED, statement(4, allow(['kafka:GetBootstrapBrokers', 'ec2:*']))], ERROR], // prettier-ignore

  ['LK311', 'pollers come in with a password that they may read', [...SCRAM, READS_SECRET, DECRYPTS], FINE],
  [
    'LK311',
    'the brokers are not given the password',
    [...SCRAM, ['User', undefined], READS_SECRET, DECRYPTS],
    UNDECIDED,
  ],
  ['LK311', 'the brokers are given another password', [...SCRAM, ['User.SecretArnList', ['arn:x']], READS_SECRET, DECRYPTS], UNDECIDED], // prettier-ignore
  ['LK311', 'pollers may not read their password', [...SCRAM, DECRYPTS], ERROR],
  [
    'LK311',
    'pollers may not use the key of their password',
    [...SCRAM, READS_SECRET, ['BillingMemory', undefined]],
    ERROR,
  ],
  ['LK311', 'pollers may read all secrets of that name', [...SCRAM, DECRYPTS, statement(4, allow('secretsmanager:*', { 'Fn::Sub': 'arn:aws:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:AmazonMSK_billing-*' }))], FINE], // prettier-ignore
  ['LK311', 'the secret is named without the end of its ARN', [comesIn('SASL_SCRAM_512_AUTH', SECRET_ARN), statement(4, allow('secretsmanager:GetSecretValue', `${SECRET_ARN}-??????`))], FINE], // prettier-ignore
  ['LK311', 'another secret may be read', [comesIn('SASL_SCRAM_512_AUTH', SECRET_ARN), statement(4, allow('secretsmanager:GetSecretValue', `${SECRET_ARN}s-??????`))], ERROR], // prettier-ignore
  ['LK311', 'pollers come in with a password, and may not enter the network', [...SCRAM, READS_SECRET, DECRYPTS, UNMANAGED], ERROR], // prettier-ignore
  [
    'LK311',
    'pollers may not read their certificate',
    [SECRET, comesIn('CLIENT_CERTIFICATE_TLS_AUTH', { Ref: 'Secret' })],
    ERROR,
  ],
  ['LK311', 'pollers may read their certificate', [SECRET, comesIn('CLIENT_CERTIFICATE_TLS_AUTH', { Ref: 'Secret' }), READS_SECRET, DECRYPTS], FINE], // prettier-ignore
  [
    'LK311',
    'pollers may not read the password of the registry of schemas',
    [SECRET, registry({ Ref: 'Secret' })],
    ERROR,
  ],
  ['LK311', 'pollers may read the password of the registry of schemas', [SECRET, registry({ Ref: 'Secret' }), READS_SECRET, DECRYPTS], FINE], // prettier-ignore
  ['LK311', 'pollers may not use the key of the password of the registry', [SECRET, registry({ Ref: 'Secret' }), READS_SECRET, ['BillingMemory', undefined]], ERROR], // prettier-ignore
  [
    'LK311',
    'a deploy decides by which password the registry is asked',
    [registry(TOKEN), SECRET, READS_SECRET, DECRYPTS],
    UNDECIDED,
  ],
  ['LK311', 'a deploy decides how the registry is asked', [onMapping(`${MANAGED}.SchemaRegistryConfig.AccessConfigs`, TOKEN)], UNDECIDED], // prettier-ignore
  ['LK311', 'the registry asks for no password', [onMapping(`${MANAGED}.SchemaRegistryConfig`, { SchemaRegistryURI: 'https://registry' })], FINE], // prettier-ignore
  ['LK311', 'brokers of their own are read, and the password of the registry is not', [...SELF_MANAGED, SECRET, onMapping('SelfManagedKafkaEventSourceConfig.SchemaRegistryConfig.AccessConfigs', [{ Type: 'BASIC_AUTH', URI: { Ref: 'Secret' } }])], ERROR], // prettier-ignore
  ['LK311', 'brokers of their own are read without a right on the password', [...SELF_MANAGED, SECRET, comesIn('BASIC_AUTH', { Ref: 'Secret' })], ERROR], // prettier-ignore
  ['LK311', 'brokers of their own are read with it', [...SELF_MANAGED, SECRET, comesIn('BASIC_AUTH', { Ref: 'Secret' }), READS_SECRET, DECRYPTS, UNMANAGED], FINE], // prettier-ignore
  ['LK311', 'brokers of their own lie in a network that may not be entered', [...SELF_MANAGED, comesIn('VPC_SUBNET', 'subnet:subnet-1'), UNMANAGED], ERROR], // prettier-ignore
  ['LK311', 'brokers of their own lie in a network', [...SELF_MANAGED, comesIn('VPC_SUBNET', 'subnet:subnet-1')], FINE],
  ['LK311', 'brokers of their own lie on the internet', [...SELF_MANAGED, UNMANAGED], FINE],
  ['LK310', 'the topic to write to is on a cluster that denies everybody', [['Failed', { Type: 'AWS::MSK::Topic', Properties: { ClusterArn: { Ref: 'Cluster' }, TopicName: 'failed', PartitionCount: 1, ReplicationFactor: 3 } }], onMapping(DESTINATION, 'kafka://failed'), statement(0, allow('kafka-cluster:*')), ['Says', { Type: 'AWS::MSK::ClusterPolicy', Properties: { ClusterArn: { Ref: 'Cluster' }, Policy: document(deny('kafka-cluster:WriteData', EVERYBODY)) } }]], ERROR], // prettier-ignore
  ['LK311', 'the cluster denies everybody to write', [['Says', { Type: 'AWS::MSK::ClusterPolicy', Properties: { ClusterArn: { Ref: 'Cluster' }, Policy: document(deny('kafka-cluster:WriteData', EVERYBODY)) } }]], FINE], // prettier-ignore
  ['LK311', 'the cluster denies everybody to read', [['Says', { Type: 'AWS::MSK::ClusterPolicy', Properties: { ClusterArn: { Ref: 'Cluster' }, Policy: document(deny('kafka-cluster:ReadData', EVERYBODY)) } }]], ERROR], // prettier-ignore
];
