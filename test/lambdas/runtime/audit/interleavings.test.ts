import fc from 'fast-check';
import { judge, type Judged, type Remembered, type Seen } from '../../../../lambdas/runtime/audit/rules';
import { EMPTY } from '../../../../lambdas/runtime/ledger/state';
import { offsetsIn } from '../../../../lambdas/runtime/audit/stretches';
import { NOW, Partition } from './partition';

/** What the audit says while everything goes on between any two of its reads. */

const STEPS = ['append', 'deliver', 'settle', 'commit', 'lose', 'giveUp', 'unpack', 'restart', 'setBack', 'retain', 'remake'] as const; // prettier-ignore
type Step = readonly [(typeof STEPS)[number] | 'look', number];

/** Its reads, one at a time, in its order or in another. */
class Audit {
  remembered: Remembered | undefined;
  private seen: Partial<Seen> = {};
  private next = 0;

  constructor(
    private readonly partition: Partition,
    private readonly order: readonly ('committed' | 'log' | 'bucket' | 'ledger')[] = [
      'committed',
      'log',
      'bucket',
      'ledger',
    ],
  ) {}

  look(): Judged | undefined {
    const { committed, start, end, objects, ledger } = this.partition;
    switch (this.order[this.next++ % this.order.length]!) {
      case 'committed':
        this.seen = { ...this.seen, committed };
        break;
      case 'log':
        this.seen = { ...this.seen, start, end };
        break;
      case 'bucket':
        this.seen = { ...this.seen, givenUp: objects.length > 0 };
        break;
      case 'ledger':
        this.seen = { ...this.seen, ledger };
    }
    if (this.next % this.order.length > 0) return undefined;
    const judged = judge(this.seen as Seen, this.remembered, NOW);
    this.remembered = judged.remembered;
    this.seen = {};
    return judged;
  }

  whole(): Judged {
    for (;;) {
      const judged = this.look();
      if (judged) return judged;
    }
  }
}

const take = (partition: Partition, audit: Audit, [step, records]: Step): Judged | undefined => {
  if (step === 'look') return audit.look();
  partition[step](records);
  return undefined;
};

const steps = (kinds: readonly Step[0][]) =>
  fc.array(fc.tuple(fc.constantFrom(...kinds), fc.integer({ min: 1, max: 6 })), { maxLength: 150, size: 'max' });
const WITH_LOOKS: readonly Step[0][] = [...STEPS, 'look', 'look', 'look', 'look'];
/** As long as nobody makes the topic again, what is lost stays to be found. */
const WITHOUT_REMAKING = WITH_LOOKS.filter((step) => step !== 'remake' && step !== 'setBack');

const NOTHING: Pick<Judged, 'unaccounted' | 'uncounted'> = { unaccounted: [], uncounted: 0 };
const lost = ({ unaccounted, uncounted }: typeof NOTHING): number => offsetsIn(unaccounted) + uncounted;

test('an audit raises nothing while no event is lost, whatever comes in between its reads', () => {
  fc.assert(
    fc.property(steps(WITH_LOOKS), (taken) => {
      const partition = new Partition();
      const audit = new Audit(partition);
      for (const step of taken) expect(lost(take(partition, audit, step) ?? NOTHING)).toBe(0);
      partition.rest();
      for (let n = 0; n < 2; n++) expect(lost(audit.whole())).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('read the other way round it would take what goes on for a loss', () => {
  const partition = new Partition();
  const audit = new Audit(partition, ['ledger', 'bucket', 'log', 'committed']);
  const said: number[] = [];
  for (let n = 0; n < 3; n++) {
    audit.look();
    for (const step of [['append', 6], ['deliver', 6], ['settle', 6], ['commit', 0]] as const) take(partition, audit, step); // prettier-ignore
    for (let left = 1; left < 4; left++) said.push(audit.look()?.remembered.suspects.length ?? 0);
  }
  expect(Math.max(...said)).toBeGreaterThan(0);
});

/** Ways to lose events: what each loses from here on. */
const LOSSES: Readonly<Record<string, (partition: Partition) => number>> = {
  'a mapping commits past records that nobody has settled': (partition) => {
    const from = partition.end;
    partition.append(3);
    partition.committed = partition.end;
    partition.restart();
    return partition.end - from;
  },
  'a consumer passes over a record inside its batch': (partition) => {
    partition.append(5);
    partition.deliver(5);
    partition.settle(5, true);
    partition.commit();
    return 1;
  },
  'the ledger is deleted': (partition) => {
    partition.append(4);
    partition.rest();
    partition.ledger = EMPTY;
    return partition.end;
  },
  'the retention takes what nobody has settled': (partition) => {
    partition.append(7);
    partition.start = partition.end - 2;
    partition.restart();
    return 5;
  },
};

test.each(Object.entries(LOSSES))('within two audits it is raised, to the record, that %s', (_, lose) => {
  fc.assert(
    fc.property(steps(WITHOUT_REMAKING), steps(WITHOUT_REMAKING), (before, after) => {
      const partition = new Partition();
      const audit = new Audit(partition);
      audit.whole();
      for (const step of before) take(partition, audit, step);
      partition.rest();
      const wanted = lose(partition);
      for (const step of after.filter(([kind]) => kind !== 'retain')) take(partition, audit, step);
      partition.rest();
      audit.whole(); // the one under way
      audit.whole();
      expect(lost(audit.whole())).toBe(wanted);
    }),
    { numRuns: 100 },
  );
});
