/** A topic as a template has it, in which nothing is lost but by its number of replicas, or by what `more` says. */
export const topicOf = (ReplicationFactor: unknown, more: object = {}, retention = 'retention.ms=604800000') => ({
  Type: 'AWS::MSK::Topic',
  DeletionPolicy: 'Retain',
  UpdateReplacePolicy: 'Retain',
  Properties: {
    ClusterArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/there/0a1b-2',
    TopicName: 'orders',
    ReplicationFactor,
    Configs: { 'Fn::Base64': `${retention}\nmax.message.bytes=1000000` },
  },
  ...more,
});
