import {
  letterEnd,
  letterPlace,
  AMENDMENTS,
  type AmendRequest,
  type LetterEnd,
} from '../../../../lambdas/runtime/contract';
import { deadLetter, putDeadLetter } from '../../../../lambdas/runtime/dead-letters/letter';
import { headerText } from '../../../../lambdas/runtime/event/event';
import { CLUSTER, kafkaEvent, type Given } from '../simulation';
import { applies, fails, world, type World } from './world';

jest.setTimeout(120_000);

const EVENT: Given = { offset: 1, id: 'e1', key: 'k', value: { amount: 'x' }, headers: [['trace', 'abc']] };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const parked = async (given: Given = EVENT, all = world()): Promise<World> => (await all.park(given), all);
const textOf = (all: World, index: number, name: string) => headerText(all.messages()[index]!.headers, name);
const noteOf = (all: World, object: string) =>
  JSON.parse(all.objects.content.get(`dead-letters/${letterEnd(object)}`) ?? 'null') as LetterEnd | null;
const left = (all: World) => all.objects.names('dead-letters').filter((name) => !name.startsWith('ended/'));

async function parkUnsent(all: World): Promise<string> {
  const headers = [['ce_id', base64('u')], ['ce_source', base64('shop')]] as const;
  const what = { kind: 'event', topic: 'orders', message: { key: null, value: 'e30=', headers }, timestamp: 1 } as const;
  return putDeadLetter(all.objects, 'dead-letters', deadLetter(what, { reason: 'rejected-at-producer', detail: 'd' }, { cluster: CLUSTER, nowMs: 0 })); // prettier-ignore
} // prettier-ignore

test('the corrected event is applied once under its own id, the old one never', async () => {
  const all = await parked();
  const [object] = all.names() as [string];
  const fate = await all.amend({ amount: 1 });
  expect(fate).toMatchObject({ kind: 'amended', id: expect.stringMatching(/^e1\.amended-[0-9a-f]{16}$/) as string });
  const { id } = fate as { id: string };
  expect(all.inLog()).toEqual([id]);
  expect(Buffer.from(all.messages()[0]!.value!).toString()).toBe('{"amount":1}');
  expect(['ce_source', 'ce_type', 'trace', 'lossless-amends'].map((name) => textOf(all, 0, name))).toEqual(['shop', 'order.placed', 'abc', 'e1']); // prettier-ignore
  expect(Buffer.from(all.messages()[0]!.key!).toString()).toBe('k');
  expect(all.records('amended')).toMatchObject([{ object, amendedAs: id, endedBy: 'Ann', id: 'e1' }]);
  expect(left(all)).toEqual([]);
  expect(noteOf(all, object)).toMatchObject({ kind: 'amended', object, amendedAs: id, by: 'Ann', offset: 1 });
  await all.consume();
  await all.deliver(kafkaEvent(EVENT, { ...EVENT, offset: 9 }), applies);
  expect([all.applied(id), all.applied('e1')]).toEqual([1, 0]);
});

test('the same correction has the same id, for every group and whatever is tried again; another has another', async () => {
  const ids = [];
  for (const request of [{}, {}, { headers: [['x', base64('y')]] as const }, { key: base64('k2') }]) {
    ids.push(await (await parked()).amend({ amount: 1 }, request));
  }
  const [first, second, header, key] = ids.map((fate) => (fate as { id: string }).id);
  expect(second).toBe(first);
  expect(new Set([first, header, key]).size).toBe(3);
});

test('headers take the place of those of their name, whatever its case; what redrives wrote goes', async () => {
  const all = await parked({ ...EVENT, headers: [['lossless-redrive', 'shipping:3'], ['CE_Type', 'wrong'], ['trace', 'abc']] }); // prettier-ignore
  await all.amend(undefined, { headers: [['ce_type', base64('order.paid')], ['trace', null], ['ce_source', base64('till')]] }); // prettier-ignore
  expect(all.messages()[0]!.headers.map(([name, value]) => [name, Buffer.from(value!).toString()])).toEqual([
    ['ce_specversion', '1.0'],
    ['ce_type', 'order.paid'],
    ['ce_source', 'till'],
    ['ce_id', all.inLog()[0]],
    ['lossless-amends', 'e1'],
  ]);
});

test('a foreign record, an undecodable one and one of an id-conflict can be amended', async () => {
  const all = world();
  await all.park({ offset: 1, key: 'k', value: {} }, { offset: 2, id: 'b', value: '{' }, { ...EVENT, offset: 3 }, { ...EVENT, offset: 4, value: 'other' }); // prettier-ignore
  expect(all.names()).toHaveLength(4);
  for (const object of all.names()) {
    // An id of its own is all that a conflict needs.
    const conflict = all.letters().find((letter) => object.includes(String(letter.offset).padStart(19, '0')))!;
    const value = conflict.reason === 'id-conflict' ? undefined : { fine: true };
    expect(await all.amend(value, { object })).toMatchObject({ kind: 'amended' });
  }
  expect(textOf(all, 0, 'ce_source')).toBe('orders');
  await all.consume();
  expect(all.inLog().map((id) => all.applied(id))).toEqual([1, 1, 1, 1]);
  expect(all.records('amended')).toHaveLength(4);
  // Its letter was put before it was known that its id belongs to another.
  expect(all.records('amended').map(({ reason }) => reason)).toContain('id-conflict');
});

test('a record that the runtime could not read takes its value, key and headers from the person', async () => {
  const all = world();
  const event = kafkaEvent({ offset: 1, id: 'x' });
  (event.records['orders-0']![0] as { value: unknown }).value = 7;
  await all.deliver(event, fails);
  expect(all.letters()[0]?.raw).toBeDefined();
  expect(await all.amend(undefined, { key: base64('k') })).toMatchObject({ kind: 'refused', reason: 'undecodable' });
  const headers = [['ce_source', base64('shop')], ['ce_type', base64('order.placed')], ['ce_specversion', base64('1.0')]] as const; // prettier-ignore
  expect(await all.amend({ n: 1 }, { key: base64('k'), headers })).toMatchObject({ kind: 'amended' });
  await all.consume();
  expect(all.applied(all.inLog()[0]!)).toBe(1);
});

test('what never reached its topic is amended by its note: it is not sent as it was', async () => {
  const all = world();
  const object = await parkUnsent(all);
  const text = all.objects.content.get(`dead-letters/${object}`)!;
  const fate = await all.amend({ n: 1 }, { group: '-', object });
  expect(fate).toMatchObject({ kind: 'amended' });
  expect(noteOf(all, object)).toMatchObject({ kind: 'amended', amendedAs: all.inLog()[0] });
  // Put once more by a replay that was late.
  all.objects.content.set(`dead-letters/${object}`, text);
  expect((await all.redrive({ group: '-', objects: [object] })).outcomes).toMatchObject([{ kind: 'refused', reason: 'amended' }]); // prettier-ignore
  expect(await all.amend({ n: 2 }, { group: '-', object })).toMatchObject({ kind: 'refused', reason: 'amended-otherwise' }); // prettier-ignore
  expect(await all.amend({ n: 1 }, { group: '-', object })).toMatchObject({ kind: 'amended' });
  expect(new Set(all.inLog()).size).toBe(1);
});

describe('begun and not ended', () => {
  /** Kafka takes nothing at first. */
  async function begun(): Promise<World> {
    let isAway = true;
    const all = await parked(EVENT, world({ kafka: () => (isAway ? { does: 'lose-answer', written: false } : undefined) })); // prettier-ignore
    expect(await all.amend({ amount: 1 })).toMatchObject({ kind: 'waits', reason: 'not-taken' });
    isAway = false;
    return all;
  }

  test('another correction is refused, and names the first', async () => {
    const all = await begun();
    const [{ amendedAs } = {}] = all.records('amended');
    const fate = await all.amend({ amount: 2 });
    expect(fate).toMatchObject({ kind: 'refused', reason: 'amended-otherwise' });
    expect(JSON.stringify(fate)).toContain(String(amendedAs));
    expect(all.objects.names('dead-letters', AMENDMENTS)).toHaveLength(1);
    expect(all.inLog()).toEqual([]);
  });

  test.each([
    ['the same correction', { amount: 1 }],
    ['its name alone', undefined],
  ])('%s ends it', async (_, value) => {
    const all = await begun();
    expect(await all.amend(value)).toMatchObject({ kind: 'amended' });
    expect(Buffer.from(all.messages()[0]!.value!).toString()).toBe('{"amount":1}');
    expect(left(all)).toEqual([]);
  });

  test('a redrive leaves it alone, and removes another letter of the event', async () => {
    const all = await begun();
    const late = await putDeadLetter(all.objects, 'dead-letters', { ...all.letters()[0]!, offset: 77 });
    const { outcomes } = await all.redrive();
    expect(outcomes).toMatchObject([{ kind: 'refused', reason: 'amended' }, { object: late, kind: 'removed', as: 'amended' }]); // prettier-ignore
    expect(all.inLog()).toEqual([]);
  });
});

test('one that is gone says under which id it was amended', async () => {
  const all = await parked();
  const [object] = all.names() as [string];
  await all.amend({ amount: 1 });
  expect(await all.amend({ amount: 1 }, { object })).toEqual({ kind: 'gone', id: all.inLog()[0] });
  expect(await all.amend({ amount: 1 }, { object: object.replace(/.{64}$/, 'f'.repeat(64)) })).toEqual({ kind: 'gone' }); // prettier-ignore
});

describe('refused by name, and nothing changes', () => {
  test.each<[Record<string, unknown>, string, string]>([
    [{ state: 'redriven', generation: 1 }, 'refused', 'under-way'],
    [{ state: 'redriven', object: 'other' }, 'refused', 'under-way'],
    [{ state: 'claimed', owner: 'x', beat: 1 }, 'waits', 'claimed'],
    [{ state: 'done' }, 'refused', 'applied'],
    [{ state: 'parked', object: 'other' }, 'refused', 'parked-elsewhere'],
    [{ state: 'discarded' }, 'refused', 'discarded'],
    [{ state: 'parked', content: 'x' }, 'refused', 'not-parked'],
    [{ state: 'of tomorrow' }, 'refused', 'not-parked'],
  ])('in state %j', async (more, kind, reason) => {
    const all = await parked();
    all.tables.write('idempotency', { ...all.entries()[0]!, ...more });
    const before = JSON.stringify([...all.objects.content, all.entries()]);
    expect(await all.amend({ amount: 1 })).toMatchObject({ kind, reason });
    expect(JSON.stringify([...all.objects.content, all.entries()])).toBe(before);
    expect(all.inLog()).toEqual([]);
  });

  test.each<[string, unknown, Partial<AmendRequest['amend']>, string]>([
    ['nothing that changes', undefined, {}, 'unchanged'],
    ['more than Kafka takes', 'x'.repeat(4_000_000), {}, 'rejected'],
    ['a structured event', { specversion: '1.0', id: 'e1', source: 'shop', type: 't', data: 1 }, { headers: [['content-type', base64('application/cloudevents+json')]] }, 'other-id'],
  ])('%s', async (_, value, request, reason) => {
    const all = await parked();
    const before = JSON.stringify([...all.objects.content, all.entries()]);
    expect(await all.amend(value, request)).toMatchObject({ kind: 'refused', reason });
    expect(JSON.stringify([...all.objects.content, all.entries()])).toBe(before);
  }); // prettier-ignore

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['no object', { object: '' }, /amend\.object: got .*, want a text/],
    ['an id of the person’s', { headers: [['CE_ID', base64('x')]] }, /amend\.headers: .*ce_id follows from the correction/],
    ['a header of ours', { headers: [['lossless-redrive', base64('billing:1')]] }, /amend\.headers/],
    ['a value that is no base64', { value: '{}' }, /amend\.value: .*want base64, or null/],
    ['a table for what has none', { group: '-', table: 't' }, /amend\.table: .*want none/],
  ])('a request with %s', async (_, request, sentence) => {
    const all = await parked();
    await expect(all.amend(undefined, request)).rejects.toThrow(sentence);
  }); // prettier-ignore
});

/** What happens between the kill and the run after it. */
const MEANWHILE: Readonly<Record<string, (all: World) => Promise<unknown>>> = {
  'nothing happens': () => Promise.resolve(),
  'what has come is applied': (all) => all.consume(applies),
  'what has come fails and is parked': (all) => all.consume(fails),
  'the record of the letter is delivered once more': (all) => all.deliver(kafkaEvent(EVENT), applies),
  'all letters are redriven': (all) => all.redrive({ objects: all.names().length > 0 ? all.names() : ['none'] }),
};

describe.each(Object.entries(MEANWHILE))('killed at any step, and run again; meanwhile %s', (name, meanwhile) => {
  test.each(['a record', 'one that never reached its topic'])(
    '%s: one of the two events is applied, once',
    async (kind) => {
      const isUnsent = kind !== 'a record';
      let step = 0;
      for (let ended = false; !ended;) {
        step += 1;
        let steps = 0;
        let isArmed = false;
        const all: World = world({
          onStep: () => {
            steps += 1;
            if (isArmed && steps === step) all.kill();
          },
        });
        if (isUnsent) await parkUnsent(all);
        else await all.park(EVENT);
        const group = isUnsent ? '-' : 'billing';
        const [object] = all.names(group) as [string];
        steps = 0;
        isArmed = true;
        const first = await all.invokeAmend({ value: base64('{"amount":1}'), group, object });
        ended = first !== 'killed';
        isArmed = false;
        all.renew();
        if (!isUnsent || !name.includes('redriven')) await meanwhile(all);
        all.renew();
        // As a person would: the same again, by its name alone where that is enough.
        const again = await all.amend({ amount: 1 }, { group, object });
        expect(['amended', 'gone', 'refused']).toContain(again.kind);
        for (let n = 0; n < 2; n++) {
          await all.consume(applies);
          if (all.names().length > 0) await all.redrive();
        }
        await all.consume(applies, true);
        if (!isUnsent) await all.deliver(kafkaEvent(EVENT), applies);
        const old = isUnsent ? 'u' : 'e1';
        const fresh = all.inLog().find((id) => id.startsWith(`${old}.amended-`));
        expect(all.applied(old) + (fresh === undefined ? 0 : all.applied(fresh))).toBe(1);
        expect(new Set(all.inLog().filter((id) => id !== old)).size).toBeLessThanOrEqual(1);
        expect(left(all).filter((each) => letterPlace(each) !== undefined)).toEqual([]);
      }
      expect(step).toBeGreaterThan(10);
    },
  );
});
