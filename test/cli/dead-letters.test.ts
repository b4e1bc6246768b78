import { moment } from '../../bin/commands/arguments';
import type { FilterOptions, ListOptions, RedriveOptions } from '../../cli/dead-letters/options';
import { discardDeadLetters } from '../../cli/dead-letters/discard';
import { redriveDeadLetters } from '../../cli/dead-letters/redrive';
import { showDeadLetter } from '../../cli/dead-letters/show';
import type { Invoked } from '../../cli/dead-letters/surroundings';
import type { RedriveRequest } from '../../lambdas/runtime/contract';
import { environment, type Given } from '../lambdas/runtime/simulation';
import { fails, world, type World } from '../lambdas/runtime/redrive/world';
import { afterCounting, REDRIVE, terminal } from './dead-letters/terminal';

jest.setTimeout(60_000);

const event = (n: number, more: Partial<Given> = {}): Given => ({ offset: n, id: `e${n}`, key: `k${n % 3}`, value: { n }, ...more }); // prettier-ignore
const events = (count: number): Given[] => Array.from({ length: count }, (_, n) => event(n));

describe('list', () => {
  test('shows the newest first, with how many there are by topic and by reason', async () => {
    const all = world();
    await all.park(event(1), event(2), event(3), event(1, { offset: 4, value: { n: 9 } }));
    const at = terminal(all);
    expect(await at.list({ limit: 2 })).toBe(0);
    const text = at.text();
    expect(text).toMatch(/by topic\n {2}orders of group billing {2}█+ 4/);
    expect(text).toMatch(/handler-error {2}█+ 3\n {2}id-conflict {4}█+ 1/);
    expect(text).toMatch(/2 of 4 dead letters, newest first/);
    expect(text.indexOf('shop e1')).toBeLessThan(text.indexOf('shop e3'));
    expect(text).not.toContain('shop e2');
  });

  test('as JSON, one object a line', async () => {
    const all = world();
    await all.park(event(1), event(2));
    const at = terminal(all);
    await at.list({ json: true });
    expect(at.letters()).toMatchObject([
      { object: all.names()[1], topic: 'orders', partition: 0, offset: 2, group: 'billing', reason: 'handler-error', id: 'e2', source: 'shop', type: 'order.placed' },
      { offset: 1 },
    ]);
  }); // prettier-ignore

  test.each<[FilterOptions, string[]]>([
    [{ reason: 'id-conflict' }, ['e1']],
    [{ key: 'k2' }, ['e2']],
    [{ type: 'order.paid' }, ['e3']],
    [{ partition: 1 }, ['e5']],
    [{ partition: 7 }, []],
    [{ since: 4_000 }, ['e5', 'e1']],
    [{ until: 2_000 }, ['e1']],
    [{ topic: 'orders', group: 'billing', key: 'k1', since: 2_000 }, ['e1']],
  ])('%j leaves out the others', async (filter, ids) => {
    const all = world();
    await all.park(event(1), event(2), event(3, { type: 'order.paid' }), event(1, { offset: 4, value: {} }), event(5, { partition: 1, key: null })); // prettier-ignore
    const at = terminal(all);
    await at.list({ ...filter, json: true });
    expect(at.letters().map(({ id }) => id)).toEqual(ids);
  });

  test('says of each what its table says: one whose redrive was interrupted is told from one that waits for it', async () => {
    const all = world();
    await all.park(event(1), event(2), event(3));
    const item = (id: string) => all.entries().find((each) => each['id'] === id)!;
    all.tables.write('idempotency', { ...item('e2'), state: 'redriven', generation: 1 });
    all.tables.write('idempotency', { ...item('e3'), state: 'done' });
    const [at, other] = [terminal(all), terminal(all)];
    await at.list({ json: true });
    expect(at.letters().map(({ id, state }) => [id, state])).toEqual([['e3', 'applied'], ['e2', 'interrupted'], ['e1', 'parked']]); // prettier-ignore
    await other.list();
    expect(other.text()).toMatch(/│ billing │ interrupted +│/);
  });

  test('counts what is no dead letter and leaves it alone; one that is cut off is shown as that', async () => {
    const all = world();
    await all.park(event(1), event(2));
    const [first] = all.names();
    all.objects.content.set(`dead-letters/${first}`, '{"version":1');
    const folder = first!.slice(0, first!.lastIndexOf('/') + 1);
    all.objects.content.set(`dead-letters/${folder}holiday.jpg`, 'x');
    const at = terminal(all);
    await at.list();
    expect(at.text()).toMatch(/not readable +█+ 1/);
    expect(at.text()).toMatch(/1 object in the bucket is none and is left alone/);
  });

  test('counts what people ended, by what became of it, and takes the notes of it for no strangers', async () => {
    const all = world();
    await all.park(event(1), event(2), event(3), event(4));
    const [first, second] = all.names() as [string, string];
    await discardDeadLetters(first, { stack: ['Shop'], reason: 'asked', yes: true }, terminal(all).around);
    await discardDeadLetters(second, { stack: ['Shop'], reason: 'asked', yes: true }, terminal(all).around);
    expect(await all.amend({ n: 9 })).toMatchObject({ kind: 'amended' });
    const [at, asJson, byBucket, byKey, ofOther] = [1, 2, 3, 4, 5].map(() => terminal(all));
    await at!.list();
    expect(at!.text()).toMatch(/ended by a person: 3\n {2}discarded {2}█+ 2\n {2}amended {4}█+ 1\n/);
    await asJson!.list({ json: true });
    expect(asJson!.lines()).toEqual([
      expect.objectContaining({ id: 'e4' }),
      { counts: { letters: 1, ended: 3, discarded: 2, amended: 1 } },
    ]);
    await byBucket!.list({ stack: undefined, bucket: 'dead-letters' });
    expect(byBucket!.text()).toMatch(/ended by a person: 3\n[^]*1 of 1 dead letters, newest first\n$/);
    // A note holds no key.
    await byKey!.list({ key: 'k1', json: true });
    expect(byKey!.lines()).toEqual([expect.objectContaining({ id: 'e4' }), { counts: { letters: 1 } }]);
    await ofOther!.list({ partition: 7, json: true });
    expect(ofOther!.lines()).toEqual([{ counts: { letters: 0, ended: 0 } }]);
  });

  test('what a letter holds gives the terminal no command', async () => {
    const all = world();
    await all.park(event(1, { id: '\u001b[31mred' }));
    const at = terminal(all);
    await at.list();
    expect(at.text()).not.toContain('\u001b');
    expect(at.text()).toContain('\\u001b[31mred');
  });
});

describe('show', () => {
  const shown = async (all: World, object = all.names()[0]!) => {
    const at = terminal(all);
    await showDeadLetter(object, { stack: ['Shop'] }, at.around);
    return at.text();
  };

  test('says what it holds, where it came from, what the table says, and what to do next', async () => {
    const all = world();
    await all.park(event(1, { headers: [['trace', 'abc']] }));
    const text = await shown(all);
    expect(text).toMatch(/event +e1 from shop, of type order\.placed/);
    expect(text).toMatch(/why +handler-error: /);
    expect(text).toMatch(/came from +orders-0 at offset 1, written 2023-/);
    expect(text).toMatch(/table +parked, in this letter/);
    expect(text).toMatch(/next +mend what failed it, then `dead-letters redrive` sends it back/);
    expect(text).toContain('  trace: abc');
    expect(text).toContain('value\n{\n  "n": 1\n}');
    expect(text).toMatch(/key +k1/);
  });

  test('shows bytes that are no text in hexadecimal digits, and a tombstone as one', async () => {
    const all = world();
    await all.park(event(1, { value: '\u0000\u0001' }), event(2, { value: null }));
    expect(await shown(all)).toContain('0x 0001');
    expect(await shown(all, all.names()[1])).toContain('null: a tombstone');
  });

  test('of a letter that is gone says who ended its event, and why or in whose place', async () => {
    const all = world();
    await all.park(event(1), event(2));
    const [first, second] = all.names() as [string, string];
    const end = { stack: ['Shop'], reason: 'asked to be forgotten', by: 'Ann', yes: true };
    await discardDeadLetters(first, end, terminal(all).around);
    const amended = await all.amend({ n: 9 });
    expect(await shown(all, first)).toMatch(/ended +discarded at .*Z by Ann\nwhy +asked to be forgotten\n/);
    const text = await shown(all, second);
    expect(text).toMatch(/ended +amended at .*Z by Ann\n/);
    expect(text).toContain(`the event ${(amended as { id: string }).id}`);
    const at = terminal(all);
    await showDeadLetter(first, { stack: ['Shop'], json: true }, at.around);
    expect(at.lines()).toMatchObject([{ object: first, gone: true, end: { kind: 'discarded', by: 'Ann' } }]);
  });

  test.each([
    [{ state: 'redriven', generation: 1 }, /interrupted/],
    [{ state: 'done' }, /its event is applied/],
    [{ state: 'claimed', owner: 'x', beat: 1 }, /look again later/],
    [{ state: 'parked', generation: 2 }, /sent back 2 times/],
  ])('in state %j says so', async (more, sentence) => {
    const all = world();
    await all.park(event(1));
    const [item] = all.entries();
    all.tables.write('idempotency', { ...item, ...more });
    expect(await shown(all)).toMatch(sentence);
  });

  test.each([
    ['holiday.jpg', /want the name of a dead letter as `dead-letters list` shows it/],
    [undefined, /got none of this name in bucket dead-letters/],
  ])('%s is refused in one sentence', async (object, sentence) => {
    const all = world();
    await all.park(event(1));
    const gone = all.names()[0]!.replace(/.{64}$/, 'f'.repeat(64));
    await expect(shown(all, object ?? gone)).rejects.toThrow(sentence);
  });
});

describe('redrive', () => {
  test('sends all that is parked, key by key in order, and says what became of it', async () => {
    const all = world();
    await all.park(...events(12));
    const at = terminal(all);
    expect(await at.redrive()).toBe(0);
    expect(at.text()).toMatch(/12 │ sent back, their letters deleted/);
    expect(all.names()).toEqual([]);
    await all.consume();
    expect(events(12).map(({ id }) => all.applied(id!))).toEqual(events(12).map(() => 1));
  });

  test('--dry-run says what would go where and who else would see it, and sends nothing', async () => {
    const all = world();
    await all.park(...events(3));
    const at = terminal(all);
    expect(await at.redrive({ dryRun: true })).toBe(0);
    expect(at.text()).toMatch(/3 letters would go to topic orders: parked by group billing, from 1 partition\n.*: shipping\nnothing was sent/); // prettier-ignore
    expect([at.requests, all.inLog(), all.records('parked').length]).toEqual([[], [], 3]);
  });

  test('of one letter --dry-run speaks as of one', async () => {
    const all = world();
    await all.park(event(1));
    const at = terminal(all);
    await at.redrive({ dryRun: true });
    expect(at.text()).toMatch(/^1 letter would go to topic orders: parked by group billing, from 1 partition\n/);
  });

  test.each([
    [true, 0, 110],
    [false, 1, 0],
    [undefined, 2, 0],
  ])('asks before more than a hundred; the answer %s', async (answer, code, sent) => {
    const all = world();
    await parkMany(all, 110);
    const at = terminal(all, { answer });
    expect(await at.redrive()).toBe(code);
    expect(at.asked).toEqual(['Send 110 dead letters back?']);
    expect(new Set(all.inLog()).size).toBe(sent);
  });

  test('--yes does not ask, and no request holds more than a hundred letters', async () => {
    const all = world();
    await parkMany(all, 110);
    const at = terminal(all);
    expect(await at.redrive({ yes: true })).toBe(0);
    expect(at.asked).toEqual([]);
    expect(at.requests.map(({ objects }) => objects.length)).toEqual([100, 10]);
  });

  test('a letter that comes after they were counted is left for the next run: done is what was meant', async () => {
    const all = world();
    await all.park(...events(6));
    const at = terminal(all);
    const options = { ...REDRIVE, json: true };
    expect(
      await redriveDeadLetters(
        options,
        afterCounting(at.around, () => all.park(event(9))),
      ),
    ).toBe(0);
    expect(at.lines()).toMatchObject([{ meant: 6, done: 6, redriven: 6 }]);
    expect(all.inLog().sort()).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5']);
    expect(all.names()).toHaveLength(1);
  });

  test('one that is gone after they were counted is not said to be left', async () => {
    const all = world();
    await all.park(...events(6));
    const at = terminal(all);
    const goes = () => all.objects.content.delete(`dead-letters/${all.names()[0]}`);
    expect(await redriveDeadLetters({ ...REDRIVE, json: true }, afterCounting(at.around, goes))).toBe(0);
    expect(at.lines()).toMatchObject([{ meant: 5, done: 5 }]);
  });

  test('--limit, --key and --reason choose what is sent', async () => {
    const all = world();
    await all.park(...events(9));
    const at = terminal(all);
    await at.redrive({ key: 'k1', limit: 2, reason: 'handler-error' });
    expect(all.inLog()).toEqual(['e1', 'e4']);
  });

  test('--rate is kept', async () => {
    const all = world();
    await all.park(...events(12));
    const at = terminal(all);
    const began = all.clock.now();
    await at.redrive({ rate: 4, concurrency: 1 });
    expect(all.clock.now() - began).toBeGreaterThanOrEqual(3_000);
    expect(Math.max(...at.requests.map(({ objects }) => objects.length))).toBe(4);
  });

  test('one that waits is tried again, and what is behind it of its key is not sent before it', async () => {
    const all = world();
    await all.park(...events(6));
    const claimed = all.entries().find(({ id }) => id === 'e1')!;
    all.tables.write('idempotency', { ...claimed, state: 'claimed', owner: 'x', beat: 1 });
    const at = terminal(all);
    expect(await at.redrive()).toBe(1);
    expect(all.inLog().sort()).toEqual(['e0', 'e2', 'e3', 'e5']);
    expect(at.text()).toMatch(/2 │ stay for now: run it again/);
    expect(at.requests.length).toBeGreaterThan(1);
    all.tables.write('idempotency', claimed);
    expect(await terminal(all).redrive()).toBe(0);
    expect(all.inLog().filter((id) => id === 'e1' || id === 'e4')).toEqual(['e1', 'e4']);
  });

  test('nor in a later request', async () => {
    const all = world();
    await all.park(...events(6));
    const claimed = all.entries().find(({ id }) => id === 'e1')!;
    all.tables.write('idempotency', { ...claimed, state: 'claimed', owner: 'x', beat: 1 });
    const at = terminal(all);
    expect(await at.redrive({ rate: 2, concurrency: 1 })).toBe(1);
    expect(Math.max(...at.requests.map(({ objects }) => objects.length))).toBe(2);
    expect(all.inLog().sort()).toEqual(['e0', 'e2', 'e3', 'e5']);
  });

  test('no request holds letters of two partitions', async () => {
    const all = world();
    await all.park(event(0), event(1, { partition: 1 }), event(2), event(3, { partition: 1 }));
    const at = terminal(all);
    expect(await at.redrive()).toBe(0);
    const folders = at.requests.map(
      ({ objects }) => new Set(objects.map((name) => name.slice(0, name.lastIndexOf('/')))),
    );
    expect(folders.map(({ size }) => size)).toEqual([1, 1]);
  });

  test.each([1, 2, 3])(
    'killed at twenty random points (seed %i) and finished: nothing is missed, nothing is applied twice',
    async (seed) => {
      let kills = 20;
      let state = seed;
      const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
      const all: World = world({
        onStep: () => {
          if (kills === 0 || random() > 0.06) return;
          kills -= 1;
          all.kill();
        },
      });
      await parkMany(all, 120);
      const at = terminal(all);
      const invoke = async (_: string, payload: string): Promise<Invoked> => {
        const answer = await all.invoke((JSON.parse(payload) as RedriveRequest).redrive);
        if (answer !== 'killed') return { kind: 'answer', payload: JSON.stringify(answer) };
        all.renew();
        // Half of the time the command dies with it, and is run again.
        if (random() < 0.5) throw Object.assign(new Error('the command is killed'), { name: 'AccessDeniedException' });
        return { kind: 'error', type: 'Sandbox.Timedout', message: 'killed' };
      };
      const again = () =>
        redriveDeadLetters({ ...REDRIVE, yes: true }, { ...at.around, invoke }).catch(() => undefined);
      for (let runs = 0; runs < 30 && all.names().length > 0; runs++) await again();
      expect(kills).toBe(0);
      expect(all.names()).toEqual([]);
      expect(new Set(all.inLog()).size).toBe(120);
      await all.consume();
      await all.consume(undefined, true);
      expect(all.records('done')).toHaveLength(120);
      expect(all.tables.items('orders').filter(({ n }) => n !== 1)).toEqual([]);
    },
  );

  test('one that was sent back too often stays, is named, and the others go', async () => {
    const all = world();
    await all.park(...events(3));
    for (let n = 0; n < 3; n++) {
      await terminal(all).redrive({ key: 'k1' });
      await all.consume(fails);
    }
    const at = terminal(all);
    expect(await at.redrive()).toBe(1);
    expect(at.text()).toMatch(/1 refused max-redrives: .*raise --max-redrives\n {2}arn/);
    expect(all.names()).toHaveLength(1);
  });

  test.each([
    ['throttled', Object.assign(new Error('Rate Exceeded.'), { name: 'TooManyRequestsException' })],
    ['not answered', Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })],
    ['killed by its timeout', { kind: 'error', type: 'Sandbox.Timedout', message: '300 s' } as const],
  ])('a call that is %s is made again', async (_, outcome) => {
    const all = world();
    await all.park(...events(3));
    const at = terminal(all, { call: (number) => (number < 2 ? outcome : undefined) });
    expect(await at.redrive()).toBe(0);
    expect(at.requests).toHaveLength(3);
  });

  test.each<[string, Invoked | Error, RegExp]>([
    ['a function that does not exist', Object.assign(new Error('Function not found: replay'), { name: 'ResourceNotFoundException' }), /function replay: got ResourceNotFoundException.*check --function/],
    ['credentials that may not', Object.assign(new Error('no'), { name: 'AccessDeniedException' }), /your credentials may not; .*lambda:InvokeFunction/],
    ['a function that refuses', { kind: 'error', type: 'LosslessError', message: 'redrive.topic: got x' }, /function replay: got LosslessError: redrive\.topic: got x/],
    ['a function of an older version', { kind: 'answer', payload: '[{"replayed":0}]' }, /it is no replay function, or one of a version before redrives/],
  ])('%s ends the run in one sentence, and nothing is deleted', async (_, outcome, sentence) => {
    const all = world();
    await all.park(...events(3));
    const at = terminal(all, { call: () => outcome });
    await expect(at.redrive()).rejects.toThrow(sentence);
    // Trying again would show nothing new.
    expect(at.requests).toHaveLength(1);
    expect(all.names()).toHaveLength(3);
  }); // prettier-ignore

  test('interrupted and run again, each event is sent and none is missed', async () => {
    const all = world();
    await parkMany(all, 110);
    const at = terminal(all, { call: (number) => (number === 0 ? void at.stop.abort() : undefined) });
    expect(await at.redrive({ yes: true })).toBe(1);
    expect(at.text()).toMatch(/10 │ were not tried: run it again/);
    expect(await terminal(all).redrive()).toBe(0);
    expect(all.inLog()).toHaveLength(110);
    expect(new Set(all.inLog()).size).toBe(110);
  });
});

/** More than the circuit breaker lets a partition park: by the table itself. */
async function parkMany(all: World, count: number): Promise<void> {
  for (let partition = 0, left = count; left > 0; partition++) {
    const given = Array.from({ length: Math.min(20, left) }, (_, n) => event(100 * partition + n, { partition: 0 }));
    await all.park(...given);
    // As a good deploy would close the breaker.
    for (const item of all.tables.items('idempotency')) {
      if (String(item['key']).startsWith('ledger/')) all.tables.remove('idempotency', String(item['key']));
    }
    left -= given.length;
  }
}

describe('where dead letters are', () => {
  test.each<[string, Partial<ListOptions>, RegExp]>([
    ['neither', { stack: undefined }, /--stack, --bucket: got neither, want/],
    ['both', { bucket: 'b' }, /--bucket: got it together with --stack/],
    ['a stack that is not there', { stack: ['Nowhere'] }, /outputs of stack Nowhere: got .*does not exist.*check --stack and --region/],
    ['a topic it does not know', { topic: 'payments' }, /want one of orders of group billing/],
    ['times the wrong way round', { since: 2_000, until: 1_000 }, /--since: got 1970-01-01T00:00:02\.000Z, want a time before --until, 1970-01-01T00:00:01\.000Z/],
    ['a partition of what never was in one', { group: '-', partition: 0 }, /--partition: got 0 together with --group -, want a partition of a group/],
    ['no partition of a group', { group: 'billing', partition: -1 }, /--partition: got -1 together with --group billing/],
    ['a table without its group', { stack: undefined, bucket: 'dead-letters', table: 't' }, /--table: got one without --group/],
  ])('%s: refused in one sentence', async (_, options, sentence) => {
    await expect(terminal(world()).list(options)).rejects.toThrow(sentence);
  }); // prettier-ignore

  test('a stack without such outputs says what to do', async () => {
    const at = terminal(world(), { outputs: ['https://shop', '{"kind":"other"}', 'null'] });
    await expect(at.list()).rejects.toThrow(/got 3, none of which says where dead letters are.*deploy the stack with this version, or give --bucket/); // prettier-ignore
  });

  test('by bucket, function, group and table it is the same', async () => {
    const all = world();
    await all.park(...events(3));
    const by = { stack: undefined, bucket: 'dead-letters', function: 'replay', group: 'billing', table: environment.table }; // prettier-ignore
    expect(await terminal(all).redrive(by)).toBe(0);
    expect(all.names()).toEqual([]);
  });

  test.each<[string, Partial<RedriveOptions>, RegExp]>([
    ['no function', { group: 'billing', table: 't' }, /got no function that sends its letters back.*give --function/],
    ['no group', { function: 'f' }, /got no group, want the consumer group/],
    ['no table', { function: 'f', group: 'billing' }, /got no table, want the idempotency table/],
  ])('by bucket with %s: refused in one sentence', async (_, options, sentence) => {
    const at = terminal(world());
    await expect(at.redrive({ stack: undefined, bucket: 'dead-letters', ...options })).rejects.toThrow(sentence);
  });

  test('a bucket that may not be listed: one sentence', async () => {
    const all = world();
    await all.park(event(1));
    all.objects.script = (call) => (call === 'list' ? 'refused' : 'ok');
    await expect(terminal(all).list()).rejects.toThrow(/bucket dead-letters: got .*your credentials may not/);
  });
});

test.each([
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2026-01-31T12:00:00Z', Date.UTC(2026, 0, 31, 12)],
  ['90m', 1_000_000_000 - 5_400_000],
  ['2h', 1_000_000_000 - 7_200_000],
  ['7d', 1_000_000_000 - 604_800_000],
])('the time %s is read', (text, ms) => expect(moment(text, undefined, 1_000_000_000)).toBe(ms));

test.each(['yesterday', '7', '7w', '2026-13-45', ''])('the time %j is refused', (text) =>
  expect(() => moment(text)).toThrow('want a time as 2026-01-31T12:00:00Z'),
);
