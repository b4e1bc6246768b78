import type { LetterFate } from '../lambdas/runtime/contract';

/** What one run of `dead-letters redrive` came to, by the words of its `--json`. */
export type Came = { readonly [Kind in LetterFate['kind']]?: number };

/** Rounds at the end: what fails is sent back three times, and each of them may take a few. */
export const LAST_ROUNDS = 15;

const MOVED: readonly LetterFate['kind'][] = ['redriven', 'undeleted', 'removed', 'waits'];

/** Letters for which another round may do something. */
export const movedBy = (came: Came): number => MOVED.reduce((sum, kind) => sum + (came[kind] ?? 0), 0);
