import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { IAM_PORT } from './existing-cluster';
import type { IKafkaCluster } from './interfaces';

/** Lets a function in its VPC speak to the brokers. Each rule is made in the function's stack, so that a cluster's stack stays as it is. */
export function letIn(handler: lambda.Function, cluster: IKafkaCluster, what = 'producers'): void {
  for (const brokers of cluster.connections.securityGroups) {
    for (const own of handler.connections.securityGroups) {
      brokers.addIngressRule(own, IAM_PORT, what, true);
      if (!own.allowAllOutbound) own.addEgressRule(brokers, IAM_PORT, 'brokers');
    }
  }
}
