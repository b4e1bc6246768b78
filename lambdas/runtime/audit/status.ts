import type { AuditedGroup, AuditEnvironment, GroupReading, PartitionReading } from '../contract';
import { agesOf } from './age';
import { oldestIn, readGroup, unaccountedIn, type ReadingDeps } from './reading';

/** What an audit would read of one consumer group now. Nothing is told, and nothing remembered. Rejects when a part did not answer. */
export async function statusOfGroup(
  environment: AuditEnvironment,
  audited: AuditedGroup,
  deps: ReadingDeps,
): Promise<GroupReading> {
  const { offsets, clock } = deps;
  const reading = await readGroup(environment, audited, deps);
  const ages = await agesOf(oldestIn(reading), (timestampMs) => offsets.since(timestampMs), clock.now());
  const partitions = [...reading.partitions].map(([partition, seen]): PartitionReading => {
    const { start, end, committed, waiting, ledger } = seen;
    const { applied, duplicate, parked } = ledger.counts;
    return {
      ...{ partition, start, end, committed, waiting },
      settled: applied + duplicate + parked,
      oldestSeconds: ages.get(partition),
      unaccounted: unaccountedIn(seen),
    };
  });
  return { topic: environment.topic, group: audited.group, onFailure: reading.givenUp, partitions };
}
