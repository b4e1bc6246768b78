import { Fn, RemovalPolicies, Stack, Token, type RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { acknowledgeNetwork } from './acknowledged';
import { logGroup, logsOfProvider } from './log-group';

interface NetworkOptions {
  /** Encrypts logs. */
  readonly encryptionKey: kms.IKey;
  readonly removalPolicy: RemovalPolicy;
  readonly flowLogs?: ec2.FlowLogOptions;
}

/**
 * A VPC for brokers and for the functions that publish to them: three zones (two where there are no more), no way in or
 * out but the free gateway endpoints to S3 and DynamoDB, which let nobody of another account through, and a default
 * security group that lets nothing through. Consumers stay outside: event source mappings reach the brokers on their own.
 */
export function createNetwork(scope: Construct, id: string, options: NetworkOptions): ec2.Vpc {
  const { encryptionKey, removalPolicy, flowLogs } = options;
  const vpc = new ec2.Vpc(scope, id, {
    availabilityZones: allZones(Stack.of(scope)),
    natGateways: 0,
    subnetConfiguration: [{ name: 'Brokers', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    restrictDefaultSecurityGroup: true,
  });
  endpoint(vpc, 'S3', ec2.GatewayVpcEndpointAwsService.S3, 's3:*');
  endpoint(vpc, 'DynamoDb', ec2.GatewayVpcEndpointAwsService.DYNAMODB, 'dynamodb:*');
  if (flowLogs) {
    const destination = () =>
      ec2.FlowLogDestination.toCloudWatchLogs(logGroup(vpc, 'FlowLogGroup', { encryptionKey, removalPolicy }));
    vpc.addFlowLog('FlowLog', { ...flowLogs, destination: flowLogs.destination ?? destination() });
  } else {
    acknowledgeNetwork(vpc);
  }
  RemovalPolicies.of(vpc).apply(removalPolicy);
  logsOfProvider(vpc, 'Custom::VpcRestrictDefaultSGCustomResourceProvider', { encryptionKey, removalPolicy });
  return vpc;
}

/** Roles of the account may use it as far as they may at all; credentials of another account carry nothing out. */
function endpoint(vpc: ec2.Vpc, id: string, service: ec2.GatewayVpcEndpointAwsService, actions: string): void {
  vpc.addGatewayEndpoint(id, { service }).addToPolicy(
    new iam.PolicyStatement({
      principals: [new iam.AnyPrincipal()],
      actions: [actions],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:PrincipalAccount': Stack.of(vpc).account } },
    }),
  );
}

/**
 * Availability zones of MSK in the stack's region: two in US West (N. California), which has no third, else three. Of a region
 * known only at deploy: three.
 */
export const zoneCount = (stack: Stack): 2 | 3 => (stack.region === 'us-west-1' ? 2 : 3);

/** A region-agnostic stack claims to have two zones only. */
function allZones(stack: Stack): string[] {
  const zones = stack.availabilityZones;
  const count = zoneCount(stack);
  if (zones.length >= count || !zones.some(Token.isUnresolved)) return zones.slice(0, count);
  return [0, 1, 2].map((zone) => Fn.select(zone, Fn.getAzs()));
}
