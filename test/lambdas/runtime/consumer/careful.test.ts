/** Records taken one at a time, after three kills: one on which the handler never ends is in nobody's way. */
import { json } from '../../../../lambdas/runtime/event/decode';
import { put } from '../../../../lambdas/runtime/idempotency/operations';
import { simulation } from '../simulation';
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

/** `a0` to `a…` of a partition that is killed three times by itself; then beside another, of which every record hangs. */
async function besideHanging(
  all: ReturnType<typeof simulation>,
  handler: HandlerOf,
  { good, hanging, rounds }: { readonly good: number; readonly hanging: number; readonly rounds: number },
): Promise<void> {
  const options = { window: hanging, together: true, bisect: false };
  const own = events(good, (i) => ({ id: `a${i}` }));
  const alone = new ModelMapping(all, own, options);
  await alone.rounds(3, handler);
  const others = events(hanging, (i) => ({ partition: 1, id: `hang${i}` }));
  await new ModelMapping(all, [...alone.backlog, ...others], options).rounds(rounds, handler);
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
  await besideHanging(all, handler, { good: 30, hanging: 60, rounds: 3 });
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
  await besideHanging(all, handler, { good: 20, hanging: 20, rounds: 6 });
  expect(applied(all).filter((id) => id.startsWith('a'))).toHaveLength(20);
});
