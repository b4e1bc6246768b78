import type { Reading } from '../reading';
import { alarms } from './cloudwatch';
import { tables } from './dynamodb';
import { rules } from './eventbridge';
import { inlinePolicies, roles } from './iam';
import { clusters, topics } from './kafka';
import { keys } from './kms';
import { functions, invokeConfigs, mappings } from './lambda';
import { bucketPolicies, buckets } from './s3';

/** How each type of resource is looked at; what is not among them is not looked at (docs/verify.md). */
export const READINGS: readonly { readonly types: readonly string[]; readonly read: Reading }[] = [
  { types: ['AWS::CloudWatch::Alarm', 'AWS::CloudWatch::CompositeAlarm'], read: alarms },
  { types: ['AWS::DynamoDB::Table'], read: tables },
  { types: ['AWS::Events::Rule'], read: rules },
  { types: ['AWS::IAM::Policy'], read: inlinePolicies },
  { types: ['AWS::IAM::Role'], read: roles },
  { types: ['AWS::KMS::Key'], read: keys },
  { types: ['AWS::Lambda::EventInvokeConfig'], read: invokeConfigs },
  { types: ['AWS::Lambda::EventSourceMapping'], read: mappings },
  { types: ['AWS::Lambda::Function'], read: functions },
  { types: ['AWS::MSK::Cluster'], read: clusters },
  { types: ['AWS::MSK::Topic'], read: topics },
  { types: ['AWS::S3::Bucket'], read: buckets },
  { types: ['AWS::S3::BucketPolicy'], read: bucketPolicies },
];
