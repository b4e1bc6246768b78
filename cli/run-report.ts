import Table from 'cli-table3';
import type { Account } from '../faults/account';
import type { RunOptions } from './run-options';

/** One JSON object: the fields are public and stable. */
export function asJson(result: Account, seconds: number): string {
  const { accepted, acked, spilled, rejected, unknown, applied, parked, latencyMs } = result;
  const { redriven, amended, discarded } = result;
  return `${JSON.stringify({
    accepted,
    acked,
    spilled,
    rejected,
    unknown,
    applied,
    parked,
    redriven,
    amended,
    discarded,
    lost: result.lost.length,
    appliedTwice: result.appliedTwice.length,
    seconds: rounded(seconds),
    eventsPerSecond: rounded(applied / seconds),
    latencyMs,
  })}\n`;
}

export function asTable(result: Account, seconds: number, options: RunOptions): string {
  const table = new Table({
    style: { head: [], border: [] },
    colAligns: ['left', 'right', 'left'],
    colWidths: [15, 10, 60],
    wordWrap: true,
  });
  table.push(
    ['accepted', result.accepted, `${result.acked} acked, ${result.spilled} spilled`],
    ['rejected', result.rejected, 'refused with a reason'],
    ...(result.unknown > 0 ? [['unknown', result.unknown, 'the caller got neither yes nor no']] : []),
    ['applied', result.applied, 'their effect has taken place'],
    ['parked', result.parked, 'kept byte for byte, can be sent back'],
    ...(result.redriven > 0 ? [['sent back', result.redriven, 'whatever became of them then']] : []),
    ...(result.amended + result.discarded > 0
      ? [
          [
            'ended',
            result.amended + result.discarded,
            `by people: ${result.amended} amended, ${result.discarded} discarded`,
          ],
        ]
      : []),
    ['lost', result.lost.length, named(result.lost, 'accepted, and neither applied nor parked')],
    ['applied twice', result.appliedTwice.length, named(result.appliedTwice, 'effects that took place more than once')],
    ['events/s', rounded(result.applied / seconds), `${rounded(seconds)} s from the first request to the last effect`],
    ['latency p50', milliseconds(result.latencyMs.p50), 'from accept to effect'],
    ['latency p99', milliseconds(result.latencyMs.p99), 'from accept to effect'],
  );
  return `${table.toString()}\n${verdict(result, options)}\n`;
}

function verdict(result: Account, options: RunOptions): string {
  const broken = result.lost.length + result.appliedTwice.length > 0;
  if (options.break && broken) return `the planted fault (${options.break}) was seen: exit 1, as it should be`;
  if (options.break) return `the planted fault (${options.break}) did not show this time; run it again`;
  if (broken) return 'the promise is BROKEN: exit 1';
  return 'every accepted event is applied exactly once or parked';
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
const milliseconds = (value: number | null): string => (value === null ? '–' : `${value} ms`);
const named = (ids: readonly string[], meaning: string): string =>
  ids.length === 0 ? meaning : `${meaning}: ${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''}`;
