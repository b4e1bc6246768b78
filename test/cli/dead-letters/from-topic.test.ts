import { showDeadLetter } from '../../../cli/dead-letters/show';
import { instant, offsets } from '../../../bin/commands/arguments';
import type { FromTopicOptions } from '../../../cli/dead-letters/options';
import { kafkaEvent, type Given } from '../../lambdas/runtime/simulation';
import { applies, world, type World } from '../../lambdas/runtime/redrive/world';
import { OUTPUT, terminal, UNSENT_OUTPUT } from './terminal';

const event = (offset: number): Given => ({ offset, id: `e${offset}`, key: `k${offset % 7}`, value: { offset } });
const QUARTER_HOUR_MS = 900_000;

/** A topic of so many events, of which the consumer has applied the first few, a quarter of an hour ago. */
async function held(count: number, applied = 0): Promise<World> {
  const all = world();
  const given = Array.from({ length: count }, (_, n) => event(n));
  all.topic.hold(...given);
  all.topic.most = 60;
  if (applied > 0) await all.deliver(kafkaEvent(...given.slice(0, applied)), applies);
  await all.clock.run(all.clock.sleep(QUARTER_HOUR_MS));
  return all;
}

test('sends what the topic holds, and says what it did not send and how that is sent, too', async () => {
  const all = await held(3, 2);
  const at = terminal(all);
  expect(await at.fromTopic()).toBe(0);
  expect(at.text()).toMatch(/records │ what became of them/);
  expect(at.text()).toMatch(/1 │ sent again[^]*2 │ not sent: their events are applied/);
  expect(at.text()).toMatch(
    /2 events are applied: --again <time> sends those again that were settled before that time/,
  );
  expect([all.inLog(), all.names()]).toEqual([['e2'], []]);
});

test('with --again, those too that were applied before then, once however often it runs', async () => {
  const all = await held(3, 3);
  const again = all.clock.now() - 600_000;
  expect(await terminal(all).fromTopic({ again })).toBe(0);
  await all.consume();
  const at = terminal(all);
  expect(await at.fromTopic({ again, json: true })).toBe(0);
  expect(JSON.parse(at.text())).toEqual({ meant: 3, done: 3, applied: 3, troubles: [] });
  expect([0, 1, 2].map((n) => all.applied(`e${n}`))).toEqual([2, 2, 2]);
});

test('in parts of 100, letters of each sent before those of the next are put', async () => {
  const all = await held(250);
  const at = terminal(all);
  expect(await at.fromTopic({ offsets: { from: 0, to: 249 }, yes: true })).toBe(0);
  expect(at.looks.map(({ from, most }) => [from, most])).toEqual([
    [0, 100],
    [100, 100],
    [200, 100],
  ]);
  expect(at.requests.map(({ objects }) => objects.length)).toEqual([100, 100, 50]);
  expect(all.inLog()).toHaveLength(250);
  expect(at.asked).toEqual([]);
});

test('asks before more than 100, after a look that puts nothing; without anybody to ask nothing is sent', async () => {
  const all = await held(150, 30);
  const range = { offsets: { from: 0, to: 149 } };
  const no = terminal(all, { answer: false });
  expect(await no.fromTopic(range)).toBe(1);
  expect(no.asked).toEqual(['Send 120 events of orders-0 again?']);
  expect(await terminal(all).fromTopic(range)).toBe(2);
  expect([all.names(), all.inLog()]).toEqual([[], []]);
  const yes = terminal(all, { answer: true });
  expect(await yes.fromTopic(range)).toBe(0);
  expect(all.inLog()).toHaveLength(120);
});

test('--dry-run says what would be sent to whom, and puts and sends nothing', async () => {
  const all = await held(3, 1);
  const [at, asJson] = [terminal(all), terminal(all)];
  expect(await at.fromTopic({ dryRun: true })).toBe(0);
  expect(at.text()).toBe(
    '2 events of orders-0, offsets 0 to 2, would be sent again to group billing\n' +
      '  1 would not: applied\n' +
      '  groups that would see them again, and know each event by its id: shipping\n' +
      '1 event is applied: --again <time> sends those again that were settled before that time, as by a bad deploy\n' +
      'nothing was sent\n',
  );
  await asJson.fromTopic({ dryRun: true, json: true });
  expect(JSON.parse(asJson.text())).toEqual({
    dryRun: true,
    wouldSend: {
      topic: 'orders',
      partition: 0,
      from: 0,
      to: 2,
      group: 'billing',
      send: 2,
      rest: { applied: 1 },
      others: 'shipping',
    },
  });
  expect([all.names(), all.inLog()]).toEqual([[], []]);
});

test('what cannot be sent is named by its offset and reason, and the rest is sent; some are left: exit code 1', async () => {
  const all = await held(3);
  all.topic.packed = [{ from: 1, to: 1, codec: 'zstd' }];
  const at = terminal(all);
  expect(await at.fromTopic()).toBe(1);
  expect(at.text()).toMatch(/1 refused packed: records in the codec zstd, .*\n {2}orders-0 at offset 1/);
  expect(all.inLog()).toEqual(['e0', 'e2']);
});

test('with --limit so many are sent, and with a rate so many a second', async () => {
  const all = await held(30);
  const range = { offsets: { from: 0, to: 29 } };
  expect(await terminal(all).fromTopic({ ...range, limit: 4 })).toBe(0);
  expect(all.inLog()).toHaveLength(4);
  const began = all.clock.now();
  expect(await terminal(all).fromTopic({ ...range, rate: 2 })).toBe(0);
  expect(all.clock.now() - began).toBeGreaterThanOrEqual(13_000);
});

test('interrupted it ends after the call under way, and the next run goes on', async () => {
  const all = await held(3);
  const at = terminal(all);
  at.stop.abort();
  expect(await at.fromTopic()).toBe(1);
  expect(at.text()).toMatch(/3 │ were not tried: run it again/);
  expect(await terminal(all).fromTopic()).toBe(0);
});

test('a letter that an interrupted run has left is listed and shown as to be sent, and redrive sends it', async () => {
  const all = await held(1, 1);
  const again = all.clock.now() - 600_000;
  await all.again({ before: again });
  const [object] = all.names();
  const [listed, shown, at] = [terminal(all), terminal(all), terminal(all)];
  await listed.list({ json: true });
  expect(listed.letters()).toMatchObject([{ id: 'e0', reason: 'from-topic', state: 'to be sent' }]);
  await showDeadLetter(object!, { stack: ['Shop'] }, shown.around);
  expect(shown.text()).toContain(
    `again      unless its event was applied at ${new Date(again).toISOString()} or later`,
  );
  expect(shown.text()).toMatch(/next +`dead-letters redrive` sends its event again, from this letter/);
  expect(await at.redrive()).toBe(0);
  expect(all.inLog()).toEqual(['e0']);
});

test.each<[string, Partial<FromTopicOptions>, RegExp]>([
  [
    'a filter beside it',
    { key: 'k' },
    /--key: got it together with --from-topic, want --partition and --offsets alone .*; leave it out/,
  ],
  ['no partition', { partition: undefined }, /--partition: got none, want the partition of --from-topic/],
  ['a time nine minutes ago', { again: 1 }, /--again: got .*, want ten minutes ago or earlier/],
  ['a topic that no consumer reads', { fromTopic: 'payments' }, /--topic, --group: got none that --stack Shop knows/],
  [
    'offsets that are not written yet',
    { offsets: { from: 0, to: 9 } },
    /--offsets: got 9, which is not written yet, want 0 to 2, which are there/,
  ],
  ['a partition that is not there', { partition: 5 }, /--partition: got 5, want one of its partitions/],
])('%s is refused in one sentence, and nothing is put', async (_, options, message) => {
  const all = await held(3);
  const more = options.again === undefined ? options : { again: all.clock.now() - 540_000 };
  await expect(terminal(all).fromTopic(more)).rejects.toThrow(message);
  expect([all.names(), all.inLog()]).toEqual([[], []]);
});

test('two groups that read the topic: it takes one of them', async () => {
  const all = await held(1);
  const other = OUTPUT.replace('"billing"', '"shipping"');
  const at = terminal(all, { outputs: [OUTPUT, other, UNSENT_OUTPUT] });
  await expect(at.fromTopic()).rejects.toThrow(
    /topic orders: got billing, shipping, want the one consumer group .*; give --group/,
  );
  expect(await at.fromTopic({ group: 'billing', offsets: { from: 0, to: 0 } })).toBe(0);
});

test('offsets and times are read as they are written, and nothing else', () => {
  expect(offsets('1200-1499')).toEqual({ from: 1200, to: 1499 });
  expect(instant('2026-11-30T18:00:00Z')).toBe(Date.UTC(2026, 10, 30, 18));
  expect(instant('2026-11-30T19:00:00+01:00')).toBe(Date.UTC(2026, 10, 30, 18));
  for (const text of ['7', '9-7', '-3', '1-2-3', 'a-b'])
    expect(() => offsets(text)).toThrow('want the first and the last, as 1200-1499');
  // A time that moves with the clock would send again what the run before has sent.
  for (const text of ['12h', '2026-11-30', '2026-11-30T18:00:00', 'now'])
    expect(() => instant(text)).toThrow('want a time with its zone');
});
