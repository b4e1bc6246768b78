import { type Edit } from './support';

/** What a rule answers to plain.yaml, which loses nothing, after some edits. */
export type Row = readonly [code: string, when: string, edits: readonly Edit[], answers: readonly string[]];

export const onCluster = (path: string, value: unknown): Edit => [`Cluster.${path}`, value];
export const onMapping = (path: string, value: unknown): Edit => [`Mapping.${path}`, value];
export const EXPRESS = onCluster('BrokerNodeGroupInfo.InstanceType', 'express.m7g.large');
export const ERROR = ['error'];
export const WARNING = ['warning'];
export const UNDECIDED = ['undecided'];
export const FINE: string[] = [];
export const DESTINATION = 'DestinationConfig.OnFailure.Destination';
export const QUEUE: Edit = ['Queue', { Type: 'AWS::SQS::Queue', Properties: {} }];
export const TOPIC_FAILED: Edit = [
  'Failed',
  {
    Type: 'AWS::MSK::Topic',
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      ClusterArn: { Ref: 'Cluster' },
      TopicName: 'failed',
      PartitionCount: 1,
      ReplicationFactor: 3,
      Configs: { 'Fn::Base64': 'max.message.bytes=1484408\nretention.ms=604800000' },
    },
  },
];
/** Edits of the mapping's role: the n-th statement of its inline policy. */
export const statement = (n: number, value: unknown): Edit => [
  `BillingRole.Policies.0.PolicyDocument.Statement.${n}`,
  value,
];
export const NOT_A_SWEEPER: Edit = ['Shop.Environment.Variables.LOSSLESS_REPLAY_Shop', undefined];
