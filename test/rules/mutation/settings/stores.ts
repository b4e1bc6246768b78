import { REMOVED } from '../spot';
import type { Setting } from './setting';

import type { Purpose } from '../subjects';

const LOST_WITH_STACK = 'deleted with the stack, or when a change replaces it';
const KEPT: readonly Purpose[] = ['brokers', 'topic', 'events', 'memory', 'key'];

/** What holds events, and for how long. */
export const STORE_SETTINGS: readonly Setting[] = [
  ...KEPT.flatMap((of): Setting[] => [
    {
      of,
      path: '!DeletionPolicy',
      losing: [
        ['Delete', LOST_WITH_STACK],
        [REMOVED, LOST_WITH_STACK],
      ],
      harmless: ['Retain', 'RetainExceptOnCreate'],
    },
    {
      of,
      path: '!UpdateReplacePolicy',
      losing: [
        ['Delete', LOST_WITH_STACK],
        [REMOVED, LOST_WITH_STACK],
      ],
    },
  ]),
  {
    of: 'events',
    path: 'VersioningConfiguration',
    losing: [
      [REMOVED, 'an object overwritten by mistake'],
      [{ Status: 'Suspended' }, 'an object overwritten by mistake'],
    ],
  },
  {
    of: 'events',
    path: 'LifecycleConfiguration',
    losing: [
      [{ Rules: [{ Status: 'Enabled', ExpirationInDays: 7 }] }, 'parked events expire'],
      [{ Rules: [{ Status: 'Enabled', ExpirationDate: '2027-01-01T00:00:00Z' }] }, 'parked events expire'],
      [{ Rules: [{ Status: 'Enabled', ExpirationInDays: 30, Prefix: '' }] }, 'parked events expire'],
    ],
    harmless: [
      REMOVED,
      { Rules: [{ Status: 'Disabled', ExpirationInDays: 7 }] },
      { Rules: [{ Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 7 } }] },
      { Rules: [{ Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }] },
    ],
  },
  ...['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'].map((block): Setting => ({
    of: 'events',
    path: `PublicAccessBlockConfiguration.${block}`,
    losing: [[false, 'events that anybody may be let delete']],
    ifPresent: true,
  })),
  // Since 2023 every new bucket is private and encrypted unless it says otherwise.
  { of: 'events', path: 'PublicAccessBlockConfiguration', losing: [], harmless: [REMOVED] },
  {
    of: 'events',
    path: 'BucketEncryption',
    losing: [],
    harmless: [
      REMOVED,
      { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
    ],
  },
  { of: 'events', path: 'Tags', losing: [], harmless: [[{ Key: 'team', Value: 'orders' }]] },
  {
    of: 'memory',
    path: 'TimeToLiveSpecification.AttributeName',
    losing: [['createdAt', 'parked records expire']],
    ifPresent: true,
  },
  { of: 'memory', path: 'TimeToLiveSpecification', losing: [], harmless: [REMOVED] },
  {
    of: 'memory',
    path: 'PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled',
    losing: [
      [false, 'a damaged table cannot be brought back'],
      [REMOVED, 'a damaged table cannot be brought back'],
    ],
  },
  { of: 'memory', path: 'DeletionProtectionEnabled', losing: [], harmless: [true] },
  ...(['key', 'secret key'] as const).flatMap((of): Setting[] => [
    { of, path: 'Enabled', losing: [[false, 'nothing encrypted with it is read or written']], harmless: [true] },
    {
      of,
      path: 'KeyPolicy',
      losing: [
        [
          {
            Statement: [
              {
                Effect: 'Allow',
                Principal: { AWS: 'arn:aws:iam::111122223333:role/nobody' },
                Action: 'kms:*',
                Resource: '*',
              },
            ],
          },
          'no role of the account may use the key',
        ],
        [
          (policy: { Statement?: unknown[] } = {}) => ({
            Statement: [
              ...(policy.Statement ?? []),
              { Effect: 'Deny', Principal: '*', Action: ['kms:GenerateDataKey*', 'kms:Decrypt'], Resource: '*' },
            ],
          }),
          'nobody may use the key',
        ],
      ],
    },
  ]),
  { of: 'key', path: 'PendingWindowInDays', losing: [], harmless: [30] },
];
