import type * as cloudformation from '@aws-sdk/client-cloudformation';
import type * as cloudwatch from '@aws-sdk/client-cloudwatch';
import type * as dynamodb from '@aws-sdk/client-dynamodb';
import type * as eventbridge from '@aws-sdk/client-eventbridge';
import type * as iam from '@aws-sdk/client-iam';
import type * as kafka from '@aws-sdk/client-kafka';
import type * as kms from '@aws-sdk/client-kms';
import type * as lambda from '@aws-sdk/client-lambda';
import type * as s3 from '@aws-sdk/client-s3';

/** What an account is asked: a service and one of its operations that only read, as the SDK names them. */
export interface Questions {
  'cloudformation:DescribeStacks': [cloudformation.DescribeStacksInput, cloudformation.DescribeStacksOutput];
  'cloudformation:GetTemplate': [cloudformation.GetTemplateInput, cloudformation.GetTemplateOutput];
  'cloudformation:ListStackResources': [
    cloudformation.ListStackResourcesInput,
    cloudformation.ListStackResourcesOutput,
  ];
  'cloudwatch:DescribeAlarms': [cloudwatch.DescribeAlarmsInput, cloudwatch.DescribeAlarmsOutput];
  'dynamodb:DescribeContinuousBackups': [
    dynamodb.DescribeContinuousBackupsInput,
    dynamodb.DescribeContinuousBackupsOutput,
  ];
  'dynamodb:DescribeTable': [dynamodb.DescribeTableInput, dynamodb.DescribeTableOutput];
  'dynamodb:DescribeTimeToLive': [dynamodb.DescribeTimeToLiveInput, dynamodb.DescribeTimeToLiveOutput];
  'eventbridge:DescribeRule': [eventbridge.DescribeRuleRequest, eventbridge.DescribeRuleResponse];
  'eventbridge:ListTargetsByRule': [eventbridge.ListTargetsByRuleRequest, eventbridge.ListTargetsByRuleResponse];
  'iam:GetRole': [iam.GetRoleRequest, iam.GetRoleResponse];
  'iam:GetRolePolicy': [iam.GetRolePolicyRequest, iam.GetRolePolicyResponse];
  'iam:ListAttachedRolePolicies': [iam.ListAttachedRolePoliciesRequest, iam.ListAttachedRolePoliciesResponse];
  'iam:ListRolePolicies': [iam.ListRolePoliciesRequest, iam.ListRolePoliciesResponse];
  'kafka:DescribeClusterV2': [kafka.DescribeClusterV2Request, kafka.DescribeClusterV2Response];
  'kafka:DescribeConfiguration': [kafka.DescribeConfigurationRequest, kafka.DescribeConfigurationResponse];
  'kafka:DescribeConfigurationRevision': [
    kafka.DescribeConfigurationRevisionRequest,
    kafka.DescribeConfigurationRevisionResponse,
  ];
  'kafka:DescribeTopic': [kafka.DescribeTopicRequest, kafka.DescribeTopicResponse];
  'kms:DescribeKey': [kms.DescribeKeyRequest, kms.DescribeKeyResponse];
  'kms:GetKeyPolicy': [kms.GetKeyPolicyRequest, kms.GetKeyPolicyResponse];
  'lambda:GetEventSourceMapping': [lambda.GetEventSourceMappingRequest, lambda.EventSourceMappingConfiguration];
  'lambda:GetFunctionConcurrency': [lambda.GetFunctionConcurrencyRequest, lambda.GetFunctionConcurrencyResponse];
  'lambda:GetFunctionConfiguration': [lambda.GetFunctionConfigurationRequest, lambda.FunctionConfiguration];
  'lambda:GetFunctionEventInvokeConfig': [lambda.GetFunctionEventInvokeConfigRequest, lambda.FunctionEventInvokeConfig];
  's3:GetBucketEncryption': [s3.GetBucketEncryptionRequest, s3.GetBucketEncryptionOutput];
  's3:GetBucketLifecycleConfiguration': [
    s3.GetBucketLifecycleConfigurationRequest,
    s3.GetBucketLifecycleConfigurationOutput,
  ];
  's3:GetBucketPolicy': [s3.GetBucketPolicyRequest, s3.GetBucketPolicyOutput];
  's3:GetBucketVersioning': [s3.GetBucketVersioningRequest, s3.GetBucketVersioningOutput];
  's3:GetPublicAccessBlock': [s3.GetPublicAccessBlockRequest, s3.GetPublicAccessBlockOutput];
}

export type Question = keyof Questions;

/** What comes back: what is asked for, that there is no such thing, or that it was not to be seen and why, in one line. */
export type Answer<T> =
  | { readonly kind: 'said'; readonly value: T }
  | { readonly kind: 'none' }
  | { readonly kind: 'unseen'; readonly why: string };

/** An account and a region of AWS, as far as it is read. */
export interface Account {
  /** @throws Error in one sentence where nothing at all can be asked: no credentials, no region, nobody there */
  ask<Q extends Question>(question: Q, input: Questions[Q][0]): Promise<Answer<Questions[Q][1]>>;
}

/** The rights that each question needs, by IAM's names of them. */
export const RIGHTS: Readonly<Record<Question, readonly string[]>> = {
  'cloudformation:DescribeStacks': ['cloudformation:DescribeStacks'],
  'cloudformation:GetTemplate': ['cloudformation:GetTemplate'],
  'cloudformation:ListStackResources': ['cloudformation:ListStackResources'],
  'cloudwatch:DescribeAlarms': ['cloudwatch:DescribeAlarms'],
  'dynamodb:DescribeContinuousBackups': ['dynamodb:DescribeContinuousBackups'],
  'dynamodb:DescribeTable': ['dynamodb:DescribeTable'],
  'dynamodb:DescribeTimeToLive': ['dynamodb:DescribeTimeToLive'],
  'eventbridge:DescribeRule': ['events:DescribeRule'],
  'eventbridge:ListTargetsByRule': ['events:ListTargetsByRule'],
  'iam:GetRole': ['iam:GetRole'],
  'iam:GetRolePolicy': ['iam:GetRolePolicy'],
  'iam:ListAttachedRolePolicies': ['iam:ListAttachedRolePolicies'],
  'iam:ListRolePolicies': ['iam:ListRolePolicies'],
  'kafka:DescribeClusterV2': ['kafka:DescribeClusterV2'],
  'kafka:DescribeConfiguration': ['kafka:DescribeConfiguration'],
  'kafka:DescribeConfigurationRevision': ['kafka:DescribeConfigurationRevision'],
  // https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html
  'kafka:DescribeTopic': [
    'kafka:DescribeTopic',
    'kafka-cluster:Connect',
    'kafka-cluster:DescribeTopic',
    'kafka-cluster:DescribeTopicDynamicConfiguration',
  ],
  'kms:DescribeKey': ['kms:DescribeKey'],
  'kms:GetKeyPolicy': ['kms:GetKeyPolicy'],
  'lambda:GetEventSourceMapping': ['lambda:GetEventSourceMapping'],
  'lambda:GetFunctionConcurrency': ['lambda:GetFunctionConcurrency'],
  'lambda:GetFunctionConfiguration': ['lambda:GetFunctionConfiguration'],
  'lambda:GetFunctionEventInvokeConfig': ['lambda:GetFunctionEventInvokeConfig'],
  's3:GetBucketEncryption': ['s3:GetEncryptionConfiguration'],
  's3:GetBucketLifecycleConfiguration': ['s3:GetLifecycleConfiguration'],
  's3:GetBucketPolicy': ['s3:GetBucketPolicy'],
  's3:GetBucketVersioning': ['s3:GetBucketVersioning'],
  's3:GetPublicAccessBlock': ['s3:GetBucketPublicAccessBlock'],
};
