import { partitionOfKey } from '../../../../lambdas/runtime/kafka/murmur2';
import { RetryStrategy } from '../../../../lambdas/runtime/contract';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { event, scriptedProducer } from '../simulation/scripted-producer';
import type { Step } from '../simulation/scripted-port';

const always = (step: Step) => () => step;
const notNow: Step = { does: 'not-now', afterMs: 0 };
const lost: Step = { does: 'lose-answer', written: false, afterMs: 0 };
const kinds = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map(({ kind }) => kind))];
const spread = (count: number) => Array.from({ length: count }, (_, n) => event(`e${n}`, { key: `key-${n}` }));

describe('how long Kafka is tried is chosen, and nothing is lost whichever it is', () => {
  test.each([
    ['none', RetryStrategy.none(), 1],
    ['one retry', RetryStrategy.atMost(1), 2],
    ['three retries', RetryStrategy.atMost(3), 4],
  ])('%s: the event is spilled after its last try, long before the deadline', async (_what, retry, tries) => {
    for (const step of [notNow, lost]) {
      const { clock, port, producer } = scriptedProducer({ retry, kafka: always(step) });
      const start = clock.now();
      expect((await clock.run(producer.publish(event('a')))).kind).toBe('spilled');
      expect(port.requests).toHaveLength(tries);
      expect(clock.now() - start).toBeLessThan(2_000);
    }
  });

  test('until the deadline: a leader that is elected late still gets the event', async () => {
    const start = 1_767_225_600_000;
    const simulated = scriptedProducer({
      retry: RetryStrategy.untilDeadline(),
      kafka: () => (simulated.clock.now() - start < 18_000 ? notNow : undefined),
    });
    expect((await simulated.clock.run(simulated.producer.publish(event('a')))).kind).toBe('acked');
  });

  test('with none, an event that may be in the log and that S3 refuses is unknown, not rejected', async () => {
    const { clock, producer } = scriptedProducer({
      retry: RetryStrategy.none(),
      kafka: always(lost),
      puts: () => 'refused',
    });
    expect((await clock.run(producer.publish(event('a')))).kind).toBe('unknown');
  });

  test('a topic that cannot be read counts as a try', async () => {
    const topic = () => {
      throw new Error('no broker');
    };
    const { clock, port, producer } = scriptedProducer({ retry: RetryStrategy.atMost(2), topic });
    expect((await clock.run(producer.publish(event('a')))).kind).toBe('spilled');
    expect(port.describes).toBe(3);
  });

  test('a batch taken apart for one bad record is no retry: its neighbours are acknowledged', async () => {
    const { clock, producer } = scriptedProducer({
      retry: RetryStrategy.none(),
      kafka: ({ ids }) => (ids.includes('e3') ? { does: 'refuse', about: 'record' } : undefined),
    });
    const outcomes = await clock.run(
      producer.publishAll(Array.from({ length: 8 }, (_, n) => event(`e${n}`, { key: 'k' }))),
    );
    expect(outcomes.filter(({ kind }) => kind !== 'acked').map(({ id }) => id)).toEqual(['e3']);
  });

  test.each([0, -1, 1.5, Number.NaN])('at most %p retries is refused in words', async (retries) => {
    const { producer } = scriptedProducer({ retry: RetryStrategy.atMost(retries) });
    await expect(producer.publish(event('a'))).rejects.toThrow(/producer options\.retry: got .* want RetryStrategy\.atMost with a whole number of retries above 0/); // prettier-ignore
  });

  test('a strategy that is none is refused in words', async () => {
    const { producer } = scriptedProducer({ retry: { kind: 'for ever' } as never });
    await expect(producer.publish(event('a'))).rejects.toThrow(
      'want RetryStrategy.untilDeadline(), .atMost(n) or .none()',
    );
  });
});

/** The most requests that began within one second, among those from `since` on. */
const mostASecond = (times: readonly number[], since: number) => {
  const later = times.filter((time) => time >= since);
  return Math.max(...later.map((time) => later.filter((other) => other >= time && other < time + 1_000).length));
};

describe('a full outage is not made worse', () => {
  const outageAt = 1_767_225_600_000;

  test.each([0, 0.5, 0.99])(
    'a topic that cannot be read is asked for twice a second at most (random %p)',
    async (random) => {
      const topic = () => {
        throw new Error('no broker');
      };
      const { clock, port, producer } = scriptedProducer({ topic, random: () => random });
      await clock.run(producer.publishAll(spread(20)));
      expect(mostASecond(port.times, outageAt + 1)).toBeLessThanOrEqual(2);
      expect(port.describes).toBeGreaterThan(15);
    },
  );

  test.each([notNow, lost])('partitions that all fail share two tries a second between them (%j)', async (step) => {
    const { clock, port, producer } = scriptedProducer({ kafka: always(step) });
    const outcomes = await clock.run(producer.publishAll(spread(60)));
    expect(kinds(outcomes)).toEqual(['spilled']);
    expect(new Set(port.requests.map(({ partition }) => partition)).size).toBe(6);
    expect(mostASecond(port.times, outageAt + 2)).toBeLessThanOrEqual(2);
  });

  test('publishes that come during the outage wait for their turn, too', async () => {
    const { clock, port, producer } = scriptedProducer({ kafka: always(notNow) });
    const publishing = Array.from({ length: 30 }, async (_, n) => {
      await clock.sleep(n * 300);
      return producer.publish(event(`e${n}`, { key: `key-${n}` }));
    });
    await clock.run(Promise.all(publishing));
    expect(mostASecond(port.times, outageAt + 1_000)).toBeLessThanOrEqual(2);
  });

  test('once Kafka answers one of them, the others go at once', async () => {
    const back = outageAt + 10_000;
    const simulated = scriptedProducer({ kafka: () => (simulated.clock.now() < back ? notNow : undefined) });
    const { clock, producer } = simulated;
    expect(kinds(await clock.run(producer.publishAll(spread(60))))).toEqual(['acked']);
    expect(clock.now()).toBeLessThan(back + 2_000);
  });

  test('a partition that fails does not slow down one that is well', async () => {
    const { clock, port, producer } = scriptedProducer({
      kafka: ({ partition }) => (partition === 0 ? notNow : undefined),
    });
    const stuck = producer.publishAll(spread(60));
    await clock.run(clock.sleep(1_000));
    const key = spread(60).map(({ id }) => id).find((id) => partitionOfKey(Buffer.from(id), 6) !== 0); // prettier-ignore
    const outcomes = [await clock.run(producer.publish(event('first', { key })))];
    const start = clock.now();
    for (let n = 0; n < 20; n += 1) outcomes.push(await clock.run(producer.publish(event(`w${n}`, { key }))));
    expect(kinds(outcomes)).toEqual(['acked']);
    expect(clock.now() - start).toBeLessThan(200);
    expect(port.log.has(0)).toBe(false);
    await clock.run(stuck);
  });
});
