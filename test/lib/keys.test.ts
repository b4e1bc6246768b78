import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { EventPipeline, KafkaCluster } from 'cdk-lossless-kafka';
import {
  actionsOf,
  existingCluster,
  newFunction,
  newStack,
  resourcesOf,
  statementsOf,
  type Statement,
} from './support';

const KEY_ARN = 'arn:aws:kms:eu-central-1:111122223333:key/1';

/** Everything that reaches for the key: a door, replay, a consumer and what unpacks for it. */
function pipelineWith(makeKey: (stack: Stack) => kms.IKey) {
  const stack = newStack();
  const encryptionKey = makeKey(stack);
  const pipeline = new EventPipeline(stack, 'Pipeline', {
    ...{ cluster: existingCluster(stack), topicName: 'orders', encryptionKey },
  });
  pipeline.addIngest('Ingest');
  pipeline.addConsumer('Consumer', { handler: newFunction(stack) });
  return Template.fromStack(stack);
}
const onKeys = (template: Template, role: string): (Statement & { Condition?: unknown })[] =>
  statementsOf(template, role).filter((statement) => actionsOf(statement).some((action) => action.startsWith('kms:')));
const by = (service: string) => ({ StringLike: { 'kms:ViaService': `${service}.*` } });
const FOR_TABLE = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];

describe('rights on a key', () => {
  test('are to be used by way of the one service that needs them, each role no more than its own', () => {
    const template = pipelineWith((stack) => kms.Key.fromKeyArn(stack, 'Key', KEY_ARN));
    const rights = (role: string) =>
      onKeys(template, role).map((statement) => [actionsOf(statement).sort(), statement.Condition, statement.Resource]);
    expect(rights('PipelineIngest')).toEqual([[['kms:GenerateDataKey'], by('s3'), KEY_ARN]]);
    expect(rights('PipelineSpillReplay')).toEqual([
      [['kms:Decrypt'], by('s3'), KEY_ARN],
      [['kms:GenerateDataKey'], by('s3'), KEY_ARN],
      [['kms:Decrypt', 'kms:GenerateDataKey'], by('s3'), KEY_ARN],
    ]);
    expect(rights('Handler')).toEqual([
      [['kms:GenerateDataKey'], by('s3'), KEY_ARN],
      [FOR_TABLE, by('dynamodb'), KEY_ARN],
    ]);
    expect(rights('PipelineConsumerUnpack')).toEqual([
      [['kms:Decrypt'], by('s3'), KEY_ARN],
      [['kms:GenerateDataKey'], by('s3'), KEY_ARN],
      [FOR_TABLE, by('dynamodb'), KEY_ARN],
    ]);
  });

  test('that is known by its alias alone are granted on the key that the alias names', () => {
    const template = pipelineWith((stack) => kms.Alias.fromAliasName(stack, 'Key', 'alias/orders'));
    for (const role of ['PipelineIngest', 'PipelineSpillReplay', 'PipelineConsumerUnpack', 'Handler']) {
      const statements = onKeys(template, role);
      expect(statements.flatMap(actionsOf)).toContain('kms:GenerateDataKey');
      for (const { Condition, Resource } of statements) {
        expect(Condition).toMatchObject({ 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/orders' } });
        expect(Condition).toMatchObject({ StringLike: { 'kms:ViaService': expect.stringMatching(/^(s3|dynamodb)\.\*$/) as string } }); // prettier-ignore
        expect(JSON.stringify(Resource)).toMatch(/:kms:.*:key\/\*/);
      }
    }
  });

  test('that an alias of this app stands for are granted on the key itself', () => {
    const template = pipelineWith((stack) => new kms.Key(stack, 'Key').addAlias('alias/orders'));
    const [statement] = onKeys(template, 'PipelineIngest');
    expect(statement?.Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Key/), 'Arn'] });
  });

  test.each<[string, (stack: Stack) => kms.IKey]>([
    [
      'looked up',
      (stack) => kms.Key.fromLookup(stack, 'Key', { aliasName: 'alias/orders', returnDummyKeyOnMissing: true }),
    ],
    ['imported by its ARN', (stack) => kms.Key.fromKeyArn(stack, 'Key', KEY_ARN)],
  ])('that is %s are granted', (_, makeKey) => {
    const stack = newStack('Bound', { env: { account: '111122223333', region: 'eu-central-1' } });
    const key = makeKey(stack);
    const pipeline = new EventPipeline(stack, 'Pipeline', {
      ...{ cluster: existingCluster(stack), topicName: 'orders', encryptionKey: key },
    });
    pipeline.addIngest('Ingest');
    const [statement] = onKeys(Template.fromStack(stack), 'PipelineIngest');
    expect(stack.resolve(statement?.Resource)).toEqual(stack.resolve(key.keyArn));
  });

  test('of an existing bucket and table that are known with their aliases are granted, too', () => {
    const stack = newStack();
    const encryptionKey = kms.Alias.fromAliasName(stack, 'Alias', 'alias/theirs');
    const onFailureBucket = s3.Bucket.fromBucketAttributes(stack, 'Bucket', { bucketName: 'given-up', encryptionKey });
    const table = dynamodb.Table.fromTableAttributes(stack, 'Table', { tableName: 'done', encryptionKey });
    new EventPipeline(stack, 'Pipeline', { cluster: existingCluster(stack), topicName: 'orders' }).addConsumer(
      'Consumer',
      {
        ...{ handler: newFunction(stack), onFailureBucket, table },
      },
    );
    const named = onKeys(Template.fromStack(stack), 'Handler').filter(({ Condition }) => JSON.stringify(Condition).includes('alias/theirs')); // prettier-ignore
    expect(named.map((statement) => actionsOf(statement).sort())).toEqual([['kms:GenerateDataKey'], FOR_TABLE]);
  });
});

test('logs are under the key for which an alias of this app stands, as CloudWatch takes no alias', () => {
  const template = pipelineWith((stack) => new kms.Key(stack, 'Own').addAlias('alias/orders'));
  const groups = resourcesOf(template, 'AWS::Logs::LogGroup').map(([, { Properties }]) => Properties['KmsKeyId']);
  expect(groups.length).toBeGreaterThan(3);
  expect(new Set(groups.map((key) => JSON.stringify(key)))).toEqual(
    new Set([expect.stringMatching(/"Fn::GetAtt":\["Own[0-9A-F]+","Arn"\]/)]),
  );
});

test('a key that is made here is another one every year', () => {
  const stack = newStack();
  new EventPipeline(stack, 'Pipeline', { cluster: existingCluster(stack), topicName: 'orders' });
  Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
});

describe('the disks of brokers', () => {
  test('under a key known by its alias alone are refused, as MSK takes none', () => {
    const stack = newStack();
    const encryptionKey = kms.Alias.fromAliasName(stack, 'Key', 'alias/orders');
    expect(() => new KafkaCluster(stack, 'Cluster', { encryptionKey })).toThrow(
      'Test/Cluster: encryptionKey: got an alias, which MSK does not take, want the key itself',
    );
  });

  test('under an alias of this app are encrypted by the key that it stands for', () => {
    const stack = newStack();
    const key = new kms.Key(stack, 'Key');
    new KafkaCluster(stack, 'Cluster', { encryptionKey: key.addAlias('alias/orders') });
    Template.fromStack(stack).hasResourceProperties('AWS::MSK::Cluster', {
      EncryptionInfo: { EncryptionAtRest: { DataVolumeKMSKeyId: stack.resolve(key.keyArn) as object } },
    });
  });
});
