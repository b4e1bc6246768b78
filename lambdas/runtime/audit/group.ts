import type { AuditedGroup, AuditEnvironment } from '../contract';
import { LosslessError } from '../contract/errors';
import type { Log } from '../watching/log';
import type { Audited } from '../watching/metrics';
import { ageOf } from './age';
import { remember } from './memory';
import { oldestIn, readGroup, unaccountedIn, type Reading, type ReadingDeps } from './reading';
import { accepted, type Judged } from './rules';

export interface GroupDeps extends ReadingDeps {
  readonly log: Log;
  readonly tell: (by: { readonly topic: string; readonly group: string }, audited: Audited) => void;
}

/**
 * Audits one consumer group, and tells what it found. Rejects when a part did not answer: then nothing is told of it.
 *
 * @param why - what is unaccounted is accepted for this reason. @default - it is not
 */
export async function auditGroup(
  environment: AuditEnvironment,
  audited: AuditedGroup,
  deps: GroupDeps,
  why?: string,
): Promise<Audited> {
  const { offsets, transactions, clock, log } = deps;
  const reading = await readGroup(environment, audited, deps);
  const { at, memory, givenUp, partitions } = reading;
  const { topic, group, table } = at;
  const found = {
    unaccounted: sum(partitions, unaccountedIn),
    oldestUnsettled: await ageOf(oldestIn(reading), (timestampMs) => offsets.since(timestampMs), clock.now()),
    waiting: { topic: sum(partitions, ({ waiting }) => waiting), 'on-failure': givenUp },
  };
  deps.tell({ topic, group }, found);
  if (found.unaccounted > 0) {
    const where = { topic, group, events: found.unaccounted, partitions: inWords(partitions) };
    if (why === undefined) log.error('events unaccounted', where);
    else log.warn('unaccounted events accepted', { ...where, why });
  }
  const next = [...partitions].map(([partition, each]) => [partition, why === undefined ? each.remembered : accepted(each)] as const); // prettier-ignore
  const kept = await remember(at, memory, new Map(next), transactions);
  if (kept === 'written' || kept === 'as before') return found;
  // Without it the next audit would not know what this one has found.
  throw new LosslessError('STORE_UNAVAILABLE', `table ${table}: got ${kept} for what the audit of ${group} remembers, want it written; the next audit tries again`); // prettier-ignore
}

const sum = (partitions: Reading['partitions'], of: (each: Judged) => number): number =>
  [...partitions.values()].reduce((all, each) => all + of(each), 0);

/** Where they are, or were: what the retention took is below the start of the log. */
const inWords = (partitions: Reading['partitions']): string[] =>
  [...partitions].flatMap(([partition, each]) => {
    if (unaccountedIn(each) === 0) return [];
    const offsets = each.unaccounted.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
    const passed = each.uncounted > 0 ? [`${each.uncounted} not counted`] : [];
    return [`${partition}: ${[...offsets, ...passed].join(', ')}; the log begins at ${each.start}`];
  });
