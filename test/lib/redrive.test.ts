import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { DeadLetters, EventConsumer, EventIds, KafkaTopic, SpillStore } from 'cdk-lossless-kafka';
import { DEAD_LETTERS_OUTPUT } from '../../lambdas/runtime/contract';
import { actionsOf, CLUSTER_ARN, existingCluster, newFunction, newStack, pipelineOnExistingTopic, resourcesOf, statementsOf } from './support'; // prettier-ignore

type Output = { readonly Value: unknown; readonly Description?: string };

/** What the outputs of a stack say of dead letters; `{ "Ref": … }` and the like stand as text. */
function told(template: Template): Record<string, unknown>[] {
  const texts = Object.values(template.findOutputs('*') as Record<string, Output>).map(({ Value }) => {
    const parts = typeof Value === 'string' ? [Value] : (Value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
    return parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part).replaceAll('"', "'"))).join('');
  });
  return texts.filter((text) => text.includes(DEAD_LETTERS_OUTPUT)).map((text) => JSON.parse(text) as Record<string, unknown>);
} // prettier-ignore

const containing = (text: string) => expect.stringContaining(text) as unknown;

describe('of a pipeline', () => {
  const stack = newStack();
  const pipeline = pipelineOnExistingTopic(stack);
  for (const id of ['Billing', 'Shipping']) {
    pipeline.addConsumer(id, { handler: newFunction(new Construct(stack, `${id}Of`)) });
  }
  const template = Template.fromStack(stack);

  test('the command finds the dead letters of each consumer, and those that never reached the topic, by outputs', () => {
    const common = {
      ...{ kind: DEAD_LETTERS_OUTPUT, cluster: CLUSTER_ARN, topic: 'orders' },
      ...{ deadLetters: containing('PipelineDeadLettersBucket'), replay: containing('PipelineSpillReplay') },
    };
    expect(told(template)).toEqual([
      { ...common, group: '-', spill: containing('PipelineSpillBucket') },
      { ...common, group: containing('Billing'), table: containing('PipelineBillingTable') },
      { ...common, group: containing('Shipping'), table: containing('PipelineShippingTable') },
    ]);
  });

  test('the replay function may read and write records of each table, and delete none', () => {
    for (const id of ['Billing', 'Shipping']) {
      const [table] = statementsOf(template, `Pipeline${id}Redrive`);
      expect(actionsOf(table!)).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
      expect(JSON.stringify(table?.Resource)).toContain(`Pipeline${id}Table`);
    }
    const roles = resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) => id.includes('Redrive'));
    expect(JSON.stringify(roles.map(([, { Properties }]) => Properties['Roles']))).toMatch(/(SpillReplay.*){2}/);
  });
});

describe('of a consumer in another stack than the spill store', () => {
  const parts = () => {
    const home = newStack('Home');
    const away = new Stack(home.node.root, 'Away');
    const cluster = existingCluster(home);
    const topic = KafkaTopic.fromTopicAttributes(home, 'Topic', {
      cluster,
      topicName: 'orders',
      retention: Duration.days(7),
    });
    const deadLetters = new DeadLetters(home, 'DeadLetters');
    const spill = new SpillStore(home, 'Spill', { topic, deadLetters });
    return { away, home, topic, deadLetters, spill };
  };

  test('the policy stands beside the consumer: the spill store waits for no consumer', () => {
    const { away, home, topic, deadLetters, spill } = parts();
    const eventIds = EventIds.header('id');
    new EventConsumer(away, 'Billing', { topic, deadLetters, spill, eventIds, handler: newFunction(away) });
    const [own, other] = [Template.fromStack(away), Template.fromStack(home)];
    expect(statementsOf(own, 'BillingRedrive').map(actionsOf)[0]).toEqual(['dynamodb:GetItem', 'dynamodb:UpdateItem']);
    expect(JSON.stringify(other.toJSON())).not.toMatch(/BillingTable/);
    expect(told(own)).toMatchObject([{ group: containing('Billing'), replay: containing('SpillReplay'), eventIds: { kind: 'header', header: 'id' } }]); // prettier-ignore
  });

  test('without the spill store, nothing may write in its table, and the output names nobody to send them back', () => {
    const { away, topic, deadLetters } = parts();
    new EventConsumer(away, 'Billing', { topic, deadLetters, handler: newFunction(away) });
    const template = Template.fromStack(away);
    expect(statementsOf(template, 'BillingRedrive')).toEqual([]);
    expect(told(template)[0]).not.toHaveProperty('replay');
  });

  test('a spill store of another topic is refused', () => {
    const { away, home, topic, deadLetters, spill } = parts();
    const other = KafkaTopic.fromTopicAttributes(home, 'Other', {
      cluster: topic.cluster,
      topicName: 'payments',
      retention: Duration.days(7),
    });
    expect(
      () => new EventConsumer(away, 'Billing', { topic: other, deadLetters, spill, handler: newFunction(away) }),
    ).toThrow('spill: got the SpillStore of topic orders, want that of topic payments');
  });
});
