import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as sns from 'aws-cdk-lib/aws-sns';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, LegacyStackSynthesizer, NestedStack, RemovalPolicy, Stack, Stage, Validations } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as msk from 'aws-cdk-lib/aws-msk';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { EventPipeline, KafkaCluster, LossRules } from 'cdk-lossless-kafka';
import { lossFindings } from 'cdk-lossless-kafka/testing';
import { newApp, newFunction, newStack } from './support';

interface Violation {
  ruleName: string;
  severity: string;
  violatingConstructs: { constructPath?: string; stackTraces?: string[] }[];
}
interface Report {
  pluginReports: { summary: { pluginName?: string; status: string }; pluginName?: string; violations: Violation[] }[];
}

/** Synthesizes, and gives the words of the error and the report. */
function synthesized(app: App): { error: string; report: string } {
  let error = '';
  try {
    app.synth();
  } catch (caught) {
    error = String(caught);
  }
  return { error, report: readFileSync(join(app.outdir, 'validation-report.json'), 'utf8') };
}

function appWithTopic(replicationFactor: number): { app: App; stack: Stack; topic: msk.CfnTopic } {
  const app = newApp();
  Validations.of(app).addPlugins(new LossRules());
  const stack = new Stack(app, 'Test');
  const topic = new msk.CfnTopic(stack, 'Topic', {
    clusterArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/there/0a1b-2',
    topicName: 'orders',
    partitionCount: 1,
    replicationFactor,
    configs: Buffer.from('retention.ms=604800000\nmax.message.bytes=1000000').toString('base64'),
  });
  topic.applyRemovalPolicy(RemovalPolicy.RETAIN);
  return { app, stack, topic };
}

test('a losing template fails the synthesis, with the path of the construct', () => {
  const { error, report } = synthesized(appWithTopic(2).app);
  expect(error).toContain('LK201');
  expect(report).toContain('Test/Topic');
  expect(
    (JSON.parse(report) as Report).pluginReports.flatMap(({ violations }) =>
      violations.map(({ severity }) => severity),
    ),
  ).toContain('error');
});

test('a finding names the line of the stack that made what loses', () => {
  const line =
    1 +
    readFileSync(__filename, 'utf8')
      .split('\n')
      .findIndex((text) => text.includes("new msk.CfnTopic(stack, 'Topic', {"));
  const { report } = synthesized(appWithTopic(2).app);
  const traces = (JSON.parse(report) as Report).pluginReports
    .flatMap(({ violations }) => violations)
    .flatMap(({ violatingConstructs }) => violatingConstructs.flatMap(({ stackTraces = [] }) => stackTraces));
  expect(traces).toEqual([expect.stringContaining(`loss-rules.test.ts:${line}:`)]);
});

test('a stack without resources has nothing to lose, and does not stop the synthesis', () => {
  const { app } = appWithTopic(2);
  new Stack(app, 'Empty');
  expect(synthesized(app).error).toContain('LK201');
  expect(lossFindings(Template.fromStack(new Stack(newApp(), 'Empty')))).toEqual([]);

  const alone = newApp();
  Validations.of(alone).addPlugins(new LossRules());
  new Stack(alone, 'Empty', { synthesizer: new LegacyStackSynthesizer() });
  expect(() => alone.synth()).not.toThrow();
});

test('a template that loses nothing passes', () => {
  expect(() => appWithTopic(3).app.synth()).not.toThrow();
});

test('what is accepted with a reason passes, and what is not still fails', () => {
  const accepted = appWithTopic(2);
  Validations.of(accepted.topic).acknowledge({ id: 'LossRules::LK201', reason: 'a test of one broker' });
  expect(synthesized(accepted.app).error).toBe('');

  const another = appWithTopic(2);
  another.topic.applyRemovalPolicy(RemovalPolicy.DESTROY);
  Validations.of(another.topic).acknowledge({ id: 'LossRules::LK201', reason: 'a test of one broker' });
  expect(synthesized(another.app).error).toContain('LK109');
});

test('cdk-nag and the loss rules judge in one synthesis', () => {
  const { app } = appWithTopic(2);
  Validations.of(app).addPlugins(new AwsSolutionsChecks());
  const { error } = synthesized(app);
  expect(error).toContain('LK201');
});

test('a stack in a stage is judged, too', () => {
  const app = newApp();
  Validations.of(app).addPlugins(new LossRules());
  const stack = new Stack(new Stage(app, 'Live'), 'Test');
  new msk.CfnTopic(stack, 'Topic', { clusterArn: 'x', topicName: 'orders', partitionCount: 1, replicationFactor: 1 });
  expect(() => app.synth()).toThrow('LK201');
});

test('a nested stack is judged, too, and what it is given is known', () => {
  const app = newApp();
  Validations.of(app).addPlugins(new LossRules());
  const outer = new Stack(app, 'Test');
  const bucket = new s3.CfnBucket(outer, 'Bucket');
  const inner = new NestedStack(outer, 'Inner');
  const topicOf = (id: string, replicationFactor: number) =>
    new msk.CfnTopic(inner, id, { clusterArn: bucket.attrArn, topicName: id, partitionCount: 1, replicationFactor });
  topicOf('Kept', 3).applyRemovalPolicy(RemovalPolicy.RETAIN);
  topicOf('Lost', 2).applyRemovalPolicy(RemovalPolicy.RETAIN);
  const { error, report } = synthesized(app);
  expect(error).toContain('LK201');
  const places = (JSON.parse(report) as Report).pluginReports
    .flatMap(({ violations }) => violations)
    .filter(({ ruleName }) => ruleName === 'LK201')
    .flatMap(({ violatingConstructs }) => violatingConstructs.map(({ constructPath }) => constructPath));
  expect(places).toEqual(['Test/Inner/Lost']);
});

test('a pipeline on the cluster of another stack is judged with that cluster: nothing is left open', () => {
  const app = newApp();
  Validations.of(app).addPlugins(new LossRules());
  const cluster = new KafkaCluster(new Stack(app, 'Cluster'), 'Kafka');
  const stack = new Stack(app, 'App');
  const orders = new EventPipeline(stack, 'Orders', { cluster, topicName: 'orders' });
  orders.addConsumer('Billing', { handler: newFunction(stack) });
  const { error, report } = synthesized(app);
  expect(error).toBe('');
  expect(
    (JSON.parse(report) as Report).pluginReports.flatMap(({ violations }) =>
      violations.map(({ ruleName }) => ruleName),
    ),
  ).toEqual([]);
});

test('what a deploy decides is a warning', () => {
  const plugin = new LossRules();
  const { app, stack } = appWithTopic(3);
  new lambda.CfnEventSourceMapping(stack, 'Mapping', {
    functionName: 'x',
    topics: ['orders'],
    eventSourceArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/there/0a1b-2',
  });
  const templatePath = join(app.outdir, 'Test.template.json');
  synthesized(app);
  const { violations } = plugin.validate({ templatePaths: [templatePath], stackTemplates: [], appConstruct: app });
  expect(violations.find(({ ruleName }) => ruleName === 'LK112')).toMatchObject({
    severity: 'warning',
    description: expect.stringMatching(/^undecided: /) as string,
  });
  expect(new Set(violations.map(({ severity }) => severity))).toEqual(new Set(['error', 'warning']));
});

const toldTo = (stack: Stack) => ({ alarmActions: [new SnsAction(new sns.Topic(stack, 'OnCall'))] });

test('a pipeline has no finding, as tests of your own can say', () => {
  const stack = newStack();
  const orders = new EventPipeline(stack, 'Orders', { topicName: 'orders', monitoring: toldTo(stack) });
  orders.addIngest('Ingest');
  orders.addConsumer('Billing', { handler: newFunction(stack) });
  expect(lossFindings(Template.fromStack(stack))).toEqual([]);
});

test('of a pipeline that says nobody whom its alarms call nothing else is found', () => {
  const stack = newStack();
  const orders = new EventPipeline(stack, 'Orders', { topicName: 'orders' });
  orders.addConsumer('Billing', { handler: newFunction(stack) });
  const codes = lossFindings(Template.fromStack(stack)).map(({ code }) => code);
  expect(new Set(codes)).toEqual(new Set(['LK115']));
});

/** As the CDK finds the zones of a region in its context. */
const ZONES = { 'availability-zones:account=111122223333:region=eu-central-1': ['eu-central-1a', 'eu-central-1b', 'eu-central-1c'] }; // prettier-ignore

test('a pipeline of a stack with an account and a region of its own has no finding, and nothing is left open', () => {
  const app = newApp(ZONES);
  const stack = new Stack(app, 'Test', { env: { account: '111122223333', region: 'eu-central-1' } });
  const orders = new EventPipeline(stack, 'Orders', { topicName: 'orders', monitoring: toldTo(stack) });
  orders.addIngest('Ingest');
  orders.addConsumer('Billing', { handler: newFunction(stack) });
  const template = Template.fromStack(stack);
  expect(JSON.stringify(template.toJSON())).toContain('"aws:PrincipalAccount":"111122223333"');
  expect(lossFindings(template)).toEqual([]);
});

test('and so has one on the cluster of another such stack', () => {
  const app = newApp(ZONES);
  const env = { account: '111122223333', region: 'eu-central-1' };
  Validations.of(app).addPlugins(new LossRules());
  const cluster = new KafkaCluster(new Stack(app, 'Cluster', { env }), 'Kafka');
  const stack = new Stack(app, 'App', { env });
  const orders = new EventPipeline(stack, 'Orders', { cluster, topicName: 'orders' });
  orders.addConsumer('Billing', { handler: newFunction(stack) });
  const { error, report } = synthesized(app);
  expect(error).toBe('');
  expect((JSON.parse(report) as Report).pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
});
