import { count, counted } from '../../faults/report/numbers';
import type { DrillAccount, GroupAccount } from './account';

type Told = DrillAccount & { readonly topic: string; readonly ingest: string; readonly minutes: number };

/** Clocks are never quite equal. */
const SKEW_MS = 1_000;

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const row = (what: string, value: string): string => `  ${what.padEnd(16)} ${value}`;

/** @param within - minutes that were waited */
export function asText(told: Told, within: number): string {
  const { topic, sent, acked, spilled, rejected, unknown, groups } = told;
  const lines = [
    `${counted(sent, 'canary', 'canaries')} to ${topic}`,
    row('accepted', `${count(acked + spilled)}: ${count(acked)} acked, ${count(spilled)} spilled`),
    row('refused', count(rejected)),
    row('unknown', count(unknown)),
    ...groups.flatMap((group) => ['', ...ofGroup(group)]),
    '',
    verdict(told, within),
  ];
  return `${lines.join('\n')}\n`;
}

function ofGroup({ group, applied, parked, lost, open, missing, timeToEffectMs, longestStall, clockAheadMs }: GroupAccount): string[] {
  const skew = Math.abs(clockAheadMs) > SKEW_MS;
  return [
    `group ${group}`,
    row('applied', count(applied)),
    ...(parked > 0 ? [row('parked', `${count(parked)}: see dead-letters list`)] : []),
    row('lost', count(lost)),
    row('open', count(open)),
    ...(missing.length > 0 ? [row('not settled', missing.join(', '))] : []),
    ...(timeToEffectMs ? [row('time to effect', `p50 ${seconds(timeToEffectMs.p50)}, p99 ${seconds(timeToEffectMs.p99)}, max ${seconds(timeToEffectMs.max)}`)] : []),
    ...(longestStall ? [row('longest stall', `${seconds(longestStall.ms)}, partition ${longestStall.partition}`)] : []),
    ...(skew ? [row('clocks', `the consumer's is ${seconds(Math.abs(clockAheadMs))} ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this one, which the times allow for`)] : []),
  ];
} // prettier-ignore

function verdict({ groups, acked, spilled }: Told, within: number): string {
  const left = groups.reduce((sum, { lost, open }) => sum + lost + open, 0);
  if (left > 0) return `${count(left)} accepted and not settled within ${counted(within, 'minute')}: docs/runbook.md#canary-overdue`;
  return acked + spilled > 0 ? 'nothing that was accepted is lost' : 'nothing was accepted: docs/runbook.md#canary-overdue';
} // prettier-ignore
