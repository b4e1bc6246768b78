import { check, type CheckId } from '../../../faults/checker';
import type { Entry, EventKind, Place } from '../../../faults/history';
import { cleanRun, EVERY_FATE, type Draft, type Planned, type Run } from '../clean-run';

const verdictOn = ({ entries, read }: Run, torn = false) => check({ entries: entries, torn }, read);
const flagged = (run: Run): CheckId[] =>
  verdictOn(run)
    .checks.filter(({ ok }) => !ok)
    .map((result) => result.check);

// ── Where things lie in a run ────────────────────────────────────────────────────────────────────────────────────────

const partition = (run: Run, number: number) => run.read.partitions.find((each) => each.partition === number)!;
const recordsOf = (run: Run) =>
  run.read.partitions.flatMap((each) => each.records.map((record) => ({ ...record, partition: each.partition })));
const placeOf = (run: Run, id: string): Place => recordsOf(run).find((record) => record.id === id)!;
const settledOf = (run: Run, id: string) => {
  const place = placeOf(run, id);
  return run.read.settled.find((each) => each.partition === place.partition && each.offset === place.offset)!;
};
const entriesOf = <Op extends Entry['op']>(run: Run, op: Op) =>
  run.entries.filter((entry): entry is Draft<Extract<Entry, { op: Op }>> => entry.op === op);

const dropRecord = (run: Run, id: string) => {
  for (const each of run.read.partitions) each.records = each.records.filter((record) => record.id !== id);
};
const dropEffect = (run: Run, id: string) => {
  delete run.read.effects.timesApplied[id];
  for (const [key, applied] of Object.entries(run.read.effects.byKey)) {
    run.read.effects.byKey[key] = applied.filter((each) => each.id !== id);
  }
};
/** Nothing became of it, by the table and by the ledger. */
const dropSettled = (run: Run, id: string) => {
  const record = settledOf(run, id);
  run.read.settled = run.read.settled.filter((each) => each !== record);
  ledgerOf(run, record.partition).applied -= 1;
};
const ledgerOf = (run: Run, number: number) => run.read.ledgers.find((each) => each.partition === number)!;
const swap = <Item>(items: Item[], a: number, b: number) => {
  [items[a], items[b]] = [items[b]!, items[a]!];
};
const isA = (run: Run, id: string, kind: EventKind) => {
  for (const entry of entriesOf(run, 'publish')) if (entry.ids.includes(id)) entry.kinds = [kind];
};
const letterOf = (run: Run, id: string) => run.read.deadLetters.find((letter) => letter.id === id)!;

const with_ = (event: Planned): Run => cleanRun({ events: [...EVERY_FATE, event] });

/** One anomaly each, planted into an otherwise flawless run, and the checks that must see it: these and no other. */
const ANOMALIES: readonly { name: string; sees: CheckId[]; run: () => Run }[] = [
  {
    name: 'an acknowledged record is gone from the middle of the log',
    sees: ['K1', 'P7'],
    run: altered((run) => dropRecord(run, 'a2')),
  },
  {
    name: 'an acknowledged event is gone before anything became of it',
    sees: ['K1', 'P1', 'P7'],
    run: altered((run) => {
      dropEffect(run, 'a2');
      dropSettled(run, 'a2');
      dropRecord(run, 'a2');
    }),
  },
  {
    name: 'a record nobody was answered for is delivered and then gone',
    sees: ['K1'],
    run: altered((run) => dropRecord(run, 'unheard-landed')),
  },
  {
    name: 'the log ends before an acknowledged record',
    sees: ['K2', 'P7'],
    run: altered((run) => dropRecord(run, 'b2')),
  },
  {
    name: 'an event that was rejected every time is in the log',
    sees: ['K3'],
    run: () => with_({ id: 'ghost', key: 'b', answers: ['rejected landed'], end: 'applied' }),
  },
  {
    name: 'an event that nobody sent takes effect',
    sees: ['K3'],
    run: altered((run) => (run.read.effects.timesApplied['stranger'] = 1)),
  },
  {
    name: 'an event lies in the log twice though its only attempt was acknowledged',
    sees: ['K4'],
    run: () => {
      const run = cleanRun({
        events: [...EVERY_FATE, { id: 'twice', key: 'c', answers: ['unknown landed', 'acked'], end: 'applied' }],
      });
      const first = run.entries.findIndex((entry) => entry.op === 'publish' && entry.ids[0] === 'twice');
      run.entries.splice(first, 2);
      return run;
    },
  },
  {
    name: 'two records have changed places between acknowledgement and read',
    sees: ['K5'],
    run: altered(({ read: { partitions } }) => {
      const [a, b] = partitions[0]!.records;
      [a!.id, b!.id] = [b!.id, a!.id];
    }),
  },
  {
    name: 'the sink applied another event at an offset than the log holds there',
    sees: ['K5'],
    run: altered(({ read: { effects } }) => {
      const [first, second] = effects.byKey['a']!;
      [first!.id, second!.id] = [second!.id, first!.id];
    }),
  },
  {
    name: 'a key goes backwards between two sends',
    sees: ['K6'],
    run: altered((run) => {
      // The broker took a2 before a1: everything behind the door agrees on it.
      const other: Record<string, string> = { a1: 'a2', a2: 'a1' };
      const renamed = <Text extends string | null>(id: Text) => (other[id ?? ''] ?? id) as Text;
      for (const record of partition(run, 0).records) record.id = renamed(record.id);
      for (const each of run.read.effects.byKey['a']!) each.id = renamed(each.id);
      for (const { records } of entriesOf(run, 'deliver'))
        for (const each of records) each.ids = each.ids?.map(renamed);
      const [first, second] = entriesOf(run, 'send').filter(({ ids }) => ids[0] === 'a1' || ids[0] === 'a2');
      if (first?.outcome !== 'acked' || second?.outcome !== 'acked') throw new Error('a1 and a2 are acked');
      [first.offsets, second.offsets] = [second.offsets, first.offsets];
    }),
  },
  {
    name: 'a key goes to two partitions',
    sees: ['K6'],
    run: altered((run) => {
      for (const entry of run.entries) {
        if ((entry.op !== 'publish' && entry.op !== 'send') || entry.ids[0] !== 'a1') continue;
        entry.process = 'caller-c';
        if (entry.op === 'publish') entry.keys = ['c'];
      }
    }),
  },
  {
    name: 'the mapping skips records',
    sees: ['K7'],
    run: altered((run) => {
      const skipped = entriesOf(run, 'deliver')[1]!;
      run.entries = run.entries.filter((entry) => entry !== skipped);
      run.read.counters['InvokedEventCount']! -= skipped.records[0]!.offsets.length;
    }),
  },
  {
    name: 'the mapping skips records that another assignment delivers later',
    sees: ['K7'],
    run: altered((run) => {
      const late = entriesOf(run, 'deliver')[1]!;
      late.process = 'mapping#2';
      run.entries = [...run.entries.filter((entry) => entry !== late), late];
    }),
  },
  {
    name: 'the last records are committed past and were never delivered',
    sees: ['K7'],
    run: altered((run) => {
      const never = entriesOf(run, 'deliver').at(-1)!;
      run.entries = run.entries.filter((entry) => entry !== never);
      run.read.counters['InvokedEventCount']! -= never.records[0]!.offsets.length;
    }),
  },
  {
    name: 'the mapping goes back without knowing it',
    sees: ['K7'],
    run: altered((run) => {
      const [first, second] = entriesOf(run, 'deliver');
      [first!.records, second!.records] = [second!.records, first!.records];
    }),
  },
  {
    name: 'an effect is missing though the table says done',
    sees: ['P1'],
    run: altered((run) => dropEffect(run, 'b1')),
  },
  {
    name: 'an event is applied and parked',
    sees: ['P1'],
    run: altered((run) => {
      const letter = {
        ...letterOf(run, 'parked'),
        ...recordsOf(run).find(({ id }) => id === 'b1'),
        id: 'b1',
        object: 'both',
      };
      run.read.deadLetters.push(letter);
      Object.assign(settledOf(run, 'b1'), { state: 'parked', id: 'b1', object: 'both' });
      const ledger = ledgerOf(run, 0);
      Object.assign(ledger, { applied: ledger.applied - 1, parked: ledger.parked + 1 });
    }),
  },
  {
    name: 'nothing was accepted at all',
    sees: ['P1'],
    run: () => cleanRun({ events: [{ id: 'refused', key: 'a', answers: ['rejected'], end: 'nothing' }] }),
  },
  {
    name: 'one effect took place twice, by the counter',
    sees: ['P2'],
    run: altered((run) => (run.read.effects.timesApplied['c1'] = 2)),
  },
  {
    name: 'one effect took place twice, by the list',
    sees: ['P2'],
    run: altered(({ read: { effects } }) => effects.byKey['a']!.push({ ...effects.byKey['a']![0]! })),
  },
  {
    name: 'a commit came before its records were settled',
    sees: ['P3'],
    run: altered((run) => {
      const [commit] = entriesOf(run, 'commit');
      commit!.wall = settledOf(run, 'a1').settledAt - 1;
    }),
  },
  {
    name: 'records were committed past and never settled, though their effect is there',
    sees: ['P3'],
    run: altered((run) => dropSettled(run, 'b1')),
  },
  {
    name: 'a record given up by the mapping was committed past before its object was written',
    sees: ['P3'],
    run: altered((run) => (run.entries = run.entries.filter(({ op }) => op !== 'on-failure')), {
      OnFailureDestinationDeliveredEventCount: 0,
    }),
  },
  {
    name: 'two effects of a key changed places',
    sees: ['P4'],
    run: altered((run) => swap(run.read.effects.byKey['a']!, 0, 1)),
  },
  {
    name: 'a byte of a dead letter is altered',
    sees: ['P5'],
    run: altered((run) => (letterOf(run, 'parked').valueHash = 'value of something else')),
  },
  {
    name: 'a header of a dead letter is missing',
    sees: ['P5'],
    run: altered((run) => (letterOf(run, 'diverted').headersHash = 'fewer')),
  },
  {
    name: 'a dead letter names the wrong origin',
    sees: ['P5'],
    run: altered((run) => (letterOf(run, 'parked').offset -= 1)),
  },
  {
    name: 'a parked event has lost its object',
    sees: ['P1', 'P5'],
    run: altered((run) => (run.read.deadLetters = run.read.deadLetters.filter(({ id }) => id !== 'parked'))),
  },
  {
    name: 'a redriven event is neither there nor anywhere',
    sees: ['P1', 'P5'],
    run: altered((run) => {
      Object.assign(settledOf(run, 'parked'), { state: 'redriven' });
      run.read.deadLetters = run.read.deadLetters.filter(({ id }) => id !== 'parked');
    }),
  },
  {
    name: 'a spill object is left of an event that was replayed',
    sees: ['P6'],
    run: altered((run) => run.read.spilled.push('replayed')),
  },
  {
    name: 'an on-failure object is left',
    sees: ['P6'],
    run: altered((run) => run.read.onFailure.push(placeOf(run, 'diverted'))),
  },
  {
    name: 'records lie behind the committed offset',
    sees: ['P6'],
    run: altered((run) => (partition(run, 1).committed! -= 1)),
  },
  {
    name: 'a fault was never healed',
    sees: ['P6'],
    run: altered((run) => (run.entries = run.entries.filter(({ op, type }) => op !== 'fault' || type !== 'ok'))),
  },
  {
    name: 'the backlog took too long after the heal',
    sees: ['P6'],
    run: () => cleanRun({ consumeAt: 6_000 + 345_000 }),
  },
  {
    name: 'an event that no consumer can read was applied',
    sees: ['P9'],
    run: altered((run) => isA(run, 'a2', 'misfit')),
  },
  {
    name: 'an event that can be applied is parked',
    sees: ['P9'],
    run: altered((run) => isA(run, 'parked', 'order')),
  },
  {
    name: 'other content under an id that was used before is not parked',
    sees: ['P9'],
    run: altered((run) => isA(run, 'a2', 'twin')),
  },
  {
    name: 'a call was made twice, and no invocation was killed or cut off',
    sees: ['P2'],
    run: altered((run) => {
      run.read.effect = 'call';
      run.read.effects.timesApplied['a2'] = 2;
      run.read.effects.byKey['a']!.push(...run.read.effects.byKey['a']!.filter(({ id }) => id === 'a2'));
    }),
  },
  {
    name: 'the second of two consumers lost an event',
    sees: ['P1'],
    run: altered((run) => {
      const other = structuredClone(run.read);
      delete other.effects.timesApplied['a2'];
      other.effects.byKey['a'] = other.effects.byKey['a']!.filter(({ id }) => id !== 'a2');
      run.read.others = [other];
    }),
  },
  {
    name: 'a spilled event is nowhere',
    sees: ['P1', 'P7'],
    run: () => {
      const run = cleanRun({ fault: false });
      dropEffect(run, 'replayed');
      dropRecord(run, 'replayed');
      dropRecord(run, 'c3'); // else what was delivered after it would show as vanished
      return cleanRunWithoutTrace();
    },
  },
  {
    name: 'a counter of the mapping is one too high',
    sees: ['P8'],
    run: altered((run) => (run.read.counters['InvokedEventCount']! += 1)),
  },
  {
    name: 'a drop was not counted',
    sees: ['P8'],
    run: altered((run) => {
      const [given] = entriesOf(run, 'on-failure');
      run.entries.push({ ...structuredClone(given!), type: 'fail' });
    }),
  },
  {
    name: 'a ledger counts a record twice',
    sees: ['P8'],
    run: altered((run) => (ledgerOf(run, 1).applied += 1)),
  },
  {
    name: 'a ledger has missed a parked record',
    sees: ['P8'],
    run: altered((run) => (ledgerOf(run, 1).parked -= 1)),
  },
  {
    name: 'a ledger counts a duplicate as applied, though its sum is right',
    sees: ['P8'],
    run: altered((run) => Object.assign(ledgerOf(run, 0), { applied: ledgerOf(run, 0).applied + 1, duplicate: 0 })),
  },
  {
    name: 'a ledger counts a duplicate as parked, though its sum is right',
    sees: ['P8'],
    run: altered((run) => Object.assign(ledgerOf(run, 0), { duplicate: 0, parked: 2 })),
  },
  {
    name: 'a ledger counts a parked record as a duplicate, though its sum is right',
    sees: ['P8'],
    run: altered((run) => Object.assign(ledgerOf(run, 0), { duplicate: 2, parked: 0 })),
  },
  {
    name: 'a partition has records settled and no ledger',
    sees: ['P8'],
    run: altered((run) => run.read.ledgers.pop()),
  },
];

function cleanRunWithoutTrace(): Run {
  const run = cleanRun({ events: [...EVERY_FATE, { id: 'vanished', key: 'a', answers: ['spilled'], end: 'aside' }] });
  run.read.deadLetters = run.read.deadLetters.filter(({ id }) => id !== 'vanished');
  return run;
}

function altered(alter: (run: Run) => unknown, counters: Record<string, number> = {}): () => Run {
  return () => {
    const run = cleanRun();
    alter(run);
    Object.assign(run.read.counters, counters);
    return run;
  };
}

describe('each anomaly is seen by exactly the checks that are about it', () => {
  test.each(ANOMALIES)('$name: $sees', ({ sees, run }) => {
    expect(flagged(run())).toEqual(sees);
  });

  test('every check but the reported lag has an anomaly that only it, or it among few, sees', () => {
    const ids = verdictOn(cleanRun()).checks.map((result) => result.check);
    const seen = new Set(ANOMALIES.flatMap(({ sees }) => sees));
    expect(ids.filter((id) => !seen.has(id))).toEqual(['K8']);
  });
});

describe('a retention that is shorter than an outage', () => {
  /** Nobody has ever read it, and commits go past it. */
  const unread = altered((run) => {
    const { partition: number, offset } = placeOf(run, 'a2');
    dropEffect(run, 'a2');
    dropSettled(run, 'a2');
    for (const { records } of entriesOf(run, 'deliver')) {
      for (const each of records.filter((one) => one.partition === number && one.offsets.includes(offset))) {
        each.ids = each.ids?.filter((_, n) => each.offsets[n] !== offset);
        each.offsets = each.offsets.filter((one) => one !== offset);
        run.read.counters['InvokedEventCount']! -= 1;
      }
    }
  });

  test('what it took unread is nobody’s promise; what is unread and was not taken is lost', () => {
    const run = unread();
    expect(flagged(run)).toEqual(['K7', 'P1', 'P3']);
    run.read.lapsed = [placeOf(run, 'a2')];
    expect(flagged(run)).toEqual([]);
    run.read.lapsed = [placeOf(run, 'a1')];
    expect(flagged(run)).toEqual(['K7', 'P1', 'P3']);
  });

  test('a poller that lags behind its group skips nothing where the retention took what another had read', () => {
    const run = cleanRun();
    const delivery = entriesOf(run, 'deliver').find(({ records: [first] }) => first!.offsets.length > 2)!;
    const [{ partition, offsets }] = delivery.records as [(typeof delivery.records)[number]];
    const late = { ...delivery, process: 'late', records: [{ partition, offsets: [offsets[0]!, offsets[2]!] }] };
    run.entries.splice(run.entries.indexOf(delivery) + 1, 0, late);
    expect(flagged(run)).toContain('K7');
    run.read.taken = [{ partition, offset: offsets[1]! }];
    expect(flagged(run)).not.toContain('K7');
  });

  test('what it took comes late from a delivery that was under way: those behind it are read by another', () => {
    const run = cleanRun();
    const effects = run.read.effects.byKey['a']!;
    swap(effects, 0, 1);
    expect(flagged(run)).toEqual(['P4']);
    run.read.lapsed = [effects[0]!];
    expect(flagged(run)).toContain('P4');
    run.read.lapsed = [effects[1]!];
    expect(flagged(run)).not.toContain('P4');
  });

  test('an event that lies in the log once more is lost without an end', () => {
    const run = cleanRun({
      events: [...EVERY_FATE, { id: 'twice', key: 'c', answers: ['unknown landed', 'acked'], end: 'applied' }],
    });
    const [first, second] = recordsOf(run).filter(({ id }) => id === 'twice');
    dropEffect(run, 'twice');
    run.read.lapsed = [first!];
    expect(flagged(run)).toContain('P1');
    run.read.lapsed = [first!, second!];
    expect(flagged(run)).not.toContain('P1');
  });

  test('other content under a used id is asked for where a consumer saw both, not where it took one unread', () => {
    const run = cleanRun({
      events: [...EVERY_FATE, { id: 'twice', key: 'c', answers: ['unknown landed', 'acked'], end: 'applied' }],
    });
    const [first] = recordsOf(run).filter(({ id }) => id === 'twice');
    isA(run, 'twice', 'twin');
    expect(flagged(run)).toContain('P9');
    run.read.lapsed = [first!];
    expect(flagged(run)).not.toContain('P9');
  });

  test('what lies behind the committed offset and is gone is no backlog', () => {
    const run = cleanRun();
    const { committed, records } = partition(run, 1);
    partition(run, 1).committed = committed! - 1;
    expect(flagged(run)).toEqual(['P6']);
    run.read.lapsed = [{ partition: 1, offset: records.at(-1)!.offset }];
    expect(flagged(run)).toEqual([]);
  });
});
