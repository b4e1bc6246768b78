import type { Stack } from 'aws-cdk-lib';
import { ArnFormat, Fn } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';

/** ARN of a topic or a consumer group: `…:cluster/NAME/UUID` gives `…:topic/NAME/UUID/<name>`. */
export const arnOnCluster = (clusterArn: string, kind: 'topic' | 'group', name: string): string =>
  `${Fn.join(`:${kind}/`, Fn.split(':cluster/', clusterArn))}/${name}`;

const allow = (grantee: iam.IGrantable, actions: string[], resourceArns: string[]): iam.Grant =>
  iam.Grant.addToPrincipal({ grantee, actions, resourceArns });

export const connect = (grantee: iam.IGrantable, clusterArn: string): iam.Grant =>
  allow(grantee, ['kafka-cluster:Connect'], [clusterArn]);

/** What an idempotent producer with acks=all needs, and the look at RF and min ISR with which it starts. */
export function produce(grantee: iam.IGrantable, clusterArn: string, topicArn: string): iam.Grant {
  const onTopic = ['DescribeTopic', 'DescribeTopicDynamicConfiguration', 'WriteData'];
  return allow(grantee, ['kafka-cluster:Connect', 'kafka-cluster:WriteDataIdempotently'], [clusterArn]).combine(
    allow(
      grantee,
      onTopic.map((action) => `kafka-cluster:${action}`),
      [topicArn],
    ),
  );
}

/** What reading a topic in one consumer group needs. */
export function consume(grantee: iam.IGrantable, clusterArn: string, topicArn: string, group: string): iam.Grant {
  const groupArn = arnOnCluster(clusterArn, 'group', group);
  return connect(grantee, clusterArn)
    .combine(allow(grantee, ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], [topicArn]))
    .combine(allow(grantee, ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'], [groupArn]));
}

/** What looking at the offsets of a topic and of one consumer group needs: no record is read. */
export function watch(grantee: iam.IGrantable, clusterArn: string, topicArn: string, group: string): iam.Grant {
  return connect(grantee, clusterArn)
    .combine(allow(grantee, ['kafka-cluster:DescribeTopic'], [topicArn]))
    .combine(allow(grantee, ['kafka-cluster:DescribeGroup'], [arnOnCluster(clusterArn, 'group', group)]));
}

/** What Lambda asks of the function's role to find the cluster and to put its network interfaces beside the brokers. */
export function poll(grantee: iam.IGrantable, clusterArn: string, stack: Stack): iam.Grant {
  const inVpc = (resource: string, account = stack.account) =>
    stack.formatArn({ service: 'ec2', account, resource, resourceName: '*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  const interfaces = inVpc('network-interface');
  // Subnets may be shared from another account.
  const places = [inVpc('subnet', '*'), inVpc('security-group')];
  return allow(grantee, ['kafka:DescribeCluster', 'kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], [clusterArn])
    .combine(allow(grantee, ['ec2:CreateNetworkInterface'], [interfaces, ...places]))
    .combine(allow(grantee, ['ec2:DeleteNetworkInterface'], [interfaces]))
    .combine(
      allow(
        grantee,
        ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs'],
        // EC2 knows no resource-level permissions for these four: they work on `*` or not at all.
        ['*'],
      ),
    );
}
