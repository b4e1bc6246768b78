import { Park } from '../../../../lambdas/runtime';
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { kafkaEvent, reported, simulation } from '../simulation';
import { deliverMortal } from '../simulation/mortal';

const A = { offset: 0, id: 'a', key: 'k' };

test('attempts of one deploy are none of the next: four of the bad one and two of the good one park nothing', async () => {
  const all = simulation();
  let tries = 0;
  const failing = (times: number, then: () => unknown) => async () => {
    if (++tries > times) await then();
    else throw new Error('once more');
    return [put({ TableName: 'orders', Item: { id: 'a' } })];
  };
  await deliverMortal({ ...all.parts, code: 'bad' }, kafkaEvent(A), (kill) => ({
    decode: json(),
    write: failing(4, kill),
  }));
  tries = 0;
  await deliverMortal({ ...all.parts, code: 'good' }, kafkaEvent(A), () => ({
    decode: json(),
    write: failing(2, () => undefined),
  }));
  expect(all.letters()).toEqual([]);
  expect(all.tables.items('orders')).toEqual([{ id: 'a' }]);
});

test.each([
  ['that fails', () => new Error('bad')],
  ['that its handler parks', () => new Park('no such customer')],
])(
  'an event %s under an id that another content has is parked beside it, and not tried for ever',
  async (_, thrown) => {
    const all = simulation();
    await all.deliver(kafkaEvent(A), { decode: json(), write: () => [] });
    const other = kafkaEvent({ ...A, offset: 1, value: { another: true } });
    const response = await all.deliver(other, {
      decode: json(),
      write: () => {
        throw thrown();
      },
    });
    expect(reported(response)).toEqual([]);
    expect(all.records('done')).toHaveLength(1);
    expect(all.records('parked')).toMatchObject([{ id: 'a', reason: 'id-conflict' }]);
  },
);
