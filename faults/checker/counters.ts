import { entriesOf, recordsOf, type EntryOf, type Evidence } from './evidence';
import { ledgerTruth } from './ledgers';
import { result, type CheckResult } from './verdict';

/** What the history says each of Lambda's counters of the mapping must show. */
const COUNTED: Readonly<Record<string, (evidence: Evidence) => number>> = {
  InvokedEventCount: (evidence) => {
    const throttled = invocationsThat(evidence, ({ type }) => type === 'info');
    return size(evidence.deliveries.filter(({ invocation }) => !throttled.has(invocation)));
  },
  InvokeErrorCount: (evidence) => invocationsThat(evidence, ({ type }) => type === 'fail' || type === 'unknown').size,
  OnFailureDestinationDeliveredEventCount: (evidence) => size(diverted(evidence, (type) => type === 'ok')),
  DroppedEventCount: (evidence) => size(diverted(evidence, (type) => type !== 'ok')),
  CommittedEventCount: (evidence) => {
    const first = new Map<number, number>();
    for (const { partition, offset } of recordsOf(evidence.deliveries)) {
      first.set(partition, Math.min(first.get(partition) ?? offset, offset));
    }
    const reached = new Map(first);
    for (const { offsets } of entriesOf(evidence.entries, 'commit').filter(({ type }) => type === 'ok')) {
      for (const { partition, offset } of offsets)
        reached.set(partition, Math.max(reached.get(partition) ?? 0, offset));
    }
    return [...reached].reduce((sum, [partition, offset]) => sum + offset - (first.get(partition) ?? 0), 0);
  },
};

/** P8: what is counted is what happened, by the mapping and in the consumer's ledgers. */
export function metricTruth(evidence: Evidence): CheckResult {
  const title = 'the counters of the mapping and the ledgers of the consumer say what happened';
  if (evidence.deliveries.length === 0) return result('P8', title, [], 'no deliveries were recorded');
  const findings = Object.entries(COUNTED).flatMap(([name, count]) => {
    const shown = evidence.read.counters[name];
    const happened = count(evidence);
    return shown === undefined || shown === happened ? [] : [`${name} shows ${shown}, the history ${happened}`];
  });
  const absent = Object.keys(COUNTED).filter((name) => evidence.read.counters[name] === undefined);
  const ledgers = ledgerTruth(evidence);
  const notes = [
    ...(absent.length > 0 ? [`not counted: ${absent.join(', ')}`] : []),
    ...(ledgers.note ? [ledgers.note] : []),
  ];
  return result('P8', title, [...findings, ...ledgers.findings], notes.join('; ') || undefined);
}

const invocationsThat = (evidence: Evidence, matches: (outcome: EntryOf<'outcome'>) => boolean): Set<string> =>
  new Set(
    entriesOf(evidence.entries, 'outcome')
      .filter(matches)
      .map(({ invocation }) => invocation),
  );

const diverted = (evidence: Evidence, matches: (type: EntryOf<'on-failure'>['type']) => boolean) =>
  entriesOf(evidence.entries, 'on-failure').filter(({ type }) => matches(type));

const size = (carriers: Parameters<typeof recordsOf>[0]): number => [...recordsOf(carriers)].length;
