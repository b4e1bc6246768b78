import type { RemovalPolicy } from 'aws-cdk-lib';
import { Fn, Names, RemovalPolicies, Stack, Token } from 'aws-cdk-lib';
import * as scaling from 'aws-cdk-lib/aws-applicationautoscaling';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as msk from 'aws-cdk-lib/aws-msk';
import { Construct } from 'constructs';
import { connect, consume, produce } from './access';
import { BootstrapBrokers } from './bootstrap-brokers';
import { MeasuredCluster } from './cluster-metrics';
import { DEFAULTS, EXPRESS_DEFAULTS } from './defaults';
import { IAM_PORT, ImportedKafkaCluster, type KafkaClusterAttributes } from './existing-cluster';
import { BrokerType, type IKafkaCluster, type IKafkaTopic } from './interfaces';
import { behindAlias, isForeignAlias, newKey } from './keys';
import { otherKinds } from './kinds';
import { logGroup } from './log-group';
import { createNetwork, zoneCount } from './network';
import { givenTo } from './placement';
import { properties } from './properties';
import { inOrder } from './stack-order';
import { known, outside, refuse } from './validation';
import type { Rule } from './refusal';

export interface KafkaClusterProps {
  /** Where the brokers are to be. @default - a VPC with isolated subnets in three zones and gateway endpoints for S3 and DynamoDB */
  readonly vpc?: ec2.IVpc;
  /** At least three zones; the brokers take one subnet in each of three. @default - private subnets */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * Records who spoke with whom in the new VPC, billed by the gigabyte; `{}` is enough.
   * @default - nothing is recorded: brokers log connections, and no way leads in or out but two gateway endpoints
   */
  readonly flowLogs?: ec2.FlowLogOptions;
  /**
   * Which of MSK's two kinds the brokers are.
   * @default BrokerType.STANDARD
   * @see https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-types.html
   */
  readonly brokerType?: BrokerType;
  /**
   * MSK's version string.
   * @default '4.1.x.kraft', or '4.2.x.kraft' with Express brokers
   * @see https://docs.aws.amazon.com/msk/latest/developerguide/supported-kafka-versions.html
   */
  readonly kafkaVersion?: string;
  /**
   * MSK's name of the brokers' size.
   * @default 'kafka.m7g.large', or 'express.m7g.large' with Express brokers
   * @see https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-types.html
   */
  readonly instanceType?: string;
  /** A multiple of three, in a region of two zones of two: the same number in every zone. @default 3, in two zones 4 */
  readonly brokers?: number;
  /** GiB per broker at the start, 1 to 16384; not for Express brokers. @default 100 */
  readonly volumeSize?: number;
  /**
   * GiB per broker up to which the disks grow by themselves; not for Express brokers.
   * @default 1024
   * @see https://docs.aws.amazon.com/msk/latest/developerguide/msk-autoexpand.html
   */
  readonly maxVolumeSize?: number;
  /** Encrypts the brokers' disks; a key, as MSK takes no alias. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /**
   * For the cluster and all that is needed to reach it: network, key, configuration, logs.
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event, a failed first deploy leaves nothing
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * An Amazon MSK cluster in which an acknowledged event survives the loss of any one broker or zone: three zones,
 * replication factor 3, two in-sync replicas to write, no unclean election, no auto-created topics, TLS and IAM only.
 *
 * @example
 * ```ts
 * import { Stack } from 'aws-cdk-lib';
 * import { BrokerType, EventPipeline, KafkaCluster } from 'cdk-lossless-kafka';
 *
 * declare const stack: Stack;
 * // One cluster for two pipelines.
 * const cluster = new KafkaCluster(stack, 'Cluster', { brokerType: BrokerType.EXPRESS });
 * for (const topicName of ['orders', 'payments']) new EventPipeline(stack, topicName, { cluster, topicName });
 * ```
 */
export class KafkaCluster extends MeasuredCluster implements IKafkaCluster {
  static fromKafkaClusterAttributes(scope: Construct, id: string, attributes: KafkaClusterAttributes): IKafkaCluster {
    return new ImportedKafkaCluster(scope, id, attributes);
  }

  readonly clusterArn: string;
  readonly brokerType: BrokerType;
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly connections: ec2.Connections;
  readonly encryptionKey: kms.IKey;
  private readonly brokers: number;
  private readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: KafkaClusterProps = {}) {
    super(scope, id);
    refuse(this, otherKinds(props));
    const removalPolicy = props.removalPolicy ?? DEFAULTS.removalPolicy;
    const express = props.brokerType === BrokerType.EXPRESS;
    const byDefault = express ? EXPRESS_DEFAULTS : DEFAULTS;
    this.brokerType = props.brokerType ?? DEFAULTS.brokerType;
    this.removalPolicy = removalPolicy;
    const zones = zoneCount(Stack.of(this));
    this.brokers = props.brokers ?? LEAST_BROKERS[zones];
    refuse(this, [...clusterRules(props, zones), ...givenTo(this, { encryptionKey: props.encryptionKey })]);
    refuse(this, inOrder(this, { vpc: props.vpc }));

    this.encryptionKey = behindAlias(props.encryptionKey ?? newKey(this, removalPolicy));
    const { encryptionKey } = this;
    this.vpc = props.vpc ?? createNetwork(this, 'Vpc', { encryptionKey, removalPolicy, flowLogs: props.flowLogs });
    const selected = this.vpc.selectSubnets(props.vpcSubnets);
    const subnets = onePerZone(selected.subnets, zones);
    refuse(this, [zoneRule(subnets.length, zones, selected)]);
    this.vpcSubnets = { subnets };
    const securityGroup = this.securityGroup(removalPolicy);
    this.connections = new ec2.Connections({ securityGroups: [securityGroup], defaultPort: IAM_PORT });
    const configuration = this.configuration(express, removalPolicy);

    const resource = new msk.CfnCluster(this, 'Resource', {
      clusterName: this.nameOf(this),
      kafkaVersion: props.kafkaVersion ?? byDefault.kafkaVersion,
      numberOfBrokerNodes: this.brokers,
      brokerNodeGroupInfo: {
        instanceType: props.instanceType ?? byDefault.instanceType,
        clientSubnets: subnets.map((subnet) => subnet.subnetId),
        securityGroups: [securityGroup.securityGroupId],
        storageInfo: express ? undefined : { ebsStorageInfo: { volumeSize: props.volumeSize ?? DEFAULTS.volumeSize } },
      },
      clientAuthentication: { sasl: { iam: { enabled: true } }, unauthenticated: { enabled: false } },
      encryptionInfo: {
        encryptionInTransit: { clientBroker: 'TLS', inCluster: true },
        encryptionAtRest: { dataVolumeKmsKeyId: this.encryptionKey.keyArn },
      },
      configurationInfo: { arn: configuration.attrArn, revision: configuration.attrLatestRevisionRevision },
      loggingInfo: express ? undefined : this.brokerLogs(removalPolicy),
    });
    resource.applyRemovalPolicy(removalPolicy);
    // Event source mappings poll with the cluster's own security group: the door is open before the cluster is there.
    resource.node.addDependency(this.node.findChild('Pollers'));
    this.clusterArn = resource.attrArn;
    if (!express) this.growDisks(props.maxVolumeSize ?? DEFAULTS.maxVolumeSize, removalPolicy);
  }

  get bootstrapBrokers(): string {
    const { clusterArn, brokers, encryptionKey, removalPolicy } = this;
    const logs = { encryptionKey, removalPolicy };
    // The name is known before there is a cluster: what waits for its ARN waits for half an hour, and would be granted last.
    const named = { service: 'kafka', resource: 'cluster', resourceName: `${this.nameOf(this)}/*` };
    return BootstrapBrokers.of(this, { clusterArn, grantedOn: Stack.of(this).formatArn(named), brokers, logs });
  }

  grantConnect(grantee: iam.IGrantable): iam.Grant {
    return connect(grantee, this.clusterArn);
  }

  grantProduce(grantee: iam.IGrantable, topic: IKafkaTopic): iam.Grant {
    return produce(grantee, this.clusterArn, topic.topicArn);
  }

  grantConsume(grantee: iam.IGrantable, topic: IKafkaTopic, group: string): iam.Grant {
    return consume(grantee, this.clusterArn, topic.topicArn, group);
  }

  private securityGroup(removalPolicy: RemovalPolicy): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'SecurityGroup', { vpc: this.vpc, description: 'Kafka brokers' });
    group.applyRemovalPolicy(removalPolicy);
    const pollers = new ec2.CfnSecurityGroupIngress(new Construct(this, 'Pollers'), 'Resource', {
      groupId: group.securityGroupId,
      sourceSecurityGroupId: group.securityGroupId,
      ...(IAM_PORT.toRuleJson() as { ipProtocol: string; fromPort: number; toPort: number }),
      description: 'event source mappings',
    });
    pollers.applyRemovalPolicy(removalPolicy);
    return group;
  }

  private configuration(express: boolean, removalPolicy: RemovalPolicy): msk.CfnConfiguration {
    const home = new Construct(this, 'Configuration');
    const configuration = new msk.CfnConfiguration(home, 'Resource', {
      name: this.nameOf(home),
      serverProperties: properties(express ? PROPERTIES : { ...PROPERTIES, ...STANDARD_PROPERTIES }),
    });
    configuration.applyRemovalPolicy(removalPolicy);
    return configuration;
  }

  private brokerLogs(removalPolicy: RemovalPolicy): msk.CfnCluster.LoggingInfoProperty {
    const group = logGroup(this, 'Logs', { encryptionKey: this.encryptionKey, removalPolicy });
    return { brokerLogs: { cloudWatchLogs: { enabled: true, logGroup: group.logGroupName } } };
  }

  private growDisks(maxVolumeSize: number, removalPolicy: RemovalPolicy): void {
    const role = Stack.of(this).formatArn({
      service: 'iam',
      region: '',
      resource: 'role/aws-service-role/kafka.application-autoscaling.amazonaws.com',
      resourceName: 'AWSServiceRoleForApplicationAutoScaling_KafkaCluster',
    });
    const storage = new scaling.ScalableTarget(this, 'Storage', {
      serviceNamespace: scaling.ServiceNamespace.KAFKA,
      resourceId: this.clusterArn,
      scalableDimension: 'kafka:broker-storage:VolumeSize',
      minCapacity: 1,
      maxCapacity: maxVolumeSize,
      role: iam.Role.fromRoleArn(this, 'StorageRole', role),
    });
    storage.scaleToTrackMetric('Growth', {
      predefinedMetric: scaling.PredefinedMetric.KAFKA_BROKER_STORAGE_UTILIZATION,
      targetValue: 60,
      disableScaleIn: true, // a broker's disk never shrinks
    });
    RemovalPolicies.of(storage).apply(removalPolicy);
  }

  /** MSK wants a name; the stack's id keeps that of a retained cluster free for the stack's next life. */
  private nameOf(scope: Construct): string {
    const name = Names.uniqueResourceName(scope, { maxLength: 50, separator: '-', allowedSpecialCharacters: '-' });
    const stackUuid = Fn.select(2, Fn.split('/', Stack.of(this).stackId));
    return `${name}-${Fn.select(0, Fn.split('-', stackUuid))}`;
  }
}

/** Settable on both kinds of brokers. */
const PROPERTIES = {
  'auto.create.topics.enable': 'false',
  'log.message.timestamp.type': 'LogAppendTime',
};

/** Fixed by MSK on Express brokers, to the same or safer values; refused there. */
const STANDARD_PROPERTIES = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'unclean.leader.election.enable': 'false',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
};

/** Brokers at least, by the number of zones: as many in each, and three for three replicas. */
const LEAST_BROKERS = { 2: 4, 3: DEFAULTS.brokers };

function clusterRules(props: KafkaClusterProps, zones: 2 | 3): Rule[] {
  const least = LEAST_BROKERS[zones];
  const { brokers = least, instanceType, encryptionKey } = props;
  const { volumeSize = DEFAULTS.volumeSize, maxVolumeSize = DEFAULTS.maxVolumeSize } = props;
  const express = props.brokerType === BrokerType.EXPRESS;
  const prefix = express ? 'express.' : 'kafka.';
  return [
    {
      when: express && zones < 3,
      message: `brokerType: got Express brokers in us-west-1, want Standard ones, as Express takes three zones and there are two; change it, or the region`,
    },
    {
      when: outside(brokers, least, 60) || known(brokers) % zones > 0,
      message: `brokers: got ${brokers}, want a multiple of ${zones} from ${least} to 60; give every zone the same number`,
    },
    {
      when: instanceType !== undefined && !Token.isUnresolved(instanceType) && !instanceType.startsWith(prefix),
      message: `instanceType: got ${instanceType}, want one that starts with '${prefix}'; change it or brokerType`,
    },
    {
      when: express && (props.volumeSize !== undefined || props.maxVolumeSize !== undefined),
      message: `volumeSize and maxVolumeSize: got them for Express brokers, whose storage MSK runs; leave them out`,
    },
    {
      when: props.flowLogs !== undefined && props.vpc !== undefined,
      message: `flowLogs: got them for an existing vpc, want them for a new one; use vpc.addFlowLog()`,
    },
    {
      when: outside(volumeSize, 1, 16384),
      message: `volumeSize: got ${volumeSize} GiB, want a whole number from 1 to 16384; change it`,
    },
    {
      when: outside(maxVolumeSize, 1, 16384) || known(maxVolumeSize) < known(volumeSize),
      message: `maxVolumeSize: got ${maxVolumeSize} GiB, want a whole number from volumeSize to 16384; change it`,
    },
    {
      when: encryptionKey !== undefined && isForeignAlias(encryptionKey),
      message: `encryptionKey: got an alias, which MSK does not take, want the key itself; give kms.Key.fromLookup(scope, id, { aliasName }) or kms.Key.fromKeyArn`,
    },
  ];
}

/** The first subnet of each of the first zones. */
function onePerZone(subnets: ec2.ISubnet[], count: number): ec2.ISubnet[] {
  const zones = subnets.map((subnet) => subnet.availabilityZone);
  return subnets.filter((_, index) => zones.indexOf(zones[index]!) === index).slice(0, count);
}

const zoneRule = (zones: number, want: number, selected: ec2.SelectedSubnets): Rule => ({
  // A VPC still to be looked up says nothing of its zones, nor does a list known only at deploy.
  when: zones < want && !selected.isPendingLookup && !Token.isUnresolved(selected.availabilityZones),
  message: `vpc: got subnets in ${zones} zones, want ${want}, as two replicas must survive the loss of a zone; select subnets in ${want} availability zones (a region of two, us-west-1, is known by the stack's env)`,
});
