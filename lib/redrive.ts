import { CfnOutput, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import {
  amendment,
  DEAD_LETTERS_OUTPUT,
  letterEnd,
  type DeadLettersOutput,
  type EventIds,
} from '../lambdas/runtime/contract';
import { acknowledgePolicy } from './acknowledged';
import type { DeadLetters } from './dead-letters';
import { ENCRYPT_AND_DECRYPT, grantKey } from './keys';
import type { IKafkaTopic } from './interfaces';
import { folderBelow, grantList } from './private-bucket';

/** Who parks, where, and who sends it back. */
interface Parking {
  readonly topic: IKafkaTopic;
  readonly deadLetters: DeadLetters;
  /** Sends dead letters back. @default - nobody does */
  readonly replay?: lambda.Function;
  /** Consumer group, and the table in which it remembers. @default - what never reached the topic, which no table knows */
  readonly consumer?: { readonly group: string; readonly table: dynamodb.ITable };
  /** Bucket of what waits for the brokers. @default - not said */
  readonly spillBucket?: s3.IBucket;
  /** How the consumer tells its events apart. @default - not said */
  readonly eventIds?: { readonly _setting: EventIds };
}

/**
 * Lets a function read and delete the dead letters of a topic, whichever group has parked them, and amend them; and put letters for
 * what the topic still holds, which it reads as no member of a group.
 */
export function grantSendBack(
  { deadLetters: { bucket }, topic }: Parking & { readonly replay: lambda.Function },
  grantee: iam.IGrantable,
): void {
  // `*` stands for the group, and whatever lies below the topic.
  const letters = [folderBelow([topic.cluster.clusterArn]), '*/', folderBelow([topic.topicName]), '*'].join('');
  grantList(bucket, grantee);
  iam.Grant.addToPrincipal({
    grantee,
    actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    resourceArns: [bucket.arnForObjects(letters)],
  });
  iam.Grant.addToPrincipal({ grantee, actions: ['kafka-cluster:ReadData'], resourceArns: [topic.topicArn] });
  // How people ended events, and corrected events until they are published, lie under the names of their letters.
  const ended = bucket.arnForObjects(letterEnd(letters));
  const amendments = bucket.arnForObjects(amendment(letters, '*'));
  iam.Grant.addToPrincipal({ grantee, actions: ['s3:GetObject', 's3:PutObject'], resourceArns: [ended, amendments] });
  iam.Grant.addToPrincipal({ grantee, actions: ['s3:DeleteObject'], resourceArns: [amendments] });
  grantKey(bucket.encryptionKey, grantee, 's3', ['kms:Decrypt', 'kms:GenerateDataKey']);
}

/**
 * Lets the function of a spill store write in a consumer's table that events are sent back. The policy stands beside the
 * consumer: the stack of the spill store may not wait for one of its consumers.
 */
function grantRedrive(scope: Construct, { replay, consumer }: Parking): void {
  const role = replay?.role;
  if (role === undefined || consumer === undefined) return;
  const { table } = consumer;
  const policy = new iam.Policy(scope, 'Redrive', { roles: [role] });
  iam.Grant.addToPrincipal({
    grantee: policy,
    actions: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
    resourceArns: [table.tableArn],
  });
  grantKey(table.encryptionKey, policy, 'dynamodb', ENCRYPT_AND_DECRYPT);
  acknowledgePolicy(policy);
}

/** Lets the replay function send back what is parked, and says in an output of the stack where all of it is. */
export function sentBack(scope: Construct, parking: Parking): void {
  grantRedrive(scope, parking);
  const { topic, deadLetters, replay, consumer, spillBucket, eventIds } = parking;
  const told: DeadLettersOutput = {
    kind: DEAD_LETTERS_OUTPUT,
    cluster: topic.cluster.clusterArn,
    topic: topic.topicName,
    group: consumer?.group ?? '-',
    table: consumer?.table.tableName,
    deadLetters: deadLetters.bucket.bucketName,
    replay: replay?.functionName,
    spill: spillBucket?.bucketName,
    eventIds: eventIds?._setting,
  };
  new CfnOutput(scope, 'DeadLettersOutput', {
    value: Stack.of(scope).toJsonString(told),
    description: 'Read by cdk-lossless-kafka dead-letters, status and trace',
  });
}
