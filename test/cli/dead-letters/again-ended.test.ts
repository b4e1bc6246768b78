import { discardDeadLetters } from '../../../cli/dead-letters/discard';
import type { DiscardOptions } from '../../../cli/dead-letters/options';
import { letterEnd } from '../../../lambdas/runtime/contract';
import { kafkaEvent, type Given } from '../../lambdas/runtime/simulation';
import { applies, fails, world, type World } from '../../lambdas/runtime/redrive/world';
import { terminal } from './terminal';

jest.setTimeout(60_000);

const EVENT: Given = { offset: 1, id: 'a', key: 'k', value: { amount: 1 } };
const DISCARD: DiscardOptions = { stack: ['Shop'], reason: 'asked to be forgotten', yes: true };
const QUARTER_HOUR_MS = 900_000;
const CORRECTED = { amount: 2 };

/** A topic that holds the event, the letter `O` that sends it again, and what came to pass before and after that letter was put. */
async function again(before: (all: World) => unknown = () => undefined, after: (all: World) => unknown = () => undefined) {
  const all = world();
  all.topic.hold(EVENT);
  await before(all);
  await all.clock.run(all.clock.sleep(QUARTER_HOUR_MS));
  const { send } = await all.again({ from: 1, before: all.clock.now() - 600_000 });
  await after(all);
  return { all, object: send[0] ?? 'none' };
} // prettier-ignore

async function discard(all: World, object: string) {
  const at = terminal(all);
  const code = await discardDeadLetters(object, DISCARD, at.around);
  return { code, text: at.text() };
}

const apply = (all: World) => all.deliver(kafkaEvent(EVENT), applies);
const park = (all: World) => all.deliver(kafkaEvent(EVENT), fails);
/** The letter of which the table says that it has the event. */
const parkedIn = (all: World) => String(all.records('parked')[0]?.['object']);
const lose = (all: World) => void all.objects.content.delete(`dead-letters/${parkedIn(all)}`);
const everything = (all: World) => JSON.stringify([...all.objects.content, all.entries(), all.inLog()]);

describe('a letter that was put to send its event again', () => {
  test.each<[string, (all: World) => unknown, (all: World) => unknown, string]>([
    ['which no delivery has settled', () => undefined, () => undefined, 'to-be-sent'],
    ['which was applied before the time it names', apply, () => undefined, 'to-be-sent'],
    ['which is parked in a letter that is gone', (all) => park(all).then(() => lose(all)), () => undefined, 'to-be-sent'],
    ['which was applied since', () => undefined, apply, 'applied'],
    ['which was parked since', () => undefined, park, 'parked-elsewhere'],
  ])('%s, is neither amended nor discarded, and is told the way out', async (_, before, after, reason) => {
    const { all, object } = await again(before, after);
    const was = everything(all);
    const amended = await all.amend(CORRECTED, { object });
    expect(amended).toMatchObject({ kind: 'refused', reason });
    const { code, text } = await discard(all, object);
    expect([code, text]).toEqual([1, expect.stringContaining(`refused ${reason}`)]);
    // Whoever is told that a redrive only removes the letter would have the event applied once more.
    const removes = expect.stringMatching(/redrive` removes/) as string;
    const asTold = reason === 'applied' ? removes : (expect.not.stringMatching(/redrive` removes/) as string);
    expect(amended).toMatchObject({ detail: asTold });
    expect(text).toEqual(asTold);
    expect(everything(all)).toBe(was);
  }); // prettier-ignore

  test('whose event was sent back, from it or from another letter, is neither amended nor discarded', async () => {
    const { all, object } = await again();
    for (const named of [object, 'another']) {
      all.tables.write('idempotency', { ...(await recordOf(all)), state: 'redriven', object: named, generation: 1 });
      const was = everything(all);
      expect(await all.amend(CORRECTED, { object })).toMatchObject({ kind: 'refused', reason: 'under-way' });
      expect((await discard(all, object)).text).toMatch(/refused under-way/);
      expect(everything(all)).toBe(was);
    }
  });
});

/** The event's record, which a delivery has made. */
async function recordOf(all: World): Promise<Record<string, unknown> & { readonly key: string }> {
  if (all.entries().length === 0) await apply(all);
  const record = all.entries()[0]!;
  return { ...record, key: String(record['key']) };
}

describe('an event with two letters, one put by the consumer and one to send it again', () => {
  const notes = (all: World) => all.objects.names('dead-letters', 'ended/');

  test.each([
    ['first the one that has it', (own: string, object: string) => [own, object]],
    ['first the other, which is refused', (own: string, object: string) => [object, own, object]],
  ])('is discarded through both, and counted once: %s', async (_, orderOf) => {
    const { all, object } = await again(undefined, park);
    const own = parkedIn(all);
    const order = orderOf(own, object);
    const texts = [];
    for (const each of order) texts.push((await discard(all, each)).text);
    expect(texts.at(-1)).toMatch(/1 │ removed: their events were ended with another letter/);
    expect(all.names()).toEqual([]);
    expect(all.records('discarded')).toHaveLength(1);
    expect(notes(all)).toEqual([letterEnd(own)]);
    const at = terminal(all);
    await at.list();
    expect(at.text()).toMatch(/ended by a person: 1\n {2}discarded +█+ 1\n/);
  });

  test('is amended through both with one correction, and counted once', async () => {
    const { all, object } = await again(undefined, park);
    const own = parkedIn(all);
    const first = await all.amend(CORRECTED, { object: own });
    expect(first).toMatchObject({ kind: 'amended' });
    expect(await all.amend(CORRECTED, { object })).toMatchObject({ kind: 'amended', id: (first as { id: string }).id });
    expect(all.names()).toEqual([]);
    expect(notes(all)).toEqual([letterEnd(own)]);
    await all.consume();
    expect(new Set(all.inLog()).size).toBe(1);
    expect([all.applied('a'), all.applied((first as { id: string }).id)]).toEqual([0, 1]);
  });

  test('is not sent from the other once it is ended with one', async () => {
    for (const end of [(all: World) => all.amend(CORRECTED, { object: parkedIn(all) }), (all: World) => discard(all, parkedIn(all))]) {
      const { all, object } = await again(undefined, park);
      await end(all);
      const sent = all.inLog();
      expect((await all.redrive({ objects: [object] })).outcomes).toMatchObject([{ kind: 'removed' }]);
      expect(all.inLog()).toEqual(sent);
    }
  }); // prettier-ignore
});
