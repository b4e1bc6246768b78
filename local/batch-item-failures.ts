/**
 * What the answer of a function to a batch names as failed (`ReportBatchItemFailures`). Null, an empty object and an empty list name
 * nothing; `invalid`: it is no such answer.
 */
export function batchItemFailures(payload: string): readonly unknown[] | 'invalid' {
  let answer: unknown;
  try {
    answer = payload === '' ? null : JSON.parse(payload);
  } catch {
    return 'invalid';
  }
  if (answer === null) return [];
  if (typeof answer !== 'object' || Array.isArray(answer)) return 'invalid';
  const failures = (answer as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  return Array.isArray(failures) ? failures : 'invalid';
}

/** What a failure names; undefined where it names nothing. */
export const itemIdentifier = (failure: unknown): unknown =>
  (failure as { itemIdentifier?: unknown } | null | undefined)?.itemIdentifier;
