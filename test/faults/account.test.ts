import { weigh } from '../../faults/account';
import type { SettledRecord } from '../../faults/final-read';
import type { Sent } from '../../faults/load';

const sent = (id: string, offset: number): Sent => ({ id, customer: 'c', kind: 'order', outcome: 'acked', partition: 0, offset }); // prettier-ignore
const record = (state: SettledRecord['state'], offset: number, more: Partial<SettledRecord> = {}): SettledRecord => ({ state, partition: 0, offset, settledAt: 9, ...more }); // prettier-ignore

test('an event that was sent back, amended or discarded is counted so, and is not lost', () => {
  const events = [sent('back', 1), sent('amended', 2), sent('discarded', 3), sent('nowhere', 4)];
  const settled = [
    record('done', 1, { generation: 1 }),
    record('amended', 2, { id: 'amended', amendedAs: 'b' }),
    record('discarded', 3),
  ];
  const effects = { timesApplied: { back: 1, b: 1 }, byKey: {} };
  const { redriven, amended, discarded, lost, applied } = weigh(events, { effects, settled });
  expect({ redriven, amended, discarded, lost, applied }).toEqual({ redriven: 1, amended: 1, discarded: 1, lost: ['nowhere'], applied: 2 }); // prettier-ignore
});
