import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RemovalPolicy } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as logs from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { logGroup } from './log-group';
import { outside, refuse } from './validation';

/** The same from source (`lib/`) and from the package (`dist/lib/`). */
const bundles = (): string => {
  const places = [join(__dirname, '..', 'dist', 'handlers'), join(__dirname, '..', 'handlers')];
  return places.find(existsSync) ?? join(__dirname, '..', 'dist', 'handlers');
};

type Name = 'ingest' | 'replay' | 'unpack' | 'audit' | 'canary';

/** What is chosen of a function that the library brings. */
export interface OwnedFunctionOptions {
  /** MiB: the default or more, as with less the largest of what it may hold would kill it. @default - 512 for a door, 1,769 for replay, 1,024 for unpack, 512 for an audit, 256 for canaries */
  readonly memorySize?: number;
  /** How long its log is kept. @default RetentionDays.ONE_MONTH */
  readonly logRetention?: logs.RetentionDays;
  /**
   * Whether X-Ray traces it.
   * @default Tracing.DISABLED
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
   */
  readonly tracing?: lambda.Tracing;
}

/** MiB that suffice for the most that each takes at once. */
export const MEMORY: Readonly<Record<Name, number>> = {
  ingest: 512,
  // One flush of 64 MiB of small events, in one object as earlier versions wrote it, takes about 1 GB once it is read.
  replay: 1_769,
  // An on-failure object holds a whole invocation as text within text: read, it takes some ten times its size.
  unpack: 1_024,
  // A thousand partitions take a quarter of it; a cold start in less takes as long as brokers wait for it.
  audit: 512,
  canary: 256,
};

const PURPOSE: Readonly<Record<Name, string>> = {
  ingest: 'Takes events',
  replay: 'Sends spilled events to Kafka',
  unpack: 'Parks what the mapping gave up',
  audit: 'Finds events that are unaccounted',
  canary: 'Sends canaries',
};

/** What of a pipeline its functions' logs take over. */
export interface Kept {
  readonly encryptionKey?: kms.IKey;
  readonly removalPolicy?: RemovalPolicy;
}

/** What every handler that the library owns has in common. */
export function ownedHandler(
  scope: Construct,
  id: string,
  name: Name,
  options: OwnedFunctionOptions & Kept = {},
  from = bundles(),
): lambda.FunctionProps {
  const folder = join(from, name);
  if (!existsSync(join(folder, 'index.js'))) {
    throw new Error(
      `handler ${name}: got no ${join(folder, 'index.js')}, want its bundle there; run npm run build:handlers`,
    );
  }
  const path = `${scope.node.path}/${id}`;
  const { memorySize = MEMORY[name], logRetention: retention, encryptionKey, removalPolicy } = options;
  refuse({ node: { path } }, [
    {
      when: outside(memorySize, MEMORY[name], 10_240),
      message: `memorySize: got ${memorySize} MiB, want a whole number from ${MEMORY[name]} to 10240, as the most that ${name} takes at once must not kill it; raise it or leave it out`,
    },
  ]);
  return {
    code: lambda.Code.fromAsset(folder),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    memorySize,
    tracing: options.tracing,
    description: `${PURPOSE[name]}: ${path}`.slice(0, 256),
    logGroup: logGroup(scope, `${id}Logs`, { retention, encryptionKey, removalPolicy }),
  };
}

/** EC2 takes 255 characters, and what the CDK says of the group that it makes for a function holds the whole of its ids. */
export function clipGroup(handler: lambda.Function): void {
  const group = handler.node.tryFindChild('SecurityGroup')?.node.defaultChild;
  if (group instanceof ec2.CfnSecurityGroup) group.groupDescription = group.groupDescription.slice(0, 255);
}
