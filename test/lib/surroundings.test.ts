import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  Aspects,
  CfnResource,
  NestedStack,
  RemovalPolicy,
  Stack,
  Stage,
  Tags,
  Validations,
  type App,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventPipeline, LossRules } from 'cdk-lossless-kafka';
import type { Construct } from 'constructs';
import { newApp, newFunction, resourcesOf } from './support';

/** A pipeline is the same wherever it stands: in stages, in a nested stack, under aspects of the app. */

const pipelineIn = (scope: Construct) => {
  const pipeline = new EventPipeline(scope, 'Pipeline', { topicName: 'orders' });
  pipeline.addIngest('Door');
  pipeline.addConsumer('Consumer', { handler: newFunction(scope) });
};

/** Codes of all that the loss rules say of an app, warnings too. */
function judged(app: App): string[] {
  Validations.of(app).addPlugins(new LossRules());
  try {
    app.synth();
  } catch (error) {
    expect(String(error)).toContain('report can be found in');
  }
  const report = join(app.outdir, 'validation-report.json');
  if (!existsSync(report)) return [];
  const { pluginReports } = JSON.parse(readFileSync(report, 'utf8')) as {
    pluginReports: { violations: { ruleName: string }[] }[];
  };
  return [...new Set(pluginReports.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName)))];
}

test('in a stage within a stage nothing is lost', () => {
  const app = newApp();
  const stack = new Stack(new Stage(new Stage(app, 'Outer'), 'Inner'), 'Test');
  pipelineIn(stack);
  expect(judged(app)).toEqual([]);
  Template.fromStack(stack).resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
});

test('in a nested stack nothing is lost', () => {
  const app = newApp();
  const nested = new NestedStack(new Stack(app, 'Test'), 'Nested');
  pipelineIn(nested);
  expect(judged(app)).toEqual([]);
  Template.fromStack(nested).resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
});

test('with tags nothing is lost, and what can be tagged is', () => {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  pipelineIn(stack);
  Tags.of(app).add('team', 'shop');
  expect(judged(app)).toEqual([]);
  const template = Template.fromStack(stack);
  const tag = [{ Key: 'team', Value: 'shop' }];
  for (const [, { Properties }] of resourcesOf(template, 'AWS::S3::Bucket')) {
    expect(Properties['Tags']).toEqual(expect.arrayContaining(tag));
  }
  template.hasResourceProperties('AWS::MSK::Cluster', { Tags: { team: 'shop' } });
});

test('an aspect that lets everything go with the stack is told what goes, and of nothing else', () => {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  pipelineIn(stack);
  Aspects.of(app).add({
    visit: (node) => {
      if (CfnResource.isCfnResource(node)) node.applyRemovalPolicy(RemovalPolicy.DESTROY);
    },
  });
  expect(judged(app)).toEqual(['LK109']);
  const { Resources } = JSON.parse(readFileSync(join(app.outdir, stack.templateFile), 'utf8')) as {
    Resources: Record<string, { DeletionPolicy?: string }>;
  };
  const kept = Object.values(Resources).filter(({ DeletionPolicy }) => DeletionPolicy !== 'Delete');
  expect(kept).toEqual([]);
});
