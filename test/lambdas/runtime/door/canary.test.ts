import {
  CANARY_SOURCE,
  CANARY_TYPE,
  CE_ID,
  CE_SOURCE,
  CE_TYPE,
  type CanaryAnswer,
} from '../../../../lambdas/runtime/contract';
import { everyDoor } from '../../../../lambdas/runtime/door/every-door';
import { headerText } from '../../../../lambdas/runtime/event/event';
import { event, scriptedProducer } from '../simulation/scripted-producer';
import { message } from './messages';

const context = { getRemainingTimeInMillis: () => 28_000 };
const request = { canary: { name: '2026-01-01T00:00Z' } };

function doorOf(given: Parameters<typeof scriptedProducer>[0] = {}) {
  const around = scriptedProducer(given);
  const door = everyDoor(around.producer, { environment: { unnamedCallers: 'a test' } });
  return { ...around, asked: (with_: unknown = request) => around.clock.run(door(with_, context)) as Promise<CanaryAnswer> }; // prettier-ignore
}

test('a canary goes to each partition by its key, as every event does, and each is answered for', async () => {
  const { asked, port } = doorOf();
  const { partitions, canaries } = await asked();
  expect([partitions, canaries.map(({ partition, outcome }) => [partition, outcome])]).toEqual([6, [0, 1, 2, 3, 4, 5].map((n) => [n, 'acked'])]); // prettier-ignore
  const sent = [...port.log].map(([partition, records]) =>
    records.map(({ headers }) => [partition, ...[CE_ID, CE_TYPE, CE_SOURCE].map((name) => headerText(headers, name))]),
  );
  expect(sent.flat().sort()).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n, `2026-01-01T00:00Z/${n}-of-6`, CANARY_TYPE, CANARY_SOURCE])); // prettier-ignore
});

test('the same name sends the same events again: another one could only be parked', async () => {
  const { asked, port } = doorOf();
  await asked();
  await asked();
  for (const [first, second, ...others] of port.log.values()) {
    expect(others).toEqual([]);
    expect([second?.key, second?.value]).toEqual([first?.key, first?.value]);
  }
});

test('canaries are none of the events that a producer counts', async () => {
  const { asked, producer, meter } = doorOf();
  await asked();
  expect([producer.counts.acked, meter.flushed]).toEqual([0, []]);
});

test('a canary that Kafka does not take is spilled, or said to be refused, as every event', async () => {
  const { asked, store } = doorOf({ kafka: ({ partition }) => (partition === 2 ? { does: 'not-now' } : partition === 3 ? { does: 'refuse', about: 'record' } : undefined) }); // prettier-ignore
  const { canaries } = await asked();
  expect(canaries.map(({ outcome }) => outcome)).toEqual(['acked', 'acked', 'spilled', 'rejected', 'acked', 'acked']);
  expect(canaries[3]).toHaveProperty('reason');
  expect([...store.objects.keys()]).toHaveLength(1);
});

test('partitions that are added have their canaries, under ids of their own', async () => {
  let partitions = 2;
  const { asked, port } = doorOf({ topic: () => ({ partitions }) });
  await asked();
  partitions = 3;
  await asked();
  expect(port.ids().sort()).toEqual(['0-of-2', '0-of-3', '1-of-2', '1-of-3', '2-of-3'].map((id) => `2026-01-01T00:00Z/${id}`)); // prettier-ignore
});

test.each([
  ['nothing', undefined, 'got undefined'],
  ['a path', 'a/b', 'got "a/b"'],
  ['a text of 65 characters', 'a'.repeat(65), 'got "aaa'],
])('%s is no name of canaries', async (_what, name, got) => {
  await expect(doorOf().asked({ canary: { name } })).rejects.toThrow(`canary name: ${got}`);
});

describe('nobody else publishes an event of that type, of which nothing would be applied', () => {
  const forged = { specversion: '1.0', id: 'x', source: CANARY_SOURCE, type: CANARY_TYPE, data: {} };

  test('not by the producer', async () => {
    const { clock, producer, port } = scriptedProducer();
    const outcome = await clock.run(producer.publish({ ...event('x'), type: CANARY_TYPE, source: CANARY_SOURCE }));
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'INVALID_EVENT', reason: expect.stringContaining('event type: got lossless.canary') as string }); // prettier-ignore
    expect(port.requests).toEqual([]);
  });

  test('not by a direct invocation, whether its caller waits or not', async () => {
    const { asked, port } = doorOf();
    expect(await asked({ publish: { events: JSON.stringify([forged]) } })).toMatchObject({ results: [{ outcome: 'rejected' }] }); // prettier-ignore
    await expect(asked(forged)).rejects.toThrow('event type: got lossless.canary');
    expect(port.requests).toEqual([]);
  });

  test('not by a queue, and not over HTTP', async () => {
    const { asked, port } = doorOf();
    expect(await asked({ Records: [message('m-1', forged)] })).toMatchObject({ batchItemFailures: [{}] });
    const body = JSON.stringify(forged);
    expect(await asked({ version: '2.0', headers: {}, requestContext: {}, body, isBase64Encoded: false })).toMatchObject({ statusCode: 422 }); // prettier-ignore
    expect(port.requests).toEqual([]);
  });
});
