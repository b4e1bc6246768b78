import { REDRIVE_WINDOW_SECONDS, SPILL_LIMIT_SECONDS } from '../../lambdas/runtime/contract';
import { counted } from '../../faults/report/numbers';
import type { TopicParts } from '../deployed/parts';
import type { EventRecord, Trace } from './model';

type Found = Pick<Trace, 'records' | 'letters' | 'spilled' | 'lines' | 'sources'>;

/** What all that was found says of the event, in sentences. */
export function meaningOf(found: Found, parts: readonly TopicParts[], isGiven: boolean): string[] {
  const { records, letters, spilled, lines = [] } = found;
  const means = [
    ...records.map(ofRecord),
    ...letters.filter(({ object, group }) => group === '-' || !records.some((record) => record.object === object)).map(({ group, reason }) =>
      group === '-' ? `it never reached the topic: parked, ${reason}` : `${group}: a dead letter of it is left (${reason}); \`dead-letters show\` says what its table knows`),
    ...spilled.map(() => 'it is in the spill store: accepted, and sent to the topic as soon as its brokers take it'),
  ]; // prettier-ignore
  if (means.length > 0) return means;
  const seen = lines.length > 0 ? ['the logs name it, and no table, letter or spilled object does: it waits in the topic, or it was refused'] : []; // prettier-ignore
  return [...seen, notFound(parts), ...(isGiven ? [] : [UNKNOWN_SOURCE])];
}

function ofRecord({ group, state, topic, partition, offset, attempts, reason, redrives = 0, ...ended }: EventRecord): string {
  const where = topic === undefined ? '' : `, from ${topic}-${partition} at offset ${offset}`;
  const again = redrives > 0 ? `, sent back ${counted(redrives, 'time')}` : '';
  switch (state) {
    case 'done':
      return `${group}: applied at ${ended.settledAt}${where}${again}`;
    case 'parked':
      return `${group}: parked at ${ended.settledAt}${where} (${reason})${again}: it waits for a person`;
    case 'redriven':
      return `${group}: sent back ${counted(redrives, 'time')}, and not settled since: it is on its way, or that was interrupted`;
    case 'claimed':
      return `${group}: a call is under way for it, or its owner was killed and it is taken over`;
    case 'discarded':
      return `${group}: discarded by ${ended.endedBy}: ${ended.endedWhy}`;
    case 'amended':
      return `${group}: amended by ${ended.endedBy}: the event ${ended.amendedAs} takes its place`;
    case 'failing':
      return `${group}: has failed ${counted(attempts ?? 0, 'time')}, and waits in the topic to be tried again`;
  }
} // prettier-ignore

function notFound(parts: readonly TopicParts[]): string {
  const retention = Math.max(...parts.map(({ audit }) => audit?.retentionSeconds ?? 0));
  const days = (Math.max(retention, SPILL_LIMIT_SECONDS) + REDRIVE_WINDOW_SECONDS) / 86_400;
  return `it was never accepted; or it waits in the topic and no consumer has come to it (\`status\` says how many wait); or it was applied more than ${days} days ago, which tables remember at least`; // prettier-ignore
}

const UNKNOWN_SOURCE =
  'an event is known by its source and id, and of one that was applied nothing tells the source: give it with --source (`ce_source`; at a door the caller and # stand before it)';
