import { discardDeadLetters } from '../../../cli/dead-letters/discard';
import type { DiscardOptions } from '../../../cli/dead-letters/options';
import type { Surroundings } from '../../../cli/dead-letters/surroundings';
import { letterEnd, letterPlace, type LetterEnd } from '../../../lambdas/runtime/contract';
import { deadLetter, putDeadLetter } from '../../../lambdas/runtime/dead-letters/letter';
import { CLUSTER, kafkaEvent, type Given } from '../../lambdas/runtime/simulation';
import { guard, killableStore, killableTables } from '../../lambdas/runtime/simulation/killable';
import { applies, fails, world, type World } from '../../lambdas/runtime/redrive/world';
import { afterCounting, OUTPUT, terminal, UNSENT_OUTPUT } from './terminal';

jest.setTimeout(60_000);

const DISCARD: DiscardOptions = { stack: ['Shop'], reason: 'asked to be forgotten', yes: true };
const event = (n: number, more: Partial<Given> = {}): Given => ({ offset: n, id: `e${n}`, key: `k${n}`, value: { name: `Ann ${n}` }, ...more }); // prettier-ignore
const OUTPUTS = { outputs: [OUTPUT, UNSENT_OUTPUT] };
const discard = (all: World, object?: string, options: Partial<DiscardOptions> = {}) => {
  const at = terminal(all, OUTPUTS);
  return { at, code: discardDeadLetters(object, { ...DISCARD, ...options }, at.around) };
};
const endOf = (all: World, object: string) =>
  JSON.parse(all.objects.content.get(`dead-letters/${letterEnd(object)}`) ?? 'null') as LetterEnd | null;

async function parkUnsent(all: World): Promise<string> {
  const message = { key: null, value: 'e30=', headers: [['ce_id', Buffer.from('u').toString('base64')]] as const };
  const what = { kind: 'event', topic: 'orders', message, timestamp: 1 } as const;
  return putDeadLetter(all.objects, 'dead-letters', deadLetter(what, { reason: 'rejected-at-producer', detail: 'd' }, { cluster: CLUSTER, nowMs: 0 })); // prettier-ignore
}

test('a discarded event is never applied, its letter is gone, and who ended it, when and why stays', async () => {
  const all = world();
  await all.park(event(1), event(2));
  const [object, other] = all.names() as [string, string];
  const [{ key, content } = {}] = all.entries();
  const { at, code } = discard(all, object);
  expect(await code).toBe(0);
  expect(at.text()).toMatch(/1 │ discarded: their events are ended/);
  expect(all.names()).toEqual([other]);
  expect(all.records('discarded')).toMatchObject([
    { key, content, object, endedBy: 'arn:aws:iam::1:user/ann', endedWhy: 'asked to be forgotten' },
  ]);
  expect(endOf(all, object)).toMatchObject({
    ...{ version: 1, kind: 'discarded', object, topic: 'orders', partition: 0, offset: 1, record: key, content },
    ...{ reason: 'handler-error', by: 'arn:aws:iam::1:user/ann', why: 'asked to be forgotten' },
    at: new Date(Number(all.records('discarded')[0]?.['settledAt'])).toISOString(),
  });
  // Whatever brings it once more: it is settled.
  await all.deliver(kafkaEvent(event(1), event(1, { headers: [['lossless-redrive', 'billing:7']] })), applies);
  await all.deliver(kafkaEvent(event(1, { offset: 9 })), { decode: applies.decode, call: () => Promise.reject(new Error('called')) }); // prettier-ignore
  expect(all.applied('e1')).toBe(0);
  expect(all.records('discarded')).toHaveLength(1);
});

test('nothing of the event is left: no key, value, header or id', async () => {
  const all = world();
  await all.park(event(1, { id: 'secret-id', key: 'secret-key', headers: [['secret-name', 'secret']] }));
  const [object] = all.names() as [string];
  await discard(all, object).code;
  const left = JSON.stringify([...all.objects.content, all.entries()]);
  expect(left).not.toMatch(/secret|Ann/);
  expect(left).not.toContain(Buffer.from('secret').toString('base64').slice(0, 7));
});

test('what is kept of it is no letter for anybody', async () => {
  const all = world();
  await all.park(event(1));
  const [object] = all.names() as [string];
  await discard(all, object).code;
  expect(letterPlace(letterEnd(object))).toBeUndefined();
  const at = terminal(all);
  expect(await at.redrive()).toBe(0);
  expect(at.text()).toBe('nothing to send: no dead letter is meant\n');
});

test('filters choose, --limit bounds, and a person is asked whatever the number', async () => {
  const all = world();
  await all.park(event(1), event(2), event(3, { partition: 1 }));
  const at = terminal(all, { answer: false });
  expect(await discardDeadLetters(undefined, { ...DISCARD, yes: false, partition: 0, limit: 1 }, at.around)).toBe(1);
  expect(at.asked).toEqual(['Discard 1 parked event for good, never to be applied? Its letter is removed.']);
  expect(all.names()).toHaveLength(3);
  const nobody = terminal(all);
  expect(await discardDeadLetters(undefined, { ...DISCARD, yes: false, partition: 0 }, nobody.around)).toBe(2);
  expect(nobody.text()).toMatch(/there is nobody to ask here/);
  const program = terminal(all);
  expect(
    await discardDeadLetters(undefined, { ...DISCARD, yes: false, json: true, partition: 0 }, program.around),
  ).toBe(2);
  expect(program.text()).toMatch(/^{"kind":"nobody-to-ask","detail":"nothing was discarded: .* add --yes"}\n$/);
  expect(await discard(all, undefined, { key: 'k2', parkedFor: 'handler-error', by: 'Ann' }).code).toBe(0);
  expect(all.names()).toHaveLength(2);
  expect(all.records('discarded')).toMatchObject([{ endedBy: 'Ann', offset: 2 }]);
});

test('an event that is parked after a person was asked is not discarded', async () => {
  const all = world();
  await all.park(event(1), event(2));
  const at = terminal(all, { answer: true });
  const around = afterCounting(at.around, () => all.park(event(3)));
  expect(await discardDeadLetters(undefined, { ...DISCARD, yes: false, topic: 'orders' }, around)).toBe(0);
  expect(at.asked).toEqual(['Discard 2 parked events for good, never to be applied? Their letters are removed.']);
  expect(all.records('parked')).toMatchObject([{ offset: 3 }]);
});

test('--json prints JSON also where nothing is meant', async () => {
  const { at, code } = discard(world(), undefined, { key: 'k1', json: true });
  expect(await code).toBe(0);
  expect(at.lines()).toEqual([{ meant: 0, done: 0, troubles: [] }]);
});

test.each<[string, string | undefined, Partial<DiscardOptions>, RegExp]>([
  ['no object and no filter', undefined, {}, /object: got none, and no filter, want what is to be discarded/],
  ['an object and a filter', 'x', { key: 'k' }, /object: got one together with filters/],
  ['no name of a letter', 'holiday.jpg', {}, /want the name of a dead letter/],
  ['no reason', undefined, { key: 'k', reason: ' ' }, /--reason: got nothing/],
  ['no table', undefined, { stack: undefined, bucket: 'dead-letters', group: 'billing' }, /got no table, want/],
])('%s: refused in one sentence', async (_, object, options, sentence) => {
  await expect(discard(world(), object, options).code).rejects.toThrow(sentence);
});

describe('what is not parked in this letter is refused by name, and stays as it is', () => {
  test.each<[Record<string, unknown>, RegExp]>([
    [{ state: 'redriven', generation: 1 }, /refused under-way: it was sent back/],
    [{ state: 'redriven', object: 'other' }, /refused under-way/],
    [{ state: 'claimed', owner: 'x', beat: 1 }, /refused under-way/],
    [{ state: 'done' }, /refused applied: its event is applied/],
    [{ state: 'parked', object: 'other' }, /refused parked-elsewhere: its event is parked in other/],
    [{ state: 'parked', content: 'x' }, /refused not-parked: the table knows an event of other content/],
    [{ state: undefined }, /refused not-parked: its table does not say that it is parked/],
    [{ state: 'of tomorrow' }, /refused not-parked: its record is in state of tomorrow/],
  ])('%j', async (more, sentence) => {
    const all = world();
    await all.park(event(1));
    const [object] = all.names() as [string];
    const item = Object.entries({ ...all.entries()[0], ...more }).filter(([, value]) => value !== undefined);
    all.tables.write('idempotency', Object.fromEntries(item));
    const before = JSON.stringify([...all.objects.content, all.entries()]);
    const { at, code } = discard(all, object);
    expect(await code).toBe(1);
    expect(at.text()).toMatch(sentence);
    expect(JSON.stringify([...all.objects.content, all.entries()])).toBe(before);
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, 40), /refused not-a-letter/],
    ['of another name', (text: string) => text.replace('"offset":1', '"offset":2'), /refused not-a-letter/],
    ['of another topic', (text: string) => text.replaceAll('"topic":"orders"', '"topic":"x"'), /refused foreign/],
  ])('an object that is %s', async (_, change, sentence) => {
    const all = world();
    await all.park(event(1));
    const [object] = all.names() as [string];
    all.objects.content.set(`dead-letters/${object}`, change(all.objects.content.get(`dead-letters/${object}`)!));
    const { at, code } = discard(all, object);
    expect(await code).toBe(1);
    expect(at.text()).toMatch(sentence);
    expect(all.names()).toEqual([object]);
    expect(all.records('parked')).toHaveLength(1);
  });
});

test('a letter that is left over of a discarded event goes too; one of an id-conflict, and an undecodable one, can be discarded', async () => {
  const all = world();
  await all.park(event(1), event(1, { offset: 2, value: {} }), event(3, { value: '{' }));
  const [first, conflict, undecodable] = all.names() as [string, string, string];
  // As a delivery that was late has put it.
  const late = await putDeadLetter(all.objects, 'dead-letters', { ...all.letters()[0]!, offset: 77 });
  for (const object of [conflict, undecodable, first, late]) expect(await discard(all, object).code).toBe(0);
  expect(all.names()).toEqual([]);
  expect(all.records('discarded')).toHaveLength(3);
  expect([first, conflict, undecodable].map((object) => endOf(all, object)?.kind)).toEqual(Array(3).fill('discarded'));
  // It was ended with the first: one event, one note.
  expect(endOf(all, late)).toBeNull();
});

test('a letter that comes back after its event was discarded is not sent, and is discarded once more', async () => {
  const all = world();
  await all.park(event(1));
  const unsent = await parkUnsent(all);
  const objects = [...all.names(), unsent];
  const kept = objects.map((name) => all.objects.content.get(`dead-letters/${name}`)!);
  for (const object of objects) await discard(all, object).code;
  objects.forEach((name, index) => all.objects.content.set(`dead-letters/${name}`, kept[index]!));
  for (const group of ['billing', '-']) {
    expect((await all.redrive({ group })).outcomes).toMatchObject([{ kind: 'refused', reason: 'discarded' }]);
  }
  expect(all.inLog()).toEqual([]);
  for (const object of objects) expect(await discard(all, object).code).toBe(0);
  expect([...all.names(), ...all.names('-')]).toEqual([]);
});

test('while S3 does not answer nothing is lost, and the same command ends it', async () => {
  const all = world();
  await all.park(event(1));
  const [object] = all.names() as [string];
  all.objects.script = (call) => (call === 'put' ? 'unavailable' : 'ok');
  const { at, code } = discard(all, object);
  expect(await code).toBe(1);
  expect(at.text()).toMatch(/1 waits unavailable/);
  expect(all.names()).toEqual([object]);
  all.objects.script = () => 'ok';
  expect(await discard(all, object, { by: 'Bob', reason: 'other' }).code).toBe(0);
  // Whoever began it is on record.
  expect(endOf(all, object)).toMatchObject({ by: 'arn:aws:iam::1:user/ann', why: 'asked to be forgotten' });
});

/** Versions of the letters, as a versioned bucket keeps them: what is removed shows the one before it. */
function versioned(all: World, more: readonly string[]): Surroundings['versions'] {
  const older = new Map<string, string[]>();
  const current = (bucket: string, name: string) => (all.objects.content.has(`${bucket}/${name}`) ? ['current'] : []);
  return {
    of: (bucket, name) => Promise.resolve([...(older.get(name) ?? more), ...current(bucket, name)]),
    remove: (bucket, name, version) => {
      const left = (older.get(name) ?? more).filter((each) => each !== version);
      older.set(name, left);
      if (version === 'current') all.objects.content.delete(`${bucket}/${name}`);
      return Promise.resolve();
    },
  };
}

test.each(['a record', 'one that never reached its topic'])(
  'killed at any step and run again, it ends: %s is discarded once, on record, and no version is left',
  async (kind) => {
    let step = 1;
    for (let ended = false; !ended; step++) {
      const all = world();
      const isUnsent = kind !== 'a record';
      if (!isUnsent) await all.park(event(1));
      const object = isUnsent ? await parkUnsent(all) : all.names()[0]!;
      const versions = versioned(all, ['marker', 'older']);
      const life = { dead: false };
      let steps = 0;
      let announce: (as: 'killed') => void = () => undefined;
      const killed = new Promise<'killed'>((resolve) => (announce = resolve));
      const reach = guard(life, () => {
        if (++steps !== step) return;
        life.dead = true;
        announce('killed');
      });
      const { around } = terminal(all, OUTPUTS);
      const mortal: Surroundings = {
        ...around,
        store: killableStore(around.store, reach),
        transactions: killableTables(around.transactions, reach),
        versions: {
          of: (...a) => reach(() => versions.of(...a)),
          remove: (...a) => reach(() => versions.remove(...a)),
        },
      };
      ended = (await Promise.race([discardDeadLetters(object, DISCARD, mortal), killed])) === 0;
      // As long as it is not on record, the letter is there; as long as there is a version, it is listed.
      const isThere = all.objects.content.has(`dead-letters/${object}`);
      if (endOf(all, object) === null) expect(isThere).toBe(true);
      if ((await versions.of('dead-letters', object)).length > 0) expect(isThere).toBe(true);
      const again = { ...around, versions };
      expect(await discardDeadLetters(object, { ...DISCARD, by: 'Bob' }, again)).toBe(0);
      expect(await versions.of('dead-letters', object)).toEqual([]);
      expect(endOf(all, object)).toMatchObject({ kind: 'discarded', object });
      expect(all.records('discarded')).toHaveLength(isUnsent ? 0 : 1);
      await all.deliver(kafkaEvent(event(1)), isUnsent ? fails : applies);
      expect(all.applied('e1')).toBe(0);
    }
    // Read, write, note, two looks at the versions, three removals.
    expect(step).toBeGreaterThan(2 * 7);
  },
);
