import { directDoor } from '../../../../lambdas/runtime/door/direct';
import { ingestClient } from '../../../../lambdas/runtime/door/ingest-client';
import { headerText } from '../../../../lambdas/runtime/event/event';
import type { NewEvent } from '../../../../lambdas/runtime/event/new-event';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { silent } from '../../../../lambdas/runtime/watching/log';
import { scriptedProducer } from '../simulation/scripted-producer';

const good = { specversion: '1.0', id: 'a', source: 'urn:me', type: 'order.placed', data: { amount: 1 } };
const context = { getRemainingTimeInMillis: () => 28_000 };

async function invoked(payload: unknown) {
  const { clock, port, producer } = scriptedProducer();
  const answer = await clock.run(directDoor(producer, { log: silent })(payload, context));
  const [record] = [...port.log.values()].flat();
  return {
    answer,
    ids: port.ids(),
    value: String(record?.value),
    header: (name: string) => record && headerText(record.headers, name),
  };
}
const scripted = (outcome: Partial<Outcome>) => ({
  publishAll: (events: readonly NewEvent[]) =>
    Promise.resolve(events.map(({ id }) => ({ id, source: 's', ...outcome }) as Outcome)),
});

test('a CloudEvent is published beneath who may invoke the function', async () => {
  const { answer, header, value } = await invoked(good);
  expect([header('ce_id'), header('ce_source'), value]).toEqual(['a', 'lambda-invoke#urn:me', '{"amount":1}']);
  expect(answer.results).toEqual([expect.objectContaining({ id: 'a', outcome: 'acked', offset: 0 })]);
});

describe('nobody may be waiting: an invocation in which one event is not accepted fails', () => {
  test.each<[string, unknown, string]>([
    ['one that is no event', [good, { ...good, id: 'b', type: 1 }], '2 events of an invocation: got INVALID_EVENT (event type: got 1'],
    ['a number that JavaScript has changed', { ...good, data: 1524831183200260000 }, 'got INVALID_EVENT (event.data: got a value'],
    ['what is no object', [7], 'got INVALID_EVENT (event: got 7'],
  ])('%s', async (_what, payload, message) => {
    await expect(invoked(payload)).rejects.toThrow(message);
  }); // prettier-ignore

  test('one that may have been taken', async () => {
    await expect(directDoor(scripted({ kind: 'unknown', reason: 'r' }))(good, context)).rejects.toMatchObject({ code: 'NOT_TAKEN' }); // prettier-ignore
    await expect(directDoor(scripted({ kind: 'spilled', object: 'o' }))(good, context)).resolves.toBeDefined();
  });
});

/** A client of a function that is this door. */
const client = (door: (payload: string) => Promise<unknown>) =>
  ingestClient({
    functionName: 'ingest',
    client: {
      send: async ({ input }: { input: { Payload: string } }) => ({
        StatusCode: 200,
        Payload: Buffer.from(JSON.stringify(await door(input.Payload))),
      }),
    },
  });

describe('whoever sends with the client hears of each event by itself', () => {
  const event = (id: string, more: Partial<NewEvent> = {}): NewEvent => ({
    id,
    type: 'order.placed',
    data: 1,
    ...more,
  });

  test('accepted or not, in the order of the events; a wrong one is not sent', async () => {
    const { clock, port, producer } = scriptedProducer();
    const door = directDoor(producer, { log: silent });
    const sent = client((payload) => door(JSON.parse(payload), context)).send([
      event('a', { key: 'k', source: 'urn:me', extensions: { region: 'eu' }, data: { price: 0.1 } }),
      event('b', { type: '' }),
      event('c', { headers: { h: 'x' } }),
      event('d', { data: new Uint8Array([0, 255]), contentType: 'image/png' }),
    ]);
    const outcomes = await clock.run(sent);
    expect(outcomes.map(({ id, outcome }) => [id, outcome])).toEqual([['a', 'acked'], ['b', 'rejected'], ['c', 'rejected'], ['d', 'acked']]); // prettier-ignore
    const records = [...port.log.values()].flat();
    const of = (id: string) => records.find(({ headers }) => headerText(headers, 'ce_id') === id);
    expect([String(of('a')?.key), String(of('a')?.value)]).toEqual(['k', '{"price":0.1}']);
    expect(headerText(of('a')?.headers ?? [], 'ce_region')).toBe('eu');
    expect(of('d')?.value).toEqual(Buffer.from([0, 255]));
  });

  const failing = (send: () => Promise<unknown>) => ingestClient({ functionName: 'f', client: { send } });
  const sdkError = (name: string, httpStatusCode?: number) => Object.assign(new Error(name), { name, $metadata: { httpStatusCode } }); // prettier-ignore

  test.each<[string, () => Promise<unknown>, string, string | undefined]>([
    ['no answer', () => Promise.reject(sdkError('TimeoutError')), 'unknown', undefined],
    ['a fault of Lambda', () => Promise.reject(sdkError('ServiceException', 500)), 'unknown', undefined],
    ['a function that failed', () => Promise.resolve({ FunctionError: 'Unhandled', Payload: Buffer.from('{}') }), 'unknown', undefined],
    ['an answer that is none', () => Promise.resolve({ Payload: Buffer.from('no JSON') }), 'unknown', undefined],
    ['an answer for fewer events', () => Promise.resolve({ Payload: Buffer.from('{"results":[]}') }), 'unknown', undefined],
    ['throttling', () => Promise.reject(sdkError('TooManyRequestsException', 429)), 'rejected', 'UNAVAILABLE'],
    ['no right to it', () => Promise.reject(sdkError('AccessDeniedException', 403)), 'rejected', 'FUNCTION_REFUSED'],
  ])('%s is never taken for a yes', async (_what, send, outcome, code) => {
    const [ended] = await failing(send).send([event('a')]);
    expect(ended).toMatchObject({ id: 'a', outcome, ...(code !== undefined && { code }) });
  }); // prettier-ignore

  test('an answer for fewer events says of none that it was taken', async () => {
    const payload = Buffer.from('{"results":[{"id":"a","outcome":"spilled"}]}');
    const outcomes = await failing(() => Promise.resolve({ Payload: payload })).send([event('a'), event('b')]);
    expect(outcomes.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['a', 'unknown'],
      ['b', 'unknown'],
    ]);
  });

  test('more than a request holds is refused before anything is sent', async () => {
    const send = () => Promise.reject(new Error('sent'));
    const many = Array.from({ length: 1_001 }, (_, n) => event(`e${n}`));
    await expect(failing(send).send(many)).rejects.toThrow('send: got 1001 events in');
    await expect(failing(send).send([event('a', { data: 'x'.repeat(6 * 1024 * 1024) })])).rejects.toThrow('want at most 1000 in 6291456'); // prettier-ignore
    expect(await failing(send).send([])).toEqual([]);
  });
});
