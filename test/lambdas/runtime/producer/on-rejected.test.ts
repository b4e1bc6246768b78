import type { DeadLetter, OnRejected, RejectedEvent } from '../../../../lambdas/runtime/contract';
import { parseDeadLetter } from '../../../../lambdas/runtime/dead-letters/letter';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';
import type { PutAct } from '../simulation/scripted-store';

const DROP: OnRejected = { kind: 'drop', reason: 'clicks, a few may go' };
const FORWARD: OnRejected = { kind: 'forward', functionName: 'too-large' };
const refuse = () => ({ does: 'refuse', about: 'record' }) as const;
const rejected = { code: 'MESSAGE_TOO_LARGE', reason: 'refused' };

function refusing(
  onRejected: OnRejected,
  { puts, invoke }: { puts?: () => PutAct; invoke?: () => Promise<void> } = {},
) {
  const invocations: { functionName: string; event: RejectedEvent }[] = [];
  const functions = {
    invokeAsync: async (functionName: string, payload: string) => {
      await invoke?.();
      invocations.push({ functionName, event: JSON.parse(payload) as RejectedEvent });
    },
  };
  const simulated = scriptedProducer({ onRejected, kafka: refuse, puts, functions });
  return {
    ...simulated,
    invocations,
    publish: () => simulated.clock.run(simulated.producer.publish(event('a', { key: 'k' }))),
    letters: () =>
      [...simulated.store.objects]
        .filter(([name]) => name.startsWith('dead-letters/'))
        .map(([name, text]): [string, DeadLetter] => [name, parseDeadLetter(text, name)]),
  };
}

test('fail, the default: the caller hears it and nothing else happens', async () => {
  for (const given of [undefined, { kind: 'fail' } as const]) {
    const { publish, log, store, producer } = refusing(given as OnRejected);
    expect(await publish()).toEqual({ kind: 'rejected', id: 'a', source: 'urn:test', ...rejected });
    expect([log.lines, store.objects.size, producer.counts.rejected]).toEqual([[], 0, 1]);
  }
});

test('log: the caller hears it, and one line names the event without its payload', async () => {
  const { publish, log, producer } = refusing({ kind: 'log' });
  expect(await publish()).toMatchObject({ kind: 'rejected', ...rejected });
  expect(log.lines).toEqual([
    {
      ...{ level: 'warn', message: 'event rejected' },
      fields: { topic: 'orders', eventId: 'a', eventSource: 'urn:test', traceId: undefined, ...rejected },
    },
  ]);
  expect(producer.counts).toMatchObject({ rejected: 1, logged: 1 });
});

test('store: the event lies among the dead letters where list and redrive look, byte for byte', async () => {
  const { publish, letters, producer, clock } = refusing({ kind: 'park' });
  const outcome = await publish();
  const [[name, letter] = []] = letters();
  expect(outcome).toEqual({ kind: 'parked', id: 'a', source: 'urn:test', object: name?.slice('dead-letters/'.length), ...rejected }); // prettier-ignore
  expect(name).toMatch(/^dead-letters\/[^/]+\/-\/orders\/-\/\d{15}-[0-9a-f]{64}$/);
  expect(letter).toMatchObject({
    ...{ cluster: producerEnvironment.cluster, group: '-', topic: 'orders', partition: -1, offset: -1 },
    ...{ key: Buffer.from('k').toString('base64'), value: Buffer.from('{"id":"a"}').toString('base64') },
    ...{ source: 'urn:test', id: 'a', reason: 'rejected-at-producer', detail: 'MESSAGE_TOO_LARGE: refused' },
    ...{ effect: 'none', timestamp: clock.now() },
  });
  expect(producer.counts).toMatchObject({ parked: 1, rejected: 0 });
});

test('store: a confirmation that was lost leaves one object', async () => {
  const acts: PutAct[] = ['lost', 'failed'];
  const { publish, letters } = refusing({ kind: 'park' }, { puts: () => acts.shift() ?? 'ok' });
  expect((await publish()).kind).toBe('parked');
  expect(letters()).toHaveLength(1);
});

test('forward: the function is invoked with the whole event', async () => {
  const { publish, invocations, producer } = refusing(FORWARD);
  expect(await publish()).toMatchObject({ kind: 'forwarded', functionName: 'too-large', ...rejected });
  expect(invocations).toEqual([
    {
      functionName: 'too-large',
      event: expect.objectContaining({
        ...{ version: 1, topic: 'orders', id: 'a', source: 'urn:test', ...rejected },
        value: Buffer.from('{"id":"a"}').toString('base64'),
      }) as RejectedEvent,
    },
  ]);
  expect(producer.counts.forwarded).toBe(1);
});

test('drop: the caller hears why, it is counted and said', async () => {
  const { publish, log, producer, store } = refusing(DROP);
  expect(await publish()).toMatchObject({ kind: 'dropped', because: 'clicks, a few may go', ...rejected });
  expect(log.of('event dropped')).toMatchObject([{ eventId: 'a', because: 'clicks, a few may go' }]);
  expect([producer.counts.dropped, store.objects.size]).toEqual([1, 0]);
});

describe('an onRejected that fails tells the caller the truth', () => {
  const no = (code: 'FUNCTION_REFUSED' | 'FUNCTION_UNAVAILABLE') => () =>
    Promise.reject(new LosslessError(code, 'no function'));

  test.each<[string, OnRejected, Parameters<typeof refusing>[1], string, string]>([
    ['S3 says no', { kind: 'park' }, { puts: () => 'refused' }, 'rejected', 'refused; access denied'],
    ['S3 is away', { kind: 'park' }, { puts: () => 'failed' }, 'unknown', 'refused; no connection'],
    ['S3 is silent', { kind: 'park' }, { puts: () => 'silent' }, 'unknown', 'got no answer within 5000 ms'],
    ['Lambda says no', FORWARD, { invoke: no('FUNCTION_REFUSED') }, 'rejected', 'refused; no function'],
    ['Lambda is away', FORWARD, { invoke: no('FUNCTION_UNAVAILABLE') }, 'unknown', 'no function'],
    ['Lambda is silent', FORWARD, { invoke: () => new Promise(() => undefined) }, 'unknown', 'got no answer'],
  ])('%s', async (_what, onRejected, world, kind, reason) => {
    const { publish, producer, clock } = refusing(onRejected, world);
    const start = clock.now();
    expect(await publish()).toMatchObject({ kind, reason: expect.stringContaining(reason) as string });
    expect(producer.counts).toMatchObject({ [kind]: 1, parked: 0, forwarded: 0 });
    expect(clock.now() - start).toBeLessThanOrEqual(5_001);
  });

  test('an event refused by Kafka and by the spill store is stored in the time that is left, if any', async () => {
    const acts: PutAct[] = ['refused', 'ok'];
    const { clock, producer } = scriptedProducer({
      onRejected: { kind: 'park' },
      kafka: () => ({ does: 'not-now' }),
      puts: () => acts.shift() ?? 'ok',
    });
    expect(await clock.run(producer.publish(event('a')))).toMatchObject({ kind: 'parked', code: 'UNAVAILABLE' });
  });
});

test.each([DROP, FORWARD, { kind: 'park' }, { kind: 'log' }] as const)(
  'an invalid event is the mistake of its caller, who hears of it whatever is chosen (%j)',
  async (onRejected) => {
    const { clock, producer, store } = scriptedProducer({ onRejected });
    const outcome = await clock.run(producer.publish(event('')));
    expect([outcome.kind, store.objects.size]).toEqual(['rejected', 0]);
  },
);

test.each<[string, unknown, string]>([
  ['drop without a reason', { kind: 'drop' }, 'want drop with the reason why these events may be lost'],
  ['drop with an empty reason', { kind: 'drop', reason: '' }, 'want drop with the reason'],
  ['forward to nobody', { kind: 'forward' }, 'want forward with the name or ARN of a function'],
  ['a word', 'store', 'want fail, log, park, forward (with functionName) or drop (with reason)'],
])('%s is refused before anything is sent', async (_what, onRejected, message) => {
  const { producer, port } = scriptedProducer({ onRejected: onRejected as OnRejected });
  await expect(producer.publish(event('a'))).rejects.toThrow(message);
  expect(port.requests).toEqual([]);
});
