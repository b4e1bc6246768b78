import { begun, Sightings, type Marker } from '../../../../lambdas/runtime/ledger/markers';
import { isStruck, marked, signOf } from '../../../../lambdas/runtime/ledger/strikes';

const NOW = 1_767_225_600_000;
const HOUR = 3_600_000;
const kill = (id: string, over: Partial<Marker> = {}): Marker => ({
  ...{ id, from: 0, to: 9, until: NOW - 1, leftMs: 0 },
  ...over,
});
const next = { id: 'next', nowMs: NOW };

test('a begin that was written twice, since its answer was lost, is one kill', () => {
  const open = [kill('a'), kill('a'), kill('a'), kill('b')];
  expect(isStruck({ open }, [0, 9], next)).toBe(false);
  expect(begun(open, kill('c', { leftMs: 60_000 }), NOW)).toHaveLength(3);
});

test('markers of other records never keep a killer from being found out', () => {
  let open: readonly Marker[] = Array.from({ length: 20 }, (_, i) => kill(`old-${i}`, { from: 100 + i, to: 100 + i }));
  for (let delivery = 0; delivery < 3; delivery++) {
    open = begun(open, kill(`k${delivery}`, { until: NOW + delivery }), NOW + delivery);
    expect(open.length).toBeLessThanOrEqual(20);
  }
  expect(isStruck({ open }, [0, 9], next)).toBe(true);
});

test('kills that follow each other by hours are remembered together; one that nothing has followed for a day is not', () => {
  const hourly = [30, 20, 10].map((ago) => kill(`h${ago}`, { at: 4, until: NOW - ago * HOUR }));
  expect(signOf({ open: hourly }, { id: 'next', at: 4 }, NOW)).toBe('killer');
  const daysAgo = hourly.map((marker) => ({ ...marker, until: marker.until - 24 * HOUR }));
  expect(signOf({ open: daysAgo }, { id: 'next', at: 4 }, NOW)).toBe('go on');
});

test('a kill that the next follows after days is forgotten, and counts with no later ones', () => {
  const open = [80, 79, 1].map((ago) => kill(`h${ago}`, { at: 4, until: NOW - ago * HOUR }));
  expect(signOf({ open }, { id: 'next', at: 4 }, NOW)).toBe('go on');
});

test('what has killed one deploy is tried by the next', () => {
  const open = [1, 2, 3].map((i) => kill(`k${i}`, { at: 4, code: 'bad' }));
  expect(signOf({ open }, { id: 'next', at: 4, code: 'bad' }, NOW)).toBe('killer');
  expect(signOf({ open }, { id: 'next', at: 4, code: 'good' }, NOW)).toBe('go on');
});

test('deliveries in quick succession, whose functions may all live still, leave the first markers until they are known', () => {
  let open: readonly Marker[] = [];
  for (let i = 0; i < 50; i++) {
    open = open.map((marker) => ({ ...marker, leftMs: marker.leftMs! - 2_000 }));
    open = begun(open, kill(`k${i}`, { leftMs: 60_000 }), NOW);
  }
  expect(open.map(({ id }) => id)).toEqual(expect.arrayContaining(['k0', 'k1', 'k2']));
});

test('a record has three markers at most, and a list never more than twenty', () => {
  let state = { open: [] as readonly Marker[] };
  for (let record = 0; record < 10; record++) {
    for (let i = 0; i < 5; i++) state = marked(state, kill(`${record}-${i}`, { at: record }), () => false, NOW);
  }
  expect(state.open.length).toBeLessThanOrEqual(20);
  expect(state.open.filter(({ at }) => at === 9)).toHaveLength(3);
});

test('three marks of functions that may live are a doubt, and no kill until the time of each is over', () => {
  const marks = (leftMs: number) => [kill('a', { at: 4 }), kill('b', { at: 4 }), kill('c', { at: 4, leftMs })];
  expect(signOf({ open: marks(1) }, { id: 'next', at: 4 }, NOW)).toBe('in doubt');
  expect(signOf({ open: marks(0) }, { id: 'next', at: 4 }, NOW)).toBe('killer');
  expect(signOf({ open: marks(1).slice(1) }, { id: 'next', at: 4 }, NOW)).toBe('go on');
  // The one of an earlier version of this library does not tell how long its function lives.
  expect(signOf({ open: marks(0).map(({ leftMs: _, ...old }) => old) }, { id: 'next', at: 4 }, NOW)).toBe('in doubt');
});

test('a delivery leaves no mark on a record in doubt: were it killed by another, it would be one more', () => {
  const open = [1, 2, 3].map((i) => kill(`k${i}`, { at: 4, leftMs: 1 }));
  expect(marked({ open }, kill('own', { at: 4, leftMs: 60_000 }), () => false, NOW).open).toEqual(open);
});

test('ten killers at once: those in doubt are waited for before more are tried, and no mark pushes out another', () => {
  let state = { open: [] as readonly Marker[] };
  const tried: number[] = [];
  for (let delivery = 0; delivery < 100; delivery++) {
    const id = `d${delivery}`;
    state = { open: begun(state.open, kill(id, { leftMs: 60_000 }), NOW) };
    for (let at = 0; at < 10; at++) {
      const own = kill(id, { at, leftMs: 60_000 });
      state = marked(state, own, () => false, NOW);
      if (signOf(state, own, NOW) !== 'go on') continue;
      tried.push(at);
      break;
    }
  }
  expect(tried).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
});

test('what has passed is taken off by the clock of whoever saw the marker, once, whoever saw it beside', () => {
  const clocks = [50, 7_000_000].map((started) => {
    let now = started;
    return { monotonic: () => now, pass: (ms: number) => void (now += ms) };
  });
  const [one, other] = clocks as [(typeof clocks)[0], (typeof clocks)[0]];
  const seenByOne = new Sightings(one);
  const seenByOther = new Sightings(other);
  let open: readonly Marker[] = [kill('a', { leftMs: 60_000 })];
  const pass = (ms: number) => clocks.forEach((clock) => clock.pass(ms));
  seenByOne.aged(open);
  seenByOther.aged(open);
  pass(20_000);
  open = seenByOne.aged(open);
  open = seenByOther.aged(open);
  expect(open).toMatchObject([{ leftMs: 40_000 }]);
  // Nobody looks on for a while: it does not count.
  pass(30_000);
  const seenByNext = new Sightings(other);
  seenByNext.aged(open);
  pass(15_000);
  expect(seenByNext.aged(open)).toMatchObject([{ leftMs: 25_000 }]);
});

test('marks of records in doubt are kept before markers of batches, however many pieces those come in', () => {
  const marks = [0, 1, 2, 3].flatMap((at) => [1, 2, 3].map((i) => kill(`${at}-${i}`, { at, leftMs: 50_000 })));
  const batches = Array.from({ length: 8 }, (_, i) => kill(`batch-${i}`, { to: i }));
  const open = begun([...batches, ...marks], kill('own', { leftMs: 60_000 }), NOW);
  expect(open.filter(({ at }) => at !== undefined)).toHaveLength(12);
});

test('two killers of one partition are both found out, however much former deploys have left behind', () => {
  // Each of six deploys was killed by batches with the one record, and with the other.
  const former = [0, 10].flatMap((from) =>
    [1, 2, 3, 4, 5, 6].flatMap((code) =>
      [1, 2, 3].map((i) => kill(`former-${from}-${code}-${i}`, { from, to: from + 9, code: `former-${code}` })),
    ),
  );
  let state = { open: former.slice(-20) as readonly Marker[] };
  const known = new Set<number>();
  // The halves of a batch are delivered in turns, and each kills its function.
  for (let delivery = 0; delivery < 20; delivery++) {
    const from = delivery % 2 === 0 ? 0 : 10;
    const own = kill(`d${delivery}`, { from, to: from + 9, code: 'now' });
    state = { open: begun(state.open, own, NOW) };
    if (!isStruck(state, [from, from + 9], { id: own.id, nowMs: NOW })) continue;
    const mark = { ...own, at: from + 4 };
    state = marked(state, mark, () => false, NOW);
    if (signOf(state, mark, NOW) === 'killer') known.add(mark.at);
  }
  expect([...known]).toEqual(expect.arrayContaining([4, 14]));
});

/** Two stretches are delivered by turns, each by a function that it kills at once. @returns where the next is known to have to take care */
function struckByTurns(left: readonly Marker[], length: number): number[] {
  let state = { open: left };
  const struck = new Set<number>();
  for (let delivery = 0; delivery < 12; delivery++) {
    const from = delivery % 2 === 0 ? 700 : 800;
    const to = from + length - 1;
    const own = kill(`d${delivery}`, { from, to, leftMs: 30_000 });
    state = { open: begun(state.open, own, NOW) };
    if (isStruck(state, [from, to], { id: own.id, nowMs: NOW })) struck.add(from);
  }
  return [...struck];
}

test('two killers that are delivered by turns are found out, though a retention took records that were marked before', () => {
  const taken = [100, 200, 300, 400, 500, 600].flatMap((at) =>
    [1, 2, 3].map((i) => kill(`taken-${at}-${i}`, { from: at, to: at, at })),
  );
  expect(struckByTurns(taken, 1)).toEqual([700, 800]);
});

test('two batches that kill by turns are found out, though a retention took records of many that did before', () => {
  const taken = Array.from({ length: 20 }, (_, i) => kill(`taken-${i}`, { from: 10 * i, to: 10 * i + 9 }));
  expect(struckByTurns(taken, 10)).toEqual([700, 800]);
});
