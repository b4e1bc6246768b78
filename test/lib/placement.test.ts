import { Aws, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import {
  DeadLetters,
  EventConsumer,
  EventPipeline,
  KafkaCluster,
  KafkaTopic,
  OnRejected,
  SpillStore,
} from 'cdk-lossless-kafka';
import { existingCluster, newApp, newFunction } from './support';

const HERE = { account: '111122223333', region: 'eu-central-1' };

describe('what lies in another place than the functions that need it', () => {
  const elsewhere = (kind: 'region' | 'account') => {
    const app = newApp();
    const there = { ...HERE, [kind]: kind === 'region' ? 'eu-west-1' : '999988887777' };
    const [here, far] = [new Stack(app, 'Here', { env: HERE }), new Stack(app, 'Far', { env: there })];
    const topic = KafkaTopic.fromTopicAttributes(here, 'Topic', {
      ...{ cluster: existingCluster(here), topicName: 'orders', retention: Duration.days(7) },
    });
    return { here, far, topic };
  };
  type Places = ReturnType<typeof elsewhere>;
  const consumed = ({ here, topic }: Places, parts: object) =>
    new EventConsumer(here, 'C', {
      topic,
      handler: newFunction(here),
      deadLetters: new DeadLetters(here, 'D'),
      ...parts,
    });
  const key = { name: 'key', type: AttributeType.STRING };
  const USES: Readonly<Record<string, (places: Places) => unknown>> = {
    'deadLetters: got Far/D/Bucket': (all) => consumed(all, { deadLetters: new DeadLetters(all.far, 'D') }),
    'onFailureBucket: got Far/B': (all) => consumed(all, { onFailureBucket: new Bucket(all.far, 'B') }),
    'table: got Far/T': (all) => consumed(all, { table: new Table(all.far, 'T', { partitionKey: key }) }),
    'deadLetters: got Far/Letters': ({ here, far, topic }) =>
      new EventPipeline(here, 'P', { topic, deadLettersBucket: new Bucket(far, 'Letters') }),
    'spill: got Far/Spilled': ({ here, far, topic }) =>
      new EventPipeline(here, 'P', { topic, spillBucket: new Bucket(far, 'Spilled') }),
    'onRejected: got Far/Handler': ({ here, far, topic }) =>
      new EventPipeline(here, 'P', { topic }).addIngest('I', { onRejected: OnRejected.forward(newFunction(far)) }),
  };

  test.each(Object.entries(USES))('is refused, by region and by account: %s', (got, use) => {
    expect(() => use(elsewhere('region'))).toThrow(
      `${got} in region eu-west-1 for a function in region eu-central-1, want both in one, as the function reaches none of another; make it in a stack with env: { region: 'eu-central-1' }, or give one that is there`,
    );
    expect(() => use(elsewhere('account'))).toThrow(`${got} in account 999988887777 for a function in account 11`);
  });
  test('is refused where it is only named, by region; one of another account may let the functions in', () => {
    const named = (attributes: { region?: string; account?: string }) => {
      const { here, topic } = elsewhere('region');
      const deadLettersBucket = Bucket.fromBucketAttributes(here, 'Named', { bucketName: 'letters', ...attributes });
      return () => new EventPipeline(here, 'P', { topic, deadLettersBucket });
    };
    expect(named({ region: 'eu-west-1' })).toThrow('deadLetters: got Here/Named in region eu-west-1');
    expect(named({ account: '999988887777' })).not.toThrow();
    expect(named({})).not.toThrow();
  });

  test('is refused by the ARN of a table, which tells more than the stack in which it is named', () => {
    const known = (arn: string) => () => {
      const all = elsewhere('region');
      return consumed(all, { table: Table.fromTableArn(all.here, 'T', arn) });
    };
    const arn = (region: string, account: string) => `arn:aws:dynamodb:${region}:${account}:table/x`;
    expect(known(arn('eu-west-1', HERE.account))).toThrow(
      'table: got Here/T in region eu-west-1 for a function in region',
    );
    // The function is told its name alone, and would look for it in its own account.
    expect(known(arn(HERE.region, '999988887777'))).toThrow('table: got Here/T in account 999988887777 for a function');
    expect(known(arn(HERE.region, HERE.account))).not.toThrow();
    expect(known(Lazy.string({ produce: () => arn('eu-west-1', HERE.account) }))).not.toThrow();
    expect(known(`arn:aws:dynamodb:${Aws.REGION}:${Aws.ACCOUNT_ID}:table/x`)).not.toThrow();
  });
  test('is refused by the ARN of a function; one of another account may let itself be called, but is no alias of the handler', () => {
    const byArn = (region: string, account: string) => {
      const all = elsewhere('region');
      const functionArn = `arn:aws:lambda:${region}:${account}:function:f:live`;
      const named = Function.fromFunctionAttributes(all.here, 'F', { functionArn, skipPermissions: true });
      return {
        forward: () =>
          new EventPipeline(all.here, 'P', { topic: all.topic }).addIngest('I', {
            onRejected: OnRejected.forward(named),
          }),
        invoke: () => consumed(all, { invoke: named }),
      };
    };
    expect(byArn('eu-west-1', HERE.account).forward).toThrow('onRejected: got Here/F in region eu-west-1');
    expect(byArn(HERE.region, '999988887777').forward).not.toThrow();
    expect(byArn('eu-west-1', HERE.account).invoke).toThrow('invoke: got Here/F in region eu-west-1');
    expect(byArn(HERE.region, '999988887777').invoke).toThrow('invoke: got Here/F in account 999988887777');
    expect(byArn(HERE.region, HERE.account).invoke).not.toThrow();
  });

  type Encrypts = (places: Places, encryptionKey: IKey) => unknown;
  const ENCRYPTS: Readonly<Record<string, Encrypts>> = {
    'a pipeline': ({ here, topic }, encryptionKey) => new EventPipeline(here, 'P', { topic, encryptionKey }),
    'a cluster': ({ here }, encryptionKey) => new KafkaCluster(here, 'Brokers', { encryptionKey }),
    'dead letters': ({ here }, encryptionKey) => new DeadLetters(here, 'Letters', { encryptionKey }),
    'a spill store': ({ here, topic }, encryptionKey) =>
      new SpillStore(here, 'S', { topic, deadLetters: new DeadLetters(here, 'Letters'), encryptionKey }),
    'a consumer': (all, encryptionKey) => consumed(all, { encryptionKey }),
    'a door': ({ here, topic }, encryptionKey) =>
      new EventPipeline(here, 'P', { topic }).addIngest('Door', { encryptionKey }),
  };
  test.each(Object.entries(ENCRYPTS))('is refused as the key of %s, named or made', (_, use) => {
    const named = (region: string, account: string) => () => {
      const all = elsewhere('region');
      return use(all, Key.fromKeyArn(all.here, 'Named', `arn:aws:kms:${region}:${account}:key/1`));
    };
    const made = (kind: 'region' | 'account') => () => {
      const all = elsewhere(kind);
      return use(all, new Key(all.far, 'Made'));
    };
    expect(named('eu-west-1', HERE.account)).toThrow(
      "encryptionKey: got Here/Named in region eu-west-1 for what it encrypts in region eu-central-1, want both in one, as no service takes a key of another; make it in a stack with env: { region: 'eu-central-1' }, or give one that is there",
    );
    expect(made('region')).toThrow('encryptionKey: got Far/Made in region eu-west-1 for what it encrypts');
    expect(made('account')).toThrow('encryptionKey: got Far/Made in account 999988887777 for what it encrypts');
    expect(named(HERE.region, HERE.account)).not.toThrow();
    // S3 takes a key of another account whose policy lets it.
    expect(named(HERE.region, '999988887777')).not.toThrow();
    expect(named(Aws.REGION, Aws.ACCOUNT_ID)).not.toThrow();
  });
});
