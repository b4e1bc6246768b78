import { PAYLOAD_LIMIT } from '../../../../local/runtime-api';
import type { GivenUp } from '../../../../local/event-source-mapping/on-failure';
import { frameBytes, partitionBytes } from '../../../../local/event-source-mapping/record';
import { frame } from '../../fixtures/records';
import { ok, turn, world as ofRecords } from '../world';
import { WORLDS, type World } from '../worlds';

const delivered = ({ calls }: World) => calls.map(({ offsets }) => offsets);

describe.each(WORLDS)(
  '%s, https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html',
  (_, world) => {
    test('a batch goes out when its window has elapsed, which begins with its first record', async () => {
      const mapping = await world({ windowMs: 5_000 });
      await mapping.arrive(0, 1);
      await mapping.pass(4_000);
      await mapping.arrive(0, 1);
      await mapping.pass(800);
      expect(delivered(mapping)).toEqual([]);
      await mapping.pass(200);
      expect(delivered(mapping)).toEqual([['0@0', '0@1']]);
    });

    test('a batch goes out as soon as it has the batch size, and holds no more', async () => {
      const mapping = await world({ windowMs: 300_000, batchSize: 3 });
      await mapping.arrive(0, 2);
      expect(delivered(mapping)).toEqual([]);
      await mapping.arrive(0, 3);
      expect(delivered(mapping)).toEqual([['0@0', '0@1', '0@2']]);
    });

    test('a batch goes out as soon as the event has 6 MB, and the rest goes into the next one', async () => {
      const mapping = await world({ windowMs: 300_000 });
      await mapping.arrive(0, 3, PAYLOAD_LIMIT * 0.4);
      expect(delivered(mapping)).toEqual([['0@0']]);
      await mapping.reply(ok);
      expect(delivered(mapping).at(-1)).toEqual(['0@1']);
    });
  },
);

describe('https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html', () => {
  const room = PAYLOAD_LIMIT - frameBytes(frame) - partitionBytes(frame, 0);
  test.each([
    ['of exactly 6 MB is delivered', 0, 1, []],
    ['of a byte more is given up without an invocation', 1, 0, ['MaximumPayloadSizeExceeded']],
  ])('a record that makes an event %s', async (_, more, invocations, conditions) => {
    const given: GivenUp[] = [];
    const { arrive, calls } = ofRecords({}, {}, (each) => Promise.resolve(void given.push(each)));
    arrive(0, 0, 0, { bytes: room - 1 + more });
    await turn();
    expect([calls.length, given.map(({ condition }) => condition)]).toEqual([invocations, conditions]);
  });
});

describe.each(WORLDS)('%s, https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-low-latency.html', (_, world) => {
  test('a window of 0 delivers at once what is there', async () => {
    const mapping = await world({ windowMs: 0 });
    await mapping.arrive(0, 1);
    expect(delivered(mapping)).toEqual([['0@0']]);
  });
});

describe.each(WORLDS)('%s, https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html', (_, world) => {
  test('one event may hold several partitions, each in the order of its offsets', async () => {
    const mapping = await world();
    mapping.pause();
    await mapping.arrive(1, 2);
    await mapping.arrive(0, 2);
    await mapping.resume();
    expect(mapping.calls).toHaveLength(1);
    expect([...mapping.calls[0]!.offsets].sort()).toEqual(['0@0', '0@1', '1@0', '1@1']);
    for (const partition of ['0', '1']) {
      const ofOne = mapping.calls[0]!.offsets.filter((each) => each.startsWith(partition));
      expect(ofOne).toEqual([...ofOne].sort());
    }
  });

  test('a partition has one batch in flight, and its next one after the answer; other partitions go on', async () => {
    const mapping = await world();
    await mapping.arrive(0, 1);
    await mapping.arrive(0, 1);
    await mapping.arrive(1, 1);
    expect(delivered(mapping)).toEqual([['0@0'], ['1@0']]);
    await mapping.answer(mapping.calls[0], ok);
    expect(delivered(mapping).at(-1)).toEqual(['0@1']);
  });

  test('offsets are committed after the batch was processed, as the offset that comes next', async () => {
    const mapping = await world();
    await mapping.arrive(0, 2);
    expect(mapping.positions()).toEqual([0, 0]);
    await mapping.reply(ok);
    expect(mapping.positions()).toEqual([2, 0]);
  });
});

describe.each(WORLDS)('%s, https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html', (_, world) => {
  test('invocations at once are limited by the pollers', async () => {
    const mapping = await world({ concurrency: 1 });
    await mapping.arrive(0, 1);
    await mapping.arrive(1, 1);
    expect(mapping.calls).toHaveLength(1);
    await mapping.answer(mapping.calls[0], ok);
    expect(delivered(mapping)).toEqual([['0@0'], ['1@0']]);
  });
});
