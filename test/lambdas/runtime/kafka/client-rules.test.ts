import type { KafkaConfig, Message, ProducerConfig, ProducerRecord, RecordMetadata, RequestEvent } from 'kafkajs';
import type { KafkaMessage } from '../../../../lambdas/runtime/event/message';
import { kafkajsPort } from '../../../../lambdas/runtime/kafka/kafkajs';
import type { KafkajsProducer } from '../../../../lambdas/runtime/kafka/kafkajs-client';
import type { SendResult } from '../../../../lambdas/runtime/kafka/port';
import { VirtualClock } from '../../../../simulation/time/virtual-clock';

/** One kafkajs producer object as the port made it, and what happened to it. */
interface Made {
  readonly madeAt: number;
  readonly kafka: KafkaConfig;
  readonly config: ProducerConfig;
  readonly sends: ProducerRecord[];
  disconnects: number;
}
type Answer = RecordMetadata[] | Error | 'never';
interface Script {
  connect?: (made: Made, nth: number) => Promise<void>;
  send?: (made: Made, nth: number) => Sent | Promise<Sent>;
}
interface Sent {
  readonly answer: Answer;
  /** How often kafkajs is to build a request. */
  readonly tries?: number;
  /** Kafka's types of the requests that brokers answer then, in turn. */
  readonly answered?: readonly number[];
}
const [PRODUCE, METADATA] = [0, 3];

const entry = (partition: number, baseOffset: number | string, more: Partial<RecordMetadata> = {}) => [
  { topicName: 'orders', partition, errorCode: 0, baseOffset: String(baseOffset), ...more },
];
const record = (value: string): KafkaMessage => ({ key: null, value: Buffer.from(value), headers: [] });
const protocolError = (code: number, message = 'refused') => Object.assign(new Error(message), { code });
const exceeded = (cause: Error) => Object.assign(new Error('retries exceeded', { cause }), { retryCount: 3 });

function scripted(script: Script, options: { brokers?: string; random?: () => number } = {}) {
  const clock = new VirtualClock(options.random);
  const made: Made[] = [];
  let offset = 0;
  const producer = (kafka: KafkaConfig, config: ProducerConfig): KafkajsProducer => {
    const self: Made = { madeAt: clock.now(), kafka, config, sends: [], disconnects: 0 };
    const nth = made.push(self) - 1;
    let hear: (event: RequestEvent) => void = () => undefined;
    return {
      on: ((_name: string, listener: typeof hear) => {
        hear = listener;
      }) as KafkajsProducer['on'],
      connect: () => script.connect?.(self, nth) ?? Promise.resolve(),
      disconnect: () => {
        self.disconnects += 1;
        return Promise.resolve();
      },
      send: async (sent) => {
        self.sends.push(sent);
        const ordinary = entry(sent.messages[0]?.partition ?? -1, offset);
        offset += sent.messages.length;
        const scriptedAnswer: Sent = (await script.send?.(self, self.sends.length - 1)) ?? { answer: ordinary };
        const { answer, tries = 1, answered = [] } = scriptedAnswer;
        for (let n = 0; n < tries; n += 1) sent.messages.forEach((message) => partitionOf(config, message));
        for (const apiKey of answered) hear({ payload: { apiKey } } as RequestEvent);
        if (answer === 'never') return new Promise(() => undefined);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    };
  };
  const replaced = { times: 0 };
  const port = kafkajsPort({
    environment: { brokers: options.brokers ?? '127.0.0.1:9092', authentication: 'none' },
    clock,
    warn: () => undefined,
    onReplaced: () => void (replaced.times += 1),
    kafkajs: { producer, admin: () => fail('no admin') },
  });
  const send = (partition = 0, signal = new AbortController().signal, records = [record('a')]): Promise<SendResult> =>
    clock.run(port.send('orders', partition, records, signal));
  return { clock, made, port, send, replaced };
}

const fail = (message: string): never => {
  throw new Error(message);
};
const partitionOf = (config: ProducerConfig, message: Message) =>
  config.createPartitioner?.()({ topic: 'orders', partitionMetadata: [], message });

describe('rule 1: only an answer that fits is an acknowledgement', () => {
  test('an answer with our topic, partition and a new offset is one', async () => {
    const { send } = scripted({ send: () => ({ answer: entry(0, 7) }) });
    expect(await send()).toEqual({ kind: 'acked', offsets: [7] });
  });

  test.each<[string, RecordMetadata[]]>([
    ['no entry', []],
    ['two entries', [...entry(0, 7), ...entry(1, 7)]],
    ['another partition', entry(1, 7)],
    ['another topic', entry(0, 7, { topicName: 'other' })],
    ['an error code', entry(0, 7, { errorCode: 6 })],
    ['no base offset', entry(0, 7, { baseOffset: undefined })],
    ['base offset -1', entry(0, '-1')],
  ])('an event is not acknowledged by an answer with %s', async (_what, answer) => {
    const { send } = scripted({ send: () => ({ answer }) });
    expect((await send()).kind).toBe('unknown');
  });

  test('an event is not acknowledged at an offset that an earlier one of its partition has', async () => {
    const offsets = [7, 8, 8, 9];
    const { send } = scripted({ send: (_made, nth) => ({ answer: entry(0, offsets[nth] ?? 0) }) });
    const three = [record('a'), record('b'), record('c')];
    expect(await send(0, undefined, three)).toEqual({ kind: 'acked', offsets: [7, 8, 9] });
    expect((await send()).kind).toBe('unknown'); // 8 is the second of the three
  });

  test('a topic made anew, whose offsets start again, is in doubt once and not for ever', async () => {
    const offsets = [500, 0, 1, 2];
    const { send } = scripted({ send: () => ({ answer: entry(0, offsets.shift() ?? 0) }) });
    expect((await send()).kind).toBe('acked');
    expect((await send()).kind).toBe('unknown');
    expect((await send()).kind).toBe('acked');
    expect((await send()).kind).toBe('acked');
  });
});

describe('rule 2: every call has a time limit, and a client that failed is never used again', () => {
  test('a send that never settles is unknown after 10 seconds', async () => {
    const { clock, send } = scripted({ send: () => ({ answer: 'never' }) });
    const start = clock.now();
    expect((await send()).kind).toBe('unknown');
    expect(clock.now() - start).toBe(10_000);
  });

  test('a connect that never settles has sent nothing', async () => {
    const { clock, made, send } = scripted({ connect: () => new Promise(() => undefined) });
    const start = clock.now();
    expect((await send()).kind).toBe('retriable');
    expect(clock.now() - start).toBe(3_000);
    expect(made[0]?.sends).toEqual([]);
  });

  test.each<[string, Answer]>([
    ['no answer', 'never'],
    ['an error', protocolError(19)],
    ['a refused record', protocolError(10)],
    ['an answer that does not fit', []],
  ])('after %s the next event goes through a new client and the old one is closed', async (_what, answer) => {
    const { clock, made, send, replaced } = scripted({
      send: (self) => ({ answer: self === made[0] ? answer : entry(0, 1) }),
    });
    await send();
    expect(replaced.times).toBe(0);
    expect((await send()).kind).toBe('acked');
    await clock.run(clock.sleep(1));
    expect(replaced.times).toBe(1);
    expect(made.map(({ sends, disconnects }) => [sends.length, disconnects])).toEqual([
      [1, 1],
      [1, 0],
    ]);
  });

  test('a call that goes on after its time limit is closed once it ends: kafkajs opens connections again for it', async () => {
    const { clock, made, send } = scripted({
      send: async () => {
        await clock.sleep(15_000);
        return { answer: entry(0, 7) };
      },
    });
    expect((await send()).kind).toBe('unknown');
    expect(made[0]?.disconnects).toBe(0);
    await clock.run(clock.sleep(5_001));
    expect(made[0]?.disconnects).toBe(1);
  });

  test('a retired client is closed only when the last send in it has ended', async () => {
    const { clock, made, port } = scripted({
      send: async (self, nth) => {
        if (self === made[0] && nth === 0) await clock.sleep(3_000);
        return { answer: self === made[0] && nth === 1 ? [] : entry(self === made[0] ? 0 : 1, 1) };
      },
    });
    const { signal } = new AbortController();
    const slow = port.send('orders', 0, [record('slow')], signal);
    await clock.run(port.send('orders', 1, [record('fails')], signal));
    await clock.run(port.send('orders', 1, [record('new client')], signal));
    expect(made[0]?.disconnects).toBe(0);
    expect(await clock.run(slow)).toEqual({ kind: 'acked', offsets: [1] });
    await clock.run(clock.sleep(1));
    expect(made[0]?.disconnects).toBe(1);
  });

  test('giving up a send leaves it in doubt at once', async () => {
    const { clock, port } = scripted({ send: () => ({ answer: 'never' }) });
    const start = clock.now();
    const giveUp = new AbortController();
    const sending = port.send('orders', 0, [record('a')], giveUp.signal);
    await clock.run(clock.sleep(5));
    giveUp.abort();
    expect((await clock.run(sending)).kind).toBe('unknown');
    expect(clock.now() - start).toBe(5);
  });

  test('giving up while the client connects spoils nothing for the next event', async () => {
    const { clock, made, port, send } = scripted({ connect: () => clock.sleep(1_000) });
    const giveUp = new AbortController();
    const sending = port.send('orders', 0, [record('a')], giveUp.signal);
    await clock.run(clock.sleep(5));
    giveUp.abort();
    expect((await clock.run(sending)).kind).toBe('retriable');
    expect((await send()).kind).toBe('acked');
    expect(made).toHaveLength(1);
  });
});

test('rule 3: kafkajs keeps three retries of its own, under the same sequence number', async () => {
  const { made, send } = scripted({});
  await send();
  expect(made[0]?.config).toMatchObject({ idempotent: true, retry: { retries: 3 } });
  expect(made[0]?.config.transactionalId).toBeUndefined();
});

describe('rule 4: clients are rebuilt with backoff and jitter', () => {
  const connectTimes = async (random: () => number) => {
    const at: number[] = [];
    const { clock, send } = scripted(
      {
        connect: () => {
          at.push(clock.now());
          return Promise.reject(new Error('ECONNREFUSED'));
        },
      },
      { random },
    );
    for (let n = 0; n < 8; n += 1) await send();
    return at.slice(1).map((time, index) => time - (at[index] ?? 0));
  };

  test('the pause doubles from failure to failure, up to two seconds', async () => {
    expect(await connectTimes(() => 1)).toEqual([200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
  });

  test('the pause is random, so that sandboxes do not come back all at once', async () => {
    expect(await connectTimes(() => 0.25)).toEqual([50, 100, 200, 400, 500, 500, 500]);
  });

  test('a stuck client holds up the partitions of one broker only', async () => {
    const { clock, made, port } = scripted(
      { send: (_made, nth) => ({ answer: nth === 0 && made[0]?.sends.length === 1 ? 'never' : entry(1, 5) }) },
      { brokers: '127.0.0.1:1,127.0.0.1:2,127.0.0.1:3' },
    );
    const { signal } = new AbortController();
    const stuck = port.send('orders', 0, [record('a')], signal);
    await clock.run(clock.sleep(1));
    made[0]?.sends.push({ topic: 'mark', messages: [] });
    const start = clock.now();
    expect((await clock.run(port.send('orders', 1, [record('b')], signal))).kind).toBe('acked');
    expect(clock.now()).toBe(start);
    expect((await clock.run(stuck)).kind).toBe('unknown');
    expect(made).toHaveLength(2);
  });
});

test('rule 5: a request holds the records of one partition, each bound to it', async () => {
  const { made, send } = scripted({});
  await send(4, undefined, [record('a'), record('b')]);
  const [sent] = made[0]?.sends ?? [];
  expect(sent?.messages.map(({ partition, value }) => [partition, String(value)])).toEqual([
    [4, 'a'],
    [4, 'b'],
  ]);
  expect(sent?.messages.map((message) => made[0] && partitionOf(made[0].config, message))).toEqual([4, 4]);
});

describe('rule 6: what may have been written is unknown, never rejected', () => {
  const outcomeOf = async (error: Error, tries: number) =>
    (await scripted({ send: () => ({ answer: error, tries }) }).send()).kind;

  test.each<[string, number, SendResult['kind']]>([
    ['MESSAGE_TOO_LARGE', 10, 'rejected'],
    ['INVALID_RECORD', 87, 'rejected'],
    ['NOT_ENOUGH_REPLICAS', 19, 'retriable'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45, 'retriable'],
    ['REQUEST_TIMED_OUT', 7, 'unknown'],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20, 'unknown'],
    // A leader that loses the partition after its own append answers so, too.
    ['NOT_LEADER_OR_FOLLOWER', 6, 'unknown'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 3, 'unknown'],
    ['KAFKA_STORAGE_ERROR', 56, 'unknown'],
    ['DUPLICATE_SEQUENCE_NUMBER', 46, 'unknown'],
    ['a code of a later Kafka', 12_345, 'unknown'],
    // May be the answer to a metadata request that followed a lost answer.
    ['TOPIC_AUTHORIZATION_FAILED', 29, 'unknown'],
    ['LEADER_NOT_AVAILABLE', 5, 'unknown'],
  ])('%s at the only try', async (_name, code, kind) => {
    expect(await outcomeOf(protocolError(code), 1)).toBe(kind);
  });

  test.each<[string, readonly number[], SendResult['kind']]>([
    ['the send itself', [PRODUCE], 'rejected'],
    ['a metadata request that followed a lost answer', [METADATA], 'unknown'],
    ['one of a send and a metadata request', [PRODUCE, METADATA], 'unknown'],
    ['nobody knows what', [], 'unknown'],
  ])('TOPIC_AUTHORIZATION_FAILED in answer to %s', async (_what, answered, kind) => {
    const { send } = scripted({ send: () => ({ answer: protocolError(29), answered }) });
    expect((await send()).kind).toBe(kind);
  });

  test('an answer that another send was waiting for says nothing about a refusal', async () => {
    const { send } = scripted({
      send: (_made, nth) =>
        nth === 0 ? { answer: entry(0, 1), answered: [PRODUCE] } : { answer: protocolError(29), answered: [] },
    });
    expect((await send()).kind).toBe('acked');
    expect((await send()).kind).toBe('unknown');
  });

  test.each([10, 19, 29, 87])(
    'code %d after a hidden retry is unknown: an earlier try may be in the log',
    async (code) => {
      expect(await outcomeOf(protocolError(code), 2)).toBe('unknown');
      expect(await outcomeOf(exceeded(protocolError(code)), 4)).toBe('unknown');
    },
  );

  test('a code wrapped in other errors counts, a lost connection has none', async () => {
    expect(await outcomeOf(new Error('outer', { cause: protocolError(10) }), 1)).toBe('rejected');
    expect(await outcomeOf(Object.assign(new Error('Closed connection'), { code: 'ECONNRESET' }), 1)).toBe('unknown');
  });

  test('what fails before a request was built was not sent', async () => {
    expect(await outcomeOf(new Error('no metadata'), 0)).toBe('retriable');
    expect(await outcomeOf(protocolError(3), 0)).toBe('retriable');
    expect(await outcomeOf(protocolError(29), 0)).toBe('rejected');
  });
});

describe('rule 7: only all in-sync replicas acknowledge', () => {
  test('every request asks for acks from all in-sync replicas', async () => {
    const { made, send } = scripted({});
    await send();
    expect(made[0]?.sends[0]).toMatchObject({ acks: -1 });
    expect(made[0]?.config.allowAutoTopicCreation).toBe(false);
  });
});

test('after five idle minutes by the wall clock, a freeze included, an event goes through a new connection', async () => {
  const { clock, made, send } = scripted({});
  await send();
  await clock.run(clock.sleep(5 * 60_000));
  await send();
  expect(made).toHaveLength(1);
  await clock.run(clock.sleep(5 * 60_000 + 1));
  await send();
  await clock.run(clock.sleep(1));
  expect(made.map(({ disconnects }) => disconnects)).toEqual([1, 0]);
});

test.each([5 * 60_000 + 1, -5 * 60_000 - 1])(
  'after a pause that the monotonic clock did not see, or a wall clock set by %p ms, an event goes through a new connection',
  async (step) => {
    const { clock, made, send } = scripted({});
    await send();
    clock.step(step);
    expect((await send()).kind).toBe('acked');
    expect(made).toHaveLength(2);
  },
);

test('a leader that moved and partitions that were added are known within half a minute, at the latest', async () => {
  const { made, send } = scripted({});
  await send();
  expect(made[0]?.config.metadataMaxAge).toBe(30_000);
});

test('key, value and headers reach kafkajs byte for byte, null as null, repeats kept', async () => {
  const { made, send } = scripted({});
  const headers: KafkaMessage['headers'] = [
    ['ce_id', Buffer.from('1')],
    ['tag', Buffer.from([0, 255])],
    ['tag', Buffer.from([])],
    ['tag', new Uint8Array([1, 2, 3]).subarray(1, 2)],
    ['__proto__', Buffer.from('2')],
  ];
  await send(0, undefined, [{ key: new Uint8Array(0), value: null, headers }]);
  const [message] = made[0]?.sends[0]?.messages ?? [];
  expect(message).toMatchObject({ key: Buffer.alloc(0), value: null });
  expect(Object.entries(message?.headers ?? {})).toEqual([
    ['ce_id', Buffer.from('1')],
    ['tag', [Buffer.from([0, 255]), Buffer.alloc(0), Buffer.from([2])]],
    ['__proto__', Buffer.from('2')],
  ]);
});

describe('a client that is busy', () => {
  const afterMs = (ms: number, clock: VirtualClock) => async (): Promise<Sent> => {
    await clock.sleep(ms);
    return { answer: entry(0, 7) };
  };

  test('holds back what goes the same way until its request has its answer', async () => {
    let answer = (): Promise<Sent> => Promise.reject(new Error('not set'));
    const { clock, port, send } = scripted({ send: () => answer() }, { brokers: '127.0.0.1:1,127.0.0.1:2' });
    answer = afterMs(30, clock);
    expect(port.busy?.(2)).toBeUndefined();
    const sending = send(0);
    await clock.run(Promise.resolve());
    const start = clock.now();
    expect(port.busy?.(1)).toBeUndefined();
    await clock.run(Promise.resolve(port.busy?.(2)));
    expect(clock.now() - start).toBe(30);
    expect(port.busy?.(2)).toBeUndefined();
    await sending;
  });

  test('holds nothing back for longer than an ordinary answer takes', async () => {
    let answer = (): Promise<Sent> => Promise.reject(new Error('not set'));
    const { clock, port, send } = scripted({ send: () => answer() });
    answer = afterMs(5_000, clock);
    const sending = send(0);
    await clock.run(Promise.resolve());
    const start = clock.now();
    await clock.run(Promise.resolve(port.busy?.(1)));
    expect(clock.now() - start).toBe(200);
    expect(port.busy?.(1)).toBeUndefined();
    await sending;
  });
});
