const VPC_ACCESS = ['CreateNetworkInterface', 'DeleteNetworkInterface', 'DescribeNetworkInterfaces', 'DescribeSubnets'];
const IN_VPC = [...VPC_ACCESS, 'DescribeSecurityGroups', 'DescribeVpcs'].map((action) => `ec2:${action}`);
const FIND_CLUSTER = ['DescribeCluster', 'DescribeClusterV2', 'GetBootstrapBrokers'].map((action) => `kafka:${action}`);

/** AWS's own policies for functions, with the actions of theirs that a rule asks about. */
export const AWS_POLICIES: Readonly<Record<string, readonly string[] | undefined>> = {
  AWSLambdaBasicExecutionRole: [],
  AWSLambdaDynamoDBExecutionRole: [],
  AWSLambdaKinesisExecutionRole: [],
  AWSLambdaVPCAccessExecutionRole: VPC_ACCESS.map((action) => `ec2:${action}`),
  AWSLambdaMSKExecutionRole: [...IN_VPC, ...FIND_CLUSTER],
  AWSLambdaSQSQueueExecutionRole: [],
  AWSXRayDaemonWriteAccess: [],
  CloudWatchLambdaInsightsExecutionRolePolicy: [],
  CloudWatchLambdaApplicationSignalsExecutionRolePolicy: [],
  AdministratorAccess: ['*'],
  AmazonS3FullAccess: ['s3:*'],
  AmazonDynamoDBFullAccess: ['dynamodb:*'],
  SecretsManagerReadWrite: ['secretsmanager:*'],
  // Makes and describes keys; uses none.
  AWSKeyManagementServicePowerUser: [],
};
