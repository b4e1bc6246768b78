import { Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { DomainName } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  EventConsumer,
  EventPipeline,
  KafkaTopic,
  OnRejected,
  type EventConsumerOptions,
  type EventPipelineProps,
  type IngestFunctionOptions,
} from 'cdk-lossless-kafka';
import { existingCluster, newApp, newFunction } from './support';

/** Of two stacks that need each other neither is deployed first: it is said where the second of the two needs comes up. */

const twoStacks = () => {
  const app = newApp();
  return { app, platform: new Stack(app, 'Platform'), shop: new Stack(app, 'Shop') };
};
type Stacks = ReturnType<typeof twoStacks>;

const pipelineIn = (platform: Stack, props: EventPipelineProps = {}): EventPipeline =>
  new EventPipeline(platform, 'Pipeline', { cluster: existingCluster(platform), topicName: 'orders', ...props });
/** As docs/deploy.md tells of two stacks. */
const consumeBeside = ({ shop }: Pick<Stacks, 'shop'>, { topic, deadLetters }: EventPipeline) =>
  new EventConsumer(shop, 'C', { handler: newFunction(new Construct(shop, 'Billing')), topic, deadLetters });

const table = (stack: Stack) =>
  new Table(stack, 'Given', { partitionKey: { name: 'key', type: AttributeType.STRING } });
const domain = (stack: Stack) => {
  const arn = 'arn:aws:acm:eu-central-1:111122223333:certificate/1';
  const certificate = Certificate.fromCertificateArn(stack, 'Certificate', arn);
  return new DomainName(stack, 'Given', { domainName: 'events.example.com', certificate });
};
const underKey = (stack: Stack, encryptionKey: Key) =>
  Bucket.fromBucketAttributes(stack, 'Theirs', { bucketName: 'letters', encryptionKey });

/** What the platform's stack is given of the shop's: to the pipeline itself, to its door, to a consumer of its own. */
type Given = (stacks: Stacks) => {
  pipeline?: EventPipelineProps;
  door?: IngestFunctionOptions;
  consumer?: Omit<EventConsumerOptions, 'handler'>;
};
const GIVEN: Readonly<Record<string, Given>> = {
  'deadLetters: got Shop/Given': ({ shop }) => ({ pipeline: { deadLettersBucket: new Bucket(shop, 'Given') } }),
  'spill: got Shop/Given': ({ shop }) => ({ pipeline: { spillBucket: new Bucket(shop, 'Given') } }),
  'encryptionKey: got Shop/Given': ({ shop }) => ({ pipeline: { encryptionKey: new Key(shop, 'Given') } }),
  'deadLetters: got Shop/OfBucket': ({ shop, platform }) => ({
    pipeline: { deadLettersBucket: underKey(platform, new Key(shop, 'OfBucket')) },
  }),
  'onRejected: got Shop/Handler': ({ shop }) => ({ door: { onRejected: OnRejected.forward(newFunction(shop)) } }),
  'domainName: got Shop/Given': ({ shop }) => ({ door: { domainName: domain(shop) } }),
  'table: got Shop/Given': ({ shop }) => ({ consumer: { table: table(shop) } }),
  'onFailureBucket: got Shop/Given': ({ shop }) => ({ consumer: { onFailureBucket: new Bucket(shop, 'Given') } }),
  'unpackOptions.vpc: got Shop/Given': ({ shop }) => ({ consumer: { unpackOptions: { vpc: new Vpc(shop, 'Given') } } }),
};
/** Takes what is given, before or after the shop consumes the topic. */
function build(given: Given, shopComesFirst: boolean) {
  const stacks = twoStacks();
  const { platform } = stacks;
  const { pipeline: props, door, consumer } = given(stacks);
  const pipeline = pipelineIn(platform, props);
  if (shopComesFirst) consumeBeside(stacks, pipeline);
  if (door) pipeline.addIngest('Door', door);
  if (consumer) pipeline.addConsumer('Own', { handler: newFunction(platform), ...consumer });
  return { ...stacks, pipeline };
}

test.each(Object.entries(GIVEN))('a pipeline takes what stands in a stack that needs nothing of it: %s', (_, given) => {
  const { app, platform } = build(given, false);
  expect(() => app.synth()).not.toThrow();
  expect(platform.dependencies.map(({ stackName }) => stackName)).toEqual(['Shop']);
});

const NEEDS_BOTH = 'want no two stacks that need each other, as neither could be deployed first, and';

test.each(Object.entries(GIVEN))('and not where that stack consumes its topic already: %s', (got, given) => {
  // What the pipeline itself is given comes first in any case, and the consumer is refused.
  const isOfPipeline = given(twoStacks()).pipeline !== undefined;
  const refused = () => {
    const { pipeline, ...stacks } = build(given, !isOfPipeline);
    consumeBeside(stacks, pipeline);
  };
  expect(refused).toThrow(NEEDS_BOTH);
  if (isOfPipeline) expect(refused).toThrow(`and Platform needs Shop for ${got.split(':')[0]} of Platform/Pipeline`);
  else expect(refused).toThrow(new RegExp(`${got} of stack Shop for Platform/\\S+ of stack Platform, ${NEEDS_BOTH}`));
});

test('the refusal says for what the other stack is needed, and the way out', () => {
  expect(() => build(GIVEN['table: got Shop/Given']!, true)).toThrow(
    `Platform/Pipeline/Own: table: got Shop/Given of stack Shop for Platform/Handler of stack Platform, ${NEEDS_BOTH} Shop needs Platform for deadLetters of Shop/Billing/Handler; make Shop/Given in stack Platform, or both things in a stack that needs neither`,
  );
});

test('a stack between the two, or a dependency that the app adds, makes them need each other all the same', () => {
  const forward = (add: (stacks: Stacks) => void) => () => {
    const stacks = twoStacks();
    add(stacks);
    const onRejected = OnRejected.forward(newFunction(stacks.shop));
    pipelineIn(stacks.platform).addIngest('Door', { onRejected });
  };
  expect(forward(({ shop, platform }) => shop.addStackDependency(platform))).toThrow(
    `${NEEDS_BOTH} Shop needs Platform for a dependency that the app adds`,
  );
  const between = ({ app, shop, platform }: Stacks) => {
    const middle = new Stack(app, 'Middle');
    shop.addStackDependency(middle);
    new EventPipeline(middle, 'Between', { cluster: existingCluster(middle), topicName: 'new', encryptionKey: new Key(platform, 'Key') }); // prettier-ignore
  };
  expect(forward(between)).toThrow(NEEDS_BOTH);
  expect(forward(({ shop, platform }) => platform.addStackDependency(shop))).not.toThrow();
});

test('nested stacks side by side are two, a stack and the one around it are not', () => {
  const nested = (functions: (platform: Stack, inner: Stack) => Stack) => () => {
    const { platform } = twoStacks();
    const inner = new NestedStack(platform, 'Inner');
    const shop = functions(platform, inner);
    const pipeline = pipelineIn(inner, { deadLettersBucket: new Bucket(shop, 'Given') });
    consumeBeside({ shop }, pipeline);
  };
  expect(nested((platform) => new NestedStack(platform, 'Other'))).toThrow(NEEDS_BOTH);
  expect(nested((platform) => platform)).not.toThrow();
});

test('what is only named, or is a topic that exists, stands in no stack', () => {
  const { app, platform, shop } = twoStacks();
  const topic = KafkaTopic.fromTopicAttributes(platform, 'Topic', {
    ...{ cluster: existingCluster(platform), topicName: 'orders', retention: Duration.days(7) },
  });
  const deadLettersBucket = Bucket.fromBucketName(shop, 'Named', 'letters');
  const pipeline = new EventPipeline(platform, 'Pipeline', { topic, deadLettersBucket });
  pipeline.addIngest('Door', { onRejected: OnRejected.forward(newFunction(shop)) });
  consumeBeside({ shop }, pipeline);
  expect(() => app.synth()).not.toThrow();
  expect(shop.dependencies).toEqual([]);
});
