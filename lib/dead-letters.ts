import type { RemovalPolicy } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { grantPut, privateBucket } from './private-bucket';

export interface DeadLettersProps {
  /** A bucket that exists: versioned, private, and without a rule that expires objects. @default - a new bucket */
  readonly bucket?: s3.IBucket;
  /** Encrypts the new bucket. @default - a new key */
  readonly encryptionKey?: kms.IKey;
  /** @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: deleting a stack deletes no event */
  readonly removalPolicy?: RemovalPolicy;
}

/** Where parked events lie, whole and of any size, until they are sent back: versioned, encrypted, private, for ever. */
export class DeadLetters extends Construct {
  readonly bucket: s3.IBucket;

  constructor(scope: Construct, id: string, props: DeadLettersProps = {}) {
    super(scope, id);
    this.bucket = props.bucket ?? privateBucket(this, 'Bucket', props);
  }

  /** Grants `s3:PutObject`, and `kms:GenerateDataKey` on the bucket's key. */
  grantPark(grantee: iam.IGrantable): iam.Grant {
    return grantPut(this.bucket, grantee);
  }
}
