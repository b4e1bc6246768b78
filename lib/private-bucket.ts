import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

export interface PrivateBucketProps {
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** A bucket that keeps events: nothing current ever expires, and what was deleted or overwritten stays for 30 days. */
export function privateBucket(scope: Construct, id: string, props: PrivateBucketProps): s3.Bucket {
  const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
  const bucket = new s3.Bucket(scope, id, {
    encryption: s3.BucketEncryption.KMS,
    encryptionKey: props.encryptionKey ?? new kms.Key(scope, 'Key', { enableKeyRotation: true, removalPolicy }),
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
  return bucket;
}

/** Grants `s3:PutObject`, and `kms:GenerateDataKey` on the bucket's key. */
export function grantPut(bucket: s3.IBucket, grantee: iam.IGrantable): iam.Grant {
  const put = iam.Grant.addToPrincipal({
    grantee,
    actions: ['s3:PutObject'],
    resourceArns: [bucket.arnForObjects('*')],
  });
  return bucket.encryptionKey ? put.combine(bucket.encryptionKey.grant(grantee, 'kms:GenerateDataKey')) : put;
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
  return bucket.encryptionKey ? sweep.combine(bucket.encryptionKey.grant(grantee, 'kms:Decrypt')) : sweep;
}

export const grantList = (bucket: s3.IBucket, grantee: iam.IGrantable): iam.Grant =>
  iam.Grant.addToPrincipal({ grantee, actions: ['s3:ListBucket'], resourceArns: [bucket.bucketArn] });
