import type { Update } from '@aws-sdk/client-dynamodb';
import { backoffMs } from '../time/backoff';
import type { Clock } from '../time/clock';
import { inWords } from '../time/within';
import type { Transactions, UpdateOutcome } from './tables';

/** Tries of one request to S3. */
const TRIES = 3;

/** What a request answers that is harmless when it is carried out twice, or why it did not. */
export async function triedAgain<T>(
  call: () => Promise<T>,
  clock: Clock,
): Promise<{ readonly value: T } | { readonly failed: string }> {
  for (let tries = 1; ; tries++) {
    try {
      return { value: await call() };
    } catch (error) {
      if (tries === TRIES) return { failed: inWords(error) };
      await clock.sleep(backoffMs(tries, clock));
    }
  }
}

export type Updated =
  | Extract<UpdateOutcome, { readonly kind: 'written' | 'not met' }>
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * One conditional update, until DynamoDB says whether it is written. An update that was carried out and not answered does not
 * meet its condition the next time: whoever asks knows its own by what is there then.
 * @param leftMs - milliseconds left to ask
 */
export async function updated(
  transactions: Transactions,
  input: () => Update,
  { clock, leftMs }: { readonly clock: Clock; readonly leftMs: () => number },
): Promise<Updated> {
  for (let failures = 1; ; failures++) {
    const asked = input();
    const outcome = await transactions.update(asked);
    if (outcome.kind === 'written' || outcome.kind === 'not met') return outcome;
    const failed: Updated = { kind: 'failed', detail: `table ${String(asked.TableName)}: ${outcome.detail}` };
    if (outcome.kind === 'invalid' || outcome.kind === 'refused') return failed;
    const pauseMs = backoffMs(failures, clock);
    if (leftMs() <= pauseMs) return failed;
    await clock.sleep(pauseMs);
  }
}
