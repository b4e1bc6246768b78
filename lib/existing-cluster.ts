import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { connect, consume, produce } from './access';
import { BootstrapBrokers } from './bootstrap-brokers';
import { MeasuredCluster } from './cluster-metrics';
import { DEFAULTS } from './defaults';
import type { BrokerType, IKafkaTopic, IKafkaCluster } from './interfaces';
import { demand, refuse } from './validation';
import type { Rule } from './refusal';

/** Port on which brokers take clients with TLS and IAM. */
export const IAM_PORT = ec2.Port.tcp(9098);

/** What is to be known of a cluster that exists. It has to keep the promises itself: replication, elections, TLS, IAM. */
export interface KafkaClusterAttributes {
  /** ARN of a provisioned cluster. */
  readonly clusterArn: string;
  /** Where the brokers are, and the functions that publish to them. */
  readonly vpc: ec2.IVpc;
  /** Of the functions that publish. @default - private subnets of the VPC, one per zone */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * The brokers' security groups. They must let themselves in on port 9098, as event source mappings poll from inside
   * them; the way in for producers is added here.
   */
  readonly securityGroups: ec2.ISecurityGroup[];
  /** Comma-separated `host:port` of the IAM listeners. @default - asked of MSK at deploy */
  readonly bootstrapBrokers?: string;
  /** Which of MSK's two kinds its brokers are. @default BrokerType.STANDARD */
  readonly brokerType?: BrokerType;
}

export class ImportedKafkaCluster extends MeasuredCluster implements IKafkaCluster {
  readonly clusterArn: string;
  readonly brokerType: BrokerType;
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly connections: ec2.Connections;

  constructor(
    scope: Construct,
    id: string,
    private readonly attributes: KafkaClusterAttributes,
  ) {
    super(scope, id);
    demand(this, attributes, {
      clusterArn: "the cluster's ARN",
      vpc: 'the VPC of the brokers',
      securityGroups: "the brokers' security groups",
    });
    refuse(this, clusterRules(attributes));
    this.clusterArn = attributes.clusterArn;
    this.brokerType = attributes.brokerType ?? DEFAULTS.brokerType;
    this.vpc = attributes.vpc;
    this.vpcSubnets = attributes.vpcSubnets ?? { onePerAz: true };
    this.connections = new ec2.Connections({ securityGroups: attributes.securityGroups, defaultPort: IAM_PORT });
  }

  get bootstrapBrokers(): string {
    return this.attributes.bootstrapBrokers ?? BootstrapBrokers.of(this, { clusterArn: this.clusterArn });
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
}

function clusterRules({ clusterArn, securityGroups, ...attributes }: KafkaClusterAttributes): Rule[] {
  const { bootstrapBrokers = '' } = attributes;
  const arn = Token.isUnresolved(clusterArn) ? '' : clusterArn;
  // Of addresses known only at deploy there is no port to be seen.
  const ports = [...bootstrapBrokers.matchAll(/:(\d+)/g)].map(([, port = '']) => port);
  const wrong = ports.find((port) => port in OTHER_LISTENERS);
  return [
    {
      when: arn !== '' && !/^arn:[^:]+:kafka:[^:]+:[^:]+:cluster\/[^/]+\/[^/]+$/.test(arn),
      message: `clusterArn: got ${arn}, want arn:<partition>:kafka:<region>:<account>:cluster/<name>/<uuid>; copy it from the cluster`,
    },
    {
      // The UUID of a Serverless cluster ends in -s and a number.
      when: /-s\d+$/.test(arn) || bootstrapBrokers.includes('.kafka-serverless.'),
      message: `clusterArn: got the Serverless cluster ${clusterArn}, want a provisioned one, as MSK makes no topics by CloudFormation on Serverless and lets nobody set how they are replicated; give a cluster of Standard or Express brokers`,
    },
    {
      when: wrong !== undefined,
      message: `bootstrapBrokers: got port ${wrong}, of clients with ${OTHER_LISTENERS[wrong ?? '']}, want the listeners for IAM, on port 9098; turn on IAM access control of the cluster and give its BootstrapBrokerStringSaslIam, or leave bootstrapBrokers out`,
    },
    {
      when: !Token.isUnresolved(bootstrapBrokers) && attributes.bootstrapBrokers?.split(',').every(isAddress) === false,
      message: `bootstrapBrokers: got '${bootstrapBrokers}', want host:port, or several with commas between them; give the cluster's BootstrapBrokerStringSaslIam, or leave bootstrapBrokers out`,
    },
    {
      when: securityGroups.length === 0,
      message: `securityGroups: got none, want the brokers' security groups, without which no producer is let in; give them`,
    },
  ];
}

const isAddress = (text: string): boolean => /^[^\s:,]+:\d+$/.test(text.trim());

/** Ports of MSK's other listeners, by which this library's clients do not come in. */
const OTHER_LISTENERS: Readonly<Record<string, string | undefined>> = {
  '2181': 'ZooKeeper',
  '9092': 'plain text',
  '9094': 'TLS alone',
  '9096': 'SASL/SCRAM',
  '9194': 'TLS alone',
  '9196': 'SASL/SCRAM',
};
