import { Annotations, Stack, Token } from 'aws-cdk-lib';
import { CfnGlobalTable, CfnTable, type ITable } from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import { TABLE_KEY } from '../lambdas/runtime/contract';
import { claimedBefore } from './claims';
import type { IKafkaTopic } from './interfaces';
import type { ISpillStore } from './producer';
import type { Rule } from './refusal';
import { differ } from './validation';

/** Whether what a consumer is given belongs to it, and to it alone. */

interface Parts {
  readonly handler: lambda.Function;
  readonly invoke?: lambda.IFunction;
  readonly table?: ITable;
  readonly topic: IKafkaTopic;
  readonly spill?: ISpillStore;
}

export function partRules(
  consumer: IConstruct,
  { handler, invoke, table, topic, spill }: Parts,
  group: string,
): Rule[] {
  const first = claimedBefore(consumer, ['group', topic.cluster.clusterArn, group].join(' '));
  const keys = table && keysOf(table);
  return [
    {
      when: invoke !== undefined && isOther(invoke, handler),
      message: `invoke: got ${invoke?.node.path}, want an alias or version of the handler ${handler.node.path}, as no other function has its environment and rights; give handler.addAlias(name), or leave it out`,
    },
    {
      when: first !== undefined,
      message: `consumerGroup: got '${group}', the group of consumer ${first}, want one of this consumer alone, as each of the two would apply only what the other does not get; give another, or leave it out`,
    },
    {
      when: keys !== undefined && keys !== TABLE_KEY,
      message: `table: got a table with the key ${keys}, want one with the partition key '${TABLE_KEY}', a string, and no sort key, as no event could be remembered in another; change it, or leave it out`,
    },
    {
      when: spill !== undefined && isOfAnother(spill.topic, topic),
      message: `spill: got the SpillStore of topic ${spill?.topic.topicName}, want that of topic ${topic.topicName}, as its function sends events back to its own topic alone; give pipeline.spill of the same pipeline, or leave it out`,
    },
  ];
}

const isOfAnother = (one: IKafkaTopic, other: IKafkaTopic): boolean =>
  differ(one.topicName, other.topicName) || differ(one.cluster.clusterArn, other.cluster.clusterArn);

/** An alias of an imported function may be that of the handler. */
function isOther(invoke: lambda.IFunction, handler: lambda.Function): boolean {
  const invoked: unknown = 'lambda' in invoke ? invoke.lambda : invoke;
  return invoked instanceof lambda.Function && invoked !== handler;
}

/** Names of the key's attributes, with the type of what is no string; undefined where this app does not make the table. */
function keysOf(table: ITable): string | undefined {
  const made = table.node.defaultChild;
  if (!(made instanceof CfnTable || made instanceof CfnGlobalTable)) return undefined;
  const { keySchema, attributeDefinitions } = Stack.of(made).resolve({
    keySchema: made.keySchema,
    attributeDefinitions: made.attributeDefinitions,
  }) as {
    keySchema: { attributeName: string }[];
    attributeDefinitions?: { attributeName: string; attributeType: string }[];
  };
  const typeOf = (name: string) => attributeDefinitions?.find((each) => each.attributeName === name)?.attributeType;
  return keySchema
    .map(({ attributeName: name }) => ((typeOf(name) ?? 'S') === 'S' ? name : `${name} of type ${typeOf(name)}`))
    .join(' and ');
}

/** Only a name that is known now is part of the mapping's logical id. */
export function warnOfLaterTopic(consumer: IConstruct, { topicName }: IKafkaTopic): void {
  if (!Token.isUnresolved(topicName)) return;
  Annotations.of(consumer).addWarningV2(
    'cdk-lossless-kafka:topic-at-deploy',
    `topic: got a name known only at deploy, want one known at synthesis, as CloudFormation reports success for a changed topic and the mapping reads on from the old one; write the name out, or never change it`,
  );
}

/** https://docs.aws.amazon.com/msk/latest/developerguide/consumer-lag.html */
export function warnOfUncountedLag(consumer: IConstruct, group: string): void {
  if (Token.isUnresolved(group) || !group.includes(':')) return;
  Annotations.of(consumer).addWarningV2(
    'cdk-lossless-kafka:lag-not-counted',
    `consumerGroup: got '${group}', want a name without a colon, as MSK counts no lag of a group that has one, and an alarm on it never rings; a new consumer is given another, one that runs keeps it and is watched by metric('MaxOffsetLag')`,
  );
}
