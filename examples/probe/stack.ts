import { join } from 'node:path';
import { CfnOutput, Duration, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import * as msk from 'aws-cdk-lib/aws-msk';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { KafkaCluster, KafkaTopic, type IKafkaTopic } from 'cdk-lossless-kafka';
import type { Construct } from 'constructs';
import {
  BROKERS_VARIABLE,
  MAPPINGS,
  OBSERVATIONS_VARIABLE,
  RETRIES,
  topicOf,
  WINDOW_SECONDS,
  type BrokersVariable,
  type MappingName,
} from './wire';

export interface ProbeStackProps extends StackProps {
  /** How `Configs` of `AWS::MSK::Topic` is written inside its base64: which of the two MSK takes is a question here. */
  readonly configs: 'properties' | 'json';
  /** Whether the brokers' VPC has a way to S3: whether on-failure objects need one is a question here. */
  readonly s3Endpoint: boolean;
}

/** What the mapping `limits` lets through. */
export const FILTER = { value: { keep: [true] } };

/** Three mappings that differ in their settings, recorders of what they deliver, and a sender. Nothing here is kept. */
export class ProbeStack extends Stack {
  private readonly cluster: KafkaCluster;
  private readonly observations: dynamodb.Table;

  constructor(scope: Construct, id: string, props: ProbeStackProps) {
    super(scope, id, props);
    this.cluster = new KafkaCluster(this, 'Cluster', {
      vpc: this.network(props),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.observations = new dynamodb.Table(this, 'Observations', {
      partitionKey: { name: 'run', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'at', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const sender = this.sender();
    for (const mapping of MAPPINGS) this.probe(mapping, sender, props);
    new CfnOutput(this, 'Sender', { value: sender.functionName });
    new CfnOutput(this, 'Table', { value: this.observations.tableName });
    new CfnOutput(this, 'Configs', { value: props.configs });
    new CfnOutput(this, 'S3Endpoint', { value: String(props.s3Endpoint) });
  }

  /** Three zones in any region, and no way out unless asked for. */
  private network({ s3Endpoint }: ProbeStackProps): ec2.Vpc {
    return new ec2.Vpc(this, 'Vpc', {
      availabilityZones: [0, 1, 2].map((zone) => Fn.select(zone, Fn.getAzs())),
      natGateways: 0,
      subnetConfiguration: [{ name: 'Brokers', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
      gatewayEndpoints: s3Endpoint ? { S3: { service: ec2.GatewayVpcEndpointAwsService.S3 } } : {},
    });
  }

  private sender(): lambda.Function {
    const sender = new NodejsFunction(this, 'Sending', {
      entry: join(__dirname, 'sender.ts'),
      runtime: lambda.Runtime.NODEJS_24_X,
      timeout: Duration.seconds(60),
      memorySize: 512,
      vpc: this.cluster.vpc,
      vpcSubnets: this.cluster.vpcSubnets,
    });
    this.cluster.connections.allowDefaultPortFrom(sender, 'sender');
    const variable: BrokersVariable = { brokers: this.cluster.bootstrapBrokers, authentication: 'iam' };
    sender.addEnvironment(BROKERS_VARIABLE, this.toJsonString(variable));
    return sender;
  }

  private probe(name: MappingName, sender: lambda.Function, props: ProbeStackProps): void {
    const topic = this.topic(name, props);
    const bucket = new s3.Bucket(this, `${name}-given-up`, {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });
    const recorder = new NodejsFunction(this, `${name}-recorder`, {
      entry: join(__dirname, 'recorder.ts'),
      runtime: lambda.Runtime.NODEJS_24_X,
      timeout: Duration.seconds(30),
      memorySize: 512,
      environment: { [OBSERVATIONS_VARIABLE]: this.observations.tableName },
    });
    recorder.role?.addManagedPolicy(
      iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AWSLambdaMSKExecutionRole'),
    );
    const grants = [
      this.cluster.grantConsume(recorder, topic, topic.topicName),
      this.observations.grantWriteData(recorder),
      bucket.grantPut(recorder),
      bucket.grantRead(recorder),
    ];
    this.cluster.grantProduce(sender, topic);
    const mapping = new lambda.EventSourceMapping(this, `${name}-mapping`, {
      target: recorder,
      eventSourceArn: this.cluster.clusterArn,
      kafkaTopic: topic.topicName,
      kafkaConsumerGroupId: topic.topicName,
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(WINDOW_SECONDS),
      provisionedPollerConfig: { minimumPollers: 1, maximumPollers: 1 },
      reportBatchItemFailures: true,
      retryAttempts: RETRIES[name],
      onFailure: { bind: () => ({ destination: bucket.bucketArn }) },
      supportS3OnFailureDestination: true,
      ...SETTINGS[name],
    });
    mapping.node.addDependency(topic);
    for (const grant of grants) grant.applyBefore(mapping);
    new CfnOutput(this, `${name}Bucket`, { value: bucket.bucketName });
    new CfnOutput(this, `${name}Recorder`, { value: recorder.functionName });
  }

  /** Only the topic of `limits` has settings: its records carry the time the sender gives them. */
  private topic(name: MappingName, { configs }: ProbeStackProps): IKafkaTopic {
    const topicName = topicOf(name);
    const resource = new msk.CfnTopic(this, `${name}-topic`, {
      clusterArn: this.cluster.clusterArn,
      topicName,
      partitionCount: 1,
      replicationFactor: 3,
      configs: name === 'limits' ? Fn.base64(CREATE_TIME[configs]) : undefined,
    });
    const topic = KafkaTopic.fromTopicAttributes(this, `${name}-attributes`, {
      ...{ cluster: this.cluster, topicName, retention: Duration.days(7) },
    });
    topic.node.addDependency(resource);
    return topic;
  }
}

const CREATE_TIME = {
  properties: 'message.timestamp.type=CreateTime',
  json: JSON.stringify({ 'message.timestamp.type': 'CreateTime' }),
};

const SETTINGS: Readonly<Record<MappingName, Partial<lambda.EventSourceMappingOptions>>> = {
  retries: {},
  bisect: { bisectBatchOnError: true },
  limits: {
    maxRecordAge: Duration.seconds(60),
    filters: [FILTER].map((filter) => ({ pattern: JSON.stringify(filter) })),
  },
};
