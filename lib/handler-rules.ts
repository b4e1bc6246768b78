import { Duration, Stack, Token } from 'aws-cdk-lib';
import { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { CfnCluster } from 'aws-cdk-lib/aws-msk';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { UNSAID_TIMEOUT_SECONDS } from '../rules';
import { claimedBefore } from './claims';
import type { Rule } from './refusal';

/** The oldest Node.js on which the runtime of this library works. */
const OLDEST_NODE = 20;
const NOT_NODE: ReadonlySet<lambda.RuntimeFamily | undefined> = new Set([
  lambda.RuntimeFamily.JAVA,
  lambda.RuntimeFamily.PYTHON,
  lambda.RuntimeFamily.DOTNET_CORE,
  lambda.RuntimeFamily.GO,
  lambda.RuntimeFamily.RUBY,
]);

/** The function's timeout, or Lambda's own default where the function sets none. */
export const timeoutOf = (handler: lambda.Function): Duration =>
  handler.timeout ?? Duration.seconds(UNSAID_TIMEOUT_SECONDS);

/** What any function of a user's has to be. What an image or a runtime of one's own runs is not seen, and taken. */
export function handlerRules(handler: lambda.Function): Rule[] {
  const { path } = handler.node;
  // Whatever a cast says, an imported function has no such method.
  if (!('addEnvironment' in handler)) {
    const message = `handler ${path}: got an imported function, want one that this app makes, as its environment, timeout and network are read or set; give the Function itself`;
    return [{ when: true, message }];
  }
  const { name, family } = handler.runtime;
  const version = /^nodejs(\d+)/.exec(name)?.[1];
  return [
    {
      when: NOT_NODE.has(family) || Number(version ?? OLDEST_NODE) < OLDEST_NODE,
      message: `handler ${path}: got runtime ${name}, want Node.js ${OLDEST_NODE} or later, in which this library's producer() and consumer() are written; set runtime: Runtime.NODEJS_24_X`,
    },
  ];
}

/** Refuses a function that does the same on a topic for a second construct: its code could not tell which of the two is meant. */
export function givenOnce(
  construct: IConstruct,
  handler: lambda.Function,
  role: 'consumer' | 'producer',
  topic: { readonly topicName: string; readonly clusterArn?: string },
): Rule {
  const first = claimedBefore(construct, [role, topic.topicName, topic.clusterArn].join(' '), handler);
  return {
    when: first !== undefined,
    message: `handler ${handler.node.path}: got it for topic ${topic.topicName} a second time, after ${first}, want a function once for each topic, as it could not tell which ${role} it is and would refuse every call (NOT_CONFIGURED); give this ${role} a function of its own`,
  };
}

/** Lambda's limit on all variables of a function together, measured on them as JSON. */
const MOST_BYTES = 4_096;
const WATCHED = new WeakSet<lambda.Function>();

/** Refuses, at synthesis, an environment that Lambda will not take: other variables may be added until then. */
export function watchEnvironment(handler: lambda.Function): void {
  if (WATCHED.has(handler)) return;
  WATCHED.add(handler);
  handler.node.addValidation({
    validate: () => {
      const bytes = leastBytes(handler);
      if (bytes <= MOST_BYTES) return [];
      return [
        `environment: got at least ${bytes} bytes of variables, want ${MOST_BYTES} at most, the limit of Lambda; each consumer and producer adds some 400: give some of them a function of their own, or take other variables out`,
      ];
    },
  });
}

/** Values known only at deploy count with the least they can have. */
function leastBytes(handler: lambda.Function): number {
  const stack = Stack.of(handler);
  const { environment } = handler.node.defaultChild as lambda.CfnFunction;
  const resolved = stack.resolve(environment) as { variables?: Record<string, unknown> } | undefined;
  const names = namesIn(stack);
  const variables = Object.entries(resolved?.variables ?? {}).map(([name, value]) => [name, leastText(value, names)]);
  return Buffer.byteLength(JSON.stringify(Object.fromEntries(variables)));
}

/**
 * Characters of what CloudFormation makes known, by `<logical id>` or `<logical id>.<attribute>`, where more than a few are
 * certain.
 */
function namesIn(stack: Stack): ReadonlyMap<string, number> {
  const names = new Map<string, number>();
  for (const each of stack.node.findAll()) {
    if (!(each instanceof CfnBucket || each instanceof CfnTable || each instanceof CfnCluster)) continue;
    const id = stack.resolve(each.logicalId) as string;
    if (each instanceof CfnCluster) {
      names.set(
        `${id}.Arn`,
        'arn:aws:kafka:us-east-1:123456789012:cluster/n/12345678-1234-1234-1234-123456789012-1'.length,
      );
      continue;
    }
    const given = each instanceof CfnBucket ? each.bucketName : each.tableName;
    // A letter or more of the stack's name, the logical id and twelve characters, up to the 63 of a bucket.
    const made = Math.min(63, `s-${id}-123456789012`.length);
    names.set(id, given === undefined ? made : Token.isUnresolved(given) ? SHORTEST : given.length);
  }
  return names;
}

function leastText(value: unknown, names: ReadonlyMap<string, number>): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[intrinsic, argument] = ['', undefined]] = Object.entries(value);
  if (intrinsic === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown];
    return Array.isArray(parts) ? parts.map((part) => leastText(part, names)).join(separator) : '';
  }
  const target = [argument].flat().map(String).join('.');
  return 'x'.repeat(PSEUDO[target] ?? names.get(target) ?? SHORTEST);
}

/** Characters of the shortest region, partition and the like. */
const PSEUDO: Readonly<Record<string, number | undefined>> = {
  'AWS::AccountId': 12,
  'AWS::Partition': 3,
  'AWS::Region': 9,
  'AWS::URLSuffix': 13,
};
/** Of anything else: a parameter may be empty. */
const SHORTEST = 0;
