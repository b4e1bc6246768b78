import { systemClock, type Clock } from '../../lambdas/runtime/time/clock';
import type { Outcome } from '../function-host';
import { observedOutcome, type ObservedRecords, type Observer } from '../observer';
import type { Records } from './record';

/** What an observer is told of one mapping. */
export interface Watch {
  /** A batch goes to the function; to be called with what became of it. */
  delivered(records: Records, again: boolean): (outcome: Outcome) => void;
  givenUp(records: Records, type: 'ok' | 'fail'): void;
  /** A commit goes out; to be called with whether the brokers confirmed it. */
  committing(offsets: ReadonlyMap<number, number>): (confirmed: boolean) => void;
  /** The mapping got its partitions anew: what follows is another line of action. */
  assigned(): void;
}

export function watchFor(
  observer: Observer | undefined,
  group: string,
  clock: Pick<Clock, 'uuid'> = systemClock,
): Watch {
  let assignments = 0;
  const process = () => `mapping ${group}, assignment ${assignments}`;
  const record: Observer['record'] = (observation) => observer?.record(observation);
  return {
    assigned: () => void assignments++,
    delivered: (records, again) => {
      const from = process();
      const invocation = clock.uuid();
      record({ process: from, op: 'deliver', type: 'invoke', group, invocation, again, records: byPartition(records) });
      return (outcome) =>
        record({
          ...{ process: from, op: 'outcome', group, invocation, ...observedOutcome(outcome) },
          ...(outcome.kind === 'success' && { failures: reported(outcome.payload) }),
        });
    },
    givenUp: (records, type) =>
      record({ process: process(), op: 'on-failure', type, group, records: byPartition(records) }),
    committing: (due) => {
      const from = process();
      const offsets = [...due].map(([partition, offset]) => ({ partition, offset }));
      record({ process: from, op: 'commit', type: 'invoke', group, offsets });
      return (confirmed) => record({ process: from, op: 'commit', type: confirmed ? 'ok' : 'unknown', group, offsets });
    },
  };
}

/** Places that an answer reports; what is no partial response reports none. */
function reported(payload: string): { readonly partition: number; readonly offset: number }[] {
  try {
    const { batchItemFailures } = Object(JSON.parse(payload)) as { batchItemFailures?: readonly Reported[] };
    return (batchItemFailures ?? []).map(({ itemIdentifier }) => ({
      partition: Number(itemIdentifier?.partition?.split('-').at(-1)),
      offset: Number(itemIdentifier?.offset),
    }));
  } catch {
    return [];
  }
}

interface Reported {
  readonly itemIdentifier?: { readonly partition?: string; readonly offset?: number };
}

function byPartition(records: Records): ObservedRecords[] {
  const found = new Map<number, number[]>();
  for (const { partition, offset } of records) {
    const offsets = found.get(partition);
    if (offsets) offsets.push(offset);
    else found.set(partition, [offset]);
  }
  return [...found].map(([partition, offsets]) => ({ partition, offsets }));
}
