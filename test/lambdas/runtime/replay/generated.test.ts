import fc from 'fast-check';
import { CE_ID } from '../../../../lambdas/runtime/contract';
import { GROUP_BYTES } from '../../../../lambdas/runtime/replay/groups';
import type { ObjectAct, ObjectCall } from '../../../../simulation/s3/memory-objects';
import type { Step } from '../simulation/scripted-port';
import { cluster, folder, messageFor, topic, world } from './world';

/** A partition that takes nothing, ever. */
const STUCK = 5;
/** Sweeps after the last kill and the last fault that passes, by which everything good is to be in the log. */
const A_FEW = 6;

type What = 'good' | 'large' | 'stuck' | 'poison' | 'refused' | 'reserved' | 'nowhere';
interface Given {
  readonly kind: 'spilled' | 'newer' | 'no json' | 'other cluster' | 'other topic';
  readonly events: readonly { readonly what: What; readonly partition: number | null }[];
  /** How the first calls for this object go, and, with `always`, its reads for ever. */
  readonly acts: readonly ObjectAct[];
  readonly always: boolean;
}

const act = fc.constantFrom<ObjectAct>(
  'ok',
  'unavailable',
  'lost',
  'lost once',
  'silent',
  'stalled',
  'slow-down',
  'refused',
);
const what = fc.constantFrom<What>(
  'good',
  'good',
  'good',
  'large',
  'stuck',
  'poison',
  'refused',
  'reserved',
  'nowhere',
);
const partition = fc.option(fc.nat(4));
const object: fc.Arbitrary<Given> = fc.record({
  kind: fc.constantFrom<Given['kind']>('spilled', 'spilled', 'spilled', 'spilled', 'newer', 'no json', 'other cluster', 'other topic'), // prettier-ignore
  events: fc.array(fc.record({ what, partition }), { minLength: 1, maxLength: 4 }),
  acts: fc.array(act, { maxLength: 3 }),
  always: fc.constant(false),
});
const stuckObject = object.map((given) => ({ ...given, always: true }));

const LARGE = 'A'.repeat(5_000_000);
const base64 = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('base64');

function eventOf(id: string, { what: kind, partition: at }: Given['events'][number]) {
  const { value, headers } = messageFor(id);
  const stored = headers.map(([name, bytes]) => [name, base64(bytes)]);
  return {
    partition: kind === 'stuck' ? STUCK : kind === 'nowhere' ? 6 : at,
    key: null,
    value: kind === 'large' ? LARGE : base64(value),
    headers: kind === 'reserved' ? [...stored, ['lossless-redrive', 'YmlsbGluZzo5']] : stored,
  };
}

function bodyOf(given: Given, number: number) {
  const events = given.events.map((one, n) => eventOf(`${number}-${n}-${one.what}`, one));
  const body = { version: 1, cluster, topic, spilledAt: '2026-01-01T00:00:00.000Z', events };
  switch (given.kind) {
    case 'spilled':
      return JSON.stringify(body);
    case 'newer':
      return JSON.stringify({ ...body, version: 2 });
    case 'no json':
      return JSON.stringify(body).slice(0, -1);
    case 'other cluster':
      return JSON.stringify({ ...body, cluster: 'arn:other' });
    case 'other topic':
      return JSON.stringify({ ...body, topic: 'payments' });
  }
}

const kafka = ({ partition: at, ids }: { partition: number; ids: readonly string[] }): Step | undefined => {
  if (at === STUCK) return { does: 'not-now' };
  if (ids.some((id) => id.endsWith('poison'))) return { does: 'lose-answer', written: false };
  return ids.some((id) => id.endsWith('refused')) ? { does: 'refuse', about: 'record' } : undefined;
};

async function play(objects: readonly Given[], kills: readonly number[]) {
  let steps = 0;
  let killAt = Number.POSITIVE_INFINITY;
  const violations: string[] = [];
  const all = world({
    kafka,
    onStep: () => {
      steps += 1;
      if (steps === killAt) all.kill();
    },
  });
  const { store, put, clock } = all;
  const nameOf = (number: number) => `${folder}${String(number).padStart(15, '0')}-x`;
  objects.forEach((given, number) => put(`${String(number).padStart(15, '0')}-x`, bodyOf(given, number)));
  const acts = new Map(objects.map(({ acts: first }, number) => [nameOf(number), [...first]]));
  const always = new Set(objects.flatMap((given, number) => (given.always ? [nameOf(number)] : [])));

  /** At the moment of its deletion each event of an object must be in the log or, whole, among the dead letters. */
  const watch = (name: string) => {
    const number = Number(/(\d+)-x$/.exec(name)?.[1]);
    const given = objects[number] as Given;
    const letters = all.letters();
    const text = store.content.get(`spill/${name}`);
    if (text === undefined || letters.some(({ raw }) => raw === text)) return;
    const aside = new Set(letters.map(({ headers }) => headers.find(([header]) => header === CE_ID)?.[1] ?? ''));
    given.events.forEach((one, n) => {
      const id = `${number}-${n}-${one.what}`;
      if (!all.ids().includes(id) && !aside.has(Buffer.from(id).toString('base64'))) violations.push(`${id} deleted`);
    });
  };
  store.script = (call: ObjectCall, name, bucket) => {
    if (bucket !== 'spill' || call === 'list') return 'ok';
    if (call === 'delete') watch(name);
    if (call === 'get' && always.has(name)) return 'unavailable';
    return acts.get(name)?.shift() ?? 'ok';
  };
  const sweep = async () => {
    const began = clock.monotonic() + 60_000;
    const result = await all.sweep(300_000).catch((error: unknown) => error);
    if (clock.monotonic() - began >= 300_000) violations.push('a sweep overran its time');
    return result;
  };
  for (const after of kills) {
    killAt = steps + after;
    if ((await sweep()) === 'killed') all.renew();
    killAt = Number.POSITIVE_INFINITY;
  }
  for (let n = 0; n < A_FEW; n += 1) await sweep();
  return { ...all, violations, nameOf };
}

test('everything good is published and only then deleted, nothing forged is, and nothing holds up what is behind it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 5, arbitrary: object }, { weight: 1, arbitrary: stuckObject }), { minLength: 1, maxLength: 9 }), // prettier-ignore
      fc.array(fc.nat(60), { maxLength: 3 }),
      async (objects, kills) => {
        const { violations, ids, left, letters, store, nameOf } = await play(objects, kills);
        const expected: string[] = [];
        const gone: string[] = [];
        objects.forEach((given, number) => {
          if (given.kind !== 'spilled' || given.always) return;
          const isGood = (kind: What) => kind === 'good' || kind === 'large';
          given.events.forEach((one, n) => isGood(one.what) && expected.push(`${number}-${n}-${one.what}`));
          if (!given.events.some((one) => one.what === 'stuck' || one.what === 'poison')) gone.push(nameOf(number));
        });
        const published = new Set(ids());
        expect(violations).toEqual([]);
        expect(expected.filter((id) => !published.has(id))).toEqual([]);
        expect(gone.filter((name) => left().includes(name))).toEqual([]);
        const forgers = objects.flatMap(({ kind }, number) => (kind === 'spilled' ? [] : [`${number}-`]));
        const forged = (id: string) => /reserved|nowhere/.test(id) || forgers.some((start) => id.startsWith(start));
        expect([...published].filter(forged)).toEqual([]);
        const newer = objects.flatMap(({ kind }, number) => (kind === 'newer' ? [nameOf(number)] : []));
        expect(left().filter((name) => newer.includes(name))).toEqual(newer);
        const largest = Math.max(...objects.map((given, number) => Buffer.byteLength(bodyOf(given, number))));
        expect(store.mostBytesAtOnce).toBeLessThanOrEqual(Math.max(GROUP_BYTES, largest));
        expect(letters().every(({ group, partition: at }) => group === '-' && at === -1)).toBe(true);
      },
    ),
    { numRuns: Number(process.env['LOSSLESS_REPLAYS'] ?? 25) },
  );
}, 300_000);
