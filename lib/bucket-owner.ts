import { Stack, Stage, Token } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { claimedBefore } from './claims';
import { refuse } from './validation';

/** An on-failure object does not name its consumer group: of two that share a bucket, one would take the other's records. */
export function ofOneConsumer(consumer: IConstruct, bucket: s3.IBucket): void {
  const owner = claimedBefore(consumer, `on-failure bucket ${identityOf(bucket)}`, consumer.node.root);
  refuse(consumer, [
    {
      when: owner !== undefined,
      message: `onFailureBucket: got the bucket of consumer ${owner}, want one of this consumer alone, as what lies in it does not name the group it is for; leave it out, or give another`,
    },
  ]);
}

/** The same for every construct that stands for one bucket, as far as a template can tell. */
function identityOf(bucket: s3.IBucket): string {
  const made = bucket.node.defaultChild;
  const told: unknown = made instanceof s3.CfnBucket ? Stack.of(made).resolve(made.bucketName) : bucket.bucketName;
  if (typeof told === 'string' && !Token.isUnresolved(told)) return told;
  if (made !== undefined) return made.node.path;
  const text = JSON.stringify(Stack.of(bucket).resolve(bucket.bucketName));
  // A reference means something in its stack, an import in every stack of the account.
  const scope = /"(Ref|Fn::GetAtt)"/.test(text) ? Stack.of(bucket) : (Stage.of(bucket) ?? bucket.node.root);
  return `${scope.node.path} ${text}`;
}
