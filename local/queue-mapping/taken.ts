import { batchItemFailures, itemIdentifier } from '../batch-item-failures';
import type { Outcome } from '../function-host';

/**
 * Ids of the messages of one invocation that SQS is told to delete; the others are shown again when their visibility timeout is over
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 *
 * An identifier that is no message's of the batch keeps nothing in the queue: no page says that it does.
 */
export function taken(ids: readonly string[], outcome: Outcome, partialResponse: boolean): readonly string[] {
  switch (outcome.kind) {
    case 'success': {
      if (!partialResponse) return ids;
      const failures = batchItemFailures(outcome.payload);
      if (failures === 'invalid') return [];
      const named = failures.map(itemIdentifier);
      // A null or empty identifier, or one under another name, fails the whole batch.
      if (!named.every((id) => typeof id === 'string' && id !== '')) return [];
      return ids.filter((id) => !named.includes(id));
    }
    case 'error':
    case 'timeout':
    case 'crash':
    case 'throttle':
      return [];
  }
}
