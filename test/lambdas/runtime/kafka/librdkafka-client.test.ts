import { confluent, type ConfluentModule, type ConfluentProducer } from '../../../../lambdas/runtime/kafka/librdkafka';
import type { KafkaMessage } from '../../../../lambdas/runtime/event/message';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

type Heard = (error: unknown, offset: number) => void;

/** librdkafka's side of the binding, told what to answer. */
class Script {
  readonly producers: { config: Readonly<Record<string, unknown>>; queued: unknown[][]; disconnected: boolean }[] = [];
  connect: () => unknown = () => undefined;
  /** Called with the reports of a whole send, in their order. */
  answer: (heard: Heard[]) => void = (heard) => heard.forEach((one, index) => one(null, 7 + index));
  refuseAt = Infinity;
  partitions: readonly unknown[] = [];

  readonly module = (): Promise<ConfluentModule> => {
    const made = (config: Readonly<Record<string, unknown>>) => this.producer(config);
    return Promise.resolve({
      Producer: function (config: Readonly<Record<string, unknown>>) {
        return made(config);
      } as unknown as ConfluentModule['Producer'],
    });
  };

  private producer(config: Readonly<Record<string, unknown>>): ConfluentProducer {
    const own = { config, queued: [] as unknown[][], disconnected: false };
    this.producers.push(own);
    let waiting: Heard[] = [];
    const answer = () => {
      const heard = waiting;
      waiting = [];
      this.answer(heard);
    };
    return {
      on: () => undefined,
      setPollInBackground: () => undefined,
      getMetadata: ({ topic }, done) => done(null, { topics: [{ name: topic, partitions: this.partitions }] }),
      connect: (_, done) => void Promise.resolve(this.connect()).then(done),
      disconnect: (_, done) => {
        own.disconnected = true;
        done();
      },
      produce: (...given) => {
        if (own.queued.length >= this.refuseAt) throw Object.assign(new Error('queue full'), { code: -184 });
        own.queued.push(given);
        waiting.push(given[5]);
        if (waiting.length === 1) queueMicrotask(answer);
      },
    };
  }
}

const record = (id: string): KafkaMessage => ({ key: Buffer.from('k'), value: Buffer.from(id), headers: [] });
const two = [record('a'), record('b')];
const error = (code: number) => Object.assign(new Error(`librdkafka ${code}`), { code });
const never = new AbortController().signal;

let script: Script;
let elapsed: number;
let clock: VirtualClock;
beforeEach(() => {
  script = new Script();
  elapsed = 0;
  clock = new VirtualClock();
});

const port = (environment: object = {}) =>
  confluent({ load: script.module, elapsed: () => elapsed })({
    environment: { brokers: 'b:1', authentication: 'none', acks: 'all', ...environment } as never,
    clock,
    warn: () => undefined,
  });
const send = (from = port(), records = two) => from.send('orders', 0, records, never);

test('records are acknowledged with their offsets, next to each other or not', async () => {
  script.answer = ([first, second]) => (first!(null, 7), second!(null, 12));
  expect(await send()).toEqual({ kind: 'acked', offsets: [7, 12] });
});

test.each([
  ['no offset: it was there already', [7, -1]],
  ['an offset below the one before', [7, 6]],
  ['an offset no number can hold', [7, 2 ** 53]],
])('an acknowledgement with %s is unknown', async (_, offsets) => {
  script.answer = (heard) => heard.forEach((one, index) => one(null, offsets[index]!));
  expect(await send()).toMatchObject({ kind: 'unknown' });
});

test('an offset that was acknowledged before is unknown: those records were not written', async () => {
  const same = port();
  expect(await send(same)).toMatchObject({ kind: 'acked' });
  expect(await send(same)).toMatchObject({ kind: 'unknown' });
});

test('a send of which one record failed is unknown, whatever the code', async () => {
  script.answer = ([first, second]) => (first!(null, 7), second!(error(10), -1001));
  expect(await send()).toMatchObject({ kind: 'unknown' });
});

test.each([
  [10, { kind: 'rejected', about: 'record', code: 'MESSAGE_TOO_LARGE' }],
  [29, { kind: 'rejected', about: 'setup', code: 'TOPIC_AUTHORIZATION_FAILED' }],
  [19, { kind: 'retriable', code: 'NOT_ENOUGH_REPLICAS' }],
  [20, { kind: 'unknown' }],
  [-192, { kind: 'unknown' }],
  [-150, { kind: 'unknown' }],
])('code %i at the first try, for the whole send', async (code, result) => {
  script.answer = ([first, second]) => (first!(error(code), -1001), second!(error(-148), -1001));
  expect(await send()).toMatchObject(result);
});

test('a refusal that librdkafka may have had at a later try leaves a doubt about the first', async () => {
  script.answer = (heard) => {
    elapsed += 150;
    heard.forEach((one) => one(error(29), -1001));
  };
  expect(await send()).toMatchObject({ kind: 'unknown' });
});

test('after any failure the client is replaced, and closed', async () => {
  const same = port();
  script.answer = (heard) => heard.forEach((one) => one(error(-150), -1001));
  await send(same);
  script.answer = (heard) => heard.forEach((one, index) => one(null, index));
  expect(await clock.run(send(same))).toMatchObject({ kind: 'acked' });
  expect(script.producers.map(({ disconnected }) => disconnected)).toEqual([true, false]);
});

test('without a connection nothing was sent: retriable', async () => {
  script.connect = () => error(-195);
  expect(await send()).toMatchObject({ kind: 'retriable', code: 'NOT_CONNECTED' });
  expect(script.producers[0]?.queued).toEqual([]);
});

test('giving up while the client connects spoils nothing for the next event', async () => {
  script.connect = () => clock.sleep(1_000);
  const same = port();
  const given = new AbortController();
  const sending = same.send('orders', 0, two, given.signal);
  await clock.run(clock.sleep(5));
  given.abort();
  expect((await clock.run(sending)).kind).toBe('retriable');
  expect((await clock.run(send(same))).kind).toBe('acked');
  expect(script.producers).toHaveLength(1);
});

test.each([
  [0, 'retriable'],
  [1, 'unknown'],
])('a queue that takes %i of two records: %s', async (refuseAt, kind) => {
  script.refuseAt = refuseAt;
  expect(await send()).toMatchObject({ kind });
});

test('a send that is given up is unknown at once', async () => {
  script.answer = () => undefined;
  const given = new AbortController();
  const sending = port().send('orders', 0, two, given.signal);
  while (script.producers[0]?.queued.length !== 2) await Promise.resolve();
  given.abort();
  expect(await sending).toMatchObject({ kind: 'unknown' });
});

test('a send that is never answered is unknown after 12 s', async () => {
  script.answer = () => undefined;
  const began = clock.now();
  expect(await clock.run(send())).toMatchObject({ kind: 'unknown' });
  expect(clock.now() - began).toBe(12_000);
});

test('acks=all is idempotent and leaves no gap; less is sent, not acknowledged', async () => {
  await send();
  expect(script.producers[0]?.config).toMatchObject({
    'enable.idempotence': true,
    'enable.gapless.guarantee': true,
    acks: -1,
  });
  expect(await send(port({ acks: 1 }))).toEqual({ kind: 'sent', offsets: [7, 8] });
  expect(await send(port({ acks: 0 }))).toEqual({ kind: 'sent' });
});

test('key, value and headers go as they are: null stays null, an empty header stays empty, repeats stay', async () => {
  const headers = [
    ['a', Buffer.from('1')],
    ['a', Buffer.alloc(0)],
  ] as const;
  await send(port(), [{ key: null, value: null, headers }]);
  expect(script.producers[0]?.queued[0]?.slice(0, 4)).toEqual(['orders', 0, null, null]);
  expect(script.producers[0]?.queued[0]?.[6]).toEqual([{ a: Buffer.from('1') }, { a: '' }]);
});

test('a handler without the package is told so at its start', async () => {
  const load = () => Promise.reject(new Error('got no module'));
  const alone = confluent({ load })({
    environment: { brokers: 'b:1', authentication: 'none' } as never,
    clock,
    warn: () => undefined,
  });
  await expect(alone.describe('orders')).rejects.toThrow(/got no module/);
});

test('partitions that were added are known within half a minute of sends', async () => {
  const same = port();
  let offset = 0;
  script.answer = (heard) => heard.forEach((one) => one(null, (offset += 1)));
  script.partitions = Array(6);
  await send(same);
  expect(same.partitions?.('orders')).toBe(6);
  script.partitions = Array(12);
  await clock.run(clock.sleep(29_999));
  await send(same);
  expect(same.partitions?.('orders')).toBe(6);
  await clock.run(clock.sleep(1));
  await send(same);
  expect(same.partitions?.('orders')).toBe(12);
});

test('each client is given the brokers in an order of its own', async () => {
  const same = port({ brokers: 'a:1,b:1,c:1' });
  script.answer = (heard) => heard.forEach((one) => one(error(-150), -1001));
  for (let n = 0; n < 3; n += 1) await clock.run(send(same));
  const firsts = script.producers.map(({ config }) => String(config['bootstrap.servers']).split(',')[0]);
  expect(firsts.sort()).toEqual(['a:1', 'b:1', 'c:1']);
});
