import fc from 'fast-check';
import type { MappingSwitches } from '../../../local/event-source-mapping/switches';
import type { Outcome } from '../../../local/function-host';
import type { MappingSettings } from '../../../local/template/mappings';
import { anySwitches } from '../../local/event-source-mapping/any-switches';
import { crash, failed, failures, throttled, timeout, type Call } from '../../local/event-source-mapping/world';
import { simulatedWorld } from '../../local/event-source-mapping/worlds';

/** What happens next: records arrive, the group is dealt anew, commits go wrong or right, time passes. */
type Step =
  | { readonly kind: 'arrive'; readonly partition: number; readonly count: number }
  | { readonly kind: 'rebalance' | 'commits lost' | 'commits unheard' | 'commits well' | 'a minute' };

interface Story {
  readonly settings: Partial<MappingSettings>;
  readonly switches: MappingSwitches;
  readonly steps: readonly Step[];
  /** What the function does, invocation by invocation: a failure of the whole, or which of the records it reports. */
  readonly answers: readonly (Outcome | readonly boolean[])[];
  readonly destination: readonly ('takes' | 'refuses')[];
}

const stories: fc.Arbitrary<Story> = fc.record({
  settings: fc.record({
    ...{ partialResponse: fc.boolean(), bisect: fc.boolean(), batchSize: fc.integer({ min: 1, max: 6 }) },
    retryLimit: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    ...{ recordAgeLimitMs: fc.constantFrom(undefined, 60_000), concurrency: fc.integer({ min: 1, max: 2 }) },
  }),
  switches: anySwitches,
  steps: fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ kind: fc.constant('arrive' as const), partition: fc.nat(1), count: fc.integer({ min: 1, max: 6 }) }), // prettier-ignore
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constantFrom('rebalance' as const, 'commits lost' as const, 'commits unheard' as const, 'commits well' as const, 'a minute' as const), // prettier-ignore
        }),
      },
    ),
    { minLength: 1, maxLength: 12 },
  ),
  answers: fc.array(
    fc.oneof(fc.constantFrom<Outcome>(failed, timeout, crash, throttled), fc.array(fc.boolean(), { maxLength: 6 })),
    { maxLength: 25 },
  ),
  destination: fc.array(fc.constantFrom('takes' as const, 'refuses' as const), { maxLength: 5 }),
});

/** Lets a story happen and looks, at every step, for a committed offset past a record that has no end yet. */
async function happen({ settings, switches, steps, answers, destination }: Story): Promise<string[]> {
  const script = [...answers];
  const answersOfS3 = [...destination];
  const ended = new Set<string>();
  const ends = [0, 0];
  const problems: string[] = [];
  const world = await simulatedWorld(settings, switches, ({ records }) => {
    for (const { partition, offset } of records) ended.add(`${partition}@${offset}`);
    return answersOfS3.shift() === 'refuses' ? Promise.reject(new Error('no')) : Promise.resolve();
  });
  const outcomeFor = ({ offsets }: Call): Outcome => {
    const next = script.shift() ?? [];
    if ('kind' in next) return next;
    const reported = offsets.filter((_, index) => next[index] === true);
    const left = new Set(settings.partialResponse ? reported : []);
    for (const each of offsets) if (!left.has(each)) ended.add(each);
    return failures(...reported.map((each) => each.split('@').map(Number) as [number, number]));
  };
  let answered = 0;
  const goOn = async () => {
    while (answered < world.calls.length || world.pauses().length > 0) {
      const call = world.calls[answered];
      if (call) {
        answered++;
        await world.answer(call, outcomeFor(call));
      } else await world.wake();
      look();
    }
  };
  const look = () => {
    for (const [partition, position] of world.positions().entries()) {
      for (let offset = 0; offset < position; offset++)
        if (!ended.has(`${partition}@${offset}`)) problems.push(`${partition}@${offset} is behind a commit`);
    }
  };
  const take = async (step: Step): Promise<void> => {
    switch (step.kind) {
      case 'arrive':
        ends[step.partition]! += step.count;
        return world.arrive(step.partition, step.count);
      case 'rebalance':
        return world.rebalance();
      case 'commits lost':
        return world.troubles.set({ 'commit-lost': 0.5 });
      case 'commits unheard':
        return world.troubles.set({ 'commit-answer-lost': 0.5 });
      case 'commits well':
        return world.troubles.set({});
      case 'a minute':
        return world.pass(61_000);
    }
  };
  for (const step of steps) {
    await take(step);
    look();
    // Now and then something arrives while an invocation is under way.
    if (step.kind !== 'arrive' || step.count % 2 === 0) await goOn();
  }
  world.troubles.set({});
  for (let turns = 0; turns < 100 && world.positions().join() !== ends.join(); turns++) {
    await goOn();
    await world.pass(1_000);
  }
  if (world.positions().join() !== ends.join())
    problems.push(`stands at ${world.positions().join()}, the log ends at ${ends.join()}`);
  return problems;
}

test('under every value of every switch, with rebalances and lost commits, the group commits nothing past a record without an end, and all come to one', async () => {
  await fc.assert(
    fc.asyncProperty(stories, async (story) => {
      expect(await happen(story)).toEqual([]);
    }),
    { numRuns: 100 },
  );
}, 60_000);
