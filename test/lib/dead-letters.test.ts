import { Construct } from 'constructs';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { DeadLetters, EventPipeline, KafkaCluster, SpillStore } from 'cdk-lossless-kafka';
import { parkedFolder } from '../../lambdas/runtime/contract';
import {
  actionsOf,
  CLUSTER_ARN,
  existingVpc,
  newFunction,
  newStack,
  pipelineOnExistingTopic,
  resourcesOf,
  statementsOf,
  type Statement,
} from './support';

type Policy = { readonly Bucket: unknown; readonly PolicyDocument: { readonly Statement: readonly Statement[] } };

/** Statements of the policy of the bucket whose logical id begins so. */
const policyOf = (template: Template, bucket: string): readonly Statement[] =>
  resourcesOf(template, 'AWS::S3::BucketPolicy')
    .map(([, { Properties }]) => Properties as unknown as Policy)
    .filter(({ Bucket }) => JSON.stringify(Bucket).includes(`"${bucket}`))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);

const everything = () => {
  const stack = newStack();
  const pipeline = pipelineOnExistingTopic(stack);
  pipeline.addIngest('Ingest');
  for (const id of ['Billing', 'Shipping']) {
    const handler = newFunction(new Construct(stack, `${id}Of`));
    pipeline.addConsumer(id, { handler });
  }
  return { stack, pipeline, template: Template.fromStack(stack) };
};

/** Where a role may put among the dead letters, without the bucket's name. */
const mayPark = (template: Template, role: string): string[] =>
  statementsOf(template, role)
    .filter((statement) => actionsOf(statement).includes('s3:PutObject'))
    .flatMap(({ Resource }) => [Resource].flat())
    .map((resource) => JSON.stringify(resource))
    .filter((resource) => resource.includes('PipelineDeadLettersBucket'))
    .map((resource) => /"\/(.*)"\]\]\}$/.exec(resource)?.[1] ?? resource);

describe('a dead letter is never overwritten', () => {
  test.each(['PipelineDeadLettersBucket', 'PipelineSpillBucket'])(
    '%s refuses every put that does not say that it makes a new object, also copies and the parts of multipart uploads',
    (bucket) => {
      const [denied] = policyOf(everything().template, bucket).filter((statement) => 'Sid' in statement);
      expect(denied).toEqual({
        Sid: 'OnlyNewObjects',
        Effect: 'Deny',
        Principal: { AWS: '*' },
        // All of S3's ways to make an object ask for this right; nothing is exempt.
        Action: 's3:PutObject',
        Resource: expect.objectContaining({ 'Fn::Join': ['', [expect.anything(), '/*']] }) as object,
        Condition: { Null: { 's3:if-none-match': 'true' } },
      });
    },
  );

  test('the bucket of what the mapping gives up takes any put: Lambda sends no such header', () => {
    expect(JSON.stringify(policyOf(everything().template, 'PipelineBillingOnFailure'))).not.toContain('if-none-match');
  });

  test('a bucket that is made elsewhere in the app is given the same policy', () => {
    const stack = newStack();
    new DeadLetters(stack, 'DeadLetters', { bucket: new s3.Bucket(stack, 'Mine') });
    expect(policyOf(Template.fromStack(stack), 'Mine')).toMatchObject([{ Sid: 'OnlyNewObjects' }]);
  });

  test.each(['DeadLetters', 'Spill'])(
    'of a bucket whose policy is not made here (%s), a warning says what it takes',
    (id) => {
      const stack = newStack();
      const pipeline = pipelineOnExistingTopic(stack);
      const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'parked');
      if (id === 'DeadLetters') new DeadLetters(stack, id, { bucket });
      else new SpillStore(stack, id, { topic: pipeline.topic, deadLetters: pipeline.deadLetters, bucket });
      Annotations.fromStack(stack).hasWarning(`/Test/${id}`, Match.stringLikeRegexp('deny s3:PutObject where s3:if-none-match is null')); // prettier-ignore
    },
  );
});

describe('whoever parks writes among its own letters alone', () => {
  test('a consumer and its unpack function: those of its group', () => {
    const { template, pipeline } = everything();
    for (const id of ['Billing', 'Shipping']) {
      const { group } = pipeline.node.findChild(id) as unknown as { group: string };
      const folder = `${parkedFolder(CLUSTER_ARN, group, 'orders')}*`;
      expect(mayPark(template, `Pipeline${id}Unpack`)).toEqual([folder]);
      expect(mayPark(template, `${id}Of`)).toEqual([folder]);
    }
  });

  test('a door: those of events that never reached the topic; the replay function: those of any group, and how people ended any', () => {
    const { template } = everything();
    const folder = `${parkedFolder(CLUSTER_ARN, '-', 'orders')}*`;
    expect(mayPark(template, 'PipelineIngest')).toEqual([folder]);
    const letters = folder.replace('/-/', '/*/'); // of every group
    expect(mayPark(template, 'PipelineSpillReplay')).toEqual([
      letters,
      `ended/${letters}`,
      `amendments/${letters}/*`,
      folder,
    ]);
  });

  const mayDo = (template: Template, roles: (id: string) => boolean) => {
    const about = resourcesOf(template, 'AWS::IAM::Policy')
      .filter(([id]) => roles(id))
      .flatMap(([id]) => statementsOf(template, id))
      .filter(({ Resource }) => JSON.stringify(Resource).includes('PipelineDeadLettersBucket'));
    return [...new Set(about.flatMap(actionsOf))].filter((action) => action.startsWith('s3:'));
  };
  const isReplay = (id: string) => id.startsWith('PipelineSpillReplay');

  test('nobody may overwrite a letter, change its rights, or copy over it, and but for the replay function nobody may delete one', () => {
    const { template } = everything();
    expect(mayDo(template, (id) => !isReplay(id))).toEqual(['s3:PutObject']);
    expect(mayDo(template, isReplay).sort()).toEqual(['s3:DeleteObject', 's3:GetObject', 's3:ListBucket', 's3:PutObject']); // prettier-ignore
  });

  test('and it may read and delete those of its own topic alone, of every group', () => {
    const { template } = everything();
    const [sent] = statementsOf(template, 'PipelineSpillReplay').filter(
      (statement) =>
        actionsOf(statement).includes('s3:DeleteObject') &&
        JSON.stringify(statement).includes('PipelineDeadLettersBucket'),
    );
    const [own, others] = ['orders', 'payments'].map((topic) => parkedFolder(CLUSTER_ARN, '*', topic));
    expect(JSON.stringify(sent?.Resource)).toContain(`/${own?.replace('!002a', '*')}*`);
    expect(JSON.stringify(sent?.Resource)).not.toContain(others?.replace('!002a', '*'));
  });

  test('of a cluster that is made in the same deploy, too: its name is put together as the runtime does it', () => {
    const stack = newStack();
    const cluster = new KafkaCluster(stack, 'Cluster', { vpc: existingVpc(stack) });
    new EventPipeline(stack, 'Pipeline', { cluster, topicName: 'orders' }).addIngest('Ingest');
    const [resource = ''] = mayPark(Template.fromStack(stack), 'PipelineIngest');
    const arn = { 'Fn::GetAtt': [stack.getLogicalId(cluster.node.defaultChild as never), 'Arn'] };
    const folder = {
      'Fn::Join': ['!002f', { 'Fn::Split': ['/', { 'Fn::Join': ['!003a', { 'Fn::Split': [':', arn] }] }] }],
    };
    expect(resource).toContain(JSON.stringify(folder));
    expect(resource).toContain('"/-/orders/*');
    const given = 'arn:aws:kafka:eu-west-1:1:cluster/a-b/0f-1';
    expect(parkedFolder(given, '-', 'orders')).toBe(
      `${given.split(':').join('!003a').split('/').join('!002f')}/-/orders/`,
    );
  });
});
