import { json } from '../../../../lambdas/runtime/event/decode';
import { deadLetterName } from '../../../../lambdas/runtime/dead-letters/letter';
import { recordBatch } from '../../../../lambdas/runtime/event/records';
import { conflictKeyOf, deliveryOf } from '../../../../lambdas/runtime/idempotency/delivery';
import { unpack } from '../../../../lambdas/runtime/unpack';
import { environment, invoke, kafkaEvent, reported, simulation, type Given } from '../simulation';

const A: Given = { offset: 5, id: 'a', key: 'k', value: { amount: 1 } };
const forged = (n: number) => ({ headers: [['lossless-redrive', `billing:${n}`]] as const });
const fails = { decode: json(), attempts: 1, write: () => Promise.reject(new Error('handler')) };
const applies = { decode: json(), attempts: 1, write: () => [] };
const failingCall = { decode: json(), attempts: 1, call: () => Promise.reject(new Error('handler')) };

const deliveryFor = (given: Given) =>
  deliveryOf([...recordBatch(kafkaEvent(given)).partitions.values()].flat()[0]!, environment);

type World = ReturnType<typeof simulation>;
function put(all: World, state: string, more: Record<string, unknown> = {}, given: Given = A): void {
  const { key, content } = deliveryFor(given);
  const at = { topic: 'orders', partition: 0, offset: given.offset, timestamp: 1_700_000_000_000 };
  all.tables.write('idempotency', { key, state, content, ...at, ...more });
}
/** What a person's redrive does to the table: the next number is the table's own. */
function redrive(all: World): number {
  const [parked] = all.records('parked');
  const generation = Number(parked?.['generation'] ?? 0) + 1;
  all.tables.write('idempotency', { ...parked!, key: String(parked?.['key']), state: 'redriven', generation });
  return generation;
}
const sweep = (all: World, ...given: readonly Given[]) => {
  const document = { requestContext: { condition: 'RetriesExhausted' }, payload: JSON.stringify(kafkaEvent(...given)) };
  all.objects.content.set('on-failure/x', JSON.stringify(document));
  return all.clock.run(invoke(all.clock, unpack(all.parts), {}, 60_000));
};
/** The dead letter that the table names. */
const letter = (all: World) =>
  all.letters().find((each) => deadLetterName(each) === all.records('parked')[0]?.['object']);

describe('a redrive that only a header speaks of', () => {
  test.each([3, 1_000_000, 9_007_199_254_740_991])('(%i) leaves no number on the parked event', async (n) => {
    const all = simulation();
    await all.deliver(kafkaEvent({ ...A, ...forged(n) }), fails);
    expect(all.records('parked')).toHaveLength(1);
    expect(all.records('parked')[0]).not.toHaveProperty('generation');
  });

  test.each([7, 1_000_000, 9_007_199_254_740_991])('(%i) is in the way of no redrive to come', async (n) => {
    const all = simulation();
    const given = { ...A, ...forged(n) };
    await all.deliver(kafkaEvent(given), fails);
    const headers = [...given.headers, ['lossless-redrive', `billing:${redrive(all)}`] as const];
    expect(reported(await all.deliver(kafkaEvent({ ...A, offset: 80, headers }), applies))).toEqual([]);
    expect(all.records('done')).toMatchObject([{ offset: 80 }]);
  });

  test('takes the place of a redrive under way, and the next one counts on from that one', async () => {
    const all = simulation();
    put(all, 'redriven', { generation: 3, object: 'o', effect: 'none' });
    await all.deliver(kafkaEvent({ ...A, ...forged(900) }), fails);
    expect(all.records('parked')).toMatchObject([{ generation: 3 }]);
    expect(redrive(all)).toBe(4);
  });

  test('of an event that is unpacked leaves none either', async () => {
    const all = simulation();
    await sweep(all, { ...A, ...forged(900) });
    expect(all.records('parked')[0]).not.toHaveProperty('generation');
  });
});

describe('every order of a redrive and an older delivery', () => {
  const redriven: Given = { ...A, offset: 80, ...forged(1) };

  test.each([
    ['the older first', [A, redriven]],
    ['the redrive first', [redriven, A]],
  ])('%s: the redrive parks it, with its number', async (_, order) => {
    const all = simulation();
    put(all, 'redriven', { generation: 1, object: 'o', effect: 'none' });
    for (const given of order) expect(reported(await all.deliver(kafkaEvent(given), fails))).toEqual([]);
    expect(all.records('parked')).toMatchObject([{ generation: 1, offset: 80 }]);
  });

  test.each([1, 2, 3])(
    'at once, a change of the record in between (%i): parked once, or left to the redrive',
    async (n) => {
      const all = simulation();
      put(all, 'redriven', { generation: 1, object: 'o', effect: 'none' });
      let puts = 0;
      all.objects.failing = (call) => {
        // The record is redriven again while its letter is on the way.
        if (call === 'put' && ++puts === n) put(all, 'redriven', { generation: 2, object: 'o', effect: 'none' });
        return false;
      };
      expect(reported(await all.deliver(kafkaEvent(redriven), fails))).toEqual([]);
      const [state] = [...all.records('parked'), ...all.records('redriven')];
      expect(state).toMatchObject(puts < n ? { state: 'parked', generation: 1 } : { state: 'redriven', generation: 2 });
    },
  );
});

describe('the effect of an event on which a call may have been made is not known', () => {
  test('parked, redriven, and given up by the mapping: its new letter says so', async () => {
    const all = simulation();
    await all.deliver(kafkaEvent(A), failingCall);
    expect(letter(all)).toMatchObject({ effect: 'unknown' });
    await sweep(all, { ...A, offset: 80, ...forged(redrive(all)) });
    expect(all.records('parked')).toMatchObject([{ offset: 80, generation: 1, effect: 'unknown' }]);
    expect(letter(all)).toMatchObject({ offset: 80, effect: 'unknown' });
  });

  test('redriven by somebody who does not say whether one was made', async () => {
    const all = simulation();
    put(all, 'redriven', { generation: 1, object: 'o' });
    await sweep(all, { ...A, offset: 80, ...forged(1) });
    expect(letter(all)).toMatchObject({ effect: 'unknown' });
  });

  test('claimed by a killed call, given back by a deploy that writes, and refused there', async () => {
    const all = simulation();
    put(all, 'claimed', { owner: 'dead', beat: 3 });
    await all.deliver(kafkaEvent(A), fails);
    expect(letter(all)).toMatchObject({ effect: 'unknown' });
  });

  test('claimed and given back while its letter is on the way', async () => {
    const all = simulation();
    all.objects.failing = () => {
      const { key } = deliveryFor(A);
      if (all.entries().length < 2) all.tables.write('idempotency', { key, attempts: 1, effect: 'unknown' });
      return false;
    };
    await all.deliver(kafkaEvent(A), fails);
    expect(letter(all)).toMatchObject({ effect: 'unknown' });
  });

  test('and of one that only ever was a write it is known: none, through every redrive', async () => {
    const all = simulation();
    await all.deliver(kafkaEvent(A), fails);
    expect(letter(all)).toMatchObject({ effect: 'none' });
    await sweep(all, { ...A, offset: 80, ...forged(redrive(all)) });
    expect(letter(all)).toMatchObject({ offset: 80, effect: 'none' });
  });
});

describe('a parked event is counted and told of once', () => {
  const told = (all: World) => [all.meter.parkedFor.length, all.log.of('event parked').length];

  test('though the answer to its parking was lost', async () => {
    const all = simulation();
    all.tables.script = (_, call) => (call === 0 ? 'lost' : undefined);
    await all.deliver(kafkaEvent(A), fails);
    expect(told(all)).toEqual([1, 1]);
  });

  test('though another delivery parks it meanwhile', async () => {
    const all = simulation();
    const both = [1, 2].map(() => all.invoke(kafkaEvent(A), fails));
    expect((await all.clock.run(Promise.all(both))).flatMap(reported)).toEqual([]);
    expect(told(all)).toEqual([1, 1]);
  });

  test('though a sweep finds it done already', async () => {
    const all = simulation();
    all.objects.failing = (call) => {
      if (call === 'put') put(all, 'parked', { object: 'theirs', owner: 'another' });
      return false;
    };
    expect(await sweep(all, A)).toMatchObject({ parked: 0 });
    expect(told(all)).toEqual([0, 0]);
  });

  test('and not at all where it was found applied', async () => {
    const all = simulation();
    put(all, 'done');
    await all.deliver(kafkaEvent(A), fails);
    expect(told(all)).toEqual([0, 0]);
  });
});

describe('an event of other content than one that is parked', () => {
  const other: Given = { ...A, offset: 6, value: { amount: 2 } };

  test('is neither applied nor taken for it, and both can be found', async () => {
    const all = simulation();
    await all.deliver(kafkaEvent(A), fails);
    await all.deliver(kafkaEvent(other), applies);
    expect(all.records('done')).toEqual([]);
    expect(new Set(all.records('parked').map(({ key }) => key))).toEqual(
      new Set([deliveryFor(A).key, conflictKeyOf(deliveryFor(other))]),
    );
  });

  test('given up by the mapping: parked beside it, once for each content', async () => {
    const all = simulation();
    await all.deliver(kafkaEvent(A), fails);
    await sweep(all, other, { ...A, offset: 8, value: { amount: 3 } });
    await sweep(all, { ...other, offset: 7 }, { ...A, offset: 9 });
    expect(all.records('parked').map(({ reason }) => reason)).toEqual(['handler-error', 'id-conflict', 'id-conflict']);
    expect(all.ledger()).toMatchObject({ parked: 3 });
  });
});
