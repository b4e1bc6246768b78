import type { SQSRecord } from 'aws-lambda';
import { INGEST_VARIABLE, type IngestEnvironment } from '../../../../lambdas/runtime/contract';
import { ingestEnvironment } from '../../../../lambdas/runtime/contract/environment';
import { sqsDoor } from '../../../../lambdas/runtime/door/sqs';
import { headerText } from '../../../../lambdas/runtime/event/event';
import type { NewEvent } from '../../../../lambdas/runtime/event/new-event';
import type { Outcome } from '../../../../lambdas/runtime/producer';
import { RecordingLog } from '../../../../simulation/watching/recording-log';
import { scriptedProducer } from '../simulation/scripted-producer';
import type { Step, Request } from '../simulation/scripted-port';
import type { PutAct } from '../simulation/scripted-store';
import { message, QUEUE } from './messages';

const good = { specversion: '1.0', id: 'a', source: 'urn:me', type: 'order.placed', data: { amount: 1 } };

interface World {
  readonly kafka?: (request: Request) => Step | undefined;
  readonly puts?: () => PutAct;
  readonly environment?: IngestEnvironment;
  readonly remainingMs?: number;
}

/** One batch of messages at a door before a scripted Kafka. */
async function deliver(messages: SQSRecord[], { kafka, puts, environment = {}, remainingMs = 28_000 }: World = {}) {
  const { clock, port, producer } = scriptedProducer({ kafka, puts });
  const log = new RecordingLog();
  const start = clock.monotonic();
  const context = { getRemainingTimeInMillis: () => remainingMs - (clock.monotonic() - start) };
  const answer = await clock.run(sqsDoor(producer, { environment, log })({ Records: messages }, context));
  const records = [...port.log.values()].flat();
  return {
    failed: answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier),
    ids: port.ids(),
    lines: log.of('messages left in the queue'),
    record: records[0],
    header: (name: string) => records[0] && headerText(records[0].headers, name),
  };
}

describe('a message is one event', () => {
  test('a CloudEvent in its body, with its own id, beneath the queue as its source', async () => {
    const { failed, header, record } = await deliver([message('m-1', { ...good, partitionkey: 'k', region: 'eu' })]);
    expect(failed).toEqual([]);
    expect([header('ce_id'), header('ce_source'), header('ce_type')]).toEqual(['a', `${QUEUE}#urn:me`, 'order.placed']);
    expect([header('ce_region'), String(record?.key), String(record?.value)]).toEqual(['eu', 'k', '{"amount":1}']);
  });

  test('a CloudEvent without an id or a time has those of its message', async () => {
    const { header } = await deliver([message('m-1', { ...good, id: undefined })]);
    expect([header('ce_id'), header('ce_time')]).toEqual(['m-1', '2026-01-01T00:00:00.000Z']);
  });

  test.each<[string, string, string]>([
    ['JSON', '{"id":1524831183200260097}', 'application/json'],
    ['a JSON array', '[1]', 'application/json'],
    ['text', 'id;amount', 'text/plain; charset=utf-8'],
    ['JSON that is cut', '{"specversion":"1.0"', 'text/plain; charset=utf-8'],
  ])('any other body is data, byte for byte: %s', async (_what, body, contentType) => {
    const { failed, header, record } = await deliver([message('m-1', body)]);
    expect([failed, String(record?.value), header('content-type')]).toEqual([[], body, contentType]);
    expect([header('ce_id'), header('ce_source'), header('ce_type')]).toEqual(['m-1', QUEUE, 'sqs.message']);
  });

  test('the type of a plain body is what the stack says of its queue', async () => {
    const environment = { queues: [{ queue: QUEUE, type: 'order.received' }] };
    expect((await deliver([message('m-1', 'x')], { environment })).header('ce_type')).toBe('order.received');
    const other = message('m-1', 'x', { queue: `${QUEUE}-2` });
    expect((await deliver([other], { environment })).header('ce_type')).toBe('sqs.message');
  });

  test('attributes of a message become headers as they are, and none becomes one of ours', async () => {
    const attribute = (stringValue: string) => ({ stringValue, dataType: 'String' as const });
    const bytes = { binaryValue: 'AP8=', dataType: 'Binary' as const };
    const messageAttributes = { tenant: attribute('t'), 'content-type': attribute('application/xml'), bytes };
    const { header, record } = await deliver([message('m-1', '<x/>', { messageAttributes })]);
    expect([header('tenant'), header('content-type')]).toEqual(['t', 'application/xml']);
    expect(record?.headers.find(([name]) => name === 'bytes')?.[1]).toEqual(Buffer.from([0, 255]));
    const forged = message('m-2', 'x', { messageAttributes: { 'lossless-redrive': attribute('billing:1') } });
    expect(await deliver([forged])).toMatchObject({ failed: ['m-2'], ids: [] });
  });

  test('queues in the environment that are none are refused in words', () => {
    const variables = { [INGEST_VARIABLE]: '{"queues":[{"queue":"arn"}]}' };
    expect(() => ingestEnvironment(variables)).toThrow('LOSSLESS_INGEST.queues: got [{"queue":"arn"}], want a list');
  });
});

describe('a message leaves the queue only once its event is accepted', () => {
  const ended: readonly [Partial<Outcome>, boolean][] = [
    [{ kind: 'acked', topic: 'orders', partition: 0, offset: 0 }, true],
    [{ kind: 'spilled', object: 'o' }, true],
    [{ kind: 'sent', acks: 1, topic: 'orders', partition: 0 }, true],
    [{ kind: 'parked', object: 'o', code: 'c', reason: 'r' }, true],
    [{ kind: 'forwarded', functionName: 'f', code: 'c', reason: 'r' }, true],
    [{ kind: 'dropped', because: 'b', code: 'c', reason: 'r' }, true],
    [{ kind: 'rejected', code: 'UNAVAILABLE', reason: 'r' }, false],
    [{ kind: 'unknown', reason: 'r' }, false],
  ];

  test.each(ended)('%j: %p', async (outcome, leaves) => {
    const publishAll = (events: readonly NewEvent[]) =>
      Promise.resolve(events.map(({ id }) => ({ id, source: 's', ...outcome }) as Outcome));
    const door = sqsDoor({ publishAll }, { environment: {}, log: new RecordingLog() });
    const answer = await door({ Records: [message('m-1', 'x')] }, { getRemainingTimeInMillis: () => 28_000 });
    expect(answer.batchItemFailures).toEqual(leaves ? [] : [{ itemIdentifier: 'm-1' }]);
  });

  test('one that will never be taken stays for the dead-letter queue, its neighbours leave, and the log says why', async () => {
    const bad = { ...good, id: undefined, type: undefined };
    const messages = [message('m-1', good), message('m-2', bad), message('m-3', bad), message('m-4', 'x')];
    const { failed, ids, lines } = await deliver(messages);
    expect([failed, ids.sort()]).toEqual([['m-2', 'm-3'], ['a', 'm-4']]); // prettier-ignore
    expect(lines).toEqual([
      { queue: QUEUE, code: 'INVALID_EVENT', reason: expect.stringContaining('event type: got nothing') as string, messages: 2, ids: ['m-2', 'm-3'] },
    ]); // prettier-ignore
  });

  test('another content under an accepted id is refused, and stays', async () => {
    const { failed } = await deliver([
      message('m-1', good),
      message('m-2', { ...good, data: 2 }),
      message('m-3', good),
    ]);
    expect(failed).toEqual(['m-2']);
  });

  test('while neither Kafka nor the spill store takes it, all stay', async () => {
    const away = { kafka: () => ({ does: 'not-now' }) as const, puts: () => 'refused' as const };
    const { failed, ids } = await deliver([message('m-1', good), message('m-2', 'x')], away);
    expect([failed, ids]).toEqual([['m-1', 'm-2'], []]);
  });

  test('when nothing can be sent at all the invocation fails, and the whole batch stays', async () => {
    const publishAll = () => Promise.reject(new Error('NOT_CONFIGURED'));
    const door = sqsDoor({ publishAll }, { environment: {}, log: new RecordingLog() });
    const messages = [message('m-1', 'x', { group: 'g' }), message('m-2', 'x', { group: 'h' })];
    await expect(door({ Records: messages }, { getRemainingTimeInMillis: () => 28_000 })).rejects.toThrow('NOT_CONFIGURED'); // prettier-ignore
  });

  test('an empty batch is answered as one', async () => {
    expect(await deliver([])).toMatchObject({ failed: [], ids: [], lines: [] });
  });
});

describe('in a FIFO queue the order of a group is kept', () => {
  const of = (group: string, id: string, body: unknown = 'x') => message(id, body, { group });

  test('its group is the key of an event that brings none', async () => {
    expect(String((await deliver([of('g', 'm-1')])).record?.key)).toBe('g');
    expect(String((await deliver([of('g', 'm-1', { ...good, partitionkey: 'k' })])).record?.key)).toBe('k');
    const fair = message('m-1', 'x', { attributes: { ...message('m', '').attributes, MessageGroupId: 'tenant' } });
    expect((await deliver([fair])).record?.key).toBeNull();
  });

  test('after one that was not taken all later ones of its group stay, unsent; other groups go on', async () => {
    const kafka = ({ ids }: Request) =>
      ids.includes('g-2') ? ({ does: 'refuse', about: 'record' } as const) : undefined;
    const messages = [of('g', 'g-1'), of('g', 'g-2'), of('h', 'h-1'), of('g', 'g-3'), of('h', 'h-2')];
    const { failed, ids, lines } = await deliver(messages, { kafka });
    expect(failed).toEqual(['g-2', 'g-3']);
    expect(ids.sort()).toEqual(['g-1', 'h-1', 'h-2']);
    expect(lines).toContainEqual(expect.objectContaining({ code: 'BEHIND', ids: ['g-3'] }));
  });

  test('one that is no event holds up its group, not the others', async () => {
    const messages = [of('g', 'g-1', { ...good, type: 1 }), of('g', 'g-2'), of('h', 'h-1')];
    expect(await deliver(messages)).toMatchObject({ failed: ['g-1', 'g-2'], ids: ['h-1'] });
  });

  test('none is sent before the one before it was taken', async () => {
    let busy = false;
    const publishAll = async (events: readonly NewEvent[]) => {
      expect(busy).toBe(false);
      busy = true;
      await Promise.resolve();
      busy = false;
      return events.map(({ id }) => ({ id, source: 's', kind: 'spilled', object: 'o' }) as const);
    };
    const door = sqsDoor({ publishAll }, { environment: {} });
    const messages = ['g-1', 'g-2', 'g-3'].map((id) => of('g', id));
    const answer = await door({ Records: messages }, { getRemainingTimeInMillis: () => 28_000 });
    expect(answer.batchItemFailures).toEqual([]);
  });

  test('what cannot be sent in time stays for the next delivery', async () => {
    const kafka = ({ ids }: Request) => ({ does: 'ack', afterMs: ids.includes('g-1') ? 15_000 : 1 }) as const;
    const messages = [of('g', 'g-1'), of('g', 'g-2'), of('h', 'h-1'), of('h', 'h-2')];
    const { failed, lines } = await deliver(messages, { kafka, remainingMs: 22_900 });
    expect(failed).toEqual(['g-2']);
    expect(lines).toEqual([expect.objectContaining({ code: 'NO_TIME', ids: ['g-2'] })]);
    expect(await deliver(messages, { kafka, remainingMs: 23_100 })).toMatchObject({ failed: [] });
  });

  test('the first of each group is tried with however little time', async () => {
    expect(await deliver([of('g', 'g-1'), of('g', 'g-2')], { remainingMs: 7_000 })).toMatchObject({ failed: ['g-2'] });
  });
});
