import { Duration, Stack, Validations, type App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { EventConsumer, EventPipeline, KafkaCluster, KafkaTopic, OnRejected } from 'cdk-lossless-kafka';
import { REASONS } from '../../lib/acknowledged';
import { CLUSTER_ARN, existingCluster, newApp, newFunction } from './support';

/** What cdk-nag finds in a synthesized app, as `<finding> <construct>`; all of it where no acknowledgement counts. */
function findingsOf(app: App, acknowledgementsCount = true): string[] {
  app.synth();
  const judge = new AwsSolutionsChecks();
  if (!acknowledgementsCount) Object.assign(judge, { isAcknowledged: () => false });
  return judge
    .validateScope(app)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map((resource) => `${ruleName} ${(resource as { constructPath?: string }).constructPath}`),
    );
}

const acknowledgedIn = (app: App): string[] =>
  app.node.findAll().flatMap(({ node }) =>
    node.metadata
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.keys(data as object))
      .map((id) => id.replace('Annotation::', ''))
      .filter((id) => id.startsWith('AwsSolutions'))
      .map((id) => `${id} ${node.path}`),
  );

const doorAndConsumer = (stack: Stack, pipeline: EventPipeline, options = {}) => {
  pipeline.addIngest('Door', options);
  pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
};

const APPS: Readonly<Record<string, (app: App) => void>> = {
  'a pipeline with all that is new': (app) => {
    const stack = new Stack(app, 'Test');
    doorAndConsumer(stack, new EventPipeline(stack, 'Pipeline', { topicName: 'orders' }));
  },
  'a door for a bus, and for callers who do not wait': (app) => {
    const stack = new Stack(app, 'Test');
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster: existingCluster(stack), topicName: 'orders' });
    pipeline.addIngest('Door').addRule('Shop', { eventPattern: { source: ['shop'] } });
  },
  'a network that records flows, with replay by itself': (app) => {
    const stack = new Stack(app, 'Test');
    const cluster = new KafkaCluster(stack, 'Cluster', { flowLogs: {} });
    new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders', reserveConcurrency: true });
  },
  'a cluster that exists, with traces, and refused events that go on': (app) => {
    const stack = new Stack(app, 'Test');
    const cluster = existingCluster(stack);
    const tracing = lambda.Tracing.ACTIVE;
    const target = new lambda.Function(stack, 'Target', {
      ...{ runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('-') },
    });
    const pipeline = new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders', tracing });
    doorAndConsumer(stack, pipeline, { onRejected: OnRejected.forward(target) });
  },
  'a consumer in a stack of its own': (app) => {
    const [platform, shop] = [new Stack(app, 'Platform'), new Stack(app, 'Test')];
    const cluster = existingCluster(platform);
    const topic = KafkaTopic.fromTopicAttributes(platform, 'T', {
      ...{ cluster, topicName: 'orders', retention: Duration.days(7) },
    });
    const { deadLetters } = new EventPipeline(platform, 'Pipeline', { topic });
    new EventConsumer(shop, 'Consumer', { handler: newFunction(shop), topic, deadLetters });
  },
};

describe.each(Object.entries(APPS))('of %s', (_name, define) => {
  const app = newApp();
  define(app);

  test("cdk-nag finds nothing but what is the app's own", () => {
    expect(findingsOf(app).filter((each) => !/ Test\/(Handler|Target)\//.test(each))).toEqual([]);
  });
  test('nothing is acknowledged that cdk-nag does not find', () => {
    const found = findingsOf(app, false);
    expect(acknowledgedIn(app).filter((each) => !found.includes(each))).toEqual([]);
  });
});

test('what an app grants to a function of the library is for the app to explain', () => {
  const app = newApp();
  const stack = new Stack(app, 'Test');
  const pipeline = new EventPipeline(stack, 'Pipeline', { cluster: existingCluster(stack), topicName: 'orders' });
  pipeline.spill.replay.addToRolePolicy(new iam.PolicyStatement({ actions: ['sqs:*'], resources: [CLUSTER_ARN] }));
  expect(findingsOf(app)).toEqual([
    'AwsSolutions-IAM5[Action::sqs:*] Test/Pipeline/Spill/Replay/ServiceRole/DefaultPolicy/Resource',
  ]);
});

describe('the template of a pipeline', () => {
  const app = newApp();
  APPS['a pipeline with all that is new']?.(app);
  const { Resources } = Template.fromStack(app.node.findChild('Test') as Stack).toJSON() as {
    Resources: Record<string, { Type: string; Metadata?: Record<string, unknown> }>;
  };
  const noted: Noted[] = Object.entries(Resources).map(([id, { Metadata = {} }]) => ({ id, ...Metadata }));

  test('says to each judge why, in the words of one table', () => {
    const said = noted.flatMap(({ checkov, cdk_nag }) => [
      ...(checkov?.skip ?? []).map(({ id, comment }) => [id, comment]),
      ...(cdk_nag?.rules_to_suppress ?? []).map(({ id, reason }) => [id, reason]),
    ]);
    const ignored = noted.flatMap((each) => each['cfn-lint']?.config.ignore_checks ?? []);
    expect(new Set([...said.map(([id]) => id), ...ignored])).toEqual(new Set(Object.keys(REASONS)));
    expect(said.filter(([id, reason]) => REASONS[id as keyof typeof REASONS] !== reason)).toEqual([]);
  });
  test("says nothing of the app's own function", () => {
    const own = noted.filter(({ id }) => id.startsWith('Handler'));
    expect(own.length).toBeGreaterThan(2);
    expect(own.flatMap((each) => Object.keys(each))).not.toContainEqual(expect.stringMatching(/nag|checkov|lint/));
  });
});

interface Noted {
  readonly id: string;
  readonly checkov?: { readonly skip: { id: string; comment: string }[] };
  readonly 'cfn-lint'?: { readonly config: { readonly ignore_checks: string[] } };
  readonly cdk_nag?: { readonly rules_to_suppress: { id: string; reason: string }[] };
}
