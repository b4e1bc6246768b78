import type { FaultTarget, Underway } from './fault';
import type { Chance } from './random';

const MOST_CRASHES = 3;

/**
 * Kills the consumers while one of them is at its effect: the transaction that holds the event's record and its
 * writes. Seen from outside, at the store's proxy, so that no handler knows of it.
 */
export function crashAtEffect(target: FaultTarget, chance: Chance, when: 'before' | 'after'): Promise<Underway> {
  const { consumers, dynamodb } = target;
  if (consumers.length === 0)
    throw new Error('got no function behind a mapping, want at least one; run another template');
  const times = chance.whole(1, MOST_CRASHES);
  const failures: unknown[] = [];
  const act = async () => {
    const killed = await Promise.allSettled(consumers.map((consumer) => consumer.kill()));
    failures.push(...killed.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : [])));
  };
  dynamodb.set({ kind: 'strike', operation: 'TransactWriteItems', when, times, act });
  const heal = () => {
    const hits = dynamodb.set({ kind: 'pass' });
    return failures.length > 0
      ? Promise.reject(new AggregateError(failures, 'a sandbox could not be killed'))
      : Promise.resolve(hits);
  };
  const at = when === 'before' ? 'before its effect reached the store' : 'after its effect, before it heard of it';
  return Promise.resolve({ what: `consumer killed ${at}, up to ${times} times`, heal });
}
