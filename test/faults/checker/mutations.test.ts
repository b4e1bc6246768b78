import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { check, checkHistory, type CheckId } from '../../../faults/checker';
import type { FinalRead } from '../../../faults/final-read';
import { readHistory, type History } from '../../../faults/history';
import type { Draft } from '../clean-run';

/*
 * A run of the real pipeline, on real brokers and stores, in which nothing went wrong. To record it again:
 *
 *   npx cdk-lossless-kafka chaos --fault crash-after-effect --seed 5 --seconds 15 --rate 20
 *   gzip -9n < <the run's folder>/history.ndjson  > test/faults/fixtures/history.ndjson.gz
 *   gzip -9n < <the run's folder>/final-read.json > test/faults/fixtures/final-read.json.gz
 */
const unpacked = (name: string) => gunzipSync(readFileSync(join(__dirname, '..', 'fixtures', `${name}.gz`))).toString();

interface Recorded {
  readonly history: History;
  read: Draft<FinalRead>;
}

let recorded: Recorded;

beforeAll(async () => {
  const dir = mkdtempSync(join(tmpdir(), 'recorded-'));
  const file = join(dir, 'history.ndjson');
  writeFileSync(file, unpacked('history.ndjson'));
  recorded = { history: await readHistory(file), read: JSON.parse(unpacked('final-read.json')) as Draft<FinalRead> };
  rmSync(dir, { recursive: true });
});

function flagged(mutate: (read: Draft<FinalRead>) => unknown): CheckId[] {
  const read = structuredClone(recorded.read);
  mutate(read);
  const { checks } = check(recorded.history, read);
  return checks.filter(({ ok }) => !ok).map((result) => result.check);
}

/** A record from the middle of the fullest partition, so that the log goes on behind it. */
function middle(read: Draft<FinalRead>) {
  const [fullest] = [...read.partitions].sort((a, b) => b.records.length - a.records.length);
  return { records: fullest!.records, at: Math.floor(fullest!.records.length / 2) };
}

test('a real run in which nothing went wrong is flagged by no check, and has events applied and events parked', () => {
  expect(flagged(() => undefined)).toEqual([]);
  const { totals } = check(recorded.history, recorded.read);
  expect({ lost: totals.lost, appliedTwice: totals.appliedTwice }).toEqual({ lost: 0, appliedTwice: 0 });
  expect(totals.applied).toBeGreaterThan(200);
  expect(totals.parked).toBeGreaterThan(0);
});

const MUTATIONS: readonly { readonly what: string; sees: CheckId[]; mutate: (read: Draft<FinalRead>) => unknown }[] = [
  {
    what: 'one read is dropped',
    sees: ['K1', 'P7'],
    mutate: (read) => {
      const { records, at } = middle(read);
      records.splice(at, 1);
    },
  },
  {
    what: 'two offsets are swapped',
    sees: ['K5'],
    mutate: (read) => {
      const { records, at } = middle(read);
      const [a, b] = [records[at]!, records[at + 1]!];
      [a.offset, b.offset] = [b.offset, a.offset];
      [records[at], records[at + 1]] = [b, a];
    },
  },
  {
    what: 'one effect is duplicated',
    sees: ['P2'],
    mutate: ({ effects }) => {
      const [applied] = Object.values(effects.byKey);
      applied!.push({ ...applied!.at(-1)! });
    },
  },
  {
    what: 'a parked event is applied as well',
    sees: ['P1'],
    mutate: ({ effects, deadLetters }) => (effects.timesApplied[deadLetters[0]!.id] = 1),
  },
  {
    what: 'one byte of a dead letter is altered',
    sees: ['P5'],
    mutate: ({ deadLetters: [letter] }) => (letter!.valueHash = [...letter!.valueHash].reverse().join('')),
  },
  {
    what: 'one counter is one too high',
    sees: ['P8'],
    mutate: ({ counters }) => (counters['CommittedEventCount']! += 1),
  },
  {
    what: 'one ledger counts one too many',
    sees: ['P8'],
    mutate: ({ ledgers }) => (ledgers[0]!.applied += 1),
  },
  {
    what: 'one ledger has missed what was parked',
    sees: ['P8'],
    mutate: ({ ledgers }) => (ledgers.find(({ parked }) => parked > 0)!.parked -= 1),
  },
];

test.each(MUTATIONS)('$what: $sees and no other', ({ sees, mutate }) => {
  expect(flagged(mutate)).toEqual(sees);
});

describe('of a run that was killed before anything was read back', () => {
  test('the history alone is judged, and what could not be checked is named', () => {
    const { ok, checks, notMade, totals } = checkHistory(recorded.history);
    expect(checks.map((made) => [made.check, made.ok])).toEqual([
      ['K5', true],
      ['K6', true],
      ['K7', true],
    ]);
    expect(notMade.map(({ check: name }) => name).join(' ')).toBe('K1 K2 K3 K4 K8 P1 P2 P3 P4 P5 P6 P7 P8 P9');
    expect(totals.accepted).toBeGreaterThan(200);
    // Nothing broken was seen, and nothing was shown to hold.
    expect(ok).toBe(false);
  });

  test('a key whose events went backwards is seen', () => {
    const { entries, torn } = structuredClone(recorded.history) as Draft<History>;
    const acked = entries.flatMap((entry) => (entry.op === 'send' && entry.outcome === 'acked' ? [entry] : []));
    for (const entry of acked.slice(acked.length / 2)) entry.offsets = entry.offsets.map(() => -5);
    const broken = checkHistory({ entries, torn }).checks.filter((made) => !made.ok);
    expect(broken.map(({ check: name }) => name)).toEqual(['K6']);
  });

  test('a mapping that went back unawares is seen', () => {
    const { entries, torn } = structuredClone(recorded.history) as Draft<History>;
    const [first] = entries.flatMap((entry) => (entry.op === 'deliver' ? [entry] : []));
    const last = entries.at(-1)!;
    entries.push({ ...first!, invocation: 'another', wall: last.wall, mono: last.mono });
    const broken = checkHistory({ entries, torn }).checks.filter((made) => !made.ok);
    expect(broken.map(({ check: name }) => name)).toEqual(['K7']);
  });
});
