import { Duration, Stack } from 'aws-cdk-lib';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { DeadLetters, EventConsumer, EventPipeline, KafkaTopic, OnRejected } from 'cdk-lossless-kafka';
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
      `${got} in region eu-west-1 for a function in region eu-central-1, want both in one, as the function reaches none of another; make it in a stack with env: { region: 'eu-central-1' }`,
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
});
