import type { ProducerEnvironment } from '../../../../lambdas/runtime/contract';
import { producerEnvironments } from '../../../../lambdas/runtime/contract/environment';
import { producer } from '../../../../lambdas/runtime/producer';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';

const acceptLoss = 'page views, a few may go';
const variables = (environment: object) => ({ LOSSLESS_PRODUCER_A: JSON.stringify(environment) });

describe('what an outcome says is never more than is known', () => {
  test('acks=all is acked, with its place', async () => {
    const { clock, producer: orders } = scriptedProducer();
    expect(await clock.run(orders.publish(event('a')))).toMatchObject({ kind: 'acked', offset: 0 });
  });

  test('acks=1 is sent, to a leader that may die with it', async () => {
    const { clock, producer: orders } = scriptedProducer({
      acks: 1,
      acceptLoss,
      kafka: () => ({ does: 'send', acks: 1 }),
    });
    const outcomes = await clock.run(orders.publishAll([event('a', { key: 'k' }), event('b', { key: 'k' })]));
    expect(outcomes).toEqual([
      expect.objectContaining({ kind: 'sent', acks: 1, offset: 0 }),
      expect.objectContaining({ kind: 'sent', acks: 1, offset: 1 }),
    ]);
    expect(orders.counts).toMatchObject({ sent: 2, acked: 0 });
  });

  test('acks=0 is sent, and nobody knows where it lies', async () => {
    const { clock, producer: orders } = scriptedProducer({
      acks: 0,
      acceptLoss,
      kafka: () => ({ does: 'send', acks: 0 }),
    });
    const outcome = await clock.run(orders.publish(event('a')));
    expect(outcome).toMatchObject({ kind: 'sent', acks: 0 });
    expect(outcome).not.toHaveProperty('offset');
  });
});

describe('a loss is accepted with its reason or not at all', () => {
  test('the type says so', () => {
    // @ts-expect-error acks 1 without a reason
    producer({ acks: 1 });
    // @ts-expect-error acks 0 without a reason
    producer({ acks: 0 });
    // @ts-expect-error a reason for nothing
    producer({ acceptLoss });
    // @ts-expect-error another number
    producer({ acks: 2, acceptLoss });
    // @ts-expect-error the environment needs the reason, too
    const environment: ProducerEnvironment = { ...producerEnvironment, acks: 1 };
    producer({ acks: 1, acceptLoss, environment });
    producer({ acks: 'all' });
    expect(environment.acks).toBe(1);
  });

  test.each<[unknown, unknown]>([
    [1, undefined],
    [0, undefined],
    [1, ''],
    [0, 7],
  ])('plain JavaScript hears so in words: acks %p, acceptLoss %p', async (acks, reason) => {
    const { producer: orders, port } = scriptedProducer({ acks, acceptLoss: reason } as never);
    await expect(orders.publish(event('a'))).rejects.toThrow(`want the reason why acks=${String(acks)} may lose acknowledged events; give it, or leave acks at 'all'`); // prettier-ignore
    expect(port.requests).toEqual([]);
  });

  test.each([2, -1, '1', 'leader'])('acks %p is none of Kafka', async (acks) => {
    const { producer: orders } = scriptedProducer({ acks, acceptLoss } as never);
    await expect(orders.publish(event('a'))).rejects.toThrow("want 'all', 1 or 0");
  });

  test('the environment of a function is held to the same', () => {
    expect(() => producerEnvironments(variables({ ...producerEnvironment, acks: 1 }))).toThrow(
      'acceptLoss: got nothing',
    );
    const accepted = { ...producerEnvironment, acks: 1, acceptLoss };
    expect(producerEnvironments(variables(accepted))).toEqual([accepted]);
  });
});
