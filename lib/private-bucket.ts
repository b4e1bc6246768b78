import { Annotations, Duration, Fn, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { objectPart } from '../lambdas/runtime/contract';
import { acknowledgeBucket } from './acknowledged';
import { DEFAULTS } from './defaults';
import { grantKey, newKey } from './keys';
import { logsOfProvider } from './log-group';

export interface PrivateBucketProps {
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** A bucket that keeps events: nothing current ever expires, and what was deleted or overwritten stays for 30 days. */
export function privateBucket(scope: Construct, id: string, props: PrivateBucketProps): s3.Bucket {
  const removalPolicy = props.removalPolicy ?? DEFAULTS.removalPolicy;
  const bucket = new s3.Bucket(scope, id, {
    encryption: s3.BucketEncryption.KMS,
    encryptionKey: props.encryptionKey ?? newKey(scope, removalPolicy),
    bucketKeyEnabled: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    enforceSSL: true,
    versioned: true,
    lifecycleRules: [
      { noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(7) },
    ],
    removalPolicy,
    autoDeleteObjects: removalPolicy === RemovalPolicy.DESTROY,
  });
  bucket.policy?.applyRemovalPolicy(removalPolicy); // a bucket that stays keeps its door shut
  acknowledgeBucket(bucket);
  const { encryptionKey } = bucket;
  logsOfProvider(scope, 'Custom::S3AutoDeleteObjectsCustomResourceProvider', { encryptionKey, removalPolicy });
  return bucket;
}

/**
 * What lies in the bucket is never overwritten, whoever writes: a put must say that it makes a new object
 * (`If-None-Match: *`). The parts of a multipart upload cannot say so, and a copy does not: S3 refuses both. A bucket of
 * another stack has a policy of its own, so that a warning says what it has to hold.
 */
export function onlyNewObjects(scope: Construct, bucket: s3.IBucket): void {
  const statement = new iam.PolicyStatement({
    sid: 'OnlyNewObjects',
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects('*')],
    conditions: { Null: { 's3:if-none-match': 'true' } },
  });
  if (bucket.addToResourcePolicy(statement).statementAdded) return;
  Annotations.of(scope).addWarningV2(
    'cdk-lossless-kafka:onlyNewObjects',
    `bucket: got one whose policy this app does not make, want it to deny s3:PutObject where s3:if-none-match is null, so that no event in it is overwritten; add that statement to its policy`,
  );
}

/** Prefix of the objects below folders of these names. */
export const folderBelow = (names: readonly string[]): string => `${names.map(folderOf).join('/')}/`;

/** As `objectPart` of the contract; of what is known only at deploy, the two characters of an ARN that no name holds. */
function folderOf(text: string): string {
  if (!Token.isUnresolved(text)) return objectPart(text);
  return Fn.join('!002f', Fn.split('/', Fn.join('!003a', Fn.split(':', text))));
}

/** Grants `s3:PutObject` on objects below `prefix`, and `kms:GenerateDataKey` on the bucket's key. */
export function grantPut(bucket: s3.IBucket, grantee: iam.IGrantable, prefix = ''): iam.Grant {
  const put = iam.Grant.addToPrincipal({
    grantee,
    actions: ['s3:PutObject'],
    resourceArns: [bucket.arnForObjects(`${prefix}*`)],
  });
  return put.combine(grantKey(bucket.encryptionKey, grantee, 's3', ['kms:GenerateDataKey']));
}

/** Grants `s3:ListBucket`, `GetObject` and `DeleteObject`, and `kms:Decrypt` on the bucket's key. */
export function grantSweep(bucket: s3.IBucket, grantee: iam.IGrantable): iam.Grant {
  const sweep = grantList(bucket, grantee).combine(
    iam.Grant.addToPrincipal({
      grantee,
      actions: ['s3:GetObject', 's3:DeleteObject'],
      resourceArns: [bucket.arnForObjects('*')],
    }),
  );
  return sweep.combine(grantKey(bucket.encryptionKey, grantee, 's3', ['kms:Decrypt']));
}

export const grantList = (bucket: s3.IBucket, grantee: iam.IGrantable): iam.Grant =>
  iam.Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn] });
