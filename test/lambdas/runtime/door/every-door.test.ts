import { everyDoor } from '../../../../lambdas/runtime/door/every-door';
import { scriptedProducer } from '../simulation/scripted-producer';
import { message } from './messages';

const good = { specversion: '1.0', id: 'a', type: 'order.placed', data: 1 };

async function invoked(event: unknown) {
  const { clock, port, producer } = scriptedProducer();
  const door = everyDoor(producer, { environment: { unnamedCallers: 'a test' } });
  const answer = await clock.run(door(event, { getRemainingTimeInMillis: () => 28_000 }));
  return { answer, ids: port.ids() };
}

const ofBus = {
  ...{ version: '0', id: 'eb-1', 'detail-type': 'order.placed', source: 'shop', account: '111122223333' },
  ...{ time: '2026-01-01T00:00:00Z', region: 'eu-west-1', resources: [], detail: { amount: 1 } },
};

describe('one function takes what comes through each of its doors', () => {
  test('a request over HTTP', async () => {
    const request = {
      version: '2.0',
      headers: {},
      requestContext: {},
      body: JSON.stringify(good),
      isBase64Encoded: false,
    };
    const { answer, ids } = await invoked(request);
    expect(ids).toEqual(['a']);
    expect(answer).toHaveProperty('statusCode');
  });

  test('messages of a queue', async () => {
    const { answer, ids } = await invoked({ Records: [message('m-1', good), message('m-2', 'x')] });
    expect([answer, ids.sort()]).toEqual([{ batchItemFailures: [] }, ['a', 'm-2']]);
  });

  test('an event of EventBridge', async () => {
    expect(await invoked(ofBus)).toEqual({ answer: undefined, ids: ['eb-1'] });
  });

  test('a direct invocation with one event, with several, and by the client', async () => {
    expect((await invoked(good)).ids).toEqual(['a']);
    expect((await invoked([good, { ...good, id: 'b' }])).ids.sort()).toEqual(['a', 'b']);
    expect((await invoked({ publish: { events: JSON.stringify([good]) } })).ids).toEqual(['a']);
  });
});

test.each<[string, unknown, string]>([
  ['an event of EventBridge without an account', { ...ofBus, account: undefined }, 'invocation: got version, id'],
  ['records of S3', { Records: [{ eventSource: 'aws:s3' }] }, 'invocation: got Records, want an HTTP request'],
  ['records of a queue and of another', { Records: [message('m', ''), {}] }, 'invocation: got Records'],
  ['nothing', {}, 'invocation: got an object without members'],
  ['null', null, 'invocation: got null'],
  ['a text', 'x', 'invocation: got string'],
  ['members, by their names alone', { secret: 'x', other: 1 }, 'invocation: got secret, other, want'],
])('%s is refused with an error, so that the invocation counts as failed', async (_what, event, expected) => {
  await expect(invoked(event)).rejects.toThrow(expected);
});
