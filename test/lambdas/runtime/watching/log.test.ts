import * as fc from 'fast-check';
import { spillFolder } from '../../../../lambdas/runtime/contract';
import { httpDoor } from '../../../../lambdas/runtime/door';
import { json, type Decoder } from '../../../../lambdas/runtime/event/decode';
import { framesOf } from '../../../../lambdas/runtime/watching/frames';
import { errorFields, powertoolsLog, withFields } from '../../../../lambdas/runtime/watching/log';
import { update } from '../../../../lambdas/runtime/idempotency/operations';
import type { OnRejected } from '../../../../lambdas/runtime';
import { replay } from '../../../../lambdas/runtime/replay';
import { unpack } from '../../../../lambdas/runtime/unpack';
import { invoke, kafkaEvent, RecordingLog, simulation } from '../simulation';
import { event, producerEnvironment, scriptedProducer } from '../simulation/scripted-producer';
import type { Step } from '../simulation/scripted-port';
import type { PutAct } from '../simulation/scripted-store';

// Many deliveries, on a machine that may be busy.
jest.setTimeout(60_000);

/** Lines on standard output while `told` runs, which is where Lambda reads them. */
function printed(told: () => void): Record<string, unknown>[] {
  const chunks: string[] = [];
  const spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((chunk) => chunks.push(String(chunk)) > 0),
  );
  told();
  spies.forEach((spy) => spy.mockRestore());
  return chunks
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a line is one JSON object, with its fields beside its message', () => {
  const variables = { AWS_LAMBDA_FUNCTION_NAME: 'billing' };
  const lines = printed(() => {
    const log = withFields(powertoolsLog(variables), { group: 'billing' });
    log.info('one');
    log.warn('two', { partition: 3, left: undefined });
    log.error('three', { group: 'other', error: errorFields(new RangeError('no')) });
  });
  expect(lines).toMatchObject([
    { level: 'INFO', message: 'one', service: 'billing', group: 'billing' },
    { level: 'WARN', message: 'two', partition: 3 },
    { level: 'ERROR', message: 'three', group: 'other', error: { name: 'RangeError' } },
  ]);
  expect(lines[1]).not.toHaveProperty('left');
});

test.each([
  [undefined, false],
  ['false', false],
  ['true', true],
  ['1', true],
])('POWERTOOLS_LOGGER_LOG_EVENT=%s asks for payloads: %s', (asked, payloads) => {
  expect(powertoolsLog({ POWERTOOLS_LOGGER_LOG_EVENT: asked }).payloads).toBe(payloads);
});

describe('an error of the handler', () => {
  const SECRET = '4111111111111111';
  class CardError extends Error {
    override readonly name = 'CardError';
    readonly code = SECRET;
    readonly Item = { card: { S: SECRET } };
  }
  const thrown = new CardError(`no ${SECRET}\n    at ${SECRET} (card.js:1:1)`, {
    cause: Object.assign(new TypeError(SECRET), { code: 'ECONNREFUSED' }),
  });

  test('is told by name, code, frames and causes, not by what hangs on it', () => {
    const told = errorFields(thrown);
    expect(told).toMatchObject({
      ...{ name: 'CardError', message: undefined },
      cause: { name: 'TypeError', code: 'ECONNREFUSED', message: undefined },
    });
    expect(JSON.stringify(told)).not.toContain(SECRET);
    expect((told['stack'] as string[])[0]).toMatch(/^at .*log\.test\.ts:\d+:\d+\)?$/);
  });

  test('is told with its messages to whoever asks for payloads', () => {
    expect(errorFields(thrown, true)).toMatchObject({ message: thrown.message, cause: { message: SECRET } });
  });

  test.each(['', 'a', 'at'])('whose message is %j keeps its frames', (message) => {
    expect(framesOf(new Error(message)).length).toBeGreaterThan(0);
  });

  test.each([[SECRET], [{ card: SECRET }], [undefined], [null]])(
    'that is no error (%j) is told by its type',
    (value) => {
      expect(errorFields(value)).toEqual({ name: typeof value });
    },
  );

  test('whose causes never end ends', () => {
    const endless = new Error('a');
    endless.cause = endless;
    expect(JSON.stringify(errorFields(endless)).length).toBeGreaterThan(0);
  });
});

/** Found again in JSON, in base64 and as it is. */
const secret = fc.stringMatching(/^SECRET[0-9a-f]{12}$/);
const forms = (text: string) => [text, Buffer.from(text).toString('base64').replace(/=+$/, '').slice(0, -1)];

type Told =
  'decode' | 'schema' | 'write' | 'call' | 'hangs' | 'refused' | 'no table' | 'no dead letters' | 'unreadable';
const CONSUMER: readonly Told[] = ['decode', 'schema', 'write', 'call', 'hangs', 'refused', 'no table', 'no dead letters', 'unreadable']; // prettier-ignore

/** Everything goes wrong with one event, whose every part holds the secret; returns the lines. */
async function troubled(how: Told, text: string, payloads: boolean): Promise<RecordingLog> {
  const log = new RecordingLog(payloads);
  const all = simulation({ log });
  const fail = (): never => {
    throw Object.assign(new RangeError(`no ${text}\n    at ${text} (a.js:1:1)`, { cause: { text } }), { item: text });
  };
  const quoting: Decoder<never> = { decode: () => ({ undecodable: `must be a number (was ${text})` }) };
  const decoder = how === 'decode' ? { decode: fail } : how === 'schema' ? quoting : json();
  const hang = () => new Promise<never>(() => undefined);
  const write = () => {
    if (how === 'hangs') return hang();
    if (how === 'refused' || how === 'no table') {
      const asked = { TableName: 'orders', Key: { id: text }, UpdateExpression: 'SET a = :a' };
      return [
        update({ ...asked, ExpressionAttributeValues: { ':a': text }, ConditionExpression: 'attribute_exists(id)' }),
      ];
    }
    return fail();
  };
  if (how === 'no table') all.tables.script = () => ({ kind: 'unknown', detail: 'TimeoutError: ' });
  if (how === 'no dead letters') all.objects.failing = () => true;
  const value = how === 'unreadable' ? `{"card":"${text}"` : { card: text };
  const given = kafkaEvent({ offset: 1, id: 'a', key: text, value, headers: [['ce_card', text]] });
  await all.deliver(given, how === 'call' ? { decode: decoder, call: fail } : { decode: decoder, write });
  return log;
}

test('a payload is not logged unless it is asked for, whatever goes wrong with its event', async () => {
  const runs = fc.asyncProperty(secret, fc.constantFrom(...CONSUMER), async (text, how) => {
    const told = JSON.stringify((await troubled(how, text, false)).lines);
    expect(told.length).toBeGreaterThan(50);
    for (const form of forms(text)) expect(told).not.toContain(form);
  });
  await fc.assert(runs, { numRuns: 25, examples: CONSUMER.map((how) => ['SECRET0123456789ab', how]) });
});

test('a payload that is asked for is logged with its record', async () => {
  const log = await troubled('write', 'SECRET0123456789ab', true);
  expect(log.of('attempt failed')[0]).toMatchObject({
    payload: {
      ...{ key: 'SECRET0123456789ab', value: '{"card":"SECRET0123456789ab"}' },
      headers: expect.arrayContaining([['ce_card', 'SECRET0123456789ab']]) as unknown,
    },
    error: { message: expect.stringContaining('SECRET0123456789ab') as string },
  });
});

const { cluster, topic, spill, deadLetters } = producerEnvironment;

test('nor does a producer log one, whichever way it loses its event, nor the replay, nor the unpacking', async () => {
  const steps: Step[] = [
    { does: 'refuse', about: 'record' },
    { does: 'not-now' },
    { does: 'lose-answer', written: false },
  ];
  const acts: PutAct[] = ['ok', 'refused', 'failed'];
  const fates: OnRejected[] = [{ kind: 'log' }, { kind: 'park' }, { kind: 'drop', reason: 'sampled' }];
  const runs = fc.asyncProperty(
    ...([secret, fc.constantFrom(...steps), fc.constantFrom(...acts), fc.constantFrom(...fates)] as const),
    async (text, step, act, onRejected) => {
      const made = scriptedProducer({ kafka: () => step, puts: () => act, onRejected });
      await made.clock.run(
        made.producer.publish(event('a', { key: text, data: { card: text }, extensions: { card: text } })),
      );
      made.store.objects.set(`spill/${spillFolder(cluster, topic)}000000000000001-x`, `{"events":[{"value":"${text}`);
      const sweep = replay({
        ...{ clock: made.clock, store: made.store, port: () => made.port, log: made.log },
        variables: {
          LOSSLESS_REPLAY_Orders: JSON.stringify({ cluster, topic, spill, deadLetters }),
          LOSSLESS_PRODUCER_Orders: JSON.stringify(producerEnvironment),
        },
      });
      await made.clock
        .run(invoke(made.clock, sweep, {}, 60_000))
        .catch((error: Error) => made.log.error(error.message));
      const all = simulation({ log: made.log });
      const payload = JSON.stringify(kafkaEvent({ offset: 1, id: 'a', key: text, value: { card: text } }));
      all.objects.content.set('on-failure/x', JSON.stringify({ requestContext: {}, payload }));
      await all.clock.run(invoke(all.clock, unpack(all.parts), {}, 60_000));
      const told = JSON.stringify(made.log.lines);
      expect(made.log.of('event parked')).toHaveLength(1);
      if (act === 'ok') expect(made.log.of('spilled event parked')).toMatchObject([{ reason: 'undecodable' }]);
      for (const form of forms(text)) expect(told).not.toContain(form);
    },
  );
  await fc.assert(runs, { numRuns: 30 });
});

test('what goes well is not logged', async () => {
  const all = simulation();
  await all.deliver(kafkaEvent({ offset: 1, id: 'a' }, { offset: 2, id: 'b' }), { decode: json(), write: () => [] });
  const ingest = scriptedProducer();
  const body = JSON.stringify({ id: 'a', type: 't', data: {} });
  const posted = httpDoor(ingest.producer, { environment: { unnamedCallers: 'a test' } })({ headers: {}, body, isBase64Encoded: false }, { getRemainingTimeInMillis: () => 28_000 }); // prettier-ignore
  await ingest.clock.run(posted);
  expect([all.log.lines, ingest.log.lines]).toEqual([[], []]);
});
