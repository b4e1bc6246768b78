import type { LifecycleRule } from '@aws-sdk/client-s3';
import { isMap } from '../deployed-values';
import { each, property, type Reading } from '../reading';
import { guarded } from './policies';

export const buckets: Reading = each(async (of, { ask }) => {
  const Bucket = of.physicalId;
  const versioning = await ask(of, 's3:GetBucketVersioning', { Bucket });
  if (versioning.kind === 'none') return 'gone';
  const lifecycle = await ask(of, 's3:GetBucketLifecycleConfiguration', { Bucket });
  const encryption = await ask(of, 's3:GetBucketEncryption', { Bucket });
  const block = await ask(of, 's3:GetPublicAccessBlock', { Bucket });
  const properties = {
    ...property('VersioningConfiguration', versioning, ({ Status }) => Status && { Status }),
    ...property('LifecycleConfiguration', lifecycle, ({ Rules = [] }) => ({ Rules: Rules.map(ruleOf) })),
    ...property('BucketEncryption', encryption, ({ ServerSideEncryptionConfiguration: all }) => ({
      ServerSideEncryptionConfiguration: all?.Rules?.map(
        ({ ApplyServerSideEncryptionByDefault: by, BucketKeyEnabled }) => ({
          ServerSideEncryptionByDefault: by,
          BucketKeyEnabled,
        }),
      ),
    })),
    ...property('PublicAccessBlockConfiguration', block, ({ PublicAccessBlockConfiguration: all }) => all),
    // A bucket that says nothing of it is open; a template that says nothing gets one that is shut.
    ...(block.kind === 'none' && { PublicAccessBlockConfiguration: OPEN_TO_ALL }),
  };
  return [{ of, properties }];
});

const OPEN_TO_ALL = {
  BlockPublicAcls: false,
  BlockPublicPolicy: false,
  IgnorePublicAcls: false,
  RestrictPublicBuckets: false,
};

/** As a template writes a rule; without the id, which S3 makes up. */
function ruleOf({
  Status,
  Filter,
  Prefix,
  Expiration,
  NoncurrentVersionExpiration,
  AbortIncompleteMultipartUpload,
}: LifecycleRule): object {
  const prefix = Prefix ?? Filter?.Prefix ?? Filter?.And?.Prefix ?? '';
  const tags = Filter?.Tag ? [Filter.Tag] : (Filter?.And?.Tags ?? []);
  const { Days, Date: date, ExpiredObjectDeleteMarker } = Expiration ?? {};
  return {
    Status,
    ...(prefix !== '' && { Prefix: prefix }),
    ...(tags.length > 0 && { TagFilters: tags }),
    ...(Days !== undefined && { ExpirationInDays: Days }),
    ...(date !== undefined && { ExpirationDate: date.toISOString() }),
    ...(ExpiredObjectDeleteMarker !== undefined && { ExpiredObjectDeleteMarker }),
    ...(NoncurrentVersionExpiration && { NoncurrentVersionExpiration }),
    ...(AbortIncompleteMultipartUpload && { AbortIncompleteMultipartUpload }),
  };
}

export const bucketPolicies: Reading = each(async (of, { ask }) => {
  const Bucket = String(of.stack.values.meaningOf(of.properties['Bucket']));
  const said = await ask(of, 's3:GetBucketPolicy', { Bucket });
  if (said.kind === 'none') return 'gone';
  if (said.kind === 'unseen') return [];
  const parsed: unknown = JSON.parse(said.value.Policy ?? '{}');
  return [guarded(of, 'PolicyDocument', isMap(parsed) ? parsed : {})];
});
