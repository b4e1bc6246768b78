/** Records taken one at a time, after three kills: one on which the handler never ends is in nobody's way. */
import { json } from '../../../../lambdas/runtime/decode';
import { put } from '../../../../lambdas/runtime/operations';
import { simulation, type Given } from '../simulation';
import { applied, events } from './many-events';
import { ModelMapping, type HandlerOf } from './model-mapping';

jest.setTimeout(120_000);

const never = new Promise<never>(() => undefined);

/** Applies what does not hang; the first three deliveries of `killer` are killed. */
function hangingOn(isHanging: (id: string) => boolean, killer: string): HandlerOf {
  let kills = 0;
  return (kill) => ({
    decode: json(),
    write: async (_, { event }) => {
      if (event.id === killer && kills < 3) {
        kills += 1;
        await kill();
      }
      if (isHanging(event.id)) return never;
      return [put({ TableName: 'orders', Item: { id: event.id } })];
    },
  });
}

test('ten records at the head on which the handler hangs hold up their own keys alone', async () => {
  const all = simulation();
  const mapping = new ModelMapping(all, events(40), { window: 40, together: true, bisect: false });
  await mapping.rounds(
    13,
    hangingOn((id) => Number(id.slice(1)) < 10, 'e9'),
  );
  expect(applied(all)).toHaveLength(30);
});

test('a partition taken with care goes on beside one in which the handler hangs on every record', async () => {
  const all = simulation();
  const handler = hangingOn((id) => id.startsWith('hang'), 'a0');
  const options = { window: 60, together: true, bisect: false };
  const alone = new ModelMapping(
    all,
    events(30, (i) => ({ id: `a${i}` })),
    options,
  );
  await alone.rounds(3, handler);
  const hanging: Given[] = events(60, (i) => ({ partition: 1, id: `hang${i}` }));
  const both = new ModelMapping(all, [...alone.backlog, ...hanging], options);
  await both.rounds(3, handler);
  expect(applied(all).filter((id) => id.startsWith('a'))).toHaveLength(30);
});

test('calls that hang keep no slot from a partition taken with care', async () => {
  const all = simulation();
  let kills = 0;
  const handler: HandlerOf = (kill) => ({
    decode: json(),
    concurrency: 5,
    call: async (_, { event }) => {
      if (event.id.startsWith('hang')) return never;
      if (event.id === 'a0' && kills < 3) {
        kills += 1;
        await kill();
      }
      all.tables.write('orders', { id: event.id });
    },
  });
  const options = { window: 20, together: true, bisect: false };
  const alone = new ModelMapping(
    all,
    events(20, (i) => ({ id: `a${i}` })),
    options,
  );
  await alone.rounds(3, handler);
  const hanging: Given[] = events(20, (i) => ({ partition: 1, id: `hang${i}` }));
  const both = new ModelMapping(all, [...alone.backlog, ...hanging], options);
  await both.rounds(6, handler);
  expect(applied(all).filter((id) => id.startsWith('a'))).toHaveLength(20);
});
