import type { Adapter, Fate, Session } from '../../../faults/conformance/adapter';
import { runSender, type Load } from '../../../faults/conformance/sender';
import type { Sending } from '../../../faults/conformance/sending';
import { VirtualClock } from '../../../simulation/time/virtual-clock';

const LOAD: Load = { callers: 2, eventsPerSend: 2, pauseMs: 100, largeEvery: 0 };
const trial = { bootstrap: '127.0.0.1:9092', topic: 'orders', deadlineMs: 1_000 };
const acked: Fate = { kind: 'acked' };

/** Runs a sender for `ms` of virtual time. */
async function sentBy(
  session: Partial<Session> | ((clock: VirtualClock) => Partial<Session>),
  { ms = 150, load = {}, opens = [] }: { ms?: number; load?: Partial<Load>; opens?: Error[] } = {},
) {
  const clock = new VirtualClock();
  const stop = new AbortController();
  const written: Sending[] = [];
  const held = typeof session === 'function' ? session(clock) : session;
  const adapter: Adapter = {
    name: 'a',
    describe: '',
    open: () => {
      const refused = opens.shift();
      const send: Session['send'] = (events) => Promise.resolve(events.map(() => acked));
      return refused ? Promise.reject(refused) : Promise.resolve({ send, close: () => Promise.resolve(), ...held });
    },
  };
  const options = { trial, load: { ...LOAD, ...load }, graceMs: 500 };
  const io = {
    ...{ now: clock.now, sleep: clock.sleep, write: (sending: Sending) => written.push(sending) },
    ...{ stopped: stop.signal, mayGoOn: () => Promise.resolve() },
  };
  void clock.sleep(ms).then(() => stop.abort());
  await clock.run(runSender(adapter, options, io));
  return written;
}

test('each caller numbers its events and sends on when it has its answer', async () => {
  const written = await sentBy({});
  expect(written.map(({ caller, first }) => [caller, first])).toEqual([
    ['a-0', 0],
    ['a-1', 0],
    ['a-0', 2],
    ['a-1', 2],
  ]);
});

test('events go keyed and keyless in turn, and a large one comes as often as asked', async () => {
  const keys: (string | null)[] = [];
  const sizes: number[] = [];
  const send: Session['send'] = (events) => {
    keys.push(...events.map(({ key }) => key));
    sizes.push(...events.map(({ value }) => value.length));
    return Promise.resolve(events.map(() => acked));
  };
  await sentBy({ send }, { load: { callers: 1, largeEvery: 4 } });
  expect(keys).toEqual(['a-0-0', null, 'a-0-1', null]);
  expect(sizes).toEqual([200, 200, 200, 6_000]);
});

test('a send that throws is written down as an answer without a yes or a no', async () => {
  const [first] = await sentBy({ send: () => Promise.reject(new Error('closed')) });
  expect(first?.fates).toEqual({ threw: 'closed' });
});

test('a promise that never settles is written down once its time is over, and its caller sends no more', async () => {
  const written = await sentBy({ send: () => new Promise(() => undefined) }, { ms: 2_000 });
  expect(written.map(({ fates, waitedMs }) => [fates, waitedMs])).toEqual([
    ['never settled', 1_500],
    ['never settled', 1_500],
  ]);
});

test('what is on its way when the sender is stopped is waited for', async () => {
  const slow = (clock: VirtualClock): Partial<Session> => ({
    send: async (events) => {
      await clock.sleep(700);
      return events.map(() => acked);
    },
  });
  const written = await sentBy(slow, { ms: 50 });
  expect(written.map(({ fates, waitedMs }) => [fates, waitedMs])).toEqual([
    [[acked, acked], 700],
    [[acked, acked], 700],
  ]);
});

test('a client that cannot connect at first is opened again', async () => {
  expect(await sentBy({}, { opens: [new Error('refused')], ms: 600 })).not.toEqual([]);
});
