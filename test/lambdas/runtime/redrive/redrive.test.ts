import { deadLetter, putDeadLetter } from '../../../../lambdas/runtime/dead-letters/letter';
import { LosslessError } from '../../../../lambdas/runtime/contract/errors';
import { headerText } from '../../../../lambdas/runtime/event/event';
import { CLUSTER, kafkaEvent, type Given } from '../simulation';
import { applies, fails, world, type World } from './world';

const A: Given = { offset: 5, id: 'a', key: 'k', value: { amount: 1 } };
const B: Given = { offset: 6, id: 'b', key: 'k', value: { amount: 2 } };
const C: Given = { offset: 7, id: 'c', key: 'other', value: { amount: 3 } };

const record = (all: World, id = 'a') => all.entries().find((item) => item['id'] === id);
function change(all: World, more: Record<string, unknown>, id = 'a'): void {
  const item = record(all, id)!;
  all.tables.write('idempotency', { ...item, key: String(item['key']), ...more });
}
const fates = async (all: World, request: Parameters<World['redrive']>[0] = {}) =>
  (await all.redrive(request)).outcomes;

describe('a parked event', () => {
  test('goes back under its own id, key, value and headers, is applied, and its letter is gone', async () => {
    const all = world();
    await all.park({ ...A, headers: [['trace', 't'], ['trace', 'u']] }); // prettier-ignore
    const [object] = all.names();
    expect(await fates(all)).toEqual([{ object, kind: 'redriven', generation: 1, partition: 2, offset: 0 }]);
    const [copy] = all.messages();
    expect(Buffer.from(copy!.value!).toString()).toBe('{"amount":1}');
    expect(Buffer.from(copy!.key!).toString()).toBe('k');
    expect(copy!.headers.map(([name, value]) => [name, Buffer.from(value!).toString()])).toEqual([
      ...[['ce_specversion', '1.0'], ['ce_id', 'a'], ['ce_source', 'shop'], ['ce_type', 'order.placed']], // prettier-ignore
      ...[['trace', 't'], ['trace', 'u'], ['lossless-redrive', 'billing:1']], // prettier-ignore
    ]);
    expect(all.names()).toEqual([]);
    expect(record(all)).toMatchObject({ state: 'redriven', generation: 1, object, effect: 'none' });
    await all.consume();
    expect(all.applied('a')).toBe(1);
    expect(all.records('done')).toHaveLength(1);
  });

  test('in structured mode goes back byte for byte, is known again by its envelope, and is one event with a copy in binary mode', async () => {
    const all = world();
    const envelope = '{ "specversion":"1.0","id":"s1","source":"shop","type":"order.placed","data":{"amount": 1} }';
    const headers = [['content-type', 'application/cloudevents+json']] as const;
    await all.park({ offset: 5, key: 'k', value: envelope, headers });
    expect(await fates(all)).toMatchObject([{ kind: 'redriven', generation: 1 }]);
    const [copy] = all.messages();
    expect(Buffer.from(copy!.value!).toString()).toBe(envelope);
    expect(copy!.headers.map(([name, value]) => [name, Buffer.from(value!).toString()])).toEqual([
      ...headers,
      ['lossless-redrive', 'billing:1'],
    ]);
    await all.consume();
    await all.deliver(kafkaEvent({ offset: 8, id: 's1', key: 'k', value: '{"amount": 1}' }), applies);
    expect(all.applied('s1')).toBe(1);
    expect([all.records('done').length, all.names()]).toEqual([1, []]);
  });

  test('that fails again is parked again, with its number, and can be sent again', async () => {
    const all = world();
    await all.park(A);
    await all.redrive();
    await all.consume(fails);
    expect(record(all)).toMatchObject({ state: 'parked', generation: 1 });
    expect(await fates(all)).toMatchObject([{ kind: 'redriven', generation: 2 }]);
    await all.consume();
    expect(all.applied('a')).toBe(1);
    const headers = all.messages().map((message) => headerText(message.headers, 'lossless-redrive'));
    expect(headers).toEqual(['billing:1', 'billing:2']);
    expect(all.messages()[1]!.headers.filter(([name]) => name === 'lossless-redrive')).toHaveLength(1);
  });

  test('that was sent back as often as allowed stays, and says what to do', async () => {
    const all = world();
    await all.park(A);
    for (let n = 0; n < 3; n++) {
      await all.redrive();
      await all.consume(fails);
    }
    expect(await fates(all)).toMatchObject([{ kind: 'refused', reason: 'max-redrives' }]);
    expect(all.inLog()).toHaveLength(3);
    expect(all.names()).toHaveLength(1);
    expect(await fates(all, { maxRedrives: 4 })).toMatchObject([{ kind: 'redriven', generation: 4 }]);
  });

  test('is known by the same id where its record brought none, whatever source a header names', async () => {
    const all = world();
    const foreign: Given = { offset: 9, key: 'k', value: {}, headers: [['ce_source', 'elsewhere']] };
    await all.park(foreign);
    const [{ id } = { id: '' }] = all.letters();
    await all.redrive();
    await all.consume();
    expect(all.applied(id)).toBe(1);
    expect(all.entries()).toMatchObject([{ state: 'done' }]);
  });

  test('a number that a forger wrote on its record is not handed on, and its letter stays until it is applied', async () => {
    const all = world();
    await all.park({ ...A, headers: [['lossless-redrive', 'billing:900']] });
    expect(await fates(all)).toMatchObject([{ kind: 'undeleted', generation: 1 }]);
    const numbers = all.messages()[0]!.headers.filter(([name]) => name === 'lossless-redrive');
    expect(numbers.map(([, value]) => Buffer.from(value!).toString())).toEqual(['billing:1']);
    expect(all.names()).toHaveLength(1);
    await all.consume();
    expect(await fates(all)).toMatchObject([{ kind: 'removed', as: 'applied' }]);
    expect(all.names()).toEqual([]);
    expect(all.applied('a')).toBe(1);
  });
});

describe('what the table says of the event decides', () => {
  test.each([
    ['redriven in this letter: sent again, with the same number', { state: 'redriven', generation: 4 }, { kind: 'redriven', generation: 4 }, 1, 0],
    ['applied: nothing is sent', { state: 'done' }, { kind: 'removed', as: 'applied' }, 0, 0],
    ['claimed: waits', { state: 'claimed', owner: 'x', beat: 1 }, { kind: 'waits', reason: 'claimed' }, 0, 1],
    ['redriven in another letter: stays', { state: 'redriven', object: 'o', generation: 1 }, { kind: 'refused', reason: 'not-parked' }, 0, 1],
    ['parked in another letter that is not there: stays', { object: 'o' }, { kind: 'refused', reason: 'not-parked' }, 0, 1],
    ['other content: stays', { content: 'x' }, { kind: 'refused', reason: 'not-parked' }, 0, 1],
    ['a state of a later version: stays', { state: 'archived' }, { kind: 'refused', reason: 'not-parked' }, 0, 1],
    ['nothing: stays', { state: undefined }, { kind: 'refused', reason: 'not-parked' }, 0, 1],
  ])('%s', async (_, more, fate, sent, left) => {
    const all = world();
    await all.park(A);
    change(all, more);
    expect(await fates(all)).toMatchObject([fate]);
    expect(all.inLog()).toHaveLength(sent);
    expect(all.names()).toHaveLength(left);
  }); // prettier-ignore

  test('parked in another letter that is there: this one goes, the other stays', async () => {
    const all = world();
    await all.park(A);
    const [first] = all.names();
    const text = all.objects.content.get(`dead-letters/${first}`)!;
    await all.redrive();
    await all.consume(fails);
    all.objects.content.set(`dead-letters/${first}`, text);
    expect(await fates(all, { objects: [first!] })).toEqual([
      { object: first, kind: 'removed', as: 'parked-elsewhere' },
    ]);
    expect(all.names()).toHaveLength(1);
    expect(all.names()).not.toContain(first);
  });

  test('parked in another letter, and its own record bears a higher number: it may be needed yet, and stays', async () => {
    const all = world();
    await all.park({ ...A, headers: [['lossless-redrive', 'billing:900']] });
    const [first] = all.names();
    await all.redrive();
    await all.consume(fails);
    expect(record(all)).toMatchObject({ state: 'parked', generation: 1 });
    expect(await fates(all, { objects: [first!] })).toMatchObject([{ kind: 'refused', reason: 'not-parked' }]);
    expect(all.names()).toContain(first);
  });

  test('of an id that belongs to other content: refused while that is remembered, sent when it is forgotten', async () => {
    const all = world();
    await all.park(A);
    await all.park({ ...A, offset: 8, value: { amount: 9 } });
    const object = all.letters().findIndex(({ reason }) => reason === 'id-conflict');
    const objects = [all.names()[object]!];
    expect(await fates(all, { objects })).toMatchObject([{ kind: 'refused', reason: 'id-conflict' }]);
    all.tables.remove('idempotency', String(record(all)!['key']));
    expect(await fates(all, { objects })).toMatchObject([{ kind: 'redriven', generation: 1 }]);
    await all.consume();
    expect(all.applied('a')).toBe(1);
  });
});

describe('what cannot be sent', () => {
  const put = (all: World, name: string, text: string) => void all.objects.content.set(`dead-letters/${name}`, text);

  test('is refused, and holds up nothing', async () => {
    const all = world();
    await all.park(A, C);
    const [a, c] = all.names();
    const text = all.objects.content.get(`dead-letters/${a}`)!;
    put(all, 'truncated', text.slice(0, 50));
    put(all, 'renamed', text);
    put(all, 'foreign', text.replace('"topic":"orders"', '"topic":"others"'));
    const objects = ['truncated', a!, 'renamed', 'foreign', 'nowhere', c!];
    expect(await fates(all, { objects })).toMatchObject([
      { kind: 'refused', reason: 'not-a-letter' },
      { kind: 'redriven' },
      { kind: 'refused', reason: 'not-a-letter' },
      { kind: 'refused', reason: 'foreign' },
      { kind: 'gone' },
      { kind: 'redriven' },
    ]);
    expect(all.objects.names('dead-letters')).toEqual(['foreign', 'renamed', 'truncated']);
  });

  test('a record that could not be read is refused with the way out', async () => {
    const all = world();
    const what = {
      kind: 'record',
      group: 'billing',
      record: { topic: 'orders', partition: 0, offset: 1, timestamp: 1, key: null, value: null, headers: [], undecodable: { detail: 'd', raw: '{}' } },
      event: { source: 'orders', id: 'x' },
    } as const; // prettier-ignore
    await putDeadLetter(all.objects, 'dead-letters', deadLetter(what, { reason: 'undecodable', detail: 'd' }, { cluster: CLUSTER, nowMs: 0 })); // prettier-ignore
    expect(await fates(all)).toMatchObject([{ kind: 'refused', reason: 'undecodable' }]);
    expect(all.names()).toHaveLength(1);
  });

  test('what would be another event as a copy is refused', async () => {
    const all = world();
    await all.park({ offset: 9, key: 'k', value: {} });
    const [name] = all.names();
    const letter = all.letters()[0]!;
    put(all, name!, JSON.stringify({ ...letter, source: '' }));
    expect(await fates(all)).toMatchObject([{ kind: 'refused', reason: 'other-id' }]);
    expect(all.inLog()).toEqual([]);
  });

  test('what Kafka will never take stays, and those of its key go on', async () => {
    const all = world({ kafka: ({ ids }) => (ids.includes('a') ? { does: 'refuse', about: 'record' } : undefined) });
    await all.park(A, B);
    expect(await fates(all)).toMatchObject([{ kind: 'refused', reason: 'rejected' }, { kind: 'redriven' }]);
    expect(all.names()).toHaveLength(1);
  });
});

describe('what never reached the topic', () => {
  const unsent = async (all: World, id: string) => {
    const message = { key: null, value: 'e30=', headers: [['ce_id', Buffer.from(id).toString('base64')]] as const };
    const what = { kind: 'event', topic: 'orders', message, timestamp: 1 } as const;
    const cause = { reason: 'rejected-at-producer', detail: 'd' } as const;
    return putDeadLetter(all.objects, 'dead-letters', deadLetter(what, cause, { cluster: CLUSTER, nowMs: 0 }));
  };

  test('is sent as it is, without a table, and its letter goes after the ack', async () => {
    const all = world();
    await unsent(all, 'u');
    expect(await fates(all, { group: '-' })).toMatchObject([{ kind: 'redriven', generation: 0 }]);
    expect(all.messages()[0]!.headers.map(([name]) => name)).toEqual(['ce_id']);
    expect(all.names('-')).toEqual([]);
    await all.consume();
    expect(all.applied('u')).toBe(1);
  });

  test('stays while Kafka takes nothing', async () => {
    const all = world({ kafka: () => ({ does: 'not-now' }) });
    await unsent(all, 'u');
    expect(await fates(all, { group: '-' })).toMatchObject([{ kind: 'waits', reason: 'not-taken' }]);
    expect(all.names('-')).toHaveLength(1);
  });
});

describe('the order within a key', () => {
  test('is that of the log, also where Kafka fails in between', async () => {
    let requests = 0;
    const all = world({
      kafka: () => (++requests < 4 ? { does: 'lose-answer', written: requests % 2 === 0 } : undefined),
    });
    const given = Array.from({ length: 18 }, (_, n): Given => ({
      offset: n,
      id: `e${String(n).padStart(2, '0')}`,
      key: 'k',
    }));
    await all.park(...given);
    await all.redrive();
    expect([...new Set(all.inLog())]).toEqual(given.map(({ id }) => id));
    expect(all.names()).toEqual([]);
  });

  test('one that waits holds up those after it of its key alone, in this request and in the next', async () => {
    const all = world();
    await all.park(A, B, C);
    change(all, { state: 'claimed', owner: 'x', beat: 1 });
    const objects = all.names();
    const first = await all.redrive({ objects: [objects[0]!] });
    expect(first.outcomes).toMatchObject([{ kind: 'waits', reason: 'claimed' }]);
    const next = await all.redrive({ objects: objects.slice(1), behind: first.behind });
    expect(next.outcomes).toMatchObject([{ kind: 'waits', reason: 'behind' }, { kind: 'redriven' }]);
    expect(record(all, 'b')).toMatchObject({ state: 'parked' });
    expect((await all.redrive({ objects })).outcomes.map(({ kind }) => kind)).toEqual(['waits', 'waits', 'gone']);
  });

  test('one that cannot be read may be of any key: all that come after it wait', async () => {
    const all = world();
    await all.park(A, B, C);
    const objects = all.names();
    all.objects.failing = (call, name) => call === 'get' && name === objects[1];
    const answer = await all.redrive({ objects });
    expect(answer.outcomes).toMatchObject([
      { kind: 'redriven' },
      { kind: 'waits', reason: 'unavailable' },
      { kind: 'waits', reason: 'behind' },
    ]);
    all.objects.failing = () => false;
    expect((await all.redrive({ objects, behind: answer.behind })).outcomes.map(({ kind }) => kind)).toEqual(['gone', 'waits', 'waits']); // prettier-ignore
    expect((await all.redrive({ objects })).outcomes.map(({ kind }) => kind)).toEqual(['gone', 'redriven', 'redriven']);
  });

  test('one of which the table says nothing in time holds up those of its key', async () => {
    const all = world();
    await all.park(A, B, C);
    const key = String(record(all)!['key']);
    all.tables.updateScript = ({ Key }) =>
      Key?.['key']?.S === key ? { kind: 'busy', detail: 'throttled' } : undefined;
    expect(await fates(all)).toMatchObject([
      { kind: 'waits', reason: 'unavailable' },
      { kind: 'waits', reason: 'behind' },
      { kind: 'redriven' },
    ]);
  });
});

describe('stores and brokers that fail', () => {
  test('a write of the table whose answer is lost is found carried out: the number counts once', async () => {
    const all = world();
    await all.park(A);
    let lost = 1;
    all.tables.updateScript = () => (lost-- > 0 ? 'lost' : undefined);
    expect(await fates(all)).toMatchObject([{ kind: 'redriven', generation: 1 }]);
    expect(lost).toBe(-1);
  });

  test('a table that refuses: nothing is sent, nothing is deleted', async () => {
    const all = world();
    await all.park(A, C);
    all.tables.updateScript = () => ({ kind: 'refused', detail: 'AccessDeniedException' });
    expect(await fates(all)).toMatchObject([{ kind: 'waits', reason: 'unavailable' }, { kind: 'waits' }]);
    expect([all.inLog().length, all.names().length]).toEqual([0, 2]);
  });

  test('Kafka takes nothing: every letter stays, and goes the next time under the same number', async () => {
    let takes = false;
    const all = world({ kafka: () => (takes ? undefined : { does: 'lose-answer', written: false }) });
    await all.park(A, C);
    expect(await fates(all)).toMatchObject([{ kind: 'waits', reason: 'not-taken' }, { kind: 'waits' }]);
    expect(all.names()).toHaveLength(2);
    takes = true;
    expect(await fates(all)).toMatchObject([
      { kind: 'redriven', generation: 1 },
      { kind: 'redriven', generation: 1 },
    ]);
  });

  test('a letter that cannot be deleted is sent, says so, and goes the next time', async () => {
    const all = world();
    await all.park(A);
    all.objects.failing = (call) => call === 'delete';
    expect(await fates(all)).toMatchObject([{ kind: 'undeleted', generation: 1 }]);
    all.objects.failing = () => false;
    await all.consume();
    expect(await fates(all)).toMatchObject([{ kind: 'removed', as: 'applied' }]);
    expect(all.inLog()).toEqual(['a']);
    expect(all.applied('a')).toBe(1);
  });

  test('no time left: nothing is begun', async () => {
    const all = world();
    await all.park(A);
    const answer = await all.invoke({}, 4_000);
    expect(answer).toMatchObject({ outcomes: [{ kind: 'waits', reason: 'unavailable' }] });
    expect(record(all)).toMatchObject({ state: 'parked' });
  });
});

describe('a request that is none', () => {
  test.each([
    [{ topic: '' }, /redrive\.topic: got text of 0 characters/],
    [{ group: 7, table: 'idempotency' }, /redrive\.group: got a number/],
    [{ table: undefined }, /redrive\.table/],
    [{ group: '-', table: 'idempotency' }, /want none for the group '-'/],
    [{ objects: [] }, /redrive\.objects: got a list of 0, want 1 to 500/],
    [{ objects: Array.from({ length: 501 }, String) }, /got a list of 501/],
    [{ objects: ['a', 3] }, /redrive\.objects/],
    [{ maxRedrives: 0 }, /redrive\.maxRedrives: got 0/],
    [{ maxRedrives: 1_000_001 }, /from 1 to 1000000/],
    [{ maxRedrives: '3' }, /redrive\.maxRedrives/],
    [{ behind: 'x' }, /redrive\.behind/],
  ])('number %# is refused before anything is done', async (request: Record<string, unknown>, message) => {
    const all = world();
    await all.park(A);
    const error: unknown = await all
      .invoke({ ...request, objects: request.objects ?? ['a'] } as never)
      .catch((thrown: unknown) => thrown);
    expect(LosslessError.is(error) && error.code).toBe('INVALID_ARGUMENT');
    expect((error as Error).message).toMatch(message);
    expect(record(all)).toMatchObject({ state: 'parked' });
  });

  test('a topic of another function is refused', async () => {
    const all = world();
    await all.park(A);
    await expect(all.redrive({ topic: 'payments' })).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
  });
});

test('a second redrive at once sends copies, and each event is applied once', async () => {
  const all = world();
  await all.park(A, B, C);
  const objects = all.names();
  const both = [all.invoke({ objects }), all.invoke({ objects })];
  await Promise.all(both);
  await all.consume(applies);
  expect(['a', 'b', 'c'].map(all.applied)).toEqual([1, 1, 1]);
  expect(all.names()).toEqual([]);
});
