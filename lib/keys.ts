import { Stack, type RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

/** True for the alias of a key that this app does not make: it names a key without being one. */
export const isForeignAlias = (key: kms.IKey): key is kms.IAlias => 'aliasName' in key && !(key instanceof kms.Alias);

/** The key itself, where an alias of this app stands for it. */
export const behindAlias = (key: kms.IKey): kms.IKey => (key instanceof kms.Alias ? key.aliasTargetKey : key);

/**
 * Grants actions on the key of a bucket or table, by way of its service alone (`kms:ViaService`). Where the
 * key is given by the alias alone, on whatever key that alias names (`kms:ResourceAliases`): IAM takes no alias for a key,
 * and the CDK's own grants on such an alias are empty.
 */
export function grantKey(
  key: kms.IKey | undefined,
  grantee: iam.IGrantable,
  service: 's3' | 'dynamodb',
  actions: string[],
): iam.Grant {
  if (!key) return iam.Grant.drop(grantee, 'encrypted under a key of AWS, or one that the app does not name');
  // In whatever region and partition the key is.
  const via = { StringLike: { 'kms:ViaService': `${service}.*` } };
  if (isForeignAlias(key)) {
    const aliases = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': key.aliasName } };
    const keys = Stack.of(key).formatArn({ service: 'kms', resource: 'key', resourceName: '*' });
    return iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [keys], conditions: { ...via, ...aliases } });
  }
  const resource = behindAlias(key);
  const resourceArns = [resource.keyArn];
  return iam.Grant.addToPrincipalOrResource({
    ...{ grantee, actions, resource, resourceArns, resourceSelfArns: ['*'], conditions: via },
  });
}

/** Reading and writing what is encrypted, as the CDK grants it on a key. */
export const ENCRYPT_AND_DECRYPT = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

/** A key that says in the console whose it is; give it an alias with `addAlias`. */
export const newKey = (scope: Construct, removalPolicy: RemovalPolicy): kms.Key =>
  new kms.Key(scope, 'Key', { description: `Encrypts ${scope.node.path}`, enableKeyRotation: true, removalPolicy });
