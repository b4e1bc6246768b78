import { Aws, CfnParameter, Duration, Fn, Lazy, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as msk from 'aws-cdk-lib/aws-msk';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import {
  DeadLetters,
  EventConsumer,
  EventIds,
  EventPipeline,
  EventProducer,
  IngestFunction,
  KafkaCluster,
  KafkaTopic,
  OnRejected,
  RetryStrategy,
  SpillStore,
  Acks,
  type KafkaClusterAttributes,
} from 'cdk-lossless-kafka';
import {
  CLUSTER_ARN,
  existingCluster,
  existingVpc,
  newApp,
  newFunction,
  newStack,
  pipelineOnExistingTopic,
} from './support';

/** What cannot work once deployed is refused at synthesis, in the words of whoever wrote the app, and says the way out. */

const topicOn = (scope: Construct, topicName = 'orders', cluster = existingCluster(scope)) =>
  KafkaTopic.fromTopicAttributes(scope, `Topic-${topicName}`, { cluster, topicName, retention: Duration.days(7) });
const HERE = { account: '111122223333', region: 'eu-central-1' };

describe('one function given twice for one topic, which would refuse every call, is refused', () => {
  const twice =
    'Test/Pipeline/Second: handler Test/Handler: got it for topic orders a second time, after Test/Pipeline/First, want a function once for each topic';

  test('as consumer', () => {
    const stack = newStack();
    const [pipeline, handler] = [pipelineOnExistingTopic(stack), newFunction(stack)];
    pipeline.addConsumer('First', { handler });
    expect(() => pipeline.addConsumer('Second', { handler })).toThrow(twice);
    // Whoever comes third hears of the first, too, who was not refused.
    expect(() => pipeline.addConsumer('Third', { handler })).toThrow('a second time, after Test/Pipeline/First');
  });
  test('as producer', () => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    const handler = newFunction(stack, { vpc: pipeline.cluster.vpc });
    pipeline.addProducer('First', { handler });
    expect(() => pipeline.addProducer('Second', { handler })).toThrow(twice);
  });
  test('and taken for two topics, and as consumer and producer of one', () => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    const handler = newFunction(stack, { vpc: pipeline.cluster.vpc });
    pipeline.addConsumer('Consumer', { handler });
    pipeline.addProducer('Producer', { handler });
    const other = new EventPipeline(stack, 'Other', { topic: topicOn(stack, 'payments', pipeline.cluster) });
    expect(() => other.addConsumer('Consumer', { handler })).not.toThrow();
  });
  test('and taken as consumer of topics of one name on two clusters', () => {
    const stack = newStack();
    const handler = newFunction(stack);
    pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler });
    const elsewhere = new Construct(stack, 'Elsewhere');
    const clusterArn = CLUSTER_ARN.replace('there', 'elsewhere');
    const cluster = KafkaCluster.fromKafkaClusterAttributes(elsewhere, 'Cluster', {
      clusterArn,
      vpc: existingVpc(elsewhere),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(elsewhere, 'Group', 'sg-2')],
    });
    const other = new EventPipeline(elsewhere, 'Pipeline', { topic: topicOn(elsewhere, 'orders', cluster) });
    expect(() => other.addConsumer('Consumer', { handler })).not.toThrow();
  });
});

describe('an environment that Lambda does not take', () => {
  const withConsumers = (count: number, environment: Record<string, string> = {}) => {
    const stack = newStack();
    const handler = newFunction(stack, { environment });
    const cluster = existingCluster(stack);
    for (let n = 1; n <= count; n++) {
      const topic = topicOn(stack, `topic-${n}`, cluster);
      const scope = new Construct(stack, `Of${n}`);
      new EventConsumer(scope, 'C', { topic, handler, deadLetters: new DeadLetters(scope, 'D') });
    }
    return () => Template.fromStack(stack);
  };
  const tooMuch =
    /\[Test\/Handler\] environment: got at least \d+ bytes of variables, want 4096 at most, the limit of Lambda/;

  test('for too many consumers is refused', () => {
    expect(withConsumers(4)).not.toThrow();
    expect(withConsumers(16)).toThrow(tooMuch);
  });
  test('for variables of its own is refused, at the edge', () => {
    const one = 'x'.repeat(3_000);
    const fits = (more: number) => withConsumers(1, { ONE: one, MORE: 'y'.repeat(more) });
    const { message } = thrownBy(fits(2_000));
    const over = Number(/got at least (\d+) bytes/.exec(message)?.[1]) - 4_096;
    expect(fits(2_000 - over)).not.toThrow();
    expect(fits(2_000 - over + 1)).toThrow(tooMuch);
  });
  test('by variables that are added later is refused', () => {
    const stack = newStack();
    const handler = newFunction(stack);
    pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler });
    handler.addEnvironment('LATER', 'x'.repeat(4_096));
    expect(() => Template.fromStack(stack)).toThrow(tooMuch);
  });
  test('for a function that publishes is refused, and said once where it consumes, too', () => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    const environment = { OWN: 'x'.repeat(4_096) };
    const handler = newFunction(stack, { vpc: pipeline.cluster.vpc, environment });
    pipeline.addProducer('Producer', { handler });
    expect(() => Template.fromStack(stack)).toThrow(tooMuch);
    pipeline.addConsumer('Consumer', { handler });
    expect(thrownBy(() => Template.fromStack(stack)).message.match(/got at least/g)).toHaveLength(1);
  });

  test.each<[string, number, (stack: Stack) => string]>([
    ['a name that CloudFormation makes up', 20, (stack) => new s3.CfnBucket(stack, 'Short').ref],
    ['the longest that it makes up', 63, (stack) => new s3.CfnBucket(stack, 'x'.repeat(80)).ref],
    ['a name of the app', 3, (stack) => new s3.CfnBucket(stack, 'Own', { bucketName: 'own' }).ref],
    [
      'a name that a parameter gives',
      0,
      (stack) => new s3.CfnBucket(stack, 'Given', { bucketName: new CfnParameter(stack, 'Name').valueAsString }).ref,
    ],
    ['a table', 20, (stack) => new dynamodb.CfnTable(stack, 'Table', { keySchema: [] }).ref],
    [
      'the ARN of a cluster',
      85,
      (stack) => {
        const brokerNodeGroupInfo = { clientSubnets: [], instanceType: 'kafka.m7g.large' };
        const props = { clusterName: 'c', kafkaVersion: '4.1.x.kraft', numberOfBrokerNodes: 3, brokerNodeGroupInfo };
        return new msk.CfnCluster(stack, 'Cluster', props).attrArn;
      },
    ],
    ['the account', 12, () => Aws.ACCOUNT_ID],
    ['the region', 9, () => Aws.REGION],
    ['a parameter, which may be empty', 0, (stack) => new CfnParameter(stack, 'Any').valueAsString],
    ['texts and names together', 13, () => `a-${Aws.REGION}-b`],
  ])('counts the least that %s can have: %i characters', (_, characters, value) => {
    const bytesWith = (of: (stack: Stack) => string) => {
      const stack = newStack();
      const handler = newFunction(stack, { environment: { OWN: 'x'.repeat(4_096), IT: of(stack) } });
      pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler });
      return Number(/got at least (\d+) bytes/.exec(thrownBy(() => Template.fromStack(stack)).message)?.[1]);
    };
    expect(bytesWith(value) - bytesWith(() => '')).toBe(characters);
  });
});

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('got nothing thrown, want an error');
}

describe('a function in which this library does not run', () => {
  const consumed = (runtime: lambda.Runtime) => () => {
    const stack = newStack();
    const code = lambda.Code.fromInline('nothing');
    pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler: newFunction(stack, { runtime, code }) });
  };

  test.each([lambda.Runtime.PYTHON_3_13, lambda.Runtime.NODEJS_18_X])('is refused: $name', (runtime) => {
    expect(consumed(runtime)).toThrow(`handler Test/Handler: got runtime ${runtime.name}, want Node.js 20 or later`);
  });
  test.each([lambda.Runtime.NODEJS_20_X, lambda.Runtime.NODEJS_24_X])('is none of these: $name', (runtime) => {
    expect(consumed(runtime)).not.toThrow();
  });
  test('is refused as a producer, too', () => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    const code = lambda.Code.fromInline('nothing');
    const handler = newFunction(stack, { vpc: pipeline.cluster.vpc, runtime: lambda.Runtime.PYTHON_3_13, code });
    expect(() => pipeline.addProducer('Producer', { handler })).toThrow('got runtime python3.13, want Node.js 20');
  });
  test('may be one whose inside is not seen: an image, a runtime of its own', () => {
    const stack = newStack();
    const handler = new lambda.Function(stack, 'Own', {
      ...{ runtime: lambda.Runtime.PROVIDED_AL2023, handler: 'bootstrap', timeout: Duration.minutes(2) },
      code: lambda.Code.fromAsset(__dirname),
    });
    expect(() => pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler })).not.toThrow();
  });
  test('is refused when it is imported', () => {
    const stack = newStack();
    const handler = lambda.Function.fromFunctionName(stack, 'Imported', 'theirs') as lambda.Function;
    expect(() => pipelineOnExistingTopic(stack).addConsumer('Consumer', { handler })).toThrow(
      'handler Test/Imported: got an imported function, want one that this app makes',
    );
  });
});

describe('an existing cluster', () => {
  const imported = (attributes: Partial<KafkaClusterAttributes>, stack = newStack()) =>
    KafkaCluster.fromKafkaClusterAttributes(stack, 'Cluster', {
      clusterArn: CLUSTER_ARN,
      vpc: existingVpc(stack),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
      ...attributes,
    });

  test.each<[string, string, Partial<KafkaClusterAttributes>]>([
    ['Serverless', 'clusterArn: got the Serverless cluster', { clusterArn: `${CLUSTER_ARN.slice(0, -1)}s2` }],
    [
      'Serverless by its address',
      'got the Serverless cluster',
      { bootstrapBrokers: 'boot-1.c1.kafka-serverless.eu-central-1.amazonaws.com:9098' },
    ],
    [
      'SCRAM alone',
      'bootstrapBrokers: got port 9096, of clients with SASL/SCRAM, want the listeners for IAM, on port 9098',
      { bootstrapBrokers: 'b-1.there:9096,b-2.there:9096' },
    ],
    [
      'plain text',
      'bootstrapBrokers: got port 9092, of clients with plain text',
      { bootstrapBrokers: 'b-1.there:9092' },
    ],
    ['TLS alone', 'got port 9094, of clients with TLS alone', { bootstrapBrokers: 'b-1.there:9094' }],
    ['TLS alone, outside', 'got port 9194, of clients with TLS alone', { bootstrapBrokers: 'b-1.there:9194' }],
    ['SCRAM, outside', 'got port 9196, of clients with SASL/SCRAM', { bootstrapBrokers: 'b-1.there:9196' }],
    ['ZooKeeper', 'got port 2181, of clients with ZooKeeper', { bootstrapBrokers: 'z-1.there:2181' }],
    ['one SCRAM among others', 'got port 9096', { bootstrapBrokers: `b-1.there:9098,b-2.${Aws.REGION}.there:9096` }],
    ['without a group', 'securityGroups: got none', { securityGroups: [] }],
  ])('of the kind %s is refused', (_, message, attributes) => {
    expect(() => imported(attributes)).toThrow(message);
  });
  test('with listeners for IAM, or addresses known only at deploy, is taken', () => {
    expect(() => imported({ bootstrapBrokers: 'b-1.there:9098,b-2.there:9098' })).not.toThrow();
    expect(() => imported({ bootstrapBrokers: Lazy.string({ produce: () => ':9096' }) })).not.toThrow();
  });

  describe('of another place', () => {
    const away = (
      env: { account: string; region: string },
      use: (stack: Stack, topic: ReturnType<typeof topicOn>) => unknown,
    ) => {
      const stack = newStack('Test', { env });
      const cluster = imported({}, stack);
      return () => use(stack, topicOn(stack, 'orders', cluster));
    };
    const consume = (stack: Stack, topic: ReturnType<typeof topicOn>) =>
      new EventConsumer(stack, 'C', { topic, handler: newFunction(stack), deadLetters: new DeadLetters(stack, 'D') });

    test('is refused for a consumer, by region and by account', () => {
      expect(away({ ...HERE, region: 'eu-west-1' }, consume)).toThrow(
        "Test/C: cluster: got one in region eu-central-1 for a consumer in region eu-west-1, want both in one, as neither brokers nor event source mappings are reached from another; make the consumer in a stack with env: { region: 'eu-central-1' }",
      );
      expect(away({ ...HERE, account: '999988887777' }, consume)).toThrow(
        'cluster: got one in account 111122223333 for a consumer in account 999988887777',
      );
      expect(away(HERE, consume)).not.toThrow();
    });
    test('is refused for a producer', () => {
      const produce = (stack: Stack, topic: ReturnType<typeof topicOn>) => new EventPipeline(stack, 'P', { topic });
      expect(away({ ...HERE, region: 'eu-west-1' }, produce)).toThrow(
        'cluster: got one in region eu-central-1 for a producer',
      );
    });
    test('is refused for a new topic', () => {
      const make = (scope: Stack, { cluster }: ReturnType<typeof topicOn>) =>
        new KafkaTopic(scope, 'New', { cluster, topicName: 'new', partitions: 1 });
      expect(away({ ...HERE, region: 'eu-west-1' }, make)).toThrow(
        'cluster: got one in region eu-central-1 for a topic',
      );
    });
    test('is refused when it is of this app', () => {
      const app = newApp();
      const cluster = new KafkaCluster(
        new Stack(app, 'There', { env: HERE, availabilityZones: ['a', 'b', 'c'] } as never),
        'Cluster',
        { vpc: undefined },
      );
      const here = new Stack(app, 'Here', { env: { ...HERE, region: 'eu-west-1' } });
      expect(() => new EventPipeline(here, 'P', { cluster, topicName: 'orders' })).toThrow(
        'cluster: got one in region eu-central-1 for a topic in region eu-west-1',
      );
      const theirs = new Stack(app, 'Theirs', { env: { ...HERE, account: '999988887777' } });
      expect(() => new EventPipeline(theirs, 'P', { cluster, topicName: 'orders' })).toThrow(
        'cluster: got one in account 111122223333 for a topic in account 999988887777',
      );
    });
  });
});

describe('a pipeline and a function in two stacks', () => {
  const apart = () => {
    const app = newApp();
    const [platform, shop] = [new Stack(app, 'Platform'), new Stack(app, 'Shop')];
    return { app, shop, pipeline: pipelineOnExistingTopic(platform) };
  };

  test('would wait for each other when the pipeline makes the consumer, which is refused', () => {
    const { shop, pipeline } = apart();
    expect(() => pipeline.addConsumer('Consumer', { handler: newFunction(shop) })).toThrow(
      "handler Shop/Handler: got a function of stack Shop for a consumer in stack Platform, want both in one stack, as each stack would need the other to be there first; make the consumer beside its function: new EventConsumer(<scope in the function's stack>, id, { handler, topic: pipeline.topic, deadLetters: pipeline.deadLetters })",
    );
  });
  test('go together when the consumer is made beside the function, as the refusal says', () => {
    const { app, shop, pipeline } = apart();
    const { topic, deadLetters } = pipeline;
    new EventConsumer(shop, 'Consumer', { handler: newFunction(shop), topic, deadLetters });
    expect(() => app.synth()).not.toThrow();
    expect(shop.dependencies.map(({ stackName }) => stackName)).toEqual(['Platform']);
  });
  test('go together when the function publishes', () => {
    const { app, shop, pipeline } = apart();
    pipeline.addProducer('Producer', { handler: newFunction(shop, { vpc: existingVpc(shop) }) });
    expect(() => app.synth()).not.toThrow();
  });
});

describe('a function that publishes from another VPC, which leads to no broker', () => {
  const vpcOf = (scope: Construct, vpcId: string) =>
    ec2.Vpc.fromVpcAttributes(scope, vpcId, { vpcId, availabilityZones: ['a'], privateSubnetIds: ['subnet-x'] });
  const produce = (vpc: (stack: Stack) => ec2.IVpc, group?: (stack: Stack) => ec2.ISecurityGroup) => () => {
    const stack = newStack();
    const securityGroups = group && [group(stack)];
    pipelineOnExistingTopic(stack).addProducer('P', {
      handler: newFunction(stack, { vpc: vpc(stack), securityGroups }),
    });
  };

  test('is refused, where both are imported', () => {
    expect(produce((stack) => vpcOf(stack, 'vpc-2'))).toThrow(
      "handler Test/Handler: got another VPC than the brokers', want theirs, as no way leads to them from outside; give the function vpc: topic.cluster.vpc",
    );
  });
  test('is refused, where this app makes both', () => {
    const stack = newStack();
    const cluster = new KafkaCluster(stack, 'Cluster');
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders' });
    const handler = newFunction(stack, { vpc: new ec2.Vpc(stack, 'Other') });
    expect(() => pipeline.addProducer('P', { handler })).toThrow("got another VPC than the brokers'");
    const right = newFunction(new Construct(stack, 'Right'), { vpc: cluster.vpc, vpcSubnets: cluster.vpcSubnets });
    expect(() => pipeline.addProducer('Q', { handler: right })).not.toThrow();
  });
  test('is taken where it may be the same: imported twice, made here and imported there, or a group known by its id', () => {
    expect(produce((stack) => vpcOf(stack, 'vpc-1'))).not.toThrow();
    expect(produce((stack) => new ec2.Vpc(stack, 'Vpc'))).not.toThrow();
    const peered = (stack: Stack) => ec2.SecurityGroup.fromSecurityGroupId(stack, 'Peered', 'sg-2');
    expect(produce((stack) => vpcOf(stack, 'vpc-2'), peered)).not.toThrow();
  });
  test('is taken where the brokers are in a VPC of this app, and it is in one known by its id or by an export', () => {
    const into = (vpcId: string) => () => {
      const stack = newStack();
      const cluster = new KafkaCluster(stack, 'Cluster');
      const pipeline = new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders' });
      const given = { vpcId, availabilityZones: ['a'], privateSubnetIds: ['subnet-x'] };
      pipeline.addProducer('P', { handler: newFunction(stack, { vpc: ec2.Vpc.fromVpcAttributes(stack, 'Same', given) }) }); // prettier-ignore
    };
    expect(into('vpc-1')).not.toThrow();
    expect(into(Fn.importValue('Vpc'))).not.toThrow();
  });
});

describe('rejected events that are forwarded', () => {
  const forwarding = (prepare: (cluster: KafkaCluster) => void = () => undefined) => {
    const stack = newStack();
    const cluster = new KafkaCluster(stack, 'Cluster');
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders' });
    pipeline.addIngest('Ingest', { onRejected: OnRejected.forward(newFunction(stack)) });
    prepare(cluster);
    return () => Template.fromStack(stack);
  };

  test('are refused where the subnets lead nowhere', () => {
    expect(forwarding()).toThrow(
      "[Test/Pipeline/Ingest/Producer] onRejected: got forward from function Test/Pipeline/Ingest, whose subnets have no way to Lambda's API, want one; give the VPC an endpoint",
    );
  });
  test('are taken with an endpoint for Lambda, added afterwards, and refused with one for something else', () => {
    const add = (service: ec2.InterfaceVpcEndpointAwsService) => (cluster: KafkaCluster) =>
      cluster.vpc.addInterfaceEndpoint('Endpoint', { service });
    expect(forwarding(add(ec2.InterfaceVpcEndpointAwsService.LAMBDA))).not.toThrow();
    expect(forwarding(add(ec2.InterfaceVpcEndpointAwsService.SQS))).toThrow('onRejected: got forward');
  });
  test('are refused with an endpoint for Lambda in another VPC', () => {
    const elsewhere = ({ stack }: KafkaCluster) =>
      new ec2.Vpc(stack, 'Else').addInterfaceEndpoint('Endpoint', { service: ec2.InterfaceVpcEndpointAwsService.LAMBDA }); // prettier-ignore
    expect(forwarding(elsewhere)).toThrow('onRejected: got forward');
  });
  test('are taken where a subnet has a way out by a route of its own', () => {
    const route = ({ vpc }: KafkaCluster) =>
      vpc.isolatedSubnets.forEach((subnet) =>
        (subnet as ec2.Subnet).addRoute('Out', { routerId: 'tgw-1', routerType: ec2.RouterType.TRANSIT_GATEWAY }),
      );
    expect(forwarding(route)).not.toThrow();
  });
  test('are taken from subnets of which one leads out, or of which nothing is known before the deploy', () => {
    const from = (subnets: (stack: Stack, vpc: ec2.IVpc) => Pick<lambda.FunctionProps, 'vpc' | 'vpcSubnets'>) => () => {
      const stack = newStack();
      const subnetConfiguration = [
        { name: 'Dead', subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
        { name: 'Out', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
        { name: 'Public', subnetType: ec2.SubnetType.PUBLIC },
      ];
      const vpc = new ec2.Vpc(stack, 'Vpc', { availabilityZones: ['a', 'b', 'c'], subnetConfiguration });
      const cluster = new KafkaCluster(stack, 'Cluster', { vpc, vpcSubnets: { subnets: vpc.isolatedSubnets } });
      const pipeline = new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders' });
      const handler = newFunction(new Construct(stack, 'Of'), subnets(stack, vpc));
      pipeline.addProducer('P', { handler, onRejected: OnRejected.forward(newFunction(stack)) });
      Template.fromStack(stack);
    };
    const [dead, out] = [ec2.SubnetType.PRIVATE_ISOLATED, ec2.SubnetType.PRIVATE_WITH_EGRESS];
    const pick = (vpc: ec2.IVpc, subnetType: ec2.SubnetType) => vpc.selectSubnets({ subnetType }).subnets[0]!;
    expect(from((_, vpc) => ({ vpc, vpcSubnets: { subnets: [pick(vpc, dead)] } }))).toThrow('onRejected: got forward');
    expect(from((_, vpc) => ({ vpc, vpcSubnets: { subnets: [pick(vpc, dead), pick(vpc, out)] } }))).not.toThrow();
    const told = (stack: Stack) =>
      ec2.Vpc.fromVpcAttributes(stack, 'Told', {
        vpcId: Fn.importValue('Vpc'),
        availabilityZones: Fn.getAzs(),
        privateSubnetIds: Fn.split(',', Fn.importValue('Subnets')),
      });
    expect(from((stack) => ({ vpc: told(stack) }))).not.toThrow();
  });
  test('are taken from isolated subnets of a VPC that this app does not make, whose routes are not seen', () => {
    const stack = newStack();
    const isolatedSubnetIds = ['subnet-a', 'subnet-b', 'subnet-c'];
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['a', 'b', 'c'], isolatedSubnetIds }); // prettier-ignore
    const cluster = new KafkaCluster(stack, 'Cluster', { vpc, vpcSubnets: { subnets: vpc.isolatedSubnets } });
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders' });
    pipeline.addIngest('Ingest', { onRejected: OnRejected.forward(newFunction(stack)) });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
  test('are taken from a VPC that this app does not make', () => {
    const stack = newStack();
    const pipeline = pipelineOnExistingTopic(stack);
    pipeline.addIngest('Ingest', { onRejected: OnRejected.forward(newFunction(stack)) });
    expect(() => Template.fromStack(stack)).not.toThrow();
  });
});

test.each(['x', '.orders'])("an existing topic whose name '%s' no mapping takes is refused by its consumer", (name) => {
  const stack = newStack();
  const pipeline = new EventPipeline(stack, 'P', { topic: topicOn(stack, name) });
  expect(() => pipeline.addConsumer('Consumer', { handler: newFunction(stack) })).toThrow(
    `topicName: got '${name}', want 2 to 249 letters, digits, '.', '_' and '-', the first no '.', as event source mappings take no other`,
  );
});

describe('plain JavaScript that leaves out what must be given is told so, as by the compiler', () => {
  const absent = undefined as never;

  test.each<[string, (stack: Stack) => unknown]>([
    [
      'topic: got nothing, want the KafkaTopic to consume; give it; and handler: got nothing',
      (stack) => new EventConsumer(stack, 'It', absent),
    ],
    ['handler: got nothing, want the function that publishes', (stack) => new EventProducer(stack, 'It', absent)],
    ['topic: got nothing, want the KafkaTopic to publish to', (stack) => new IngestFunction(stack, 'It', absent)],
    [
      'topic: got nothing, want the KafkaTopic whose events are spilled',
      (stack) => new SpillStore(stack, 'It', absent),
    ],
    [
      "cluster: got nothing, want the KafkaCluster it is on; give it; and topicName: got nothing, want the topic's name",
      (stack) => new KafkaTopic(stack, 'It', absent),
    ],
    [
      'cluster: got nothing, want the KafkaCluster it is on',
      (stack) => KafkaTopic.fromTopicAttributes(stack, 'It', absent),
    ],
    [
      "clusterArn: got nothing, want the cluster's ARN",
      (stack) => KafkaCluster.fromKafkaClusterAttributes(stack, 'It', absent),
    ],
    ['topicName: got nothing, want the name of the topic to make', (stack) => new EventPipeline(stack, 'It', absent)],
  ])('%s', (message, make) => {
    expect(() => make(newStack())).toThrow(`Test/It: ${message}`);
  });

  test.each<[string, (pipeline: EventPipeline) => unknown]>([
    [
      'handler: got nothing, want the function whose handler is made by consumer',
      (pipeline) => pipeline.addConsumer('It', absent),
    ],
    ['handler: got nothing, want the function that publishes', (pipeline) => pipeline.addProducer('It', absent)],
  ])('%s', (message, add) => {
    expect(() => add(pipelineOnExistingTopic(newStack()))).toThrow(`Test/Pipeline/It: ${message}`);
  });

  test.each<[string, (stack: Stack) => unknown]>([
    [
      'acks: got 1 without a reason',
      (stack) => pipelineOnExistingTopic(stack).addIngest('It', { acks: Acks.leader(absent) }),
    ],
    [
      'onRejected: got drop without a reason',
      (stack) => pipelineOnExistingTopic(stack).addIngest('It', { onRejected: OnRejected.drop(absent) }),
    ],
    [
      'retry: got at most undefined',
      (stack) => pipelineOnExistingTopic(stack).addIngest('It', { retry: RetryStrategy.atMost(absent) }),
    ],
    ['OnRejected.forward: target: got nothing', () => OnRejected.forward(absent)],
    [
      'eventIds: got a header without a name',
      (stack) =>
        pipelineOnExistingTopic(stack).addConsumer('It', {
          handler: newFunction(stack),
          eventIds: EventIds.header(absent),
        }),
    ],
  ])('%s', (message, make) => {
    expect(() => make(newStack())).toThrow(message);
  });

  test('and told the same of what is null', () => {
    const nothing = { topic: null, handler: null, deadLetters: null } as never;
    expect(() => new EventConsumer(newStack(), 'It', nothing)).toThrow(
      'topic: got nothing, want the KafkaTopic to consume',
    );
  });

  test('and may leave out what has a default', () => {
    expect(() => new DeadLetters(newStack(), 'It', absent)).not.toThrow();
    expect(() => new KafkaCluster(newStack(), 'It', absent)).not.toThrow();
    expect(() => pipelineOnExistingTopic(newStack()).addIngest('It', absent)).not.toThrow();
  });
});
