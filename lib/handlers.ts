import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/** The same from source (`lib/`) and from the package (`dist/lib/`). */
const bundles = (): string => {
  const places = [join(__dirname, '..', 'dist', 'handlers'), join(__dirname, '..', 'handlers')];
  return places.find(existsSync) ?? join(__dirname, '..', 'dist', 'handlers');
};

/** What every handler that the library owns has in common. */
export function ownedHandler(name: 'ingest' | 'replay' | 'unpack', from = bundles()) {
  const folder = join(from, name);
  if (!existsSync(join(folder, 'index.js'))) {
    throw new Error(
      `handler ${name}: got no ${join(folder, 'index.js')}, want its bundle there; run npm run build:handlers`,
    );
  }
  return {
    code: lambda.Code.fromAsset(folder),
    handler: 'index.handler',
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: lambda.Architecture.ARM_64,
    memorySize: 512,
  };
}

/**
 * A function that sweeps a bucket every minute. What a sweep leaves, the next one takes, so a missed or failed call is
 * not tried again and calls do not pile up behind a long sweep.
 */
export function sweeper(
  scope: Construct,
  name: 'replay' | 'unpack',
  props: Partial<lambda.FunctionProps>,
): lambda.Function {
  const id = name === 'replay' ? 'Replay' : 'Unpack';
  const sweep = new lambda.Function(scope, id, {
    ...ownedHandler(name),
    timeout: Duration.minutes(5),
    retryAttempts: 0,
    maxEventAge: Duration.minutes(1),
    ...props,
  });
  new events.Rule(sweep, 'Schedule', {
    schedule: events.Schedule.rate(Duration.minutes(1)),
    targets: [new targets.LambdaFunction(sweep)],
  });
  return sweep;
}
