import { Aws, Fn, Lazy, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { BrokerType, KafkaCluster, type IKafkaCluster, type KafkaClusterProps } from 'cdk-lossless-kafka';
import { CLUSTER_ARN, existingVpc, newApp, newStack, parsed, resourcesOf } from './support';

const made = (props?: KafkaClusterProps) => {
  const stack = newStack();
  new KafkaCluster(stack, 'Cluster', props);
  return Template.fromStack(stack);
};
const making = (props: KafkaClusterProps) => () => new KafkaCluster(newStack(), 'Cluster', props);
const express = BrokerType.EXPRESS;

describe('what would lose events, or never start, is refused at synthesis', () => {
  test.each<[string, KafkaClusterProps]>([
    ['Test/Cluster: brokers: got 2, want a multiple of 3 from 3 to 60', { brokers: 2 }],
    ['brokers: got 4', { brokers: 4 }],
    ['brokers: got 63', { brokers: 63 }],
    ['volumeSize: got 0 GiB', { volumeSize: 0 }],
    ['volumeSize: got 16385 GiB', { volumeSize: 16385, maxVolumeSize: 16384 }],
    ['maxVolumeSize: got 16385 GiB', { maxVolumeSize: 16385 }],
    ['maxVolumeSize: got 99 GiB', { volumeSize: 100, maxVolumeSize: 99 }],
    ["instanceType: got express.m7g.large, want one that starts with 'kafka.'", { instanceType: 'express.m7g.large' }],
    ["want one that starts with 'express.'", { brokerType: express, instanceType: 'kafka.m7g.large' }],
    ['volumeSize and maxVolumeSize: got them for Express', { brokerType: express, volumeSize: 100 }],
    ['volumeSize and maxVolumeSize: got them for Express', { brokerType: express, maxVolumeSize: 100 }],
  ])('%s', (message, props) => {
    expect(making(props)).toThrow(message);
  });

  test('a VPC with subnets in two zones', () => {
    const stack = newStack();
    const vpc = new ec2.Vpc(stack, 'Vpc');
    expect(() => new KafkaCluster(stack, 'Cluster', { vpc })).toThrow('vpc: got subnets in 2 zones, want 3');
  });
});

describe('what is at the edge, or known only at deploy, is taken', () => {
  test.each<[string, KafkaClusterProps]>([
    ['sixty brokers', { brokers: 60 }],
    ['the smallest disk, which may not grow', { volumeSize: 1, maxVolumeSize: 1 }],
    ['the largest disk', { volumeSize: 16384, maxVolumeSize: 16384 }],
    [
      'numbers known only at deploy',
      { brokers: Token.asNumber(Aws.NO_VALUE), volumeSize: Lazy.number({ produce: () => 7 }) },
    ],
    ['an instance type known only at deploy', { instanceType: Lazy.string({ produce: () => 'kafka.m7g.large' }) }],
  ])('%s', (_, props) => {
    expect(making(props)).not.toThrow();
  });
});

test('an acknowledged event is on two brokers, none is taken from whom the brokers do not know, and nothing makes a topic by itself', () => {
  const template = made();
  const [configuration] = resourcesOf(template, 'AWS::MSK::Configuration');
  expect(parsed(String(configuration?.[1].Properties['ServerProperties']))).toEqual({
    'auto.create.topics.enable': 'false',
    'log.message.timestamp.type': 'LogAppendTime',
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'unclean.leader.election.enable': 'false',
    'offsets.topic.replication.factor': '3',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
  });
  template.hasResourceProperties('AWS::MSK::Cluster', {
    ClientAuthentication: { Sasl: { Iam: { Enabled: true } }, Unauthenticated: { Enabled: false } },
    EncryptionInfo: { EncryptionInTransit: { ClientBroker: 'TLS', InCluster: true } },
  });
});

test('disks grow before they are full, and are never asked to shrink', () => {
  made().hasResourceProperties('AWS::ApplicationAutoScaling::ScalingPolicy', {
    TargetTrackingScalingPolicyConfiguration: { DisableScaleIn: true, TargetValue: 60 },
  });
});

test('a cluster stays when its stack goes, with all that is needed to reach it', () => {
  const template = made();
  const needed = ['MSK::Cluster', 'MSK::Configuration', 'EC2::VPC', 'EC2::Subnet', 'EC2::SecurityGroup', 'EC2::SecurityGroupIngress', 'KMS::Key']; // prettier-ignore
  const policies = needed.flatMap(
    (type) =>
    resourcesOf(template, `AWS::${type}`).map(([, { DeletionPolicy, UpdateReplacePolicy }]) => [type, DeletionPolicy, UpdateReplacePolicy]), // prettier-ignore
  );
  expect(new Set(policies.map(([type]) => type)).size).toBe(needed.length);
  expect(policies).toEqual(policies.map(([type]) => [type, 'RetainExceptOnCreate', 'Retain']));
});

test('brokers let in the pollers of event source mappings before there is a cluster to map', () => {
  const [cluster] = resourcesOf(made(), 'AWS::MSK::Cluster');
  expect(cluster?.[1].DependsOn).toEqual([expect.stringMatching(/^ClusterPollers/)]);
});

test('Express brokers get only the settings MSK leaves open, and no disks of ours', () => {
  const template = made({ brokerType: express });
  template.hasResourceProperties('AWS::MSK::Cluster', {
    BrokerNodeGroupInfo: { InstanceType: 'express.m7g.large', StorageInfo: Match.absent() },
    LoggingInfo: Match.absent(),
    KafkaVersion: '4.2.x.kraft',
  });
  const [configuration] = resourcesOf(template, 'AWS::MSK::Configuration');
  expect(parsed(String(configuration?.[1].Properties['ServerProperties']))).toEqual({
    'auto.create.topics.enable': 'false',
    'log.message.timestamp.type': 'LogAppendTime',
  });
  template.resourceCountIs('AWS::ApplicationAutoScaling::ScalableTarget', 0);
});

test('an existing VPC and key are used, and none are made', () => {
  const stack = newStack();
  const encryptionKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/1');
  new KafkaCluster(stack, 'Cluster', { vpc: existingVpc(stack), encryptionKey });
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::EC2::VPC', 0);
  template.resourceCountIs('AWS::KMS::Key', 0);
  template.hasResourceProperties('AWS::MSK::Cluster', {
    BrokerNodeGroupInfo: { ClientSubnets: ['subnet-a', 'subnet-b', 'subnet-c'] },
    EncryptionInfo: { EncryptionAtRest: { DataVolumeKMSKeyId: encryptionKey.keyArn } },
  });
});

test('of subnets in four zones three are used, one in each', () => {
  const stack = newStack();
  const subnet = (subnetId: string) =>
    ec2.Subnet.fromSubnetAttributes(stack, subnetId, { subnetId, availabilityZone: subnetId.charAt(0) });
  const vpcSubnets = { subnets: ['a1', 'a2', 'b1', 'c1', 'd1'].map(subnet) };
  new KafkaCluster(stack, 'Cluster', { vpc: existingVpc(stack), vpcSubnets });
  Template.fromStack(stack).hasResourceProperties('AWS::MSK::Cluster', {
    BrokerNodeGroupInfo: { ClientSubnets: ['a1', 'b1', 'c1'] },
  });
});

test('a VPC whose subnets and zones are known only at deploy is taken', () => {
  const stack = newStack();
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: Fn.getAzs(),
    privateSubnetIds: Fn.split(',', Fn.importValue('Subnets')),
  });
  new KafkaCluster(stack, 'Cluster', { vpc });
  Template.fromStack(stack).hasResourceProperties('AWS::MSK::Cluster', {
    BrokerNodeGroupInfo: { ClientSubnets: { 'Fn::Split': [',', { 'Fn::ImportValue': 'Subnets' }] } },
  });
});

test('in a stack bound to a region the VPC takes the zones of the account', () => {
  const stack = newStack('Bound', { env: { account: '111122223333', region: 'eu-central-1' } });
  new KafkaCluster(stack, 'Cluster');
  const subnets = resourcesOf(Template.fromStack(stack), 'AWS::EC2::Subnet');
  expect(subnets.map(([, subnet]) => subnet.Properties['AvailabilityZone'])).toEqual(['dummy1a', 'dummy1b', 'dummy1c']);
});

describe('in us-west-1, which has two zones', () => {
  const bound = () => newStack('Bound', { env: { account: '111122223333', region: 'us-west-1' } });

  test('network and brokers take two, and there are brokers enough for three replicas', () => {
    const stack = bound();
    new KafkaCluster(stack, 'Cluster');
    const template = Template.fromStack(stack);
    const zones = resourcesOf(template, 'AWS::EC2::Subnet').map(([, subnet]) => subnet.Properties['AvailabilityZone']);
    expect(zones).toEqual(['dummy1a', 'dummy1b']);
    template.hasResourceProperties('AWS::MSK::Cluster', {
      NumberOfBrokerNodes: 4,
      BrokerNodeGroupInfo: { ClientSubnets: [{ Ref: Match.anyValue() }, { Ref: Match.anyValue() }] },
    });
    const [configuration] = resourcesOf(template, 'AWS::MSK::Configuration');
    const set = parsed(String(configuration?.[1].Properties['ServerProperties']));
    expect(set).toMatchObject({ 'default.replication.factor': '3', 'min.insync.replicas': '2' });
  });

  test.each<[number, boolean]>([
    [2, false],
    [3, false],
    [4, true],
    [5, false],
    [6, true],
    [60, true],
    [62, false],
  ])('%i brokers: %s', (brokers, isTaken) => {
    const making = () => new KafkaCluster(bound(), 'Cluster', { brokers });
    if (isTaken) expect(making).not.toThrow();
    else expect(making).toThrow(`brokers: got ${brokers}, want a multiple of 2 from 4 to 60`);
  });

  test('of a VPC with subnets in three zones two are used, and one with subnets in two is taken', () => {
    for (const zones of [
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]) {
      // prettier-ignore
      const stack = bound();
      const subnet = (id: string) => ec2.Subnet.fromSubnetAttributes(stack, id, { subnetId: id, availabilityZone: id });
      new KafkaCluster(stack, 'Cluster', { vpc: existingVpc(stack), vpcSubnets: { subnets: zones.map(subnet) } });
      Template.fromStack(stack).hasResourceProperties('AWS::MSK::Cluster', {
        BrokerNodeGroupInfo: { ClientSubnets: ['a', 'b'] },
      });
    }
  });

  test('Express brokers, which take three, are refused', () => {
    expect(() => new KafkaCluster(bound(), 'Cluster', { brokerType: express })).toThrow(
      'got Express brokers in us-west-1',
    );
  });
});

test('a throwaway environment is removed with its stack', () => {
  const template = made({ removalPolicy: RemovalPolicy.DESTROY });
  const policies = Object.values(template.toJSON()['Resources'] as Record<string, { DeletionPolicy?: string }>);
  expect(policies.filter(({ DeletionPolicy }) => /^Retain/.test(DeletionPolicy ?? ''))).toEqual([]);
});

describe('the addresses of the brokers are asked of MSK', () => {
  const asked = (stack: Stack, cluster: IKafkaCluster) => {
    expect(cluster.bootstrapBrokers).toBe(cluster.bootstrapBrokers);
    const template = Template.fromStack(stack);
    const [answer, resource] = resourcesOf(template, 'Custom::KafkaBootstrapBrokers')[0]!;
    const [, policy] = resourcesOf(template, 'AWS::IAM::Policy').find(([id]) => id.startsWith(answer.slice(0, -8)))!;
    const waitsFor = resource.DependsOn ?? [];
    const { Statement } = policy.Properties['PolicyDocument'] as { Statement: unknown[] };
    return { properties: resource.Properties, waitsFor, Statement, template };
  };
  test('once, and again when their number changes', () => {
    const stack = newStack();
    const { template, properties } = asked(stack, new KafkaCluster(stack, 'Cluster', { brokers: 6 }));
    template.resourceCountIs('Custom::KafkaBootstrapBrokers', 1);
    expect(properties).toMatchObject({ Brokers: 6 });
  });

  test('by a role that may ask about this cluster alone, and may before there is a cluster', () => {
    const stack = newStack();
    const { Statement, waitsFor, template } = asked(stack, new KafkaCluster(stack, 'Cluster'));
    const text = JSON.stringify(Statement);
    expect(Statement).toMatchObject([{ Action: 'kafka:GetBootstrapBrokers', Effect: 'Allow' }]);
    expect(text).toMatch(/:cluster\/Test-Cluster-[0-9A-F]{8}-.*"\/\*"/);
    // A reference to the cluster, or to anything that is made of it, would wait for it.
    expect([...text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"([^"]+)"/g)].map(([, id]) => id)).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^Cluster/)]),
    );
    expect(waitsFor).toEqual([expect.stringContaining('ServiceRoleDefaultPolicy')]);
    const [cluster] = resourcesOf(template, 'AWS::MSK::Cluster');
    const named = JSON.stringify(cluster?.[1].Properties['ClusterName']).slice(1, -1);
    expect(text).toContain(/Test-Cluster-[0-9A-F]{8}-/.exec(named)?.[0]);
  });

  test('for as long as Lambda may call again: three times five minutes, and its pauses', () => {
    const stack = newStack();
    const { properties, template } = asked(stack, new KafkaCluster(stack, 'Cluster'));
    expect(properties).toMatchObject({ ServiceTimeout: '1200' });
    template.hasResourceProperties('AWS::Lambda::Function', { Description: 'Asks for the addresses of Test/Cluster', Timeout: 300 }); // prettier-ignore
  });

  test('of one that exists, on its ARN', () => {
    const stack = newStack();
    const cluster = KafkaCluster.fromKafkaClusterAttributes(stack, 'Cluster', {
      clusterArn: CLUSTER_ARN,
      vpc: existingVpc(stack),
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
    });
    expect(asked(stack, cluster).Statement).toMatchObject([{ Resource: CLUSTER_ARN }]);
  });
});

test('a cluster keeps its name whatever else changes: an empty one that is to replace it is refused, and no event left behind', () => {
  const nameOf = (props: KafkaClusterProps) =>
    resourcesOf(made(props), 'AWS::MSK::Cluster')[0]?.[1].Properties['ClusterName'];
  const stack = newStack('Other');
  const other = { vpc: existingVpc(stack), encryptionKey: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:111122223333:key/1') }; // prettier-ignore
  expect(nameOf(other)).toEqual(nameOf({}));
  expect(nameOf({ brokers: 6, instanceType: 'kafka.m7g.xlarge' })).toEqual(nameOf({}));
});

describe('a cluster that exists', () => {
  const attributes = (stack: Stack) => ({
    clusterArn: CLUSTER_ARN,
    vpc: existingVpc(stack),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-1')],
  });

  test('is asked for its brokers when they are not given', () => {
    const stack = newStack();
    const cluster = KafkaCluster.fromKafkaClusterAttributes(stack, 'Cluster', attributes(stack));
    expect(Token.isUnresolved(cluster.bootstrapBrokers)).toBe(true);
    Template.fromStack(stack).resourceCountIs('Custom::KafkaBootstrapBrokers', 1);
  });

  test('adds nothing to the stack when they are', () => {
    const stack = new Stack(newApp(), 'Test');
    const bootstrapBrokers = 'b-1:9098';
    const cluster = KafkaCluster.fromKafkaClusterAttributes(stack, 'Cluster', {
      ...attributes(stack),
      bootstrapBrokers,
    });
    expect(cluster.bootstrapBrokers).toBe('b-1:9098');
    expect(Template.fromStack(stack).toJSON()).not.toHaveProperty('Resources');
  });

  test('is refused when its ARN is none of a cluster, and taken when it is known only at deploy', () => {
    const stack = newStack();
    const taking = (id: string, clusterArn: string) => () =>
      KafkaCluster.fromKafkaClusterAttributes(stack, id, { ...attributes(new Stack(stack, `Of${id}`)), clusterArn });
    expect(taking('Topic', CLUSTER_ARN.replace('cluster', 'topic'))).toThrow('clusterArn: got arn:aws:kafka');
    expect(taking('Token', Aws.STACK_ID)).not.toThrow();
  });
});
