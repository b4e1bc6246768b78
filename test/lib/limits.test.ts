import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { EventPipeline, KafkaCluster } from 'cdk-lossless-kafka';
import { newFunction, newStack } from './support';

/** What the constructs derive from ids and paths, with ids longer and odder than people give them. */

const EC2 = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/;
const LIMITS: readonly (readonly [type: string, path: string, allowed: RegExp])[] = [
  ['AWS::EC2::SecurityGroup', 'GroupDescription', EC2],
  ['AWS::EC2::SecurityGroup', 'GroupName', EC2],
  ['AWS::EC2::SecurityGroupIngress', 'Description', EC2],
  ['AWS::EC2::SecurityGroupEgress', 'Description', EC2],
  ['AWS::Lambda::Function', 'Description', /^[^]{0,256}$/],
  ['AWS::Lambda::Function', 'FunctionName', /^[\w-]{1,64}$/],
  ['AWS::Events::Rule', 'Description', /^[^]{0,512}$/],
  ['AWS::Events::Rule', 'Name', /^[\w.-]{1,64}$/],
  ['AWS::KMS::Key', 'Description', /^[^]{0,8192}$/],
  ['AWS::ApiGatewayV2::Api', 'Name', /^[^]{1,128}$/],
  ['AWS::ApiGatewayV2::Api', 'Description', /^[^]{0,1024}$/],
  ['AWS::IAM::Policy', 'PolicyName', /^[\w+=,.@-]{1,128}$/],
  ['AWS::IAM::Role', 'Description', /^[^]{0,1000}$/],
  ['AWS::IAM::Role', 'RoleName', /^[\w+=,.@-]{1,64}$/],
  ['AWS::MSK::Cluster', 'ClusterName', /^[\w-]{1,64}$/],
  ['AWS::MSK::Configuration', 'Name', /^[0-9A-Za-z][0-9A-Za-z-]{0,}$/],
  ['AWS::Logs::LogGroup', 'LogGroupName', /^[\w./#-]{1,512}$/],
  ['AWS::DynamoDB::Table', 'TableName', /^[\w.-]{3,255}$/],
  ['AWS::S3::Bucket', 'BucketName', /^[a-z0-9.-]{3,63}$/],
  ['AWS::CloudWatch::Alarm', 'AlarmName', /^[^]{1,255}$/],
  ['AWS::CloudWatch::Alarm', 'AlarmDescription', /^[^]{0,1024}$/],
  ['AWS::ApplicationAutoScaling::ScalingPolicy', 'PolicyName', /^[^]{1,256}$/],
  ['AWS::Lambda::EventSourceMapping', 'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId', /^[\w\-/*:+=.@]{1,200}$/],
];

interface Part {
  readonly Type: string;
  readonly Properties?: object;
}

function refused(id: string): string[] {
  const stack = newStack('S'.repeat(100));
  const deep = [1, 2, 3].reduce<Construct>((scope, n) => new Construct(scope, `${id}${n}`), stack);
  const vpc = new ec2.Vpc(deep, `${id}Network`, { availabilityZones: ['a', 'b', 'c'] });
  const cluster = new KafkaCluster(deep, `${id}Cluster`, { vpc });
  const pipeline = new EventPipeline(deep, `${id}Pipeline`, { cluster, topicName: 'orders' });
  pipeline.addIngest(`${id}Door`);
  pipeline.addConsumer(`${id}Consumer`, { handler: newFunction(deep), consumerGroup: 'billing' });
  const { Resources, Outputs = {} } = Template.fromStack(stack).toJSON() as {
    Resources: Record<string, Part>;
    Outputs?: Record<string, { Description?: string }>;
  };
  const texts = LIMITS.flatMap(([type, path, allowed]) =>
    Object.values(Resources)
      .filter(({ Type }) => Type === type)
      .map(({ Properties }) => [`${type} ${path}`, at(Properties, path), allowed] as const),
  );
  const ids = [...Object.keys(Resources), ...Object.keys(Outputs)].map(
    (name) => ['a logical id', name, /^[A-Za-z0-9]{1,255}$/] as const,
  );
  return [...texts, ...ids].flatMap(([what, text, allowed]) =>
    typeof text === 'string' && !allowed.test(text) ? [`${what}: ${text}`] : [],
  );
}

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], value);

test.each([
  ['of a hundred characters', 'x'.repeat(100)],
  ['of a hundred capital letters and digits', 'X1'.repeat(50)],
  ['with signs, blanks and letters of other scripts', `Über "die" <Straße> ~ 日本 ${'é'.repeat(70)}`],
])('no service refuses what the constructs make of ids %s, three deep', (_how, id) => {
  expect(refused(id)).toEqual([]);
});
