import type { Lane } from './lane';
import { partitionBytes, type EventFrame, type PolledRecord } from './record';

export interface BatchLimits {
  /** Records in one invocation. */
  readonly batchSize: number;
  /** Milliseconds a record waits for others. */
  readonly windowMs: number;
  /** Bytes of records an event can hold beside its frame. */
  readonly maxBytes: number;
}

export type Assembly =
  /** Invoke with these records now; each of their lanes is `busy` from here on. */
  | { readonly kind: 'batch'; readonly records: PolledRecord[] }
  /** This record fits in no invocation. Its lane is `busy`. */
  | { readonly kind: 'too-large'; readonly record: PolledRecord }
  /** Nothing to do before this time, in epoch milliseconds; undefined: before another record arrives. */
  | { readonly kind: 'wait'; readonly until: number | undefined };

/**
 * Takes the next batch out of the lanes that are free: when the window of the oldest record has elapsed, or the batch
 * size is reached, or the event is full. A batch may hold several partitions; each keeps its order.
 */
export function assemble(lanes: Iterable<Lane>, limits: BatchLimits, frame: EventFrame, now: number): Assembly {
  const free = [...lanes]
    .filter((lane) => lane.owned && !lane.busy && lane.queued > 0)
    .sort((a, b) => (a.waitingSince ?? 0) - (b.waitingSince ?? 0));
  const oldest = free[0]?.waitingSince;
  if (oldest === undefined) return { kind: 'wait', until: undefined };
  const count = free.reduce((sum, lane) => sum + lane.queued, 0);
  const bytes = free.reduce(
    (sum, lane) => sum + lane.queuedBytes + partitionBytes(frame, lane.partition) + lane.queued,
    0,
  );
  const full = count >= limits.batchSize || bytes >= limits.maxBytes;
  if (!full && now < oldest + limits.windowMs) return { kind: 'wait', until: oldest + limits.windowMs };
  return fill(free, limits, frame);
}

function fill(free: readonly Lane[], limits: BatchLimits, frame: EventFrame): Assembly {
  const records: PolledRecord[] = [];
  let room = limits.maxBytes;
  for (const lane of free) {
    room -= partitionBytes(frame, lane.partition);
    for (let head = lane.peek(); head && records.length < limits.batchSize; head = lane.peek()) {
      if (head.bytes + 1 > room) {
        if (records.length > 0) return { kind: 'batch', records };
        lane.busy = true;
        return { kind: 'too-large', record: lane.take()! };
      }
      lane.busy = true;
      records.push(lane.take()!);
      room -= head.bytes + 1;
    }
    if (records.length === limits.batchSize) break;
  }
  return { kind: 'batch', records };
}
