import { Duration, Size, Validations, type StackProps } from 'aws-cdk-lib';
import type { CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { OrdersStack, type OrdersStackProps } from '../stack';

/** The shortest that the constructs take for a consumer. */
const TIMEOUT = Duration.seconds(30);
const TIME_MARGIN = Duration.seconds(5);
/**
 * The mapping of the function that calls gives up soon, so that on-failure objects come about: a batch that kills comes
 * whole each time, for halves count no retry, and a record that kills would be known and parked before none was left.
 */
const RETRIES = 6;

/**
 * The sample for runs under faults: the same constructs and code, with smaller numbers, so that a fault of seconds outlasts
 * every patience in it; and beside the consumer whose effect is a write, one whose effect is a call.
 */
export class ChaosStack extends OrdersStack {
  constructor(
    scope: Construct,
    id: string,
    { removalPolicy, ...props }: StackProps & Pick<OrdersStackProps, 'removalPolicy'> = {},
  ) {
    super(scope, id, {
      ...props,
      removalPolicy,
      numbers: {
        partitions: 3,
        retention: Duration.days(1),
        ingest: { deadline: Duration.seconds(4), spillTime: Duration.seconds(4), buffer: Size.mebibytes(1) },
        timeout: TIMEOUT,
        timeMargin: TIME_MARGIN,
        billing: 'chaos/billing.ts',
      },
    });
    const calls = new Bucket(this, 'CallsBucket', { removalPolicy });
    const calling = this.nodeFunction('Calling', 'chaos/calling.ts', TIMEOUT, { CALLS_BUCKET: calls.bucketName });
    calls.grantPut(calling);
    const { mapping } = this.orders.addConsumer('CallingConsumer', { handler: calling, timeMargin: TIME_MARGIN });
    const given = mapping.node.defaultChild as CfnEventSourceMapping;
    given.maximumRetryAttempts = RETRIES;
    given.bisectBatchOnFunctionError = false;
    const reason =
      'a stack for runs under faults: that the mapping gives up is to be seen, and its events are of no use to anybody';
    for (const rule of ['LK316', 'LK203']) Validations.of(this).acknowledge({ id: `LossRules::${rule}`, reason });
  }
}
