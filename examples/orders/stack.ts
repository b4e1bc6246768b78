import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EventPipeline, type IngestFunction, type IngestFunctionOptions } from 'cdk-lossless-kafka';
import type { Construct } from 'constructs';

export interface OrdersStackProps extends StackProps {
  /** @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
  /** How long things take; a stack that is tried out under faults takes smaller numbers. @default - those for use */
  readonly numbers?: OrdersNumbers;
}

export interface OrdersNumbers {
  readonly partitions?: number;
  /** How long the topic keeps its events. */
  readonly retention?: Duration;
  /** Of the door. */
  readonly ingest?: IngestFunctionOptions;
  /** Of the function that bills. @default - two minutes: 10,000 retries of that outlast a retention of seven days */
  readonly timeout?: Duration;
  readonly timeMargin?: Duration;
  /** The file of the function that bills. @default billing.ts */
  readonly billing?: string;
}

/** Orders come in by HTTP and are billed, each exactly once. */
export class OrdersStack extends Stack {
  protected readonly orders: EventPipeline;
  protected readonly door: IngestFunction;

  constructor(
    scope: Construct,
    id: string,
    { removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, numbers = {}, ...props }: OrdersStackProps = {},
  ) {
    super(scope, id, props);
    const {
      partitions = 6,
      retention,
      ingest,
      timeMargin,
      timeout = Duration.minutes(2),
      billing: entry = 'billing.ts',
    } = numbers;

    // Who subscribes to it is woken while events are at risk.
    const onCall = new Topic(this, 'OnCall', { enforceSSL: true });
    this.orders = new EventPipeline(this, 'Orders', {
      ...{ topicName: 'orders', partitions, retention, removalPolicy },
      monitoring: { alarmActions: [new SnsAction(onCall)] },
    });
    this.door = this.orders.addIngest('Ingest', ingest);

    const ordersTable = this.table('OrdersTable', removalPolicy);
    const customersTable = this.table('CustomersTable', removalPolicy);
    const billing = this.nodeFunction('Billing', entry, timeout, {
      ORDERS_TABLE: ordersTable.tableName,
      CUSTOMERS_TABLE: customersTable.tableName,
    });
    ordersTable.grant(billing, 'dynamodb:UpdateItem');
    customersTable.grant(billing, 'dynamodb:UpdateItem');
    this.orders.addConsumer('BillingConsumer', { handler: billing, timeMargin });
  }

  /** 10,000 retries of its timeout must outlast the topic's retention: two minutes do for seven days, one does not. */
  protected nodeFunction(
    id: string,
    file: string,
    timeout: Duration,
    environment: Record<string, string>,
  ): NodejsFunction {
    return new NodejsFunction(this, id, {
      entry: join(__dirname, file),
      runtime: Runtime.NODEJS_24_X,
      memorySize: 1024,
      timeout,
      environment,
      bundling: { minify: true, keepNames: true, externalModules: ['@aws-sdk/client-*'] },
    });
  }

  private table(id: string, removalPolicy: RemovalPolicy): Table {
    return new Table(this, id, {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy,
    });
  }
}
