import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, writeVerdict } from '../../../faults/checker';
import type { Entry, EventKind } from '../../../faults/history';
import { cleanRun, EVERY_FATE, type Draft, type Planned, type Run } from '../clean-run';

const judged = ({ entries, read }: Run, torn = false) => check({ entries, torn }, read);
const anomalies = (run: Run) => judged(run).checks.filter((result) => !result.ok);
const noteOf = (run: Run, id: string, torn = false) =>
  judged(run, torn).checks.find((result) => result.check === id)?.note;

describe('a run without a flaw', () => {
  test('passes every check, in the order of the promise', () => {
    const { ok, checks } = judged(cleanRun());
    expect(checks.filter((result) => !result.ok)).toEqual([]);
    expect(checks.map((result) => result.check).join(' ')).toBe('K1 K2 K3 K4 K5 K6 K7 K8 P1 P2 P3 P4 P5 P6 P7 P8 P9');
    expect(ok).toBe(true);
  });

  test('passes without any fault as well', () => {
    expect(judged(cleanRun({ fault: false })).ok).toBe(true);
  });

  test('is counted event by event, whatever the number of attempts and records', () => {
    expect(judged(cleanRun()).totals).toEqual({
      ...{ accepted: 15, acked: 13, spilled: 2, queued: 0, rejected: 1, unknown: 2 },
      ...{
        applied: 13,
        parked: 3,
        redriven: 0,
        amended: 0,
        discarded: 0,
        lost: 0,
        appliedTwice: 0,
        duplicatesInLog: 1,
      },
    });
  });

  test('shows each fault with what was settled meanwhile and how long recovery took', () => {
    const [fault] = judged(cleanRun()).faults;
    expect(fault).toMatchObject({ name: 'leader-killed', start: 1_700_000_005_000, end: 1_700_000_006_000 });
    expect(fault?.settled).toBe(15);
    expect(fault?.recoveryMs).toBe(0);
  });

  test('its numbers are reported: lag, duplicates, settled per fault', () => {
    expect(noteOf(cleanRun(), 'K8')).toMatch(/^from append to first delivery: p50 \d+ ms, p99 \d+ ms, longest \d+ ms$/);
    expect(noteOf(cleanRun(), 'K4')).toMatch(/^1 duplicates after attempts in doubt/);
    expect(noteOf(cleanRun(), 'P6')).toMatch(
      /^0 events behind at the last heal, .*; leader-killed: 15 settled meanwhile/,
    );
  });
});

describe('what is unknown is no anomaly by itself', () => {
  test('an event without any answer may be nowhere', () => {
    const run = cleanRun();
    run.entries.push({
      op: 'publish',
      type: 'invoke',
      process: 'caller-z',
      ids: ['cut off'],
      keys: ['z'],
      wall: 1,
      mono: 1,
    });
    expect(judged(run).ok).toBe(true);
    expect(judged(run).totals.unknown).toBe(3);
  });

  test('an event rejected once and unanswered once may be in the log', () => {
    const run = cleanRun({
      events: [...EVERY_FATE, { id: 'maybe', key: 'b', answers: ['rejected', 'unknown landed'], end: 'applied' }],
    });
    expect(judged(run).ok).toBe(true);
  });

  test('a torn history does not know its last events: they are left out of K3, and said to be', () => {
    const run = cleanRun();
    run.read.effects.timesApplied['after the cut'] = 1;
    expect(judged(run, true).ok).toBe(true);
    expect(noteOf(run, 'K3', true)).toBe('the history is torn: 1 events it does not know were left out');
    expect(judged(run, true).history.torn).toBe(true);
  });
});

describe('what the promise allows is not flagged', () => {
  const kindOf = (run: Run, id: string, kind: EventKind) => {
    for (const entry of run.entries) if (entry.op === 'publish' && entry.ids.includes(id)) entry.kinds = [kind];
  };
  const fault = (run: Run, name: string, start: number, end: number) => {
    const entry = { op: 'fault', process: 'fault-9', name } as const;
    const at = (ms: number) => ({ wall: 1_700_000_000_000 + ms, mono: ms * 1000 });
    run.entries.push({ ...entry, type: 'invoke', ...at(start) }, { ...entry, type: 'ok', ...at(end) });
    run.entries.sort((a, b) => a.mono - b.mono);
  };

  test('good events parked by a bad deploy, twenty of a partition and no more', () => {
    const run = cleanRun();
    kindOf(run, 'parked', 'order');
    expect(anomalies(run).map(({ check: name }) => name)).toEqual(['P9']);
    fault(run, 'bad-deploy', 7_000, 8_000);
    expect(anomalies(run)).toEqual([]);
    expect(noteOf(run, 'P9')).toBe('good events parked, as may be: 1 as handler-error');
    const many = Array.from({ length: 21 }, (_, n): Planned => ({
      id: `p${n}`,
      key: 'c',
      answers: ['acked'],
      end: 'parked',
    }));
    const bad = cleanRun({ events: many });
    for (const { id } of many) kindOf(bad, id, 'order');
    fault(bad, 'bad-deploy', 7_000, 8_000);
    expect(anomalies(bad)).toMatchObject([{ check: 'P9', count: 1 }]);
  });

  test('good events of a mapping that gives up soon may be parked out of its objects', () => {
    const run = cleanRun();
    kindOf(run, 'diverted', 'order');
    run.read.deadLetters.find(({ id }) => id === 'diverted')!.reason = 'retries-exhausted';
    expect(anomalies(run).map(({ check: name }) => name)).toEqual(['P9']);
    run.read.givesUp = true;
    expect(anomalies(run)).toEqual([]);
  });

  test('a call is repeated after its delivery had no answer, or while the table was away', () => {
    const repeated = () => {
      const run = cleanRun();
      run.read.effect = 'call';
      run.read.effects.timesApplied['a2'] = 2;
      const calls = run.read.effects.byKey['a']!;
      const place = calls.find(({ id }) => id === 'a2')!;
      Object.assign(place, { at: 1_700_000_005_600 });
      calls.push({ ...place, at: 1_700_000_005_700 });
      return run;
    };
    expect(anomalies(repeated()).map(({ check: name }) => name)).toEqual(['P2']);
    const killedIn = () => {
      const run = repeated();
      const delivery = run.entries.find((entry) => entry.op === 'deliver' && entry.records[0]!.ids!.includes('a2'));
      const invocation = delivery?.op === 'deliver' ? delivery.invocation : '';
      const outcome = run.entries.find((entry) => entry.op === 'outcome' && entry.invocation === invocation)!;
      Object.assign(outcome, { type: 'unknown' });
      run.read.counters['InvokeErrorCount'] = 1;
      return run;
    };
    expect(anomalies(killedIn())).toEqual([]);
    const before = killedIn();
    for (const call of before.read.effects.byKey['a']!) if (call.id === 'a2') call.at! += 60_000;
    expect(anomalies(before).map(({ check: name }) => name)).toEqual(['P2']);
    const away = repeated();
    fault(away, 'dynamodb-down', 5_500, 5_900);
    expect(anomalies(away)).toEqual([]);
    expect(noteOf(away, 'P2')).toBe('1 calls repeated after kills and outages');
  });

  test('a call that may have been made may be parked, where its dead letter says so', () => {
    const run = cleanRun();
    run.read.effect = 'call';
    run.read.effects.timesApplied['parked'] = 1;
    expect(anomalies(run).map(({ check: name }) => name)).toEqual(['P1']);
    run.read.deadLetters.find(({ id }) => id === 'parked')!.effect = 'unknown';
    expect(anomalies(run)).toEqual([]);
  });

  test('other content under a known id is parked beside the event of that id, which stays applied', () => {
    const run = cleanRun();
    const letter = structuredClone(run.read.deadLetters.find(({ id }) => id === 'parked')!);
    const place = { partition: 9, offset: 0 };
    const twin = { id: 'a2', object: 'parked/twin', reason: 'id-conflict' } as const;
    run.read.deadLetters.push({ ...letter, ...twin, ...place });
    run.read.settled.push({ state: 'parked', ...place, settledAt: 1_700_000_009_000, ...twin });
    expect(anomalies(run).map(({ check: name }) => name)).toEqual([]);
  });

  test('other content under a known id that the door has refused is parked by nobody', () => {
    const run = cleanRun({
      events: [...EVERY_FATE, { id: 'twice', key: 'a', answers: ['acked', 'rejected'], end: 'applied' }],
    });
    const published = run.entries.filter((entry) => entry.op === 'publish' && entry.ids.includes('twice'));
    Object.assign(published.at(-1)!, { kinds: ['twin'] });
    expect(anomalies(run)).toEqual([]);
  });

  /** The first applied event of a key lies in the log once more, as sent back, behind newer ones of its key; the copy was delivered. */
  function sentBack(run: Run) {
    const { id, partition, offset } = run.read.effects.byKey['a']![0]!;
    const records = run.read.partitions[0]!.records;
    const copy = { ...records.find((record) => record.id === id)!, offset: records.length, redriven: true };
    records.push(copy);
    run.read.partitions[0]!.committed! += 1;
    const by = { process: 'mapping#1', group: 'orders-billing', wall: 1_700_000_009_000, mono: 9_000_000 } as const;
    const given = [{ partition, offsets: [copy.offset], ids: [id] }];
    run.entries.push({ ...by, op: 'deliver', type: 'invoke', invocation: 'late', again: false, records: given });
    run.entries.push({ ...by, op: 'commit', type: 'ok', offsets: [{ partition, offset: copy.offset + 1 }] });
    run.read.counters['InvokedEventCount']! += 1;
    run.read.counters['CommittedEventCount']! += 1;
    return { id, copy: { partition, offset: copy.offset }, first: { partition, offset } };
  }

  test('an event parked, redriven and applied late, behind newer ones of its key', () => {
    const run = cleanRun();
    const { id, copy, first } = sentBack(run);
    const settled = run.read.settled.find((each) => each.partition === first.partition && each.offset === first.offset);
    Object.assign(settled!, { offset: copy.offset, settledAt: 1_700_000_009_000 });
    run.read.effects.byKey['a']!.shift();
    run.read.effects.byKey['a']!.push({ id, ...first });
    // Its first record was parked then, its second is applied now.
    run.read.ledgers[0]!.parked += 1;
    expect(anomalies(run)).toEqual([]);
    expect(noteOf(run, 'P3')).toMatch(/^1 events were sent back/);
    expect(noteOf(run, 'P4')).toMatch(/^1 events came late/);
  });

  test('an event parked, marked for sending before its record was counted, and found so by the next delivery of it', () => {
    const run = cleanRun();
    const settled = run.read.settled.find(({ state }) => state === 'parked')!;
    Object.assign(settled, { state: 'redriven' });
    const ledger = run.read.ledgers.find(({ partition }) => partition === settled.partition)!;
    expect(anomalies(run)).toEqual([]);
    Object.assign(ledger, { parked: ledger.parked - 1, duplicate: ledger.duplicate + 1 });
    expect(anomalies(run)).toEqual([]);
    ledger.duplicate += 1;
    expect(anomalies(run)).toMatchObject([{ check: 'P8' }]);
  });

  test('an event sent back and applied by a late delivery of its first record, which was counted as parked', () => {
    const run = cleanRun();
    sentBack(run);
    const ledger = run.read.ledgers[0]!;
    Object.assign(ledger, { applied: ledger.applied - 1, parked: ledger.parked + 1, duplicate: ledger.duplicate + 1 });
    expect(anomalies(run)).toEqual([]);
    ledger.applied -= 1;
    ledger.duplicate += 1;
    expect(anomalies(run).map(({ check: name }) => name)).toEqual(['P8']);
  });

  test('a ledger that has not counted yet what is still under way: P6 says that something is', () => {
    const run = cleanRun();
    run.read.partitions[1]!.committed! -= 1;
    run.read.ledgers[1]!.applied -= 1;
    expect(anomalies(run).map((result) => result.check)).toEqual(['P6']);
    expect(noteOf(run, 'P8')).toBe('ledgers of 1 partitions with a backlog were not looked at');
  });

  test('a batch delivered again after a crash, and only its failed records after that', () => {
    const run = cleanRun();
    const n = run.entries.findIndex(({ op }) => op === 'deliver');
    const first = run.entries[n] as Draft<Extract<Entry, { op: 'deliver' }>>;
    const { process, group, wall, mono } = first;
    const [batch] = first.records;
    const ended = { op: 'outcome', process, group, wall, mono } as const;
    const failed = {
      ...batch!,
      offsets: [batch!.offsets[0]!, batch!.offsets[2]!],
      ids: [batch!.ids![0]!, batch!.ids![2]!],
    };
    // The first two deliveries come before the one that the made-up run ended well with.
    const crashed = { ...structuredClone(first), invocation: 'crashed' };
    const inPart = { ...structuredClone(first), invocation: 'in part', again: true };
    Object.assign(first, { again: true, records: [failed] });
    run.entries.splice(n, 0, crashed, { ...ended, type: 'unknown', invocation: 'crashed' });
    run.entries.splice(n + 2, 0, inPart, { ...ended, type: 'ok', invocation: 'in part', failures: [] });
    run.read.counters['InvokedEventCount']! += 5;
    run.read.counters['InvokeErrorCount'] = 1;
    expect(anomalies(run)).toEqual([]);
  });

  test.each([
    ['while the fault lasts', 5_500, []],
    ['within a minute of its heal', 66_000, []],
    ['later than that', 66_001, ['K4']],
    ['before it began', 4_000, ['K4']],
  ])('a second record of an event sent %s', (_, sentAfter, flagged) => {
    const twice: Planned = { id: 'twice', key: 'c', answers: ['unknown landed', 'acked'], end: 'applied' };
    const run = cleanRun({ events: [...EVERY_FATE, twice], consumeAt: 100_000 });
    const first = run.entries.findIndex((entry) => entry.op === 'publish' && entry.ids[0] === 'twice');
    run.entries.splice(first, 2); // its producer tried again by itself, and the caller knows of one attempt
    for (const entry of run.entries.slice(first)) {
      if ((entry.op === 'publish' || entry.op === 'send') && entry.ids[0] === 'twice')
        entry.wall = 1_700_000_000_000 + sentAfter;
    }
    expect(anomalies(run).map((result) => result.check)).toEqual(flagged);
  });

  test('a throttled delivery is no invocation', () => {
    const run = cleanRun();
    const n = run.entries.findIndex(({ op }) => op === 'deliver');
    const first = run.entries[n] as Draft<Extract<Entry, { op: 'deliver' }>>;
    const { process, group, wall, mono } = first;
    const throttled = { ...structuredClone(first), invocation: 'throttled' };
    first.again = true;
    run.entries.splice(n, 0, throttled, {
      op: 'outcome',
      type: 'info',
      process,
      group,
      invocation: 'throttled',
      wall,
      mono,
    });
    expect(anomalies(run)).toEqual([]);
  });

  test('a record that is tried again after a rebalance, while those behind it are settled', () => {
    const run = cleanRun();
    const n = run.entries.findIndex(({ op }) => op === 'deliver');
    const first = run.entries[n] as Draft<Extract<Entry, { op: 'deliver' }>>;
    const [batch] = first.records;
    const again = { ...structuredClone(first), process: 'mapping#2', invocation: 'again', again: true };
    again.records = [{ ...batch!, offsets: batch!.offsets.slice(0, 1), ids: batch!.ids!.slice(0, 1) }];
    for (const entry of run.entries.slice(n + 1)) if (entry.op === 'deliver') entry.process = 'mapping#2';
    const { group, wall, mono } = first;
    const ended = { op: 'outcome', type: 'ok', process: 'mapping#2', group, invocation: 'again', wall, mono } as const;
    run.entries.splice(n + 1, 0, again, ended);
    run.read.counters['InvokedEventCount']! += 1;
    expect(anomalies(run)).toEqual([]);
  });

  test('another assignment starts where the group stands, and other groups are not this one’s matter', () => {
    const run = cleanRun();
    const deliveries = run.entries.filter((entry) => entry.op === 'deliver');
    for (const delivery of deliveries.slice(1)) delivery.process = 'mapping#2';
    const other = { ...structuredClone(deliveries[0]!), group: 'another', again: false };
    run.entries.push(other);
    expect(anomalies(run)).toEqual([]);
  });
});

describe('the verdict', () => {
  test('names at most five anomalies of a check, and counts all', () => {
    const run = cleanRun();
    for (const id of Object.keys(run.read.effects.timesApplied)) run.read.effects.timesApplied[id] = 2;
    const { ok, checks, totals } = judged(run);
    const twice = checks.find((result) => result.check === 'P2');
    expect({ ok, count: twice?.count, examples: twice?.examples.length, total: totals.appliedTwice }).toEqual({
      ...{ ok: false, count: 13, examples: 5, total: 13 },
    });
    expect(twice?.examples[0]).toBe('a1 took effect 2 times');
  });

  test('names the places to look for what is missing', () => {
    const run = cleanRun();
    run.read.partitions[0]!.records = run.read.partitions[0]!.records.filter(({ id }) => id !== 'a2');
    expect(judged(run).missing).toEqual([{ partition: 0, offset: 1 }]);
  });

  test('refuses a history that answers what was never asked', () => {
    const run = cleanRun();
    run.entries = run.entries.filter(({ op }) => op !== 'publish');
    expect(() => judged(run)).toThrow('which it never published');
  });

  test('is written as JSON with what is needed to run it again', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'verdict-'));
    const { entries, read } = cleanRun();
    const verdict = check({ entries, torn: false }, read, {
      seed: 7,
      versions: { kafka: '4.1.1' },
    });
    await writeVerdict(join(dir, 'verdict.json'), verdict);
    expect(JSON.parse(readFileSync(join(dir, 'verdict.json'), 'utf8'))).toEqual(JSON.parse(JSON.stringify(verdict)));
    expect(verdict).toMatchObject({ ok: true, seed: 7, versions: { kafka: '4.1.1' } });
    rmSync(dir, { recursive: true });
  });
});
