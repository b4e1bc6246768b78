import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Question, Questions } from '../../../cli/verify/account';
import { accountOf } from '../../../cli/verify/aws';

/**
 * What the SDK makes of answers as AWS documents them, on the wire: the errors by which services say that there is no such
 * thing, or that the caller may not.
 */

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const json = (type: string, status: number, message = 'no') => ({
  status,
  headers: { 'x-amzn-errortype': type },
  body: JSON.stringify({ __type: type, message }),
});
const xml = (code: string, status: number): Reply => ({
  status,
  headers: {},
  body: `<Error><Code>${code}</Code><Message>no</Message></Error>`,
});
const query = (code: string, status: number, message = 'no') => ({
  status,
  headers: {},
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});

let reply: Reply = json('InternalFailure', 500);
let server: Server;
const before = { ...process.env };

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env['AWS_ACCESS_KEY_ID'] = 'local';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'local';
});
afterAll(async () => {
  process.env = before;
  await new Promise((done) => server.close(done));
});

const account = accountOf({ region: 'eu-west-1' });
const asked = <Q extends Question>(question: Q, input: Questions[Q][0], answer: Reply) => {
  reply = answer;
  return account.ask(question, input);
};

const ARN = 'arn:aws:kafka:eu-west-1:123456789012:cluster/orders/1';

test.each([
  [
    'a stack',
    () =>
      asked(
        'cloudformation:DescribeStacks',
        { StackName: 'Orders' },
        query('ValidationError', 400, 'Stack with id Orders does not exist'),
      ),
  ],
  [
    'a function',
    () => asked('lambda:GetFunctionConfiguration', { FunctionName: 'f' }, json('ResourceNotFoundException', 404)),
  ],
  ['a cluster', () => asked('kafka:DescribeClusterV2', { ClusterArn: ARN }, json('NotFoundException', 404))],
  ['a key', () => asked('kms:DescribeKey', { KeyId: 'k' }, json('NotFoundException', 400))],
  [
    'a table',
    () =>
      asked(
        'dynamodb:DescribeTable',
        { TableName: 'ttt' },
        json('com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', 400),
      ),
  ],
  ['a role', () => asked('iam:GetRole', { RoleName: 'r' }, query('NoSuchEntity', 404))],
  ['a bucket', () => asked('s3:GetBucketVersioning', { Bucket: 'bucket' }, xml('NoSuchBucket', 404))],
  [
    'a lifecycle',
    () => asked('s3:GetBucketLifecycleConfiguration', { Bucket: 'bucket' }, xml('NoSuchLifecycleConfiguration', 404)),
  ],
  [
    'a public access block',
    () => asked('s3:GetPublicAccessBlock', { Bucket: 'bucket' }, xml('NoSuchPublicAccessBlockConfiguration', 404)),
  ],
  [
    'encryption',
    () =>
      asked('s3:GetBucketEncryption', { Bucket: 'bucket' }, xml('ServerSideEncryptionConfigurationNotFoundError', 404)),
  ],
  ['a policy', () => asked('s3:GetBucketPolicy', { Bucket: 'bucket' }, xml('NoSuchBucketPolicy', 404))],
])('%s that is not there is none', async (_, ask) => {
  expect(await ask()).toEqual({ kind: 'none' });
});

test.each([
  [
    'Lambda',
    'lambda:GetFunctionConcurrency',
    () => asked('lambda:GetFunctionConcurrency', { FunctionName: 'f' }, json('AccessDeniedException', 403)),
  ],
  [
    'DynamoDB',
    'dynamodb:DescribeTimeToLive',
    () =>
      asked(
        'dynamodb:DescribeTimeToLive',
        { TableName: 'ttt' },
        json('com.amazon.coral.service#AccessDeniedException', 400),
      ),
  ],
  ['KMS', 'kms:DescribeKey', () => asked('kms:DescribeKey', { KeyId: 'k' }, json('AccessDeniedException', 400))],
  [
    'IAM',
    'iam:GetRolePolicy',
    () => asked('iam:GetRolePolicy', { RoleName: 'r', PolicyName: 'p' }, query('AccessDenied', 403)),
  ],
  [
    'S3, by its own name of the right',
    's3:GetLifecycleConfiguration',
    () => asked('s3:GetBucketLifecycleConfiguration', { Bucket: 'bucket' }, xml('AccessDenied', 403)),
  ],
  [
    'MSK, which asks the brokers',
    'kafka:DescribeTopic, kafka-cluster:Connect, kafka-cluster:DescribeTopic, kafka-cluster:DescribeTopicDynamicConfiguration',
    () => asked('kafka:DescribeTopic', { ClusterArn: ARN, TopicName: 'orders' }, json('ForbiddenException', 403)),
  ],
])('of %s a right that is missing is named', async (_, action, ask) => {
  expect(await ask()).toEqual({ kind: 'unseen', why: `your credentials may not; it takes ${action}` });
});

test('what a service answers otherwise is told in its own words', async () => {
  const answer = json('BadRequestException', 400, 'topics of this version cannot be described');
  expect(await asked('kafka:DescribeTopic', { ClusterArn: ARN, TopicName: 'orders' }, answer)).toEqual({
    kind: 'unseen',
    why: 'kafka:DescribeTopic answered BadRequestException: topics of this version cannot be described',
  });
});

test('credentials that have run out end the command in one sentence', async () => {
  const ask = asked(
    'iam:GetRole',
    { RoleName: 'r' },
    query('ExpiredToken', 403, 'The security token included in the request is expired'),
  );
  await expect(ask).rejects.toThrow(
    /^account: got ExpiredToken.*, want credentials that are good; log in, or set AWS_PROFILE$/,
  );
});

test('an answer comes back as the service gave it', async () => {
  const body = JSON.stringify({
    topicName: 'orders',
    replicationFactor: 3,
    partitionCount: 6,
    configs: 'YT1i',
    status: 'ACTIVE',
  });
  const answer = { status: 200, headers: { 'x-amzn-errortype': '' }, body };
  expect(await asked('kafka:DescribeTopic', { ClusterArn: ARN, TopicName: 'orders' }, answer)).toMatchObject({
    kind: 'said',
    value: { TopicName: 'orders', ReplicationFactor: 3, PartitionCount: 6, Configs: 'YT1i', Status: 'ACTIVE' },
  });
});
