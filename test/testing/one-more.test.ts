import { oneMore } from 'cdk-lossless-kafka/testing';
import { json } from '../../lambdas/runtime';
import { kafkaEvent, simulation } from '../lambdas/runtime/simulation';

test('an event that is delivered twice, and applied once, is counted once; one that is applied twice, twice', async () => {
  const { deliver, tables } = simulation();
  const options = {
    decode: json(),
    write: (_: unknown, { event }: { event: { id: string } }) => [oneMore('orders', event.id)],
  };
  await deliver(kafkaEvent({ offset: 1, id: 'a' }), options);
  await deliver(kafkaEvent({ offset: 1, id: 'a' }), options);
  expect(tables.items('orders')).toEqual([{ id: 'a', n: 1 }]);
  const total = { ...options, write: () => [oneMore('customers', 'all', { attribute: 'events' })] };
  await deliver(kafkaEvent({ offset: 2, id: 'b' }, { offset: 3, id: 'c' }), total);
  expect(tables.items('customers')).toEqual([{ id: 'all', events: 2 }]);
});
