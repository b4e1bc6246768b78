import { amendDeadLetter } from '../../../cli/dead-letters/amend';
import type { AmendOptions } from '../../../cli/dead-letters/options';
import type { Invoked } from '../../../cli/dead-letters/surroundings';
import { fileBytes, header } from '../../../bin/commands/arguments';
import type { AmendRequest } from '../../../lambdas/runtime/contract';
import { type Given } from '../../lambdas/runtime/simulation';
import { world, type World } from '../../lambdas/runtime/redrive/world';
import { terminal } from './terminal';

jest.setTimeout(60_000);

const EVENT: Given = { offset: 1, id: 'e1', key: 'k', value: { amount: 'x' } };
const VALUE = Buffer.from('{"amount":1}');

async function parked(): Promise<{ readonly all: World; readonly object: string }> {
  const all = world();
  await all.park(EVENT);
  return { all, object: all.names()[0]! };
}

interface Person {
  readonly answer?: boolean;
  readonly call?: (number: number) => Invoked | Error | undefined;
}

/** A person at a terminal whose function amends. */
function at(all: World, { answer, call = () => undefined }: Person = {}) {
  const person = terminal(all, { answer });
  const requests: AmendRequest['amend'][] = [];
  const invoke = async (_: string, payload: string): Promise<Invoked> => {
    const scripted = call(requests.length);
    const { amend } = JSON.parse(payload) as AmendRequest;
    requests.push(amend);
    if (scripted instanceof Error) throw scripted;
    return scripted ?? { kind: 'answer', payload: JSON.stringify(await all.invokeAmend(amend)) };
  };
  const amend = (object: string, options: Partial<AmendOptions> = {}) =>
    amendDeadLetter(object, { stack: ['Shop'], yes: true, ...options }, { ...person.around, invoke });
  return { ...person, requests, amend };
}

test('publishes the corrected event and says its id and place; run again it says so once more', async () => {
  const { all, object } = await parked();
  const person = at(all);
  expect(await person.amend(object, { value: VALUE, header: [['trace', 'é']] })).toBe(0);
  expect(person.text()).toMatch(/^amended: e1\.amended-[0-9a-f]{16} takes its place, in orders-\d at offset 0; the letter is deleted\n$/); // prettier-ignore
  expect(person.requests).toMatchObject([{ by: 'arn:aws:iam::1:user/ann', object, group: 'billing' }]);
  const again = at(all);
  expect(await again.amend(object, { value: VALUE, header: [['trace', 'é']], json: true, by: 'Bob' })).toBe(0);
  expect(again.lines()).toEqual([{ object, kind: 'gone', id: all.inLog()[0] }]);
  await all.consume();
  expect([all.applied(all.inLog()[0]!), all.applied('e1')]).toEqual([1, 0]);
});

test.each([
  [true, 0, 1],
  [false, 1, 0],
  [undefined, 2, 0],
])('asks before, and says which groups will see a new event; the answer %s', async (answer, code, sent) => {
  const { all, object } = await parked();
  const person = at(all, { answer });
  expect(await person.amend(object, { value: VALUE, yes: false })).toBe(code);
  expect(person.asked).toEqual([expect.stringMatching(/^Publish a corrected event to topic orders\?.*: shipping\.$/)]);
  expect(all.inLog()).toHaveLength(sent);
});

test.each([
  ['not answered', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
  ['killed by its timeout', { kind: 'error', type: 'Sandbox.Timedout', message: '300 s' } as const],
  ['answered that it waits', { kind: 'answer', payload: '{"kind":"waits","reason":"claimed","detail":"d"}' } as const],
])('a call that is %s is made again', async (_, outcome) => {
  const { all, object } = await parked();
  const person = at(all, { call: (number) => (number < 2 ? outcome : undefined) });
  expect(await person.amend(object, { value: VALUE })).toBe(0);
  expect(person.requests).toHaveLength(3);
});

test('what is refused is said with its reason, and is no success', async () => {
  const { all, object } = await parked();
  const person = at(all);
  expect(await person.amend(object)).toBe(1);
  expect(person.text()).toMatch(/^refused unchanged: got nothing that changes/);
});

test.each<[string, string | undefined, Partial<AmendOptions>, RegExp]>([
  ['no name of a letter', 'holiday.jpg', {}, /want the name of a dead letter/],
  ['a value that no invocation carries', undefined, { value: Buffer.alloc(5_000_000) }, /--value: got 5000000 bytes, want at most 4194304/],
  ['no function', undefined, { stack: undefined, bucket: 'dead-letters', table: 't' }, /got no function/],
])('%s: refused in one sentence', async (_, object, options, sentence) => {
  const { all, object: parkedIn } = await parked();
  await expect(at(all).amend(object ?? parkedIn, options)).rejects.toThrow(sentence);
}); // prettier-ignore

test('a function of an older version is told from one that amends', async () => {
  const { all, object } = await parked();
  const person = at(all, { call: () => ({ kind: 'answer', payload: '[{"replayed":0}]' }) });
  await expect(person.amend(object, { value: VALUE })).rejects.toThrow(/one of a version before amendments: deploy the stack again/); // prettier-ignore
  expect(all.names()).toEqual([object]);
});

test('headers and files are read as they are given', () => {
  expect(header('b=', header('a=x=y'))).toEqual([['a', 'x=y'], ['b', '']]); // prettier-ignore
  expect(() => header('=x')).toThrow('want name=value');
  expect(() => fileBytes('/nowhere/at/all')).toThrow(/want a file that can be read: ENOENT/);
  expect(fileBytes(__filename).length).toBeGreaterThan(100);
});
