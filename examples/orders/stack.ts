import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { EventPipeline } from 'cdk-lossless-kafka';
import type { Construct } from 'constructs';

export interface OrdersStackProps extends StackProps {
  /** @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/** Orders come in by HTTP and are billed, each exactly once. */
export class OrdersStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, ...props }: OrdersStackProps = {},
  ) {
    super(scope, id, props);

    const orders = new EventPipeline(this, 'Orders', { topicName: 'orders', partitions: 6, removalPolicy });
    orders.addIngest('Ingest');

    const ordersTable = this.table('OrdersTable', removalPolicy);
    const customersTable = this.table('CustomersTable', removalPolicy);
    const billing = new NodejsFunction(this, 'Billing', {
      entry: join(__dirname, 'billing.ts'),
      runtime: Runtime.NODEJS_24_X,
      memorySize: 1024,
      // 10,000 retries of two minutes outlast the topic's retention of seven days; of one minute they do not.
      timeout: Duration.minutes(2),
      environment: { ORDERS_TABLE: ordersTable.tableName, CUSTOMERS_TABLE: customersTable.tableName },
      bundling: { minify: true, keepNames: true, externalModules: ['@aws-sdk/client-*'] },
    });
    ordersTable.grant(billing, 'dynamodb:UpdateItem');
    customersTable.grant(billing, 'dynamodb:UpdateItem');
    orders.addConsumer('BillingConsumer', { handler: billing });
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
