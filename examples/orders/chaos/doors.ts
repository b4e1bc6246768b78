import { Duration } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { OrdersStackProps } from '../stack';
import { ChaosStack } from './stack';

/** The stack for runs under faults, whose orders come in by a queue and a bus, too. */
export class DoorsStack extends ChaosStack {
  constructor(scope: Construct, id: string, props: OrdersStackProps = {}) {
    super(scope, id, props);
    const failed = new Queue(this, 'FailedOrders', { retentionPeriod: Duration.days(14), enforceSSL: true });
    const inbox = new Queue(this, 'OrdersIn', {
      visibilityTimeout: Duration.seconds(168),
      deadLetterQueue: { queue: failed, maxReceiveCount: 5 },
      enforceSSL: true,
    });
    this.door.addQueue('Inbox', { queue: inbox });
    this.door.addRule('Shop', { eventPattern: { source: ['shop'] } });
  }
}
