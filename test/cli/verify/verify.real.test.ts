import { CloudWatchClient, DisableAlarmActionsCommand } from '@aws-sdk/client-cloudwatch';
import { DeleteTableCommand, DynamoDBClient, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DisableRuleCommand, EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DeleteFunctionCommand, LambdaClient, PutFunctionConcurrencyCommand } from '@aws-sdk/client-lambda';
import { DeleteBucketPolicyCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verify } from '../../../cli/verify';
import { accountOf } from '../../../cli/verify/aws';
import { startMinistack } from '../../../local/ministack';
import { Processes } from '../../../local/processes';
import { AT, deployed } from './deploy';
import type { Verified } from './verified';

/**
 * The sample, but for its brokers and what hangs on them, deployed by another's CloudFormation, with names that it made up, and asked
 * over the wire: what the stand-in says in the shapes of the SDK, services are here made to say.
 */

const SERVICES = ['cloudformation', 'cloudwatch', 'dynamodb', 'events', 'iam', 'kms', 'lambda', 's3', 'sns', 'sqs'];
const before = { ...process.env };

let dir: string;
let processes: Processes;
let endpoint: string;
let called: (start: string) => string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'verify-'));
  processes = new Processes({ logDir: join(dir, 'logs') });
  ({ endpoint } = await startMinistack({ dir, processes, services: SERVICES }));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  called = await deployed('Shop', endpoint);
}, 180_000);

afterAll(async () => {
  process.env = before;
  await processes.stopAll();
  await rm(dir, { recursive: true, force: true });
}, 30_000);

async function verified(): Promise<Verified> {
  const printed: string[] = [];
  const complain = (line: string): void => {
    throw new Error(line);
  };
  const account = accountOf({ region: 'us-east-1' });
  const print = (text: string): void => void printed.push(text);
  const exit = await verify(['Shop'], { json: true }, { account, print, complain, colour: false });
  return { exit, ...(JSON.parse(printed.join('')) as Omit<Verified, 'exit'>) };
}

test('of what was deployed nothing is said, and then of each thing that was changed', async () => {
  const { exit, drifts, unseen, changes, looked } = await verified();
  expect({ exit, drifts, unseen, changes }).toEqual({ exit: 0, drifts: [], unseen: [], changes: [] });
  expect(looked).toBeGreaterThan(30);

  const at = { ...AT, endpoint };
  const [dynamodb, s3, lambda] = [
    new DynamoDBClient(at),
    new S3Client({ ...at, forcePathStyle: true }),
    new LambdaClient(at),
  ];
  const alarm = called('OrdersMonitoringOrdersClusterCAE5DAE5NoActiveController');
  const policy = { RoleName: called('BillingServiceRole'), PolicyName: 'BillingServiceRoleDefaultPolicy2B4CAF2F' };
  const expiry = { TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: false } };
  await new KMSClient(at).send(new DisableKeyCommand({ KeyId: called('OrdersKey') }));
  await new CloudWatchClient(at).send(new DisableAlarmActionsCommand({ AlarmNames: [alarm] }));
  await new EventBridgeClient(at).send(new DisableRuleCommand({ Name: called('OrdersSpillReplaySchedule') }));
  await new IAMClient(at).send(new DeleteRolePolicyCommand(policy));
  await lambda.send(
    new PutFunctionConcurrencyCommand({ FunctionName: called('OrdersIngest5'), ReservedConcurrentExecutions: 0 }),
  );
  await lambda.send(new DeleteFunctionCommand({ FunctionName: called('OrdersSpillReplayF') }));
  await dynamodb.send(new UpdateTimeToLiveCommand({ TableName: called('OrdersBillingConsumerTable'), ...expiry }));
  await dynamodb.send(new DeleteTableCommand({ TableName: called('CustomersTable') }));
  await s3.send(
    new PutBucketVersioningCommand({
      Bucket: called('OrdersSpillBucketD'),
      VersioningConfiguration: { Status: 'Suspended' },
    }),
  );
  await s3.send(new DeleteBucketPolicyCommand({ Bucket: called('OrdersDeadLettersBucket') }));

  const now = await verified();
  const told = now.drifts.map(({ code, physicalId, property }) => [code, physicalId, property].join(' '));
  expect(told).toEqual(
    expect.arrayContaining([
      `LK506 ${called('OrdersKey')} KeyState`,
      `LK115 ${alarm} ActionsEnabled`,
      `LK806 ${called('OrdersSpillReplaySchedule')} State`,
      `LK801 ${called('BillingServiceRoleDefaultPolicy')} `,
      `LK313 ${called('OrdersIngest5')} ReservedConcurrentExecutions`,
      `LK801 ${called('OrdersSpillReplayF')} `,
      `LK805 ${called('OrdersBillingConsumerTable')} TimeToLiveSpecification`,
      `LK801 ${called('CustomersTable')} `,
      `LK503 ${called('OrdersSpillBucketD')} VersioningConfiguration.Status`,
      `LK801 ${called('OrdersDeadLettersBucketPolicy')} `,
    ]),
  );
  expect({ exit: now.exit, unseen: now.unseen }).toEqual({ exit: 1, unseen: [] });
}, 120_000);
