import { producer, type Outcome } from '../../../../lambdas/runtime/producer';
import { event, scriptedProducer } from '../simulation/scripted-producer';

jest.setTimeout(60_000);

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => event(`e${String(n).padStart(3, '0')}`, { key: 'k' }));
const ids = (events: readonly { id: string }[]) => events.map(({ id }) => id);

test('one by one: each is in the log before the next is sent', async () => {
  const { clock, port, producer: orders } = scriptedProducer();
  for (const one of many(5)) expect((await clock.run(orders.publish(one))).kind).toBe('acked');
  expect(port.requests.map(({ ids: sent }) => sent.length)).toEqual([1, 1, 1, 1, 1]);
});

test('many in flight: each hears of its own event, and they keep the order of the calls', async () => {
  const { clock, port, producer: orders } = scriptedProducer();
  const heard: string[] = [];
  for (const one of many(300)) {
    void orders.publish(one).then((outcome) => heard.push(`${one.id} ${outcome.id} ${outcome.kind}`));
  }
  await clock.run(orders.flush());
  expect(heard).toEqual(ids(many(300)).map((id) => `${id} ${id} acked`));
  expect(port.ids()).toEqual(ids(many(300)));
});

test('with callbacks: flush returns when all of them have been called', async () => {
  const { clock, producer: orders } = scriptedProducer();
  const heard: [Error | undefined, Outcome | undefined][] = [];
  for (const one of many(50)) orders.publish(one, (error, outcome) => heard.push([error, outcome]));
  orders.publish(event('last'), { remainingMs: 20_000 }, (error, outcome) => heard.push([error, outcome]));
  await clock.run(orders.flush());
  expect(heard.map(([error, outcome]) => [error, outcome?.kind])).toEqual(heard.map(() => [undefined, 'acked']));
  expect(heard).toHaveLength(51);
});

test('a callback hears the error that publish would have thrown', async () => {
  const orders = producer({ deps: { variables: {} } });
  const heard = new Promise<[Error | undefined, Outcome | undefined]>((tell) =>
    orders.publish(event('a'), (error, outcome) => tell([error, outcome])),
  );
  expect(await heard).toEqual([expect.objectContaining({ code: 'NOT_CONFIGURED' }), undefined]);
});

test('flush waits for what is under way and does not throw what its own caller hears', async () => {
  const orders = producer({ deps: { variables: {} } });
  const publishing = orders.publish(event('a'));
  await orders.flush();
  await expect(publishing).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
});

test('a result for each of ten thousand events of one call, in their order', async () => {
  const { clock, producer: orders } = scriptedProducer();
  const events = Array.from({ length: 10_000 }, (_, n) => event(`e${n}`, { key: `key-${n % 100}` }));
  const outcomes = await clock.run(orders.publishAll(events));
  expect(ids(outcomes)).toEqual(ids(events));
  expect(orders.counts).toMatchObject({ acked: 10_000, spilled: 0, rejected: 0, unknown: 0 });
});

test('what is counted is what the callers heard', async () => {
  let n = 0;
  const { clock, producer: orders } = scriptedProducer({
    kafka: () => ([{ does: 'ack' }, { does: 'refuse', about: 'record' }] as const)[n++ % 2],
  });
  const outcomes = await clock.run(Promise.all(many(9).map((one) => orders.publish({ ...one, key: one.id }))));
  const { acked, rejected, ...others } = orders.counts;
  expect([acked, rejected]).toEqual(
    ['acked', 'rejected'].map((kind) => outcomes.filter((o) => o.kind === kind).length),
  );
  expect([acked + rejected, new Set(Object.values(others))]).toEqual([9, new Set([0])]);
});

describe('a full buffer', () => {
  const large = (count: number) =>
    Array.from({ length: count }, (_, n) => event(`e${n}`, { key: 'k', data: Buffer.alloc(1_000) }));

  test('waits by default: nothing is refused, nothing is dropped', async () => {
    const { clock, port, producer: orders } = scriptedProducer({ bufferBytes: 3_000 });
    const outcomes = await clock.run(orders.publishAll(large(10)));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(['acked']));
    expect(port.ids()).toEqual(ids(large(10)));
  });

  test('rejects when that is chosen, with a code to act on, and takes events again when there is room', async () => {
    const { clock, producer: orders } = scriptedProducer({ bufferBytes: 3_000, onFull: 'reject' });
    const outcomes = await clock.run(orders.publishAll(large(4)));
    expect(outcomes.map((outcome) => (outcome.kind === 'rejected' ? outcome.code : outcome.kind))).toEqual(['acked', 'acked', 'BUFFER_EXHAUSTED', 'BUFFER_EXHAUSTED']); // prettier-ignore
    expect((await clock.run(orders.publish(event('later')))).kind).toBe('acked');
  });

  test.each([0, -1, 1.5, '64'])('a buffer of %p bytes is refused in words', async (bufferBytes) => {
    const { producer: orders } = scriptedProducer({ bufferBytes: bufferBytes as number });
    await expect(orders.publish(event('a'))).rejects.toThrow('producer options.bufferBytes: got');
  });
});

test('the connection is opened once, whatever is published at once', async () => {
  const { clock, port, producer: orders } = scriptedProducer();
  await clock.run(Promise.all(many(100).map((one) => orders.publish(one))));
  await clock.run(orders.publishAll(many(100)));
  expect(port.describes).toBe(1);
});

test('a sandbox frozen past the deadline of an event spills it when it wakes', async () => {
  const { clock, producer: orders } = scriptedProducer({ kafka: () => ({ does: 'silent', written: false }) });
  const publishing = orders.publish(event('a'));
  await clock.run(clock.sleep(1_000));
  clock.freeze(600_000);
  const woke = clock.now();
  expect((await clock.run(publishing)).kind).toBe('spilled');
  expect(clock.now() - woke).toBeLessThan(1_000);
});
