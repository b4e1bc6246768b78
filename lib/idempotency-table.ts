import { RemovalPolicy, Resource } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { AUDITS, LEDGERS, TABLE_EXPIRY, TABLE_KEY } from '../lambdas/runtime/contract';
import { ENCRYPT_AND_DECRYPT, grantKey } from './keys';
import type { IKafkaTopic } from './interfaces';

interface IdempotencyTableOptions {
  readonly topic: IKafkaTopic;
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy: RemovalPolicy;
  readonly deletionProtection?: boolean;
}

/** Remembers what a consumer of the topic has applied. */
export function idempotencyTable(scope: Construct, options: IdempotencyTableOptions): dynamodb.Table {
  const { topic, encryptionKey, removalPolicy, deletionProtection } = options;
  const table = new dynamodb.Table(scope, 'Table', {
    partitionKey: { name: TABLE_KEY, type: dynamodb.AttributeType.STRING },
    timeToLiveAttribute: TABLE_EXPIRY,
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
    encryptionKey,
    removalPolicy,
    deletionProtection: deletionProtection ?? removalPolicy !== RemovalPolicy.DESTROY,
  });
  // What is protected cannot be rolled back: it is made once the long and hazardous part, the cluster, is there.
  if (Resource.isOwnedResource(topic)) table.node.addDependency(topic);
  return table;
}

/** Reading and writing records of the idempotency table, alone and in transactions; never deleting one. */
export function grantRemember(table: dynamodb.ITable, grantee: iam.IGrantable): iam.Grant {
  const actions = ['BatchGetItem', 'GetItem', 'PutItem', 'UpdateItem'];
  const remember = iam.Grant.addToPrincipal({
    grantee,
    actions: actions.map((action) => `dynamodb:${action}`),
    resourceArns: [table.tableArn],
  });
  return remember.combine(grantKey(table.encryptionKey, grantee, 'dynamodb', ENCRYPT_AND_DECRYPT));
}

/** Reading records by their keys, and nothing else. */
export function grantLookUp(table: dynamodb.ITable, grantee: iam.IGrantable): iam.Grant {
  const actions = ['dynamodb:BatchGetItem', 'dynamodb:GetItem'];
  const lookUp = iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [table.tableArn] });
  return lookUp.combine(grantKey(table.encryptionKey, grantee, 'dynamodb', ['kms:Decrypt']));
}

/** Reading the ledgers of the table, and writing what the audit remembers: of no event's record. */
export function grantAudit(table: dynamodb.ITable, grantee: iam.IGrantable): iam.Grant {
  const on = (actions: string[], ...folders: string[]) =>
    iam.Grant.addToPrincipal({
      grantee,
      actions: actions.map((action) => `dynamodb:${action}`),
      resourceArns: [table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': folders.map((folder) => `${folder}*`) } },
    });
  return on(['BatchGetItem', 'GetItem'], LEDGERS, AUDITS)
    .combine(on(['UpdateItem'], AUDITS))
    .combine(grantKey(table.encryptionKey, grantee, 'dynamodb', ENCRYPT_AND_DECRYPT));
}
