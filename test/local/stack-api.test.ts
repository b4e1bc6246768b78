import {
  CloudFormationClient,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  ListStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { startAwsEndpoint, type AwsEndpoint } from '../../local/aws-endpoint';
import { stackApi } from '../../local/stack-api';
import { localIdentity } from '../../local/stores';
import type { MappingSettings } from '../../local/template/mappings';

const said: string[] = [];
let endpoint: AwsEndpoint;
let where: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

beforeAll(async () => {
  const mapping = { uuid: 'u', functionArn: 'fn', clusterArn: 'arn:cluster', topic: 'orders', group: 'billing' };
  const outputs = [{ name: 'Letters', value: '{"a":"<b> & c"}' }];
  const resources = [{ type: 'AWS::Lambda::Function', id: 'Billing' }];
  endpoint = await startAwsEndpoint(
    stackApi({ name: 'Orders', outputs, mappings: [mapping as MappingSettings], resources }),
    (line) => said.push(line),
  );
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  where = { endpoint: endpoint.variables['AWS_ENDPOINT_URL']!, region: localIdentity.AWS_REGION, credentials };
});
afterAll(() => endpoint.stop());

test("CloudFormation's own client reads the outputs of the stack that runs, character for character", async () => {
  const { Stacks } = await new CloudFormationClient(where).send(new DescribeStacksCommand({ StackName: 'Orders' }));
  expect(Stacks).toMatchObject([{ StackName: 'Orders', Outputs: [{ OutputKey: 'Letters', OutputValue: '{"a":"<b> & c"}' }] }]); // prettier-ignore
});

test("CloudFormation's own client lists what of the stack runs here, in which no alarm is", async () => {
  const { StackResourceSummaries } = await new CloudFormationClient(where).send(new ListStackResourcesCommand({ StackName: 'Orders' })); // prettier-ignore
  expect(StackResourceSummaries).toMatchObject([{ ResourceType: 'AWS::Lambda::Function', PhysicalResourceId: 'Billing' }]); // prettier-ignore
});

test("Lambda's own client reads which groups consume from a cluster, and from no other", async () => {
  const groups = async (EventSourceArn: string) =>
    (await new LambdaClient(where).send(new ListEventSourceMappingsCommand({ EventSourceArn }))).EventSourceMappings;
  expect(await groups('arn:cluster')).toMatchObject([
    { Topics: ['orders'], AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'billing' } },
  ]);
  expect(await groups('arn:another')).toEqual([]);
});

test('whoever asks here is the local user, as at the doors', async () => {
  const { Arn } = await new STSClient(where).send(new GetCallerIdentityCommand({}));
  expect(Arn).toBe('arn:aws:iam::000000000000:user/local');
});

test('a stack that does not run, and what CloudFormation does beside, are refused in words', async () => {
  const client = new CloudFormationClient({ ...where, maxAttempts: 1 });
  await expect(client.send(new DescribeStacksCommand({ StackName: 'Other' }))).rejects.toThrow(
    'Stack with id Other does not exist; the one that runs here is Orders',
  );
  await expect(client.send(new ListStacksCommand({}))).rejects.toThrow(/cloudformation ListStacks: got POST/);
});
