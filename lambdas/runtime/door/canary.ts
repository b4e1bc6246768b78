import { canaryId, type CanaryAnswer, type CanaryOutcome, type CanaryRequest } from '../contract';
import { LosslessError } from '../contract/errors';
import { canaryEvent } from '../event/canary';
import { partitionOfKey } from '../kafka/murmur2';
import type { Outcome, Producer } from '../producer';

type CanaryHandler = (event: CanaryRequest, context: { getRemainingTimeInMillis(): number }) => Promise<CanaryAnswer>;

/** Sends a canary to each partition of the topic, as every event is sent: by its key. */
export const canaryDoor =
  (producer: Pick<Producer, 'publishAll' | 'partitions'>): CanaryHandler =>
  async (event, context) => {
    const name = nameIn(event);
    const partitions = await producer.partitions();
    const canaries = keysTo(partitions).map((key, partition) =>
      canaryEvent(canaryId(name, partition, partitions), key),
    );
    const outcomes = await producer.publishAll(canaries, { remainingMs: context.getRemainingTimeInMillis() });
    return { partitions, canaries: outcomes.map(told) };
  };

function nameIn({ canary: { name } }: CanaryRequest): string {
  if (typeof name === 'string' && /^[A-Za-z0-9:.-]{1,64}$/.test(name)) return name;
  throw new LosslessError(
    'INVALID_ARGUMENT',
    `canary name: got ${typeof name === 'string' ? JSON.stringify(name.slice(0, 80)) : typeof name}, want 1 to 64 letters, digits, '-', ':' and '.'; correct it`,
  );
}

/** For each partition the first of a row of keys that leads to it. */
function keysTo(partitions: number): string[] {
  const keys = new Map<number, string>();
  for (let n = 0; keys.size < partitions; n++) {
    const key = `canary-${n}`;
    const partition = partitionOfKey(Buffer.from(key), partitions);
    if (!keys.has(partition)) keys.set(partition, key);
  }
  return Array.from({ length: partitions }, (_, partition) => keys.get(partition) as string);
}

/** Nothing but this tells whether a canary was accepted: with acks below `all` it may be lost, and that is no answer either. */
function told(outcome: Outcome, partition: number): CanaryOutcome {
  switch (outcome.kind) {
    case 'acked':
    case 'spilled':
      return { partition, outcome: outcome.kind };
    case 'rejected':
    case 'unknown':
      return { partition, outcome: outcome.kind, reason: outcome.reason };
    case 'sent':
      return { partition, outcome: 'unknown', reason: 'sent with less than acks=all' };
    case 'parked':
    case 'forwarded':
    case 'dropped':
      return { partition, outcome: 'rejected', reason: `${outcome.kind}: ${outcome.code}` };
  }
}
