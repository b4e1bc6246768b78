import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { traceEvent, type TraceOptions } from '../../../cli/trace/trace';
import type { Trace } from '../../../cli/trace/model';
import type { RawLine } from '../../../cli/trace/logs';
import { spillObject } from '../../../lambdas/runtime/contract';
import { deadLetter, putDeadLetter, storedMessage } from '../../../lambdas/runtime/dead-letters/letter';
import { CLUSTER, kafkaEvent } from '../../lambdas/runtime/simulation';
import { fails } from '../../lambdas/runtime/redrive/world';
import { pipeline, refusal } from '../status/world';

type Lines = Record<string, readonly { readonly atMs: number; readonly line: object }[]>;

/** A pipeline of which a person traces events; `lines` is what logs hold, by group. */
function traced(lines: Lines = {}) {
  const all = pipeline();
  const { around, surroundings, printed, told, now } = all;
  told.resources = [
    { type: 'AWS::Lambda::Function', id: 'Billing' },
    { type: 'AWS::Logs::LogGroup', id: 'ingest-logs' },
  ];
  const asked: (readonly [group: string, text: string])[] = [];
  const linesWith = (group: string, text: string): Promise<readonly RawLine[]> => {
    asked.push([group, text]);
    const error = told.failing.get('logs')?.();
    if (error) return Promise.reject(error);
    const found = lines[group];
    if (found === undefined) return Promise.reject(Object.assign(new Error('none'), { name: 'ResourceNotFoundException' })); // prettier-ignore
    const texts = found.map(({ atMs, line }) => ({ atMs, text: JSON.stringify(line) }));
    return Promise.resolve([...texts.filter((each) => each.text.includes(text)), { atMs: 0, text: `REPORT ${text}` }]);
  };
  const store = {
    ...surroundings.store,
    get: (bucket: string, name: string) => {
      const error = told.failing.get(`get ${bucket}`)?.();
      return error ? Promise.reject(error) : Promise.resolve(around.objects.content.get(`${bucket}/${name}`));
    },
  };
  const options = { stacks: ['Shop'], since: now - 86_400_000, json: true };
  return {
    ...{ ...all, asked },
    trace: async (id: string, more: Partial<TraceOptions> = {}): Promise<Trace & { readonly code: number }> => {
      const code = await traceEvent(id, { ...options, ...more }, { ...surroundings, store, linesWith });
      return { code, ...(JSON.parse(printed.splice(0).join('')) as Trace) };
    },
    words: async (id: string, more: Partial<TraceOptions> = {}) => {
      await traceEvent(id, { ...options, ...more, json: false }, { ...surroundings, store, linesWith });
      return printed.splice(0).join('');
    },
  };
}

test('of an applied event its table says when, and where its record lies in the topic', async () => {
  const all = traced();
  await all.around.applied(2, 5, 7);
  const { code, records, means } = await all.trace('2-6', { source: 'shop' });
  expect(code).toBe(0);
  expect(records).toMatchObject([{ group: 'billing', state: 'done', topic: 'orders', partition: 2, offset: 6 }]);
  expect(means).toEqual([expect.stringMatching(/^billing: applied at 20\S+Z, from orders-2 at offset 6$/)]);
});

test('a parked event is found by its id alone: its letter tells the source, and that the table', async () => {
  const all = traced();
  await all.fail({ id: 'other' }, { id: 'poison', partition: 1, offset: 9 });
  const { code, sources, records, letters, means } = await all.trace('poison');
  expect(code).toBe(0);
  expect(sources).toEqual(['shop']);
  expect(records).toMatchObject([{ state: 'parked', partition: 1, offset: 9, reason: 'handler-error', object: letters[0]!.object }]); // prettier-ignore
  expect(letters).toMatchObject([{ group: 'billing', reason: 'handler-error', effect: 'none', source: 'shop' }]);
  expect(means).toEqual([expect.stringMatching(/^billing: parked at \S+, from orders-1 at offset 9 \(handler-error\): it waits for a person$/)]); // prettier-ignore
});

test('an event that has failed and is tried again waits in the topic', async () => {
  const all = traced();
  await all.around.deliver(kafkaEvent({ offset: 0, id: 'slow' }), { ...fails, attempts: 10 }, 12_000);
  const { records, means } = await all.trace('slow', { source: 'shop' });
  expect(records).toMatchObject([{ state: 'failing' }]);
  expect(means).toEqual([expect.stringMatching(/^billing: has failed \d+ times?, and waits in the topic to be tried again$/)]); // prettier-ignore
});

const headers = (id: string) => (['ce_id', 'ce_source'] as const).map((name) => [name, Buffer.from(name === 'ce_id' ? id : 'shop')] as const); // prettier-ignore

test('a spilled event is in the spill store: accepted, and on its way', async () => {
  const all = traced();
  const event = { partition: null, ...storedMessage({ key: null, value: null, headers: headers('s-1') }) };
  const object = spillObject({ cluster: CLUSTER, topic: 'orders', atMs: 1, unique: 'u' });
  const text = { version: 1, cluster: CLUSTER, topic: 'orders', spilledAt: '2026-01-01T00:00:00.000Z', events: [event] }; // prettier-ignore
  all.around.objects.content.set(`spill/${object}`, JSON.stringify(text));
  const { code, spilled, means } = await all.trace('s-1');
  expect(code).toBe(0);
  expect(spilled).toEqual([{ topic: 'orders', object, source: 'shop', spilledAt: '2026-01-01T00:00:00.000Z' }]);
  expect(means[0]).toMatch(/^it is in the spill store: accepted/);
});

test('an event that is nowhere gets a sentence about what that means, and exit code 1', async () => {
  const all = traced();
  const { code, found, means } = await all.trace('gone', { source: 'shop' });
  expect([code, found]).toEqual([1, false]);
  // The longest of retention and 14 days of spilling, and 14 days more.
  expect(means).toEqual([expect.stringMatching(/^it was never accepted; or it waits in the topic .*; or it was applied more than 28 days ago/)]); // prettier-ignore
  expect((await all.trace('gone')).means[1]).toMatch(/give it with --source/);
});

describe('logs', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const lines: Lines = {
    '/aws/lambda/Billing': [
      { atMs: 2_000, line: { level: 'WARN', message: 'attempt failed', eventId: 'e1', eventSource: 'shop', traceId: trace, attempt: 1 } },
      { atMs: 3_000, line: { level: 'WARN', message: 'attempt failed', eventId: 'e10', eventSource: 'shop', traceId: 'another' } },
      { atMs: 4_000, line: { level: 'ERROR', message: 'event parked', eventId: 'e2', traceId: trace } },
    ],
    'ingest-logs': [{ atMs: 1_000, line: { level: 'INFO', message: 'taken', traceId: trace } }],
  }; // prettier-ignore

  test('are followed by id and then by trace, from the door to the effect, and no other event’s lines are taken for its', async () => {
    const all = traced(lines);
    await all.around.applied(0, 0, 0);
    const { lines: found, sources } = await all.trace('e1');
    expect(found?.map(({ at, message }) => [at.slice(17, 19), message])).toEqual([['01', 'taken'], ['02', 'attempt failed']]); // prettier-ignore
    expect(sources).toEqual(['shop']);
  });

  test('that cannot be looked at are named with the right that is missing, and the rest is shown', async () => {
    const all = traced();
    all.told.failing.set('logs', refusal);
    await all.fail({ id: 'poison' });
    const text = await all.words('poison');
    expect(text).toMatch(/^logs {6}not looked at$/m);
    expect(text).toContain('logs: refused; allow cloudformation:ListStackResources, logs:FilterLogEvents');
    expect(text).toMatch(/^now {7}billing: parked/m);
  });

  test('of a function that was never called are none', async () => {
    const all = traced();
    expect((await all.trace('e1')).lines).toEqual([]);
    expect(all.asked).toEqual([['/aws/lambda/Billing', 'e1'], ['ingest-logs', 'e1']]); // prettier-ignore
  });
});

test('a bucket that may not be read is named, and the table is asked all the same', async () => {
  const all = traced();
  await all.around.applied(0, 0, 0);
  await all.fail({ id: 'poison', partition: 1 });
  all.told.failing.set('get dead-letters', refusal);
  const { code, records, notRead } = await all.trace('0-0', { source: 'shop' });
  expect([code, records.length]).toEqual([0, 1]);
  expect(notRead).toEqual([{ what: 'dead letters of billing', why: 'refused', fix: 'allow s3:ListBucket, s3:GetObject, kms:Decrypt' }]); // prettier-ignore
});

test('an event that never reached the topic is found among what was refused for good', async () => {
  const all = traced();
  const message = storedMessage({ key: null, value: null, headers: headers('late') });
  const cause = { reason: 'too-old', detail: 'spilled for too long' } as const;
  const letter = deadLetter({ kind: 'event', topic: 'orders', message, timestamp: 1 }, cause, { cluster: CLUSTER, nowMs: 1 });
  await putDeadLetter(all.around.objects, 'dead-letters', letter);
  const { code, letters, means } = await all.trace('late');
  expect(code).toBe(0);
  expect(letters).toMatchObject([{ group: '-', reason: 'too-old', source: 'shop' }]);
  expect(means).toEqual(['it never reached the topic: parked, too-old']);
}); // prettier-ignore

test('the page shows what is printed of a parked event, and names every field', async () => {
  const page = readFileSync(join(resolve(__dirname, '../../..'), 'docs', 'status.md'), 'utf8');
  const [, shown = ''] = /\$ npx cdk-lossless-kafka trace poison --stack Shop\n([\s\S]*?)```/.exec(page) ?? [];
  const atMs = Date.parse('2026-01-01T00:00:00Z');
  const line = { level: 'WARN', message: 'attempt failed', eventId: 'poison', eventSource: 'shop', attempt: 1, partition: 1, offset: 9 }; // prettier-ignore
  const all = traced({ '/aws/lambda/Billing': [{ atMs, line }] });
  await all.fail({ id: 'poison', partition: 1, offset: 9 });
  const alike = (text: string) =>
    text.replace(/arn!003a\S+/g, '<object>').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
  expect(alike(await all.words('poison'))).toBe(shown);
  const fields = Object.keys({ ...(await all.trace('poison')), code: undefined }).filter((name) => !['code', 'at'].includes(name)); // prettier-ignore
  const rows = page.slice(page.indexOf('## One event'));
  expect(fields.filter((name) => !rows.includes(`\`${name}\``))).toEqual([]);
});
