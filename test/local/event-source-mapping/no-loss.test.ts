import { systemClock } from '../../../lambdas/runtime/time/clock';
import fc from 'fast-check';
import { newCounters } from '../../../local/event-source-mapping/counters';
import { Dispatcher } from '../../../local/event-source-mapping/dispatcher';
import { Lane } from '../../../local/event-source-mapping/lane';
import type { MappingSwitches } from '../../../local/event-source-mapping/switches';
import { watchFor } from '../../../local/event-source-mapping/watch';
import type { Outcome } from '../../../local/function-host';
import type { MappingSettings } from '../../../local/template/mappings';
import { chunk, frame, settings } from '../fixtures/records';
import { anySwitches } from './any-switches';
import { crash, failed, failures, throttled, timeout, turn } from './world';

interface Story {
  readonly settings: Partial<MappingSettings>;
  readonly switches: MappingSwitches;
  /** Records that arrive together, of partition 0 or 1; a rebalance in between gives a partition away and back. */
  readonly arrivals: readonly { readonly partition: number; readonly count: number; readonly rebalance: boolean }[];
  /** What the function does, invocation by invocation: a failure of the whole, or which of the records it reports. */
  readonly answers: readonly (Outcome | readonly boolean[])[];
  readonly destination: readonly ('takes' | 'refuses')[] | undefined;
}

const stories: fc.Arbitrary<Story> = fc.record({
  settings: fc.record({
    ...{ partialResponse: fc.boolean(), bisect: fc.boolean(), batchSize: fc.integer({ min: 1, max: 6 }) },
    retryLimit: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    ...{ recordAgeLimitMs: fc.constantFrom(undefined, 60_000), concurrency: fc.integer({ min: 1, max: 2 }) },
  }),
  switches: anySwitches,
  arrivals: fc.array(
    fc.record({
      ...{ partition: fc.integer({ min: 0, max: 1 }), count: fc.integer({ min: 1, max: 6 }) },
      rebalance: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
    }),
    { minLength: 1, maxLength: 8 },
  ),
  answers: fc.array(
    fc.oneof(fc.constantFrom<Outcome>(failed, timeout, crash, throttled), fc.array(fc.boolean(), { maxLength: 6 })),
    { maxLength: 25 },
  ),
  destination: fc.option(fc.array(fc.constantFrom('takes' as const, 'refuses' as const), { maxLength: 5 }), {
    nil: undefined,
  }),
});

/** Lets a story happen and looks, at every step, for an offset that may be committed though its record has no end yet. */
async function happen({ settings: changes, switches, arrivals, answers, destination }: Story) {
  const script = [...answers];
  const answersOfS3 = [...(destination ?? [])];
  const ended = new Set<string>(); // handled by the function, or given up
  const seen = new Set<string>();
  const ends = [0, 0];
  const problems: string[] = [];
  const name = (partition: number, offset: number) => `${partition}@${offset}`;
  const invoke = async (payload: string): Promise<Outcome> => {
    const { records } = JSON.parse(payload) as { records: Record<string, { o: number }[]> };
    const batch = Object.entries(records).flatMap(([key, list]) =>
      list.map(({ o }) => ({ partition: Number(key.replace('orders-', '')), offset: o })),
    );
    const together = new Set(batch.map(({ partition, offset }) => name(partition, offset)));
    for (const { partition, offset } of batch) {
      const open = Array.from({ length: offset }, (_, lower) => name(partition, lower)).filter(
        (lower) => !ended.has(lower) && !together.has(lower),
      );
      const first = !seen.has(name(partition, offset));
      if (first && open.length > 0 && !switches.newerBeforeRedelivery)
        problems.push(`${name(partition, offset)} was delivered before ${open.join(' ')} had an end`);
      seen.add(name(partition, offset));
    }
    await turn();
    const next = script.shift() ?? [];
    if ('kind' in next) return next;
    const reported = batch.filter((_, index) => next[index] === true);
    const left = changes.partialResponse
      ? new Set(reported.map(({ partition, offset }) => name(partition, offset)))
      : new Set();
    for (const each of together) if (!left.has(each)) ended.add(each);
    return failures(...reported.map(({ partition, offset }) => [partition, offset] as const));
  };
  const dispatcher = new Dispatcher(settings(changes), switches, frame, newCounters(), {
    invoke,
    watch: {
      ...watchFor(undefined, 'group'),
      givenUp: (records) => records.forEach(({ partition, offset }) => ended.add(name(partition, offset))),
    },
    giveUp:
      destination && (() => (answersOfS3.shift() === 'refuses' ? Promise.reject(new Error('no')) : Promise.resolve())),
    moved: () => look(),
    log: () => undefined,
    now: () => 100_000,
    timer: (ms, ring) => systemClock.timer(ms, ring),
    sleep: turn,
  });
  function look(): void {
    for (const { partition, position } of dispatcher.lanes.values()) {
      for (let offset = 0; offset < position; offset++)
        if (!ended.has(name(partition, offset))) problems.push(`${name(partition, offset)} is behind a position`);
    }
  }
  for (const partition of [0, 1]) dispatcher.add(new Lane(partition, 0));
  for (const { partition, count, rebalance } of arrivals) {
    const lane = dispatcher.lanes.get(partition)!;
    if (rebalance) {
      dispatcher.remove(partition);
      dispatcher.add(new Lane(partition, lane.position));
    }
    const from = dispatcher.lanes.get(partition)!.next;
    const end = Math.max(ends[partition]! + count, from + 1);
    ends[partition] = end;
    const timestamp = from % 5 === 4 ? 0 : 90_000; // some are older than any limit
    dispatcher.lanes.get(partition)!.accept(chunk(partition, from, end - 1, { timestamp }), 100_000);
    dispatcher.pump();
    await turn();
    look();
  }
  const positions = () =>
    [...dispatcher.lanes.values()].sort((a, b) => a.partition - b.partition).map(({ position }) => position);
  for (let turns = 0; turns < 2_000 && positions().join() !== ends.join(); turns++) await turn();
  if (positions().join() !== ends.join())
    problems.push(`stands at ${positions().join()}, the log ends at ${ends.join()}`);
  dispatcher.stop();
  return problems;
}

test('under every value of every switch, no offset is committed past a record without an end, and all come to one', async () => {
  await fc.assert(
    fc.asyncProperty(stories, async (story) => {
      expect(await happen(story)).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
}, 60_000);
