import Table from 'cli-table3';
import type { RunResult } from './run';

/** A run for people: what it was, what it came to, and what was broken. */
export function tableOf(result: RunResult, again: string): string {
  const { seed, hours, events, faults, lost, appliedTwice, stuck, seconds, steps, trace, broken, reached } = result;
  const figures = new Table({ head: ['seed', 'hours', 'events', 'faults', 'lost', 'applied twice', 'stuck', 'seconds'], style: { head: [] } }); // prettier-ignore
  figures.push([seed, hours.toFixed(2), events, faults, lost, appliedTwice, stuck, seconds.toFixed(1)]);
  const findings = broken.flatMap(({ window, check: { check, title, examples } }) => [
    `${check} broken in window ${window}: ${title}`,
    ...examples.map((example) => `  ${example}`),
  ]);
  return [
    figures.toString(),
    `${steps} steps, ${((seconds * 1e6) / Math.max(1, events)).toFixed(0)} µs an event, ${((3_600 * hours) / seconds).toFixed(0)} logical hours an hour`,
    `reached: ${Object.entries(reached).map(([name, count]) => `${name} ${count}`).join(', ') || 'nothing'}`, // prettier-ignore
    `trace ${trace}`,
    ...findings,
    ...(findings.length > 0 ? [`again: ${again}`] : []),
    '',
  ].join('\n');
}
