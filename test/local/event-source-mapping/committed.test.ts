import { Committed } from '../../../local/event-source-mapping/committed';

const at = (offset: number, committed = true) => ({ offset, committed });

test('records committed past are counted once', () => {
  const committed = new Committed();
  committed.assigned(0, at(0, false));
  committed.confirmed(new Map([[0, 10]]));
  committed.confirmed(new Map([[0, 15]]));
  expect(committed.records).toBe(15);
});

test('a commit whose answer was lost is counted when the group tells of it', () => {
  const committed = new Committed();
  committed.assigned(0, at(0, false));
  committed.confirmed(new Map([[0, 10]]));
  // The commit of 47 reached the broker, its answer did not; the member joins again and hears of it.
  committed.assigned(0, at(47));
  committed.confirmed(new Map([[0, 50]]));
  expect(committed.records).toBe(50);
});

test('what is committed again, after a doubt or a step back, is not counted again', () => {
  const committed = new Committed();
  committed.assigned(0, at(5));
  committed.confirmed(new Map([[0, 20]]));
  committed.doubt(0);
  expect(committed.isAt(0, 20)).toBe(false);
  committed.confirmed(new Map([[0, 20]]));
  committed.assigned(0, at(12));
  committed.confirmed(new Map([[0, 20]]));
  expect(committed.records).toBe(15);
});

test('what the group had committed before the first assignment was not committed here', () => {
  const committed = new Committed();
  committed.assigned(0, at(1_000));
  expect(committed.records).toBe(0);
});
