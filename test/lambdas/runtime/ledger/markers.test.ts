import { begun, isKiller, isStruck, marked, type Marker } from '../../../../lambdas/runtime/ledger/markers';

const NOW = 1_767_225_600_000;
const HOUR = 3_600_000;
const kill = (id: string, over: Partial<Marker> = {}): Marker => ({ id, from: 0, to: 9, until: NOW - 1, ...over });

test('a begin that was written twice, since its answer was lost, is one kill', () => {
  const open = [kill('a'), kill('a'), kill('a'), kill('b')];
  expect(isStruck({ open }, [0, 9], NOW)).toBe(false);
  expect(begun(open, kill('c', { until: NOW + 60_000 }), NOW)).toHaveLength(3);
});

test('markers of other records never keep a killer from being found out', () => {
  let open: readonly Marker[] = Array.from({ length: 20 }, (_, i) => kill(`old-${i}`, { from: 100 + i, to: 100 + i }));
  for (let delivery = 0; delivery < 3; delivery++) {
    open = begun(open, kill(`k${delivery}`, { until: NOW + delivery }), NOW + delivery);
    expect(open.length).toBeLessThanOrEqual(20);
  }
  expect(isStruck({ open }, [0, 9], NOW + 10)).toBe(true);
});

test('kills that follow each other by hours are remembered together; one that nothing has followed for a day is not', () => {
  const hourly = [30, 20, 10].map((ago) => kill(`h${ago}`, { at: 4, until: NOW - ago * HOUR }));
  expect(isKiller({ open: hourly }, 4, NOW)).toBe(true);
  expect(isKiller({ open: hourly.map((marker) => ({ ...marker, until: marker.until - 24 * HOUR })) }, 4, NOW)).toBe(
    false,
  );
});

test('a kill that the next follows after days is forgotten, and counts with no later ones', () => {
  const open = [80, 79, 1].map((ago) => kill(`h${ago}`, { at: 4, until: NOW - ago * HOUR }));
  expect(isKiller({ open }, 4, NOW)).toBe(false);
});

test('what has killed one deploy is tried by the next', () => {
  const open = [1, 2, 3].map((i) => kill(`k${i}`, { at: 4, code: 'bad' }));
  expect(isKiller({ open }, 4, NOW, 'bad')).toBe(true);
  expect(isKiller({ open }, 4, NOW, 'good')).toBe(false);
});

test('deliveries in quick succession, whose functions may all live still, leave the first markers until they are known', () => {
  let open: readonly Marker[] = [];
  for (let i = 0; i < 50; i++) open = begun(open, kill(`k${i}`, { until: NOW + 60_000 + i * 2_000 }), NOW + i * 2_000);
  expect(isStruck({ open }, [0, 9], NOW + 70_000)).toBe(true);
});

test('a record has three markers at most, and a list never more than twenty', () => {
  let state = { open: [] as readonly Marker[] };
  for (let record = 0; record < 10; record++) {
    for (let i = 0; i < 5; i++) state = marked(state, kill(`${record}-${i}`, { at: record }), () => false, NOW);
  }
  expect(state.open.length).toBeLessThanOrEqual(20);
  expect(state.open.filter(({ at }) => at === 9)).toHaveLength(3);
});
