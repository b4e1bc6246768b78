import { Fn, RemovalPolicies, Stack, Token, type RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

/**
 * A VPC for brokers and for the functions that publish to them: three zones (two where there are no more), no way in or out but the free gateway
 * endpoints to S3 and DynamoDB. Consumers stay outside: event source mappings reach the brokers on their own.
 */
export function createNetwork(scope: Construct, id: string, removalPolicy: RemovalPolicy): ec2.Vpc {
  const vpc = new ec2.Vpc(scope, id, {
    availabilityZones: allZones(Stack.of(scope)),
    natGateways: 0,
    subnetConfiguration: [{ name: 'Brokers', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }],
    gatewayEndpoints: {
      S3: { service: ec2.GatewayVpcEndpointAwsService.S3 },
      DynamoDb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB },
    },
  });
  RemovalPolicies.of(vpc).apply(removalPolicy);
  return vpc;
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
