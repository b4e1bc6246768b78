import type { RemovalPolicy } from 'aws-cdk-lib';
import { ArnFormat, CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct, IConstruct } from 'constructs';
import { DEFAULTS } from './defaults';
import { behindAlias } from './keys';

export interface LogGroupOptions {
  /** @default RetentionDays.ONE_MONTH */
  readonly retention?: logs.RetentionDays;
  /** Encrypts the logs, where this app makes the key: its policy must let CloudWatch Logs use it. @default - CloudWatch's own */
  readonly encryptionKey?: kms.IKey;
  /** @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE */
  readonly removalPolicy?: RemovalPolicy;
}

/** A log group that ends by itself, encrypted as events are. CloudFormation names it after stack and construct. */
export const logGroup = (scope: Construct, id: string, options: LogGroupOptions): logs.LogGroup =>
  new logs.LogGroup(scope, id, {
    retention: options.retention ?? DEFAULTS.logRetention,
    encryptionKey: options.encryptionKey && keyForLogs(scope, options.encryptionKey),
    removalPolicy: options.removalPolicy ?? DEFAULTS.removalPolicy,
  });

const FOR_LOGS = new WeakMap<kms.IKey, boolean>();

/** The key, once its policy lets CloudWatch Logs use it for log groups of the account; none where that policy is not this app's. */
function keyForLogs(scope: IConstruct, given: kms.IKey): kms.IKey | undefined {
  const key = behindAlias(given);
  const stack = Stack.of(scope);
  const logGroups = {
    service: 'logs',
    resource: 'log-group',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  };
  const allowed =
    FOR_LOGS.get(key) ??
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal(`logs.${stack.region}.${stack.urlSuffix}`)],
        actions: ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'],
        resources: ['*'],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': stack.formatArn(logGroups) } },
      }),
    ).statementAdded;
  FOR_LOGS.set(key, allowed);
  return allowed ? key : undefined;
}

/** Gives a function that the CDK makes for custom resources, one for a whole stack, a log group of this kind. */
export function logsOfProvider(scope: IConstruct, id: string, options: LogGroupOptions): void {
  const provider = Stack.of(scope).node.tryFindChild(id)?.node;
  const handler = provider?.tryFindChild('Handler') ?? provider?.tryFindChild('Resource');
  if (!CfnResource.isCfnResource(handler) || handler.node.tryFindChild('Logs')) return;
  const { logGroupName } = logGroup(handler, 'Logs', options);
  handler.addPropertyOverride('LoggingConfig', { LogGroup: logGroupName });
}
