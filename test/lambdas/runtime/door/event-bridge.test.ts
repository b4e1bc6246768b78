import { eventBridgeDoor } from '../../../../lambdas/runtime/door/event-bridge';
import { headerText } from '../../../../lambdas/runtime/event/event';
import type { NewEvent } from '../../../../lambdas/runtime/event/new-event';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { scriptedProducer } from '../simulation/scripted-producer';

const BUS = 'events.amazonaws.com/111122223333/eu-west-1';
const envelope = {
  ...{ version: '0', id: 'eb-1', 'detail-type': 'order.placed', source: 'shop', account: '111122223333' },
  ...{ time: '2026-01-01T00:00:00Z', region: 'eu-west-1', resources: [] as string[], detail: { amount: 1 } as unknown },
};
const context = { getRemainingTimeInMillis: () => 28_000 };

async function handed(changed: Partial<typeof envelope>) {
  const { clock, port, producer } = scriptedProducer();
  await clock.run(eventBridgeDoor(producer)({ ...envelope, ...changed }, context));
  const [record] = [...port.log.values()].flat();
  return { value: String(record?.value), header: (name: string) => record && headerText(record.headers, name) };
}

test('an event of a bus is published under its id, type and time; its detail is the data', async () => {
  const { value, header } = await handed({ resources: ['arn:x'] });
  expect([header('ce_id'), header('ce_type'), header('ce_time')]).toEqual(['eb-1', 'order.placed', '2026-01-01T00:00:00Z']); // prettier-ignore
  expect([value, header('content-type'), header('eventbridge-resources')]).toEqual(['{"amount":1}', 'application/json', '["arn:x"]']); // prettier-ignore
});

test('who puts an event on a bus speaks beneath the account and region of the bus, and for no other', async () => {
  expect((await handed({})).header('ce_source')).toBe(`${BUS}#shop`);
  const claimed = 'events.amazonaws.com/999988887777/eu-west-1#bank';
  expect((await handed({ source: claimed })).header('ce_source')).toBe(`${BUS}#${claimed}`);
});

test('a detail that is a CloudEvent is that event, with the id of the bus where it has none', async () => {
  const detail = { specversion: '1.0', id: 'a', source: 'urn:me', type: 't', partitionkey: 'k', data: { n: 1 } };
  const { header, value } = await handed({ detail });
  expect([header('ce_id'), header('ce_source'), header('ce_type'), value]).toEqual(['a', `${BUS}#urn:me`, 't', '{"n":1}']); // prettier-ignore
  expect((await handed({ detail: { ...detail, id: undefined } })).header('ce_id')).toBe('eb-1');
});

describe('an event that was not taken makes the invocation fail, so that Lambda tries it again and then keeps it', () => {
  test.each<[Partial<Outcome>, string | undefined]>([
    [{ kind: 'acked', topic: 'orders', partition: 0, offset: 0 }, undefined],
    [{ kind: 'spilled', object: 'o' }, undefined],
    [{ kind: 'parked', object: 'o', code: 'c', reason: 'r' }, undefined],
    [{ kind: 'rejected', code: 'UNAVAILABLE', reason: 'r' }, 'EventBridge event eb-1: got UNAVAILABLE (r), want every'],
    [{ kind: 'unknown', reason: 'r' }, 'EventBridge event eb-1: got UNKNOWN (r)'],
  ])('%j', async (outcome, message) => {
    const publishAll = (events: readonly NewEvent[]) =>
      Promise.resolve(events.map(({ id }) => ({ id, source: 's', ...outcome }) as Outcome));
    const ended = eventBridgeDoor({ publishAll })(envelope, context);
    await (message === undefined ? expect(ended).resolves.toBeUndefined() : expect(ended).rejects.toThrow(message));
  });

  test.each<[string, unknown, string]>([
    ['a number that JavaScript has changed', { id: 1524831183200260000 }, 'event detail.id: got a value'],
    ['a CloudEvent without a type', { specversion: '1.0', id: 'a' }, 'event type: got nothing'],
  ])('%s', async (_what, detail, message) => {
    await expect(handed({ detail })).rejects.toThrow(`EventBridge event eb-1: got INVALID_EVENT (${message}`);
  });
});
