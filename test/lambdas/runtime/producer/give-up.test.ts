import { RetryStrategy } from '../../../../lambdas/runtime/contract';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { event, scriptedProducer } from '../simulation/scripted-producer';
import type { Step } from '../simulation/scripted-port';

/** What is told of an event that Kafka is no longer tried with: true for each way in which that comes about. */
const reasonOf = (outcome: Outcome | undefined) => (outcome && 'reason' in outcome ? outcome.reason : outcome?.kind);
const noBroker = () => {
  throw new Error('no broker');
};
const sized = (id: string) => event(id, { key: 'k', data: Buffer.alloc(900) });
const doubt = () => {
  const steps: Step[] = [{ does: 'lose-answer', written: true }];
  return (): Step => steps.shift() ?? { does: 'refuse', about: 'record' };
};

describe('the line about spilled events says why Kafka is no longer tried with them', () => {
  test.each<[string, Parameters<typeof scriptedProducer>[0], object]>([
    ['a deadline that passes with the last try unanswered', { kafka: () => ({ does: 'silent', written: false }) }, { why: 'deadline', reason: 'Kafka did not take it by its deadline: given up' }], // prettier-ignore
    ['a deadline that passes while Kafka says not now', { kafka: () => ({ does: 'not-now' }) }, { why: 'deadline', reason: 'Kafka did not take it by its deadline: too few replicas' }], // prettier-ignore
    ['a deadline that passes before the topic could be read', { topic: noBroker }, { why: 'deadline', reason: 'Kafka did not take it by its deadline: no broker' }], // prettier-ignore
    ['a strategy without a second try', { retry: RetryStrategy.none(), kafka: () => ({ does: 'not-now' }) }, { why: 'retries', reason: 'Kafka did not take it in as many tries as it has: too few replicas' }], // prettier-ignore
    ['a strategy whose tries are used up', { retry: RetryStrategy.atMost(2), topic: noBroker }, { why: 'retries', reason: 'Kafka did not take it in as many tries as it has: no broker' }], // prettier-ignore
    ['a refusal after a try that may be in the log', { kafka: doubt() }, { why: 'doubt', reason: 'Kafka refused it, and an earlier try may be in the log: refused' }], // prettier-ignore
  ])('%s', async (_what, script, fields) => {
    const { clock, log, producer } = scriptedProducer(script);
    expect((await clock.run(producer.publish(event('a')))).kind).toBe('spilled');
    expect(log.of('events spilled')).toEqual([expect.objectContaining({ events: 1, ...fields })]);
  });

  test('a function without time for Kafka: the event was not tried', async () => {
    const { clock, log, port, producer } = scriptedProducer();
    await clock.run(producer.publish(event('a'), { remainingMs: 4_000 }));
    expect(port.requests).toEqual([]);
    expect(log.of('events spilled')).toMatchObject([{ why: 'deadline', reason: expect.stringContaining('not tried, as there was no time left for Kafka') as string }]); // prettier-ignore
  });

  test('an event behind others of its partition, and one whose topic is not read yet, were not tried', async () => {
    const behind = scriptedProducer({ kafka: () => ({ does: 'silent', written: false }) });
    const first = behind.producer.publish(event('first', { key: 'k' }));
    await behind.clock.run(behind.clock.sleep(1_000));
    const later = behind.producer.publish(event('later', { key: 'k' }), { remainingMs: 10_000 });
    await behind.clock.run(Promise.all([first, later]));
    expect(behind.log.of('events spilled')[0]?.reason).toBe('Kafka did not take it by its deadline: not tried, as others were before it'); // prettier-ignore
    const unread = scriptedProducer();
    unread.port.describe = () => new Promise(() => undefined);
    await unread.clock.run(unread.producer.publish(event('a')));
    expect(unread.log.of('events spilled')[0]?.reason).toBe('Kafka did not take it by its deadline: not tried, as its topic was not read yet'); // prettier-ignore
  });

  test('an event that found room too late is not said to have been tried', async () => {
    const { clock, log, producer } = scriptedProducer({ bufferBytes: 1_500, kafka: () => ({ does: 'not-now' }) });
    await clock.run(producer.publishAll([sized('a'), sized('b')]));
    expect(log.of('events spilled').map(({ reason }) => reason)).toEqual([
      'Kafka did not take it by its deadline: too few replicas',
      'Kafka did not take it by its deadline: not tried, as there was no room within bufferBytes = 1500',
    ]);
  });

  test('events of one object that were given up in different ways have a line each', async () => {
    const { clock, log, producer } = scriptedProducer({
      retry: RetryStrategy.none(),
      kafka: ({ ids }) => (ids.includes('spent') ? { does: 'not-now', afterMs: 19_999 } : { does: 'silent', written: false }), // prettier-ignore
      puts: () => 'ok',
    });
    const outcomes = await clock.run(producer.publishAll([event('spent', { key: 'k' }), event('slow', { key: 'other' })])); // prettier-ignore
    expect(outcomes.map(({ kind }) => kind)).toEqual(['spilled', 'spilled']);
    expect(log.of('events spilled').map(({ events, why }) => [events, why])).toEqual([[1, 'retries'], [1, 'deadline']]); // prettier-ignore
  });
});

describe('the outcome of an event that nobody took says what is known', () => {
  const notNow = (): Step => ({ does: 'not-now' });

  test.each([
    ['refused', 'rejected', 'events not spilled: the spill store did not take them', 'access denied'],
    ['failed', 'unknown', 'events spilled or not: the spill store did not say', 'no connection'],
  ] as const)('a put that is %s', async (put, kind, line, store) => {
    const { clock, log, producer } = scriptedProducer({ kafka: notNow, puts: () => put });
    const outcome = await clock.run(producer.publish(event('a')));
    expect(outcome.kind).toBe(kind);
    expect(reasonOf(outcome)).toMatch(/^Kafka did not take it by its deadline: too few replicas; /);
    expect(reasonOf(outcome)).toContain(store);
    expect(log.of(line)).toMatchObject([{ events: 1, why: 'deadline', store: expect.stringContaining(store) as string }]); // prettier-ignore
  });

  test('an event that waits behind puts that hang was not put', async () => {
    const { clock, store, producer } = scriptedProducer({ kafka: notNow, puts: () => 'silent' });
    const publishes = Array.from({ length: 5 }, async (_, n) => {
      await clock.sleep(n * 200);
      return producer.publish(event(`e${n}`));
    });
    const outcomes = await clock.run(Promise.all(publishes));
    expect(store.puts).toBe(4);
    expect(outcomes[4]).toMatchObject({ kind: 'rejected', code: 'UNAVAILABLE' });
    expect(reasonOf(outcomes[4])).toMatch(/; spill store: not asked yet when its caller had to hear$/);
  });

  test('no room until its caller had to hear: neither Kafka nor the spill store is said to have failed', async () => {
    const { clock, producer } = scriptedProducer({ bufferBytes: 1_500, kafka: notNow, puts: () => 'silent' });
    const outcomes = await clock.run(producer.publishAll([sized('a'), sized('b')]));
    expect(outcomes[1]).toMatchObject({
      kind: 'rejected',
      code: 'BUFFER_EXHAUSTED',
      reason:
        'buffer: its caller had to hear before there was room for it: not tried, as there was no room within bufferBytes = 1500',
    });
  });
});
