import type { GivenUp } from '../../../../local/event-source-mapping/on-failure';
import type { MappingSwitches } from '../../../../local/event-source-mapping/switches';
import type { Outcome } from '../../../../local/function-host';
import type { MappingSettings } from '../../../../local/template/mappings';
import { crash, failed, failures, throttled, timeout } from '../world';
import { WORLDS } from '../worlds';

/** Answers every invocation the same way; returns what was delivered and what was given up. */
const alwaysIn = (world: (typeof WORLDS)[number][1]) =>
  async function always(
    outcome: Outcome | ((offsets: readonly string[]) => Outcome),
    changes: Partial<MappingSettings>,
    switches: Partial<MappingSwitches> = {},
    last = 0,
  ) {
    const given: GivenUp[] = [];
    const mapping = await world(changes, switches, (each) => Promise.resolve(void given.push(each)));
    const { arrive, calls, reply, wake } = mapping;
    const pauses: number[] = [];
    await arrive(0, last + 1);
    for (let answered = 0; answered < calls.length && answered < 20; answered++) {
      await reply(typeof outcome === 'function' ? outcome(calls.at(-1)?.offsets ?? []) : outcome);
      pauses.push(...mapping.pauses());
      if (mapping.pauses().length > 0) await wake();
    }
    const lost = given.flatMap(({ records }) => records.map(({ partition, offset }) => `${partition}@${offset}`));
    return { deliveries: calls.map(({ offsets }) => offsets.join(' ')), lost, given, pauses };
  };

describe.each(WORLDS)(
  '%s, https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html',
  (_, world) => {
    const always = alwaysIn(world);
    test.each([0, 1, 3])('a limit of %d retries is that many deliveries after the first', async (retryLimit) => {
      const { deliveries, lost, given } = await always(failed, { retryLimit });
      expect([deliveries.length, lost, given[0]?.invocations]).toEqual([retryLimit + 1, ['0@0'], retryLimit + 1]);
    });

    test('without a limit a record is never given up', async () => {
      const { deliveries, lost } = await always(failed, { retryLimit: undefined });
      expect([deliveries.length, lost]).toEqual([21, []]);
    });

    test('a partial response uses up a retry like a failure, for what it reports alone', async () => {
      const { deliveries, lost } = await always(failures([0, 1]), { retryLimit: 2 }, {}, 1);
      expect([deliveries, lost]).toEqual([['0@0 0@1', '0@1', '0@1'], ['0@1']]);
    });

    const settlesTheFirst = (offsets: readonly string[]) => failures([0, Number(offsets[1]?.replace('0@', ''))]);
    test.each([
      ['kept', ['0@0 0@1 0@2 0@3', '0@1 0@2 0@3'], ['0@2', '0@3']],
      ['reset', ['0@0 0@1 0@2 0@3', '0@1 0@2 0@3', '0@2 0@3', '0@3'], []],
    ] as const)('the count of retries is %s when some records were settled, as the switch says', async (...row) => {
      const [retryCountOnProgress, delivered, givenUp] = row;
      const answer = (offsets: readonly string[]): Outcome =>
        offsets.length > 1 ? settlesTheFirst(offsets) : { kind: 'success', payload: 'null' };
      const { deliveries, lost } = await always(answer, { retryLimit: 1 }, { retryCountOnProgress }, 3);
      expect([deliveries, lost]).toEqual([delivered, givenUp]);
    });

    const poisonAt2 = (offsets: readonly string[]): Outcome =>
      offsets.includes('0@2') ? failed : { kind: 'success', payload: 'null' };
    test.each<Outcome>([failed, timeout, crash])(
      'after $kind a batch is halved until the bad record stands alone',
      async (bad) => {
        const answer = (offsets: readonly string[]) => (offsets.includes('0@2') ? bad : poisonAt2(offsets));
        const { deliveries, lost } = await always(answer, { bisect: true, retryLimit: 1 }, {}, 3);
        expect(deliveries).toEqual(['0@0 0@1 0@2 0@3', '0@0 0@1', '0@2 0@3', '0@2', '0@2', '0@3']);
        expect(lost).toEqual(['0@2']);
      },
    );

    test('where the switch says so a split uses up a retry, and good neighbours are given up with the bad record', async () => {
      const { lost } = await always(poisonAt2, { bisect: true, retryLimit: 1 }, { bisectCountsAsRetry: true }, 3);
      expect(lost).toEqual(['0@2', '0@3']);
    });

    test('records over the age limit are given up before an invocation, the younger are delivered', async () => {
      const given: GivenUp[] = [];
      const mapping = await world({ recordAgeLimitMs: 60_000 }, {}, (each) => Promise.resolve(void given.push(each)));
      await mapping.arrive(0, 1);
      await mapping.pass(59_000);
      await mapping.reply(failed);
      await mapping.pass(2_000); // too old for its retry by now
      await mapping.arrive(1, 1);
      await mapping.wake();
      expect(mapping.calls.map(({ offsets }) => offsets)).toEqual([['0@0'], ['1@0']]);
      expect(given).toMatchObject([{ condition: 'RecordAgeExceeded', invocations: 1, records: [{ offset: 0 }] }]);
    });

    test('without an age limit a record of any age is delivered', async () => {
      const mapping = await world({ recordAgeLimitMs: undefined });
      mapping.pause();
      await mapping.arrive(0, 1);
      await mapping.pass(604_800_000);
      await mapping.resume();
      expect(mapping.calls).toHaveLength(1);
    });

    test('retries rest as the switch says', async () => {
      const retryBackoff = { firstMs: 1_000, factor: 1, maxMs: 1_000 };
      expect((await always(failed, { retryLimit: 3 })).pauses).toEqual([100, 200, 400]);
      expect((await always(failed, { retryLimit: 3 }, { retryBackoff })).pauses).toEqual([1_000, 1_000, 1_000]);
    });
  },
);

describe.each(WORLDS)('%s, https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html', (_, world) => {
  const always = alwaysIn(world);
  test('a throttle uses up a retry only where the switch says so', async () => {
    expect((await always(throttled, { retryLimit: 1 })).lost).toEqual([]);
    expect((await always(throttled, { retryLimit: 1 }, { throttleCountsAsRetry: true })).lost).toEqual(['0@0']);
  });
});
