import { discardDeadLetters } from '../../../cli/dead-letters/discard';
import { redriveFromTopic } from '../../../cli/dead-letters/from-topic';
import { listDeadLetters } from '../../../cli/dead-letters/list';
import { redriveDeadLetters } from '../../../cli/dead-letters/redrive';
import { showDeadLetter } from '../../../cli/dead-letters/show';
import type { Surroundings } from '../../../cli/dead-letters/surroundings';
import type { Given } from '../../lambdas/runtime/simulation';
import { world, type World } from '../../lambdas/runtime/redrive/world';
import { REDRIVE, terminal } from './terminal';

jest.setTimeout(60_000);

const EVENTS = [1, 2, 3].map((n): Given => ({ offset: n, id: `e${n}`, key: `k${n}`, value: { n } }));
const named = (name: string, message: string) => Object.assign(new Error(message), { name });

async function parked(): Promise<World> {
  const all = world();
  await all.park(...EVENTS);
  return all;
}
const everything = (all: World) => JSON.stringify([...all.objects.content, all.entries(), all.inLog()]);

/** What a person runs, on the letters that are there. */
const COMMANDS = {
  list: (around: Surroundings) => listDeadLetters({ stack: ['Shop'], limit: 50 }, around),
  show: (around: Surroundings, object: string) => showDeadLetter(object, { stack: ['Shop'] }, around),
  redrive: (around: Surroundings) => redriveDeadLetters(REDRIVE, around),
  discard: (around: Surroundings, object: string) =>
    discardDeadLetters(object, { stack: ['Shop'], reason: 'a test', yes: true }, around),
} as const;
type Command = keyof typeof COMMANDS;

/** What a command comes to where something around it answers otherwise: what it prints or, ended, in one sentence says. */
async function said(all: World, command: Command, change: (around: Surroundings) => Partial<Surroundings>) {
  const at = terminal(all);
  const around = { ...at.around, ...change(at.around) };
  const ended = await COMMANDS[command](around, all.names()[0] ?? '').catch((error: Error) => error.message);
  return `${at.text()}${ended}`;
}

const failing = (error: Error) => () => Promise.reject(error);
const bucketSays = (error: Error) => ({ store }: Surroundings) => ({
  store: { ...store, get: failing(error), list: () => { throw error; } },
}); // prettier-ignore
const tableSays = (error: Error) => ({ transactions }: Surroundings) => ({
  transactions: { ...transactions, read: failing(error), readMany: failing(error), update: () => Promise.resolve(GONE) },
}); // prettier-ignore

const DENIED = named('AccessDenied', 'Access Denied');
const NO_BUCKET = named('NoSuchBucket', 'The specified bucket does not exist');
const NO_TABLE = named('ResourceNotFoundException', 'Requested resource not found');
const GONE = { kind: 'refused', detail: 'ResourceNotFoundException: Requested resource not found' } as const;
const SKEWED = named('RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.'); // prettier-ignore
const EXPIRED = named('InvalidSignatureException', 'Signature expired: 20261201T000000Z is now earlier than 20261201T000500Z'); // prettier-ignore

test.each<[Command, string, (around: Surroundings) => Partial<Surroundings>, RegExp]>([
  ['list', 'a bucket that it may not list', bucketSays(DENIED), /^bucket dead-letters: got AccessDenied.*your credentials may not; list and show need s3:ListBucket/],
  ['show', 'a bucket that it may not read', bucketSays(DENIED), /^object arn.* in bucket dead-letters: got AccessDenied.*your credentials may not/],
  ['redrive', 'a bucket that it may not list', bucketSays(DENIED), /^bucket dead-letters: got AccessDenied.*your credentials may not/],
  ['discard', 'a bucket that it may not read', bucketSays(DENIED), /1 waits unavailable: .*Access Denied/],
  ['list', 'a bucket that is gone', bucketSays(NO_BUCKET), /^bucket dead-letters: got NoSuchBucket.*check --bucket and --region/],
  ['list', 'a table that is gone', tableSays(NO_TABLE), /^table idempotency: got ResourceNotFoundException.*there is no such table/],
  ['show', 'a table that is gone', tableSays(NO_TABLE), /^table idempotency: got ResourceNotFoundException.*there is no such table/],
  ['discard', 'a table that is gone', tableSays(NO_TABLE), /1 waits unavailable: .*not found/],
  ['list', 'a clock that is behind, as S3 says it', bucketSays(SKEWED), /got RequestTimeTooSkewed.*the clock of this machine is wrong; set it/],
  ['list', 'a clock that is behind, as DynamoDB says it', tableSays(EXPIRED), /got InvalidSignatureException.*the clock of this machine is wrong; set it/],
])('%s before %s: one clear sentence, and nothing is deleted', async (command, _, change, sentence) => {
  const all = await parked();
  const before = everything(all);
  expect(await said(all, command, change)).toMatch(sentence);
  expect(everything(all)).toBe(before);
}); // prettier-ignore

/** What stands in the way of the function; healed by what it answers. */
type Trouble = (all: World) => () => void;
const TROUBLES: readonly (readonly [string, Trouble])[] = [
  ['the topic is gone', ({ port }) => {
    port.describe = failing(new Error('UNKNOWN_TOPIC_OR_PARTITION'));
    return () => Reflect.deleteProperty(port, 'describe');
  }],
  ['the function finds no table', ({ tables }) => {
    tables.updateScript = () => GONE;
    return () => (tables.updateScript = () => undefined);
  }],
  ['the function may not read the bucket', ({ objects }) => {
    objects.get = failing(DENIED);
    return () => Reflect.deleteProperty(objects, 'get');
  }],
]; // prettier-ignore

test.each(TROUBLES)('a redrive while %s sends and deletes nothing, says so, and goes on once that is mended', async (_, plant) => {
  const all = await parked();
  const heal = plant(all);
  const at = terminal(all);
  expect(await at.redrive()).toBe(1);
  expect(at.text()).toMatch(/3 waits (not-taken|unavailable): /);
  expect([all.names().length, all.inLog()]).toEqual([3, []]);
  heal();
  expect(await terminal(all).redrive()).toBe(0);
  expect([all.names(), all.inLog().sort()]).toEqual([[], ['e1', 'e2', 'e3']]);
}); // prettier-ignore

test('objects of other formats, cut off or foreign ones are named and stay, and the rest goes on', async () => {
  const all = await parked();
  const [first, second] = all.names() as [string, string];
  const text = all.objects.content.get(`dead-letters/${second}`)!;
  all.objects.content.set('dead-letters/holiday.jpg', 'JFIF');
  all.objects.content.set(`dead-letters/${first}`, all.objects.content.get(`dead-letters/${first}`)!.slice(0, 50));
  all.objects.content.set(`dead-letters/${second}`, text.replaceAll('"cluster":"', '"cluster":"of-others-'));
  const at = terminal(all);
  expect(await at.redrive()).toBe(1);
  expect(at.text()).toMatch(/1 refused not-a-letter: [^]*1 refused foreign: /);
  expect(all.inLog()).toEqual(['e3']);
  expect([...all.objects.content.keys()].sort()).toEqual([first, second, 'holiday.jpg'].map((name) => `dead-letters/${name}`).sort()); // prettier-ignore
});

test.each<[string, Parameters<typeof redriveFromTopic>[0], RegExp]>([
  ['a filter', { ...REDRIVE, fromTopic: 'orders', partition: 0, offsets: { from: 0, to: 1 }, key: 'k' }, /--key: got it together with --from-topic/],
  ['no partition', { ...REDRIVE, fromTopic: 'orders', offsets: { from: 0, to: 1 } }, /--partition: got none/],
])('what a topic still holds, with %s: refused in one sentence', async (_, options, sentence) => {
  await expect(redriveFromTopic(options, terminal(await parked()).around)).rejects.toThrow(sentence);
}); // prettier-ignore
